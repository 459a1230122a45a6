"""Replies whose catalog changes while they are being written: what is shown is on sale and meets what was read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.products import save_products
from catalog_db.rows import ProductRow
from neo_assistant.events import Done, Notice, WantFound
from neo_assistant.request import Request
from neo_assistant.steering import Format
from tests.neo_assistant.serving import (
    SKUS,
    fill,
    give_sids,
    items_of,
    make_assistant,
    make_rows,
    meets,
    only,
    products,
    reply,
    retire,
    scripted,
    sid_of,
    text_of,
)
from tests.neo_assistant.ui_products import NOW

MUGS = ("P-00", "P-04", "P-08", "P-12", "P-16", "P-20", "P-24")
MUG = Conditions(attributes={"kind": ("mug",)})


@pytest.fixture
def shop(database: Database) -> Database:
    fill(database)
    return database


def change(shop: Database, *skus: str, **values: Any) -> None:
    """Change products, their semantic ids apart."""
    rows = [row for row in make_rows() if row.sku in skus]
    with shop.session() as session:
        save_products(
            session, [ProductRow(**{name: getattr(row, name) for name in row.__slots__} | values) for row in rows], NOW
        )


def interrupted(
    shop: Database, want: str, parts: list[Any], then: Callable[[], None], request: Request, beams: int = 2
) -> tuple[list[Any], list[str]]:
    """Events of a reply during which something happens right after its want has been closed, and the items' SKUs."""
    model = scripted(want, *parts)
    assistant = make_assistant(shop, model, beams=beams, max_tokens=80)
    events = []
    for event in assistant.reply([], request, threading.Event()):
        events.append(event)
        if isinstance(event, WantFound):
            then()
    return events, items_of(events)


@pytest.mark.parametrize("beams", [1, 2, 8])
def test_another_mug_stands_in_the_place_of_all_that_went_off_sale(shop: Database, beams: int) -> None:
    gone, left = MUGS[:-1], MUGS[-1]
    request = Request("a mug", count=1)
    events, named = interrupted(shop, " kind: mug;", ["Look: ", sid_of(0)], lambda: retire(shop, *gone), request, beams)
    assert named == [left]
    assert text_of(events).startswith("Look: ")
    assert not [event for event in events if isinstance(event, Notice) and event.code == "item-retired"]
    assert only(events, WantFound).items_left == len(MUGS)


@pytest.mark.parametrize(
    ("want", "words", "read", "values"),
    [
        (" kind: mug; price < 20;", "a mug under 20", Conditions(max_price=2000), {"price_minor": 2100}),
        (" kind: mug;", "a mug", MUG, {"attributes": {"kind": ("lamp",)}}),
        (" colour: blue;", "blue", Conditions(attributes={"colour": ("blue",)}), {"attributes": {"colour": ("red",)}}),
        (" rating > 4;", "rated 4", Conditions(min_rating=4.0), {"rating": 1.5}),
        (" in stock;", "in stock", Conditions(in_stock=True), {"stock": 0}),
    ],
)
def test_what_no_longer_meets_the_conditions_makes_way_for_what_does(
    shop: Database, want: str, words: str, read: Conditions, values: dict[str, Any]
) -> None:
    if "mug" in want:
        read = read.both(MUG)
    fitting = sorted(sku for sku, product in products(shop).items() if product.active and meets(product, read))
    left = fitting[len(fitting) // 2]
    changed = [sku for sku in fitting if sku != left]
    first = [sid_of(SKUS.index(changed[0]))]

    def change_all_but_one() -> None:
        change(shop, *changed, **values)

    events, named = interrupted(shop, want, ["", *first], change_all_but_one, Request(words, count=1))
    assert only(events, WantFound).items_left == len(fitting)
    assert named == [left]


def test_conditions_that_were_not_said_but_asked_for_count_as_well(shop: Database) -> None:
    request = Request("a mug", count=1, conditions=Conditions(max_price=2500))
    cheap = [sku for sku in MUGS if (price := products(shop)[sku].price_minor) is not None and price <= 2500]
    *dearer, left = cheap

    def raise_prices() -> None:
        change(shop, *dearer, price_minor=9900)

    _, named = interrupted(shop, " kind: mug;", ["", sid_of(0)], raise_prices, request)
    assert named == [left]


def test_when_nothing_is_left_of_what_was_asked_for_the_reply_says_so(shop: Database) -> None:
    events, named = interrupted(
        shop, " kind: mug;", ["Look: ", sid_of(0)], lambda: retire(shop, *MUGS), Request("a mug", count=1)
    )
    assert named == []
    assert "item-retired" in [event.code for event in events if isinstance(event, Notice)]
    assert not only(events, Done).stopped


def test_many_items_go_off_sale_and_as_many_as_are_left_are_named(shop: Database) -> None:
    left = {"P-04", "P-16"}
    request = Request("mugs", count=5, format=Format.IDS)
    _, named = interrupted(
        shop, " kind: mug;", ["", sid_of(0), sid_of(8)], lambda: retire(shop, *(set(MUGS) - left)), request
    )
    assert set(named) == left


def test_an_item_that_is_given_another_sid_meanwhile_is_named_by_the_one_the_reply_knows(shop: Database) -> None:
    def exchange() -> None:
        with shop.session() as session:
            give_sids(session, {"P-00": sid_of(4), "P-04": sid_of(0)})

    assistant = make_assistant(shop, scripted(" kind: mug;", "", sid_of(0)))
    events = []
    for event in assistant.reply([], Request("a mug", count=1), threading.Event()):
        events.append(event)
        if isinstance(event, WantFound):
            exchange()
    assert items_of(events) == ["P-00"]
    assert items_of(reply(assistant, Request("a mug", count=1))) == ["P-04"]
