"""Whole replies over a small shop: what must hold for any model, what is refused, and what happens meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import ConditionError, UnknownProductError
from catalog_db.products import ProductRecord
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, WantFound
from neo_assistant.messages import Message
from neo_assistant.request import Request
from neo_assistant.shortfalls import NOTHING_MATCHES
from neo_assistant.steering import Format, Task
from neo_assistant.want import Want, found_words
from tests.neo_assistant.asking import MUGS, ask, codes, showed
from tests.neo_assistant.serving import (
    SKUS,
    Watched,
    items_of,
    make_assistant,
    meets,
    only,
    products,
    random_model,
    reply,
    retire,
    scripted,
    sid_of,
    text_of,
)


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


@pytest.fixture
def own_shop(own_serving_shop: Database) -> Database:
    return own_serving_shop


# -- what holds for any model ------------------------------------------------------------------------------------------

REQUESTS = {
    "plain": Request("a blue mug for less than 20 or 45.50, rated 4"),
    "types": Request("something under 30", types=("shoes",), count=5),
    "conditions": Request("rated 3", conditions=Conditions(max_price=3000, in_stock=True), count=20),
    "dismissed": Request("anything", conditions=Conditions(attributes={"kind": ("mug",)}), dismissed=MUGS[:4]),
    "colours": Request("9", types=("kitchen",), conditions=Conditions(attributes={"colour": ("blue", "red")}), count=1),
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize(
    ("format", "seed", "temperature", "beams"),
    [
        (Format.IDS, 0, 0.0, 1),
        (Format.IDS, 3, 1.0, 2),
        (Format.MIXED, 1, 0.0, 8),
        (Format.MIXED, 4, 1.0, 8),
    ],
)
def test_whatever_the_model_every_item_is_on_sale_and_meets_all_conditions(
    shop: Database, name: str, format: Format, seed: int, temperature: float, beams: int
) -> None:
    request, known = replace(REQUESTS[name], format=format), products(shop)
    said = showed(1, 5, 6)
    sampling = {"temperature": temperature, "seed": seed, "beams": beams}
    events = ask(shop, random_model(seed), request, said, max_tokens=150 if format is Format.IDS else 80, **sampling)
    named, found = items_of(events), only(events, WantFound)
    assert isinstance(events[-1], Done)
    want = Want.parse(found.want)
    shown = {"P-01", "P-05", "P-06"}
    prices = [known[sku].price_minor for sku in sorted(shown)]
    conditions = want.conditions([price for price in prices if price is not None])

    def may_be_named(product: ProductRecord) -> bool:
        return (
            product.active
            and (not request.types or product.item_type in request.types)
            and meets(product, request.conditions)
            and meets(product, conditions)
            and product.sku not in request.dismissed
            and not (want.not_shown and product.sku in shown)
        )

    eligible = {sku for sku, product in known.items() if may_be_named(product)}
    assert set(named) <= eligible
    assert len(set(named)) == len(named) <= request.count
    assert found.items_left == len(eligible)
    assert found.want.endswith(found_words(len(eligible)))
    if format is Format.IDS:
        assert len(named) == min(request.count, len(eligible))
        assert not text_of(events)
    assert (NOTHING_MATCHES in codes(events)) == (not eligible)
    for event in events:
        if isinstance(event, ItemFound):
            assert event.sid == sid_of(SKUS.index(event.product.sku))
            assert event.product == known[event.product.sku]


@pytest.mark.parametrize(
    ("task", "format"),
    [(Task.CHAT, Format.TEXT), (Task.DESCRIBE, Format.MIXED), (Task.COMPARE, Format.MIXED), (Task.PROFILE, Format.IDS)],
)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_text_and_descriptions_name_no_items(shop: Database, task: Task, format: Format, temperature: float) -> None:
    request = Request("tell me", task=task, format=format, history=("P-01",))
    events = ask(shop, random_model(5), request, temperature=temperature, max_tokens=20)
    assert text_of(events)
    assert not items_of(events)
    assert not [event for event in events if isinstance(event, WantFound)]


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "error", "match"),
    [
        (Request("x", types=("hats", "shoes")), RequestError, "no item type 'hats'"),
        (Request("x", history=("P-01", "nope")), UnknownProductError, "'nope'"),
        (Request("x", dismissed=("nope",)), UnknownProductError, "'nope'"),
        (Request("x", conditions=Conditions(sql="lower(sku, title) = 'a'")), ConditionError, "cannot run"),
        (Request("the same again " * 60), RequestError, "too long"),
    ],
)
def test_what_cannot_be_answered_is_refused_before_the_first_event(
    shop: Database, request_: Request, error: type[Exception], match: str
) -> None:
    model = Watched(random_model(positions=500))
    events = make_assistant(shop, model, max_tokens=50).reply([], request_, threading.Event())
    with pytest.raises(error, match=match):
        next(events)
    assert model.calls == 0


def test_turns_that_do_not_alternate_are_refused(shop: Database) -> None:
    with pytest.raises(RequestError, match="alternate"):
        ask(shop, random_model(), Request("x"), [Message.shopper("one"), Message.shopper("two")])


# -- while the reply is written ----------------------------------------------------------------------------------------


def test_a_product_taken_off_sale_meanwhile_is_not_shown(own_shop: Database) -> None:
    model = scripted(" kind: mug;", "One: ", sid_of(0))
    watched = Watched(model, at=4, then=lambda: retire(own_shop, "P-00"))
    events = ask(own_shop, watched, Request("a mug", count=1), beams=8)
    assert watched.calls >= 4
    [named] = items_of(events)
    assert named in MUGS[1:]


def test_a_stopped_reply_says_so(shop: Database) -> None:
    stop = threading.Event()
    stop.set()
    [done] = reply(make_assistant(shop, random_model()), Request("a mug"), stop=stop)
    assert isinstance(done, Done)
    assert done.stopped
    assert done.made_by["want"] == ""


def test_replies_side_by_side_do_not_disturb_each_other(shop: Database) -> None:
    assistant = make_assistant(shop, random_model(1), max_tokens=30)
    requests = [Request("a blue mug under 20"), Request("shoes, 4", types=("shoes",)), Request("45.50")]
    alone = [plain(reply(assistant, request)) for request in requests]
    together: list[list[Event]] = [[] for _ in requests]

    def write(number: int) -> None:
        together[number] = plain(reply(assistant, requests[number]))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def plain(events: Sequence[Event]) -> list[Event]:
    """Without what takes time."""
    return [event for event in events if not isinstance(event, Done)]
