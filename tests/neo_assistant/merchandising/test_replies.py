"""Rules in whole replies: what they change, and that no reply breaks the shopper's conditions for them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.rules import Rule, add_rule
from neo_assistant.events import Done, Event, ItemFound, Notice, WantFound
from neo_assistant.request import Request
from neo_assistant.steering import Format
from neo_assistant.want import Want, found_words
from tests.neo_assistant.asking import MUGS, showed
from tests.neo_assistant.merchandising.ruling import NOW, Moody, on, rule, stored
from tests.neo_assistant.serving import (
    SKUS,
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
)

SHOES = Conditions(item_types=frozenset({"shoes"}))
KITCHEN = Conditions(item_types=frozenset({"kitchen"}))
IDS = Request("anything", format=Format.IDS, count=3)


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


def ask(
    database: Database, model: Any, request: Request, rules: Sequence[Rule], said: Sequence[Any] = (), **sampling: Any
) -> list[Event]:
    assistant = make_assistant(database, model, **sampling)
    return list(assistant.reply(list(said), request, threading.Event(), stored(*rules)))


RULES = [
    rule("exclude", on("P-00", "P-05", "P-09")),
    rule("pin", on("P-00", "P-02", "P-03", "P-12")),
    rule("pin", SHOES.both(Conditions(max_price=2000))),
    rule("boost", KITCHEN, 50.0),
    rule("bury", on(*SKUS[::3]), 20.0),
]
REQUESTS = {
    "plain": replace(IDS, text="a blue mug for less than 20 or 45.50, rated 4"),
    "types": replace(IDS, text="something under 30", types=("shoes",), count=5),
    "conditions": replace(IDS, text="rated 3", conditions=Conditions(max_price=3000, in_stock=True), count=20),
    "dismissed": replace(IDS, conditions=Conditions(attributes={"kind": ("mug",)}), dismissed=MUGS[:4], count=9),
    "counts": replace(IDS, text="2 mugs and a boot", counts=(("mug", 2), ("boot", 1))),
    "budget": replace(IDS, text="mug and boot", counts=(("mug", 1), ("boot", 1)), budget=3000),
    "mixed": Request("what do you have under 40?", count=4),
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize(("seed", "beams"), [(0, 1), (3, 8)])
def test_whatever_the_rules_every_item_meets_the_shoppers_conditions(
    shop: Database, name: str, seed: int, beams: int
) -> None:
    request, known = REQUESTS[name], products(shop)
    said = showed(1, 6)
    events = ask(shop, random_model(seed), request, RULES, said, beams=beams, max_tokens=150)
    plain = ask(shop, random_model(seed), request, [], said, beams=beams, max_tokens=150)
    named, found, want = items_of(events), only(events, WantFound), only(plain, WantFound).want
    assert found.want.rpartition(" found")[0] == want.rpartition(" found")[0], "rules do not touch what is read"
    conditions = only(events, Done).made_by["want"]
    assert conditions in want
    read = Want.parse(found.want).conditions([known[sku].price_minor or 0 for sku in ("P-01", "P-06")])
    for sku in named:
        product = known[sku]
        assert product.active
        assert sku not in (*request.dismissed, "P-00", "P-05", "P-09")
        assert meets(product, request.conditions)
        assert meets(product, read)
        assert not request.types or product.item_type in request.types
    assert len(set(named)) == len(named) <= max(request.count, sum(number for _, number in request.counts))
    assert found.want.endswith(found_words(found.items_left))
    if request.budget is not None:
        assert sum(known[sku].price_minor or 0 for sku in named) <= request.budget
    if request.counts:
        kinds = [known[sku].attributes["kind"][0] for sku in named]
        assert all(kinds.count(kind) <= number for kind, number in request.counts)


def test_what_is_excluded_is_neither_named_nor_counted_nor_promised(shop: Database) -> None:
    request = replace(IDS, conditions=Conditions(attributes={"kind": ("mug",)}), count=9)
    events = ask(shop, scripted(" price < 20;"), replace(request, text="under 20"), [rule("exclude", on(*MUGS))])
    assert items_of(events) == []
    assert only(events, WantFound).items_left == 0
    text = only(events, Notice).text
    assert "without “under $20”" not in text, "the mugs are not there without it either"
    assert "there would be 6 items" in text
    assert only(events, Done).made_by["rules"] == [{"id": 1, "action": "exclude", "items": 2}]


def test_pins_come_first_in_their_order_and_the_model_goes_on(shop: Database) -> None:
    model = scripted("", *map(sid_of, (4, 8, 12)))
    events = ask(shop, model, IDS, [rule("pin", on("P-07")), rule("pin", on("P-02"))])
    assert items_of(events)[:2] == ["P-02", "P-07"]
    assert len(items_of(events)) == 3
    assert items_of(events)[2] not in ("P-02", "P-07")
    record = only(events, Done).made_by["rules"]
    assert record == [{"id": 2, "action": "pin", "items": 1}, {"id": 1, "action": "pin", "items": 1}]


def test_of_several_items_of_one_pin_the_model_chooses(shop: Database) -> None:
    model = scripted("", sid_of(8), sid_of(4), sid_of(6))
    events = ask(shop, model, IDS, [rule("pin", on("P-04", "P-06", "P-08"))])
    assert items_of(events) == ["P-08", "P-04", "P-06"]


def test_no_more_pins_than_the_count_leaves(shop: Database) -> None:
    rules = [rule("pin", on(sku)) for sku in ("P-02", "P-04", "P-07", "P-09")]
    assert items_of(ask(shop, Moody(1), replace(IDS, count=2), rules)) == ["P-09", "P-07"]


@pytest.mark.parametrize("seed", range(4))
def test_a_reply_that_names_nothing_by_itself_is_given_no_pin(shop: Database, seed: int) -> None:
    model = scripted("", "Good day")
    assert items_of(ask(shop, model, Request("hello"), [rule("pin", on("P-02"))])) == []
    request = Request("tell me", format=Format.TEXT)
    assert items_of(ask(shop, random_model(seed), request, [rule("pin", on("P-02"))], max_tokens=15)) == []


MUG = {"conditions": Conditions(attributes={"kind": ("mug",)})}


@pytest.mark.parametrize(
    "request_",
    [
        replace(IDS, types=("shoes",)),
        replace(IDS, dismissed=("P-00",)),
        replace(IDS, conditions=Conditions(min_price=600)),
        replace(IDS, counts=(("boot", 2),)),
    ],
)
def test_the_shopper_is_before_the_pin(shop: Database, request_: Request) -> None:
    assert "P-00" not in items_of(ask(shop, Moody(2), request_, [rule("pin", on("P-00"))]))


def test_a_want_is_before_the_pin(shop: Database) -> None:
    model = scripted(" kind: boot;", sid_of(1))
    events = ask(shop, model, replace(IDS, text="a boot"), [rule("pin", on("P-00"))])
    assert items_of(events)
    assert "P-00" not in items_of(events)


def test_the_budget_is_before_the_pin(shop: Database) -> None:
    request = replace(IDS, budget=1200, counts=(("mug", 1),))
    assert items_of(ask(shop, Moody(2), request, [rule("pin", on("P-08"))])) == ["P-00"]


def test_exclude_is_before_pin(shop: Database) -> None:
    rules = [rule("pin", on("P-02", "P-04")), rule("exclude", on("P-04")), rule("pin", on("P-04"))]
    named = items_of(ask(shop, Moody(2), IDS, rules))
    assert named[0] == "P-02"
    assert "P-04" not in named


def test_exclude_is_before_boost(shop: Database) -> None:
    rules = [rule("boost", on("P-04"), 1000.0), rule("exclude", on("P-04"))]
    assert "P-04" not in items_of(ask(shop, Moody(2), replace(IDS, count=20), rules))


def test_pin_is_before_boost_and_bury(shop: Database) -> None:
    rules = [rule("bury", on("P-02"), 1000.0), rule("boost", on("P-04"), 1000.0), rule("pin", on("P-02"))]
    assert items_of(ask(shop, Moody(2), IDS, rules))[0] == "P-02"


@pytest.mark.parametrize("seed", range(3))
def test_a_boost_moves_an_item_up_and_a_bury_down(shop: Database, seed: int) -> None:
    """Of all of a type, in the order in which they are named."""
    request, model = replace(IDS, types=("kitchen",), count=13), Moody(seed)
    assert items_of(ask(shop, model, request, [rule("boost", on("P-16"), 900.0)], beams=20))[0] == "P-16"
    assert items_of(ask(shop, model, request, [rule("bury", on("P-16"), 900.0)], beams=20))[-1] == "P-16"


def test_a_boost_by_type_decides_between_openers(shop: Database) -> None:
    """The model has no wish at all, so that every opener is as good as another."""
    for conditions, item_type in ((SHOES, "shoes"), (KITCHEN, "kitchen")):
        events = ask(shop, scripted(""), IDS, [rule("boost", conditions, 30.0)])
        assert {event.product.item_type for event in events if isinstance(event, ItemFound)} == {item_type}


def test_a_pinned_item_that_goes_off_sale_in_mid_reply_makes_way(own_serving_shop: Database) -> None:
    shop = own_serving_shop
    assistant = make_assistant(shop, Moody(1))
    rules = stored(rule("pin", on("P-07")), rule("pin", on("P-02")))
    events = assistant.reply([], IDS, threading.Event(), rules)
    seen = [next(events)]
    retire(shop, "P-02")
    named = items_of([*seen, *events])
    assert "P-02" not in named
    assert "P-07" in named
    assert len(named) == 3


def test_saved_rules_count_and_drafts_take_their_place(own_serving_shop: Database) -> None:
    shop = own_serving_shop
    assistant = make_assistant(shop, Moody(1))
    with shop.session() as session:
        number = add_rule(session, rule("pin", on("P-02")), NOW)
    events = reply(assistant, IDS)
    assert items_of(events)[0] == "P-02"
    assert only(events, Done).made_by["rules"] == [{"id": number, "action": "pin", "items": 1}]
    other = list(assistant.reply([], IDS, threading.Event(), stored(rule("pin", on("P-07")))))
    assert items_of(other)[0] == "P-07"
    assert "P-02" not in items_of(list(assistant.reply([], replace(IDS, count=1), threading.Event(), [])))
