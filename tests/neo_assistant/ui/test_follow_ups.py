from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from catalog_db.products import ProductRecord
from neo_assistant.conversation import Turn
from neo_assistant.messages import ItemPart, Message, WantPart
from neo_assistant.request import Request
from neo_assistant.scripted import sid_of
from neo_assistant.steering import Format, Task
from neo_assistant.ui.follow_ups import MOST_FOLLOW_UPS, FollowUp, follow_ups
from neo_assistant.want import Want
from tests.neo_assistant.ui_products import make_product


def reply(*products: ProductRecord, want: str = "", items_left: int | None = None) -> Turn:
    parts = [WantPart(want), *(ItemPart(sid_of(product), product.sku) for product in products)]
    understood = {"understood": {"phrases": [], "items_left": items_left}}
    return Turn(Message.assistant(*parts), {product.sku: product for product in products}, understood)


def offered(turn: Turn) -> dict[str, FollowUp]:
    return {chip.label: chip for chip in follow_ups(turn)}


A, B = make_product(1), make_product(2)
BEFORE = Request("blue mugs", conditions=Conditions(max_price=5000), types=("kitchen",), history=("MUG-9",), count=2)


def test_a_usual_reply() -> None:
    assert list(offered(reply(A, B, want=" kind: mug; price < 20;", items_left=30))) == [
        "Something cheaper",
        "Compare these",
        "Something else",
        "More like the first",
        "What goes with the first?",
    ]


@pytest.mark.parametrize(
    ("label", "want"),
    [
        ("Something cheaper", " kind: mug; colour: blue; price < shown;"),
        ("Something else", " kind: mug; colour: blue; price < 20; not shown;"),
        ("Only what is in stock", " kind: mug; colour: blue; price < 20; in stock;"),
        ("Only well rated ones", " kind: mug; colour: blue; price < 20; rating > 4;"),
    ],
)
def test_a_condition_is_stated_and_not_left_to_be_read(label: str, want: str) -> None:
    turn = reply(make_product(1, stock=0), make_product(2, rating=3.9), want=" kind: mug; colour: blue; price < 20;")
    request = offered(turn)[label].request(BEFORE)
    assert request.want == want
    assert Want.parse(want).text() == want
    assert (request.text, request.task) == (label, Task.CHAT)


def test_what_was_set_beside_the_words_holds_on() -> None:
    request = offered(reply(A, B))["More like the first"].request(BEFORE)
    assert (request.task, request.about, request.want) == (Task.SIMILAR, ("MUG-1",), None)
    assert (request.conditions, request.types, request.history, request.count) == (
        *(BEFORE.conditions, BEFORE.types, BEFORE.history, BEFORE.count),
    )


def test_a_comparison_is_about_all_of_them_and_in_words() -> None:
    before = Request("mugs for 50 in all", budget=5000, format=Format.IDS, counts=(("mug", 2),))
    request = offered(reply(A, B))["Compare these"].request(before)
    assert (request.task, request.about, request.format) == (Task.COMPARE, ("MUG-1", "MUG-2"), Format.MIXED)
    assert (request.budget, request.counts) == (None, ())


@pytest.mark.parametrize(
    ("label", "turn"),
    [
        ("Compare these", reply(A)),
        ("Compare these", reply(*(make_product(number) for number in range(5)))),
        ("Only what is in stock", reply(A, B)),
        ("Only what is in stock", reply(make_product(1, stock=0), want=" in stock;")),
        ("Only well rated ones", reply(A, B)),
        ("Only well rated ones", reply(make_product(1, rating=None), want=" rating > 3;")),
        ("Something else", reply(A, B, items_left=2)),
        ("Something cheaper", reply(make_product(1, price_minor=None))),
        ("Something cheaper", reply(make_product(1, price_minor=2000), want=" price > 20;")),
        ("Something cheaper", reply(A, want=" price > shown;")),
        ("Something cheaper", reply(make_product(1, price_minor=0))),
        ("More like the first", reply(A)),
    ],
)
def test_what_makes_no_sense_is_not_offered(label: str, turn: Turn) -> None:
    assert label not in offered(turn)


def test_a_single_item_is_called_this() -> None:
    assert {"More like this", "What goes with it?"} <= set(offered(reply(A)))


def test_without_items_there_is_nothing_to_follow_up() -> None:
    assert follow_ups(reply()) == []
    assert follow_ups(Turn(Message.shopper("mugs"))) == []
    assert follow_ups(Turn(reply(A).message)) == [], "the catalog no longer holds it"


PRODUCTS = st.builds(
    lambda number, price, stock, rating: make_product(number, price_minor=price, stock=stock, rating=rating),
    st.integers(1, 9),
    st.one_of(st.none(), st.integers(0, 9000)),
    st.one_of(st.none(), st.integers(0, 9)),
    st.one_of(st.none(), st.floats(1, 5)),
)
WANTS = st.sampled_from(["", " kind: mug; found 3", " price < 20; price > 5; not shown; found many", " price < shown;"])


@given(
    st.lists(PRODUCTS, max_size=6, unique_by=lambda product: product.sku),
    WANTS,
    st.one_of(st.none(), st.integers(0, 9)),
)
def test_every_chip_is_a_request_that_can_be_made(products: list[ProductRecord], want: str, left: int | None) -> None:
    chips = follow_ups(reply(*products, want=want, items_left=left))
    assert len(chips) <= MOST_FOLLOW_UPS
    assert len({chip.label for chip in chips}) == len(chips)
    stored: dict[str, Any] = BEFORE.to_dict()
    for chip in chips:
        request = chip.request(Request.from_dict(stored))
        assert request.text == chip.label
        assert Request.from_dict(request.to_dict()) == request
