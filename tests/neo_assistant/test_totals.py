"""Replies whose items may cost so much together."""

from __future__ import annotations

import dataclasses
import io
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.products import ProductRecord, save_products
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, Notice, Total, WantFound
from neo_assistant.render import reply_object, write_reply
from neo_assistant.reply_record import ReplyRecord
from neo_assistant.request import Request
from neo_assistant.steering import Format, Task
from neo_assistant.totals import NO_PRICE, OVER_BUDGET
from tests.neo_assistant.asking import ask, codes, prompt_of, showed
from tests.neo_assistant.serving import (
    fill,
    items_of,
    make_assistant,
    make_rows,
    only,
    products,
    random_model,
    scripted,
    sid_of,
)
from tests.neo_assistant.ui_products import NOW


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


def spent(events: Sequence[Event], shop: Database) -> int:
    known = products(shop)
    return sum(known[sku].price_minor or 10**9 for sku in items_of(events))


@pytest.mark.parametrize("format", [Format.IDS, Format.MIXED])
@pytest.mark.parametrize(
    ("text", "counts", "budget"),
    [
        ("two mugs and a lamp, 40 in all", (), 4000),
        ("everything for a party, under $22 in total", (), 2200),
        ("a boot, two sandals and three lamps under 130", (), 13000),
        ("three mugs, 60 together", (), 6000),
        ("anything", (("lamp", 2), ("sandal", 2)), 9000),
        ("a mug and a lamp, 90 in all", (), 1500),
    ],
)
@pytest.mark.parametrize("seed", [0, 1, 6])
def test_the_items_of_a_reply_keep_to_the_total(
    shop: Database, format: Format, text: str, counts: Any, budget: int, seed: int
) -> None:
    given_beside = budget if counts or budget == 1500 else None
    request = Request(text, counts=counts, format=format, budget=given_beside, count=5)
    events = ask(shop, random_model(seed), request, max_tokens=120, beams=1 + seed % 4)
    assert spent(events, shop) <= budget
    done = only(events, Done)
    if format is Format.IDS:
        assert bool(items_of(events)) == bool(only(events, WantFound).items_left)
    if items_of(events):
        assert done.total == Total(spent(events, shop), "USD")
    assert done.made_by["budget"] == budget


def test_a_total_is_no_limit_on_each_item_and_its_number_cannot_become_one(shop: Database) -> None:
    events = ask(shop, scripted(" price < 30;", "Here: ", sid_of(0), sid_of(4)), Request("mugs, 30 in all"))
    assert "price < 30" not in only(events, WantFound).want
    model = scripted(" kind: mug;", "Here: ", sid_of(0), sid_of(4), sid_of(8))
    events = ask(shop, model, Request("mugs, 30 in all"))
    assert only(events, WantFound).want == " kind: mug; found 4"
    assert items_of(events) == ["P-00", "P-04"]


def test_a_total_of_an_earlier_turn_is_no_limit_either(shop: Database) -> None:
    said = showed(0, 4)
    said[0] = type(said[0]).shopper("mugs, 30 in all")
    events = ask(shop, scripted(" price < 30;", "Here: ", sid_of(24)), Request("others"), said)
    assert "price < 30" not in only(events, WantFound).want


def test_both_a_limit_on_each_and_a_total(shop: Database) -> None:
    model = scripted(" price < 15;", "Here: ", *map(sid_of, (24, 0, 2, 4)))
    events = ask(shop, model, Request("mugs under 15, 26 in total", count=4))
    assert only(events, WantFound).phrases == ("under $15",)
    assert spent(events, shop) <= 2600


def test_nothing_is_named_where_the_cheapest_already_cost_too_much(shop: Database) -> None:
    """Mugs cost 5, 13, 21, …; lamps 9, 17, …"""
    events = ask(shop, scripted("", "Sorry."), Request("two mugs and a lamp, 25 in all"))
    assert not items_of(events)
    assert only(events, WantFound).items_left == 0
    assert only(events, Done).total is None
    notice = only(events, Notice)
    assert notice.code == OVER_BUDGET
    assert notice.text == "The cheapest 2 × mug and lamp together cost $27, $2 more than $25."
    assert items_of(ask(shop, scripted("", "Here: "), Request("two mugs and a lamp, 27 in all", format=Format.IDS)))


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (Request("three mugs for $38 in all"), "The cheapest 3 × mug together cost $39, $1 more than $38."),
        (Request("some things", budget=499), "The cheapest item costs $5, $0.01 more than $4.99."),
        (Request("x", counts=(("lamp", 1),), budget=100), "The cheapest lamp costs $9, $8 more than $1."),
        (Request("x", format=Format.IDS, budget=499), "The cheapest item costs $5, $0.01 more than $4.99."),
    ],
)
def test_by_how_much_it_is_too_little(shop: Database, request_: Request, text: str) -> None:
    kind = " kind: mug;" if "mugs" in request_.text else ""
    events = ask(shop, scripted(kind, "Sorry."), request_)
    assert [event.text for event in events if isinstance(event, Notice)] == [text]
    assert not items_of(events)


def test_a_reply_of_ids_names_one_item_at_least_and_no_more_than_fit(shop: Database) -> None:
    events = ask(shop, random_model(3), Request("x", format=Format.IDS, budget=1200, count=3))
    assert 1 <= len(items_of(events)) <= 2
    assert codes(events) == []


def test_what_has_no_price_is_said_and_not_named(shop: Database) -> None:
    """Product 20 has none."""
    sql = Conditions(sql="sku = 'P-20'")
    events = ask(shop, scripted("", "Here: ", sid_of(20)), Request("anything", budget=9_000, conditions=sql))
    assert not items_of(events)
    assert codes(events) == [NO_PRICE]
    either = Conditions(sql="sku = 'P-20' OR sku = 'P-02'")
    counted = ask(shop, scripted(""), Request("a mug and a lamp, 80 in all", conditions=either, format=Format.IDS))
    assert items_of(counted) == ["P-02"]
    assert [event.text for event in counted if isinstance(event, Notice)] == [
        "Of “mug”, nothing has a price, so it cannot be part of a total."
    ]


@pytest.mark.parametrize("task", [Task.DESCRIBE, Task.PROFILE])
def test_a_description_has_no_total(shop: Database, task: Task) -> None:
    events = ask(shop, random_model(5), Request("mugs, 30 in all", task=task), max_tokens=20)
    assert only(events, Done).total is None


@pytest.mark.parametrize("budget", [0, -1, 10**12])
def test_budgets_that_cannot_be(budget: int) -> None:
    with pytest.raises(RequestError, match="budget"):
        Request("x", budget=budget)
    with pytest.raises(RequestError, match="budget"):
        Request("x", budget=500, format=Format.TEXT)


def test_the_prompt_states_nothing_of_a_budget(shop: Database) -> None:
    assert prompt_of(shop, Request("mugs", budget=500)) == prompt_of(shop, Request("mugs"))


def after_the_want(database: Database, then: Callable[[], None], request: Request, *parts: Any) -> list[Event]:
    """A reply during which something happens right after its want has been closed."""
    events = []
    for event in make_assistant(database, scripted("", *parts), max_tokens=80).reply([], request, threading.Event()):
        events.append(event)
        if isinstance(event, WantFound):
            then()
    return events


def reprice(database: Database, number: int, **values: Any) -> None:
    with database.session() as session:
        save_products(session, [dataclasses.replace(make_rows()[number], **values)], NOW)


@pytest.mark.parametrize("change", [{"price_minor": 501}, {"price_minor": None}, {"price_minor": 1, "currency": "EUR"}])
def test_an_item_that_became_dearer_in_mid_reply_makes_way(database: Database, change: dict[str, Any]) -> None:
    fill(database)
    request = Request("mugs and the like, 40 in all")
    events = after_the_want(database, lambda: reprice(database, 0, **change), request, "Here: ", sid_of(0), sid_of(4))
    assert "P-00" not in items_of(events)
    assert 0 < spent(events, database) <= 4000


def test_what_fits_no_more_after_a_loss_is_not_named(database: Database) -> None:
    """Two mugs of $5 and $13 and a lamp of $9 make $27; without the mug of $5 there is nothing for that."""
    fill(database)
    request = Request("two mugs and a lamp, 27 in all", format=Format.IDS)
    events = after_the_want(database, lambda: reprice(database, 0, price_minor=2_000), request, sid_of(4), sid_of(0))
    assert spent(events, database) <= 2700
    assert "P-00" not in items_of(events)


def test_an_item_that_became_cheaper_counts_by_what_it_costs_now(database: Database) -> None:
    fill(database)
    request = Request("a few things, under $10 in all", count=1)
    events = after_the_want(database, lambda: reprice(database, 0, price_minor=100), request, "Here: ", sid_of(0))
    assert only(events, Done).total == Total(100, "USD")


def renderings(events: Sequence[Event]) -> Iterator[str]:
    out = io.StringIO()
    write_reply(events, out, io.StringIO())
    yield out.getvalue()
    record = ReplyRecord()
    for event in events:
        record.add(event)
    yield str(record.made_by()["total"])


def test_the_total_is_shown(shop: Database) -> None:
    events = ask(shop, scripted("", "Here: ", sid_of(0), sid_of(4)), Request("mugs, 30 in all"))
    assert reply_object(events, Request("x"), io.StringIO())["total"] == 18.0
    text, record = renderings(events)
    assert text.endswith("Together $18\n")
    assert record == "{'minor': 1800, 'currency': 'USD'}"
    found = [event.product for event in events if isinstance(event, ItemFound)]
    assert all(isinstance(product, ProductRecord) for product in found)
