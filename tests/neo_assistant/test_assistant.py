"""Whole replies over a small shop: by random models, what must hold for any; by scripted ones, what they were asked."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database, open_database
from catalog_db.errors import ConditionError, UnknownProductError
from catalog_db.products import ProductRecord, save_products
from catalog_db.rows import ProductRow
from neo_assistant.assistant import Assistant
from neo_assistant.catalog import Snapshot
from neo_assistant.conversation import ConversationService
from neo_assistant.decoding.view import View
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, Notice, WantFound
from neo_assistant.messages import ItemPart, Message, Role, WantPart
from neo_assistant.request import Request
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Task
from neo_assistant.turn import FEWER, MAX_TURNS, NO_SID, NO_WORDS, NOTHING_MATCHES
from neo_assistant.want import Want, found_words
from tests.neo_assistant.serving import (
    RETIRED,
    SKUS,
    Watched,
    fill,
    items_of,
    make_assistant,
    make_rows,
    meets,
    only,
    products,
    random_model,
    reply,
    retire,
    scripted,
    sid_of,
    text_of,
    until,
)
from tests.neo_assistant.ui_products import NOW

MUGS = ("P-00", "P-04", "P-08", "P-12", "P-16", "P-20", "P-24")
"""Every fourth product; P-20 has no price, the others cost 500 and 200 more for every number."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, _migrated_sqlite_file: Path) -> Iterator[Database]:
    """A shop that tests only read."""
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    path.write_bytes(_migrated_sqlite_file.read_bytes())
    with open_database(f"sqlite:///{path}") as database:
        fill(database)
        yield database


@pytest.fixture
def own_shop(database: Database) -> Database:
    """A shop that the test may change."""
    fill(database)
    return database


def ask(database: Database, model: Any, request: Request, said: Sequence[Message] = (), **sampling: Any) -> list[Event]:
    return reply(make_assistant(database, model, **sampling), request, said)


def item(number: int) -> ItemPart:
    return ItemPart(sid_of(number), SKUS[number])


def showed(*numbers: int, want: str = "") -> list[Message]:
    """A turn in which these products were shown."""
    answer = [WantPart(want + found_words(len(numbers))), "Here:\n", *map(item, numbers)]
    return [Message.shopper("what do you have?"), Message.assistant(*answer)]


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


def codes(events: Sequence[Event]) -> list[str]:
    return [event.code for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize(
    ("task", "format"),
    [(Task.CHAT, Format.TEXT), (Task.DESCRIBE, Format.MIXED), (Task.PROFILE, Format.IDS)],
)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_text_and_descriptions_name_no_items(shop: Database, task: Task, format: Format, temperature: float) -> None:
    request = Request("tell me", task=task, format=format, history=("P-01",))
    events = ask(shop, random_model(5), request, temperature=temperature, max_tokens=20)
    assert text_of(events)
    assert not items_of(events)
    assert not [event for event in events if isinstance(event, WantFound)]


# -- what a want leaves ------------------------------------------------------------------------------------------------


def test_a_want_narrows_what_the_request_allows(shop: Database) -> None:
    model = scripted(" kind: mug; price < 20;", sid_of(0), sid_of(4), sid_of(8))
    events = ask(shop, model, Request("a mug under 20", conditions=Conditions(min_price=1000), format=Format.IDS))
    assert items_of(events) == ["P-04"]
    found = only(events, WantFound)
    assert (found.want, found.phrases) == (" kind: mug; price < 20; found 1", ("kind: mug", "under $20"))
    made_by = only(events, Done).made_by
    assert made_by == {"checkpoint": "tiny", "want": " kind: mug; price < 20;", "conditions": {"min_price": 1000}}


def test_cheaper_is_cheaper_than_the_cheapest_shown_last(shop: Database) -> None:
    said = [*showed(2), *showed(12, 8)]
    events = ask(shop, scripted(" price < shown;", *map(sid_of, range(0, 26, 2))), Request("cheaper", count=20), said)
    assert set(items_of(events)) <= set(SKUS[:8])
    assert only(events, WantFound).items_left == 8
    assert only(events, WantFound).phrases == ("under $20.99",)


def test_dearer_is_dearer_than_the_dearest_shown_last(shop: Database) -> None:
    said = [*showed(24), *showed(19, 17, 20)]
    request = Request("something better", format=Format.IDS, count=20)
    events = ask(shop, scripted(" price > shown;"), request, said, max_tokens=150)
    assert sorted(items_of(events)) == ["P-21", "P-22", "P-23", "P-24"]


def test_something_else_is_nothing_of_what_was_shown_however_long_ago(shop: Database) -> None:
    said = [*showed(0), *showed(4), *showed(8), *showed(12), *showed(16)]
    assert len(said) > MAX_TURNS
    request = Request("something else", format=Format.IDS, count=5)
    events = ask(shop, scripted(" kind: mug; not shown;"), request, said)
    assert sorted(items_of(events)) == ["P-20", "P-24"]
    assert only(events, WantFound).phrases == ("kind: mug", "not shown before")


def test_nothing_is_cheaper_than_what_has_no_price(shop: Database) -> None:
    events = ask(shop, scripted(" price < shown;", "Sorry."), Request("cheaper"), showed(20))
    assert only(events, WantFound).items_left == 0
    assert not items_of(events)
    notice = only(events, Notice)
    assert (notice.code, "no price" in notice.text) == (NOTHING_MATCHES, True)


def test_a_limit_said_earlier_holds_on_when_its_words_are_cut_off(shop: Database) -> None:
    said = [message for _ in range(4) for message in showed(0, want=" kind: lamp; price < 20;")]
    events = ask(shop, scripted(" price < 20;", "Fine."), Request("and a lamp?"), said)
    assert only(events, WantFound).want == " price < 20; found 8"


def test_what_the_shop_counted_is_no_number_that_somebody_said(shop: Database) -> None:
    """An earlier reply's "found 7" does not allow a price limit of 7."""
    with_seven = [Message.shopper("mugs"), Message.assistant(WantPart(" kind: mug; found 7"))]
    events = ask(shop, scripted(" price < 7;", "Fine."), Request("and a lamp?"), with_seven)
    assert "price" not in only(events, WantFound).want


def test_prices_are_read_in_the_shops_currency(database: Database) -> None:
    fill(database, make_rows(currency="JPY"))
    events = ask(database, scripted(" price < 1299;", sid_of(2)), Request("under 1299"))
    assert only(events, WantFound).phrases == ("under ¥1,299",)
    assert only(events, WantFound).items_left == 4
    assert items_of(events) == ["P-02"]


# -- nothing matches ---------------------------------------------------------------------------------------------------


RED_SHOES = Conditions(item_types=frozenset({"shoes"}), attributes={"colour": ("red",)})
EMPTY: dict[str, tuple[Request, str, str]] = {
    "a limit that was read": (
        Request("a mug under 4"),
        " kind: mug; price < 4;",
        "without “under $4” there would be 7 items.",
    ),
    "what was dismissed does not come back": (
        Request("blue mug, 9, 12", dismissed=("P-00",)),
        " kind: mug; price < 9;",
        "without “under $9” there would be 6 items.",
    ),
    "the one that helps most": (
        Request("a mug under 20 or over 45", count=1),
        " kind: mug; price < 20; price > 45;",
        "without “from $45” there would be 2 items.",
    ),
    "a filter on the type rather than the kind asked for": (
        Request("mug", types=("shoes",)),
        " kind: mug;",
        "without the filter “type: shoes” there would be 7 items.",
    ),
    "a type that was read against a filter": (
        Request("x", types=("shoes",)),
        " type: kitchen;",
        "without the filter “type: shoes” there would be 13 items.",
    ),
    "a filter, said to be one": (
        Request("x", conditions=Conditions(max_price=1)),
        " kind: mug;",
        "without the filter “under $0.01” there would be 7 items.",
    ),
    "a filter that was also read": (
        Request("under 4", conditions=Conditions(max_price=400)),
        " kind: mug; price < 4;",
        "without the filter “under $4” there would be 7 items.",
    ),
    "an engineer's own filter": (
        Request("x", conditions=Conditions(sql="price_minor < 0")),
        "",
        "without the filter “the shop's own” there would be 25 items.",
    ),
    "two that would have to go together": (
        Request("mug, 4", conditions=Conditions(max_price=300)),
        " kind: mug; price < 4;",
        "and leaving out any one condition would not help.",
    ),
    "a filter that contradicts itself": (
        Request("x", conditions=RED_SHOES.both(Conditions(brands=frozenset({"Nobody"})))),
        " price < shown;",
        "and leaving out any one condition would not help.",
    ),
    "all that match were dismissed": (
        Request("mugs", dismissed=MUGS),
        " kind: mug;",
        "but with those you dismissed there would be 7 items.",
    ),
}


@pytest.mark.parametrize("format", [Format.MIXED, Format.IDS])
@pytest.mark.parametrize("name", [name for name in EMPTY if "itself" not in name])
def test_when_nothing_matches_the_shop_names_the_condition_to_drop(shop: Database, format: Format, name: str) -> None:
    request, want, advice = EMPTY[name]
    events = ask(shop, scripted(want, "Sorry, ", sid_of(0), "."), replace(request, format=format), max_tokens=80)
    assert not items_of(events)
    assert only(events, WantFound).items_left == 0
    assert only(events, WantFound).want == f"{want} found 0"
    notice = only(events, Notice) if format is Format.IDS else [e for e in events if isinstance(e, Notice)][-1]
    assert notice.code == NOTHING_MATCHES
    assert notice.text.startswith("Nothing matches all of that, ")
    assert notice.text.endswith(advice)
    assert isinstance(events[-1], Done)


def unplaced(database: Database, *skus: str) -> None:
    """Add products that have no semantic id yet."""
    with database.session() as session:
        save_products(session, [ProductRow(sku=sku, title="A new mug", item_type="kitchen") for sku in skus], NOW)


def notice_of(database: Database, request: Request) -> str:
    return str(only(ask(database, scripted("", "No."), request), Notice).text)


def test_when_hardly_anything_is_on_sale(own_shop: Database) -> None:
    unplaced(own_shop, "P-NEW")
    retire(own_shop, *SKUS[1:])
    all_of_that, shoes = "Nothing matches all of that, but ", Request("x", types=("shoes",))
    dismissed = Request("x", dismissed=("P-00",))
    assert notice_of(own_shop, dismissed) == f"{all_of_that}with those you dismissed there would be 1 item."
    assert notice_of(own_shop, shoes) == f"{all_of_that}without the filter “type: shoes” there would be 1 item."
    two = Request("x", counts=(("shoes", 1), ("kitchen", 2)), format=Format.IDS)
    events = ask(own_shop, scripted(""), two)
    assert [event.text for event in events if isinstance(event, Notice)] == [
        "Of “shoes”, nothing is on sale at the moment.",
        "Of “kitchen”, only 1 is on sale at the moment.",
    ]
    retire(own_shop, "P-00")
    assert notice_of(own_shop, shoes) == "Nothing matches that."
    assert notice_of(own_shop, Request("x")) == "Nothing is on sale at the moment."


def test_the_advice_costs_no_more_than_one_view_per_condition(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Conditions] = []
    view = Snapshot.view

    def watched(snapshot: Snapshot, conditions: Conditions) -> View:
        asked.append(conditions)
        return view(snapshot, conditions)

    conditions = Conditions(max_price=900, in_stock=True, brands=frozenset({"Acme"}))
    said, model = showed(0, 4), scripted(" kind: mug; colour: red; price < 4; not shown;", "No.")
    assistant = make_assistant(shop, model)
    monkeypatch.setattr(Snapshot, "view", watched)
    events = reply(assistant, Request("under 4", conditions=conditions, dismissed=("P-08",)), said)
    assert "condition would not help" in only(events, Notice).text
    parts = 6  # brand, price, stock; kind, colour: the price read is below the filter's and another condition
    assert len(set(asked)) <= 2 + parts


def test_what_was_shown_can_be_the_condition_to_drop(shop: Database) -> None:
    said = showed(*(SKUS.index(sku) for sku in MUGS))
    events = ask(shop, scripted(" kind: mug; price < 20; not shown;", "No."), Request("others under 20"), said)
    # Seven mugs were shown: without the price there is none either. Without the kind there would be six lamps and
    # shoes, but what was asked for is given up last.
    assert only(events, Notice).text.endswith("without “not shown before” there would be 2 items.")
    fewer = ask(shop, scripted(" kind: mug; not shown;", "No."), Request("others", types=("kitchen",)), showed(2, 6))
    assert only(fewer, WantFound).items_left == 7
    all_mugs = Request("others", conditions=Conditions(attributes={"kind": ("mug",)}))
    events = ask(shop, scripted(" not shown;", "No."), all_mugs, said)
    assert only(events, Notice).text.endswith("without “not shown before” there would be 7 items.")


# -- counts ------------------------------------------------------------------------------------------------------------


def kinds_of(events: Sequence[Event], shop: Database) -> dict[str, int]:
    known = products(shop)
    return dict(Counter(known[sku].attributes["kind"][0] for sku in items_of(events)))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request("two mugs and a lamp"), {"mug": 2, "lamp": 1}),
        (Request("a boot, two sandals and three lamps please", count=1), {"boot": 1, "sandal": 2, "lamp": 3}),
        (Request("anything", counts=(("lamp", 2), ("sandal", 2))), {"lamp": 2, "sandal": 2}),
        (Request("two mugs", counts=(("boot", 1),)), {"boot": 1}),
    ],
)
def test_counts_are_kept_by_a_model_that_counts_nothing(
    shop: Database, request_: Request, expected: dict[str, int]
) -> None:
    events = ask(shop, scripted(" kind: mug;"), replace(request_, format=Format.IDS), max_tokens=200)
    assert kinds_of(events, shop) == expected
    assert only(events, Done).made_by["counts"] == dict(expected)
    assert not [event for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize("format", [Format.IDS, Format.MIXED])
@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_model_reads_counts_hold_within_its_conditions(shop: Database, format: Format, seed: int) -> None:
    request = Request("two mugs and a lamp, 20, 4", format=format)
    events = ask(shop, random_model(seed), request, max_tokens=80)
    found, named = only(events, WantFound), kinds_of(events, shop)
    want, known = Want.parse(found.want), products(shop)
    assert want.item_type is None
    assert not want.facets
    wanted = [product for product in known.values() if product.active and meets(product, want.conditions())]
    left = Counter(product.attributes["kind"][0] for product in wanted)
    assert found.items_left == left["mug"] + left["lamp"]
    assert set(named) <= {"mug", "lamp"}
    most = {"mug": min(2, left["mug"]), "lamp": min(1, left["lamp"])}
    assert all(number <= most[kind] for kind, number in named.items())
    if format is Format.IDS:
        assert named == {kind: number for kind, number in most.items() if number}
        assert len([event for event in events if isinstance(event, Notice)]) == (most["mug"] < 2) + (most["lamp"] < 1)


def test_counts_with_words_between_the_items(shop: Database) -> None:
    one_too_many = [sid_of(number) for number in (0, 2, 4, 8)]
    model = scripted(
        " colour: blue; brand: Acme;", "A mug: ", one_too_many[0], " a lamp: ", one_too_many[1], "!", *one_too_many[2:]
    )
    events = ask(shop, model, Request("two mugs and a lamp in blue"), max_tokens=60)
    assert only(events, WantFound).phrases == ("colour: blue",)
    assert items_of(events)[:1] == ["P-00"]
    assert set(items_of(events)) <= {"P-00", "P-06", "P-12", "P-18", "P-24"}
    assert all(number <= {"mug": 2, "lamp": 1}[kind] for kind, number in kinds_of(events, shop).items())


def test_a_count_of_one_kind_leaves_it_to_the_want_to_name_it(shop: Database) -> None:
    mugs = [sid_of(number) for number in (0, 4, 8)]
    events = ask(shop, scripted(" kind: mug;", "Here: ", *mugs), Request("two mugs", count=3))
    assert items_of(events) == ["P-00", "P-04"]
    stubborn = ask(shop, scripted(" kind: mug;", "None."), Request("two mugs", format=Format.IDS))
    assert kinds_of(stubborn, shop) == {"mug": 2}
    free = ask(shop, scripted(" kind: mug;", "Here: ", *mugs), Request("a mug for two", count=3))
    assert len(items_of(free)) == 3


def test_a_count_by_item_type(shop: Database) -> None:
    request = Request("x", counts=(("shoes", 2), ("lamp", 1)), format=Format.IDS)
    events = ask(shop, random_model(1), request, max_tokens=200)
    types = Counter(products(shop)[sku].item_type for sku in items_of(events))
    assert types == {"shoes": 2, "kitchen": 1}
    assert kinds_of(events, shop)["lamp"] == 1


def test_the_prompt_states_the_counts(shop: Database) -> None:
    assert prompt_of(shop, Request("two mugs and a lamp", count=5)) == prompt_of(shop, Request("two mugs and a lamp"))


def test_what_nothing_fills_is_said_and_the_others_are_served(shop: Database) -> None:
    request = Request("two mugs and a lamp", conditions=Conditions(max_price=700), format=Format.IDS)
    events = ask(shop, scripted(""), request)
    assert kinds_of(events, shop) == {"mug": 1}
    notices = [event for event in events if isinstance(event, Notice)]
    assert [notice.code for notice in notices] == [FEWER, FEWER]
    assert [notice.text for notice in notices] == [
        "Of “mug”, only 1 matches all of that, but without the filter “under $7” there would be 7 items.",
        "Of “lamp”, nothing matches all of that, but without the filter “under $7” there would be 6 items.",
    ]


def test_counts_of_what_nothing_matches_at_all(shop: Database) -> None:
    events = ask(shop, scripted(" price < 4;", "No."), Request("two mugs and a lamp under 4"))
    notices = [event for event in events if isinstance(event, Notice)]
    assert {notice.code for notice in notices} == {NOTHING_MATCHES}
    assert only(events, WantFound).items_left == 0
    assert [notice.text.split(",")[0] for notice in notices] == ["Of “mug”", "Of “lamp”"]


def test_fewer_of_one_kind_than_the_shopper_counted(shop: Database) -> None:
    events = ask(shop, scripted(" kind: mug; price < 14;", "Here: "), Request("three mugs under 14", format=Format.IDS))
    assert len(items_of(events)) == 2
    notice = only(events, Notice)
    assert notice.code == FEWER
    assert notice.text == "Only 2 items match all of that, but without “under $14” there would be 7 items."


def test_counts_of_what_the_shop_does_not_have_are_refused(shop: Database) -> None:
    with pytest.raises(RequestError, match="neither an item type nor a kind 'hat'"):
        ask(shop, random_model(), Request("x", counts=(("hat", 1),)))


@pytest.mark.parametrize("task", [Task.DESCRIBE, Task.PROFILE])
def test_a_description_counts_nothing(shop: Database, task: Task) -> None:
    events = ask(shop, random_model(5), Request("two mugs and a lamp", task=task), max_tokens=20)
    assert not items_of(events)
    assert "counts" not in only(events, Done).made_by


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


# -- the prompt --------------------------------------------------------------------------------------------------------


class _Prompts:
    """An engine that writes nothing and keeps the prompts it was given."""

    def __init__(self) -> None:
        self.prompts: list[list[int]] = []

    def write(self, prompt: list[int], *_: Any) -> Iterator[Event]:
        self.prompts.append(prompt)
        yield from ()


def prompt_of(database: Database, request: Request, said: Sequence[Message] = ()) -> list[int]:
    assistant, engine = make_assistant(database, random_model()), _Prompts()
    assistant._engine = engine  # type: ignore[assignment]
    reply(assistant, request, said)
    return engine.prompts[0]


def test_the_prompt_begins_with_a_shoppers_turn_and_holds_the_latest_ones(shop: Database) -> None:
    said = [message for number in range(8) for message in showed(number)]
    one_too_many = [Message.assistant("Welcome!"), *said]
    latest = prompt_of(shop, Request("more"), said)
    assert prompt_of(shop, Request("more"), one_too_many) == latest
    assert prompt_of(shop, Request("more"), said[-MAX_TURNS:]) == latest
    assert prompt_of(shop, Request("more"), said[1 - MAX_TURNS :]) == prompt_of(
        shop, Request("more"), said[2 - MAX_TURNS :]
    )
    assert prompt_of(shop, Request("more"), said[-2:]) != latest


def test_a_history_without_words_is_a_question_then_and_later(shop: Database) -> None:
    history = ("P-01", "P-02")
    silent = prompt_of(shop, Request("", history=history))
    assert silent == prompt_of(shop, Request("  \n", history=history))
    assert silent == prompt_of(shop, Request(NO_WORDS, history=history))
    assert silent != prompt_of(shop, Request(NO_WORDS, history=history[::-1]))
    earlier = [Message.shopper(""), Message.assistant("These.")]
    spoken = [Message.shopper(NO_WORDS), Message.assistant("These.")]
    assert prompt_of(shop, Request("more"), earlier) == prompt_of(shop, Request("more"), spoken)
    events = ask(shop, random_model(), Request("", history=history, format=Format.IDS, count=1), max_tokens=60)
    assert len(items_of(events)) == 1


def test_a_history_without_semantic_ids_is_left_out_and_said(own_shop: Database) -> None:
    unplaced(own_shop, "P-NEW", "P-NEWER")
    one = Request("a mug", history=("P-01", "P-NEW", "P-02"))
    assert prompt_of(own_shop, one) == prompt_of(own_shop, Request("a mug", history=("P-01", "P-02")))
    events = ask(own_shop, scripted(" kind: mug;", "Fine."), one)
    assert events[0] == Notice(NO_SID, "P-NEW has no semantic id yet and was left out.")
    assert isinstance(events[-1], Done)
    two = ask(own_shop, scripted("", "Fine."), Request("", history=("P-NEW", "P-NEWER")))
    assert two[0] == Notice(NO_SID, "P-NEW, P-NEWER have no semantic id yet and were left out.")
    with pytest.raises(UnknownProductError, match="nope"):
        ask(own_shop, scripted(""), Request("a mug", history=("P-NEW", "nope")))


def test_items_that_the_catalog_lost_are_left_out(shop: Database) -> None:
    def said(*parts: Any) -> list[Message]:
        return [Message.shopper("mugs"), Message.assistant(WantPart(" kind: mug; found 2"), "Two:\n", *parts)]

    lost = ItemPart(Sid("hats", (9, 9)), "HAT-1")
    expected = prompt_of(shop, Request("more"), said(item(0)))
    assert prompt_of(shop, Request("more"), said(lost, item(0))) == expected
    request = Request("others", format=Format.IDS, count=20)
    events = ask(shop, scripted(" kind: mug; not shown;"), request, said(lost, item(0)), max_tokens=150)
    assert sorted(items_of(events)) == sorted(MUGS[1:])
    alone = ask(shop, scripted(" kind: mug; not shown;", "Fine."), Request("others"), said(lost))
    assert "shown" not in only(alone, WantFound).want  # nothing that was shown is known any more


def test_an_item_stands_in_the_prompt_under_the_sid_it_has_now(shop: Database) -> None:
    """A conversation may be older than the codebooks, whose semantic ids meant other products."""
    old = ItemPart(sid_of(9), "P-03")
    said = [Message.shopper("shoes"), Message.assistant(old)]
    now = [Message.shopper("shoes"), Message.assistant(item(3))]
    assert prompt_of(shop, Request("more"), said) == prompt_of(shop, Request("more"), now)
    request = Request("others", format=Format.IDS, count=20, types=("shoes",))
    events = ask(shop, scripted(" not shown;"), request, said, max_tokens=150)
    assert "P-03" not in items_of(events)
    assert "P-09" in items_of(events)


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


# -- as part of a conversation -----------------------------------------------------------------------------------------


class _GoneError(Exception):
    """What a broken accelerator raises."""


def stored_reply(service: ConversationService, conversation: str) -> Message | None:
    turns = service.turns(conversation)
    return turns[-1].message if turns and turns[-1].message.role is Role.ASSISTANT else None


def record_of(events: Sequence[Event]) -> tuple[list[str], list[str], str]:
    wants = [event.want for event in events if isinstance(event, WantFound)]
    return wants, items_of(events), text_of(events)


def parts_of(message: Message | None) -> tuple[list[str], list[str], str]:
    if message is None:
        return [], [], ""
    return [message.want] if message.want is not None else [], [part.sku for part in message.items], message.text


def test_wherever_the_model_fails_what_was_shown_is_stored_whole(own_shop: Database) -> None:
    def fail() -> None:
        raise _GoneError

    total = Watched(random_model(1))
    ask(own_shop, total, Request("a mug"), max_tokens=24)
    assistant = make_assistant(own_shop, random_model(1), max_tokens=24)
    service = ConversationService(own_shop, assistant, lambda: NOW)
    for call in range(1, total.calls + 1, 2):
        assistant._engine._model = Watched(random_model(1), call, fail)
        conversation = service.start()
        seen: list[Event] = []
        with pytest.raises(_GoneError):
            seen.extend(service.say(conversation, Request("a mug")))
        stored = stored_reply(service, conversation)
        assert parts_of(stored) == record_of(seen)
        if stored:
            assert all(part.sid == sid_of(SKUS.index(part.sku)) for part in stored.items)
    # The conversation goes on.
    assistant._engine._model = random_model(1)
    assert isinstance(list(service.say(conversation, Request("go on")))[-1], Done)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_reader_who_goes_away_leaves_what_was_shown(own_shop: Database, count: int) -> None:
    service = ConversationService(own_shop, make_assistant(own_shop, random_model(1), max_tokens=24), lambda: NOW)
    conversation = service.start()
    events = service.say(conversation, Request("a mug"))
    seen = until(events, count)
    events.close()
    assert parts_of(stored_reply(service, conversation)) == record_of(seen)
    assert service.turns(conversation)[-1].made_by["complete"] is False
    assert isinstance(list(service.say(conversation, Request("go on")))[-1], Done)


def test_a_conversation_refers_to_what_was_shown_in_it(own_shop: Database) -> None:
    class Changing:
        """An assistant whose model the test changes between turns."""

        assistant: Assistant

        def reply(self, *given: Any) -> Iterator[Event]:
            return self.assistant.reply(*given)

    replier = Changing()
    service = ConversationService(own_shop, replier, lambda: NOW)
    conversation = service.start()

    def say(text: str, want: str, *parts: str | Sid, **changes: Any) -> list[Event]:
        replier.assistant = make_assistant(own_shop, scripted(want, *parts))
        return list(service.say(conversation, Request(text, **changes)))

    assert items_of(say("a mug", " kind: mug;", "Two: ", sid_of(8), sid_of(12))) == ["P-08", "P-12"]
    cheaper = say("cheaper ones", " kind: mug; price < shown;", sid_of(8), sid_of(4), count=1)
    assert only(cheaper, WantFound).items_left == 2
    assert items_of(cheaper)
    assert set(items_of(cheaper)) <= {"P-00", "P-04"}
    service.dismiss(conversation, "P-24")
    others = say("something else", " kind: mug; not shown;", format=Format.IDS, count=20)
    assert set(items_of(others)) == set(MUGS) - {"P-08", "P-12", "P-24", *items_of(cheaper)}
    wants = [turn.message.want for turn in service.turns(conversation) if turn.message.want]
    assert wants[0] == " kind: mug; found 7"  # as the model wrote and the shop ended it, and as examples show it


def test_an_import_between_two_turns_does_not_disturb_a_conversation(own_shop: Database) -> None:
    service = ConversationService(own_shop, make_assistant(own_shop, scripted("", sid_of(0))), lambda: NOW)
    conversation = service.start()
    assert items_of(list(service.say(conversation, Request("mugs", count=1)))) == ["P-00"]
    with own_shop.session() as session:
        save_products(session, [ProductRow(sku="P-00", title="A shoe now", item_type="shoes")], NOW)
    retire(own_shop, "P-02")
    events = list(service.say(conversation, Request("lamps", count=1)))
    assert isinstance(events[-1], Done)
    assert RETIRED not in items_of(events)
    assert "P-02" not in items_of(events)
