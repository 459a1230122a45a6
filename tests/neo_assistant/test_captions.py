from __future__ import annotations

import pytest

from neo_assistant.captions import MAX_CAPTIONED, MAX_VALUES, caption, captioned
from neo_assistant.messages import ItemPart, Message, TextPart
from neo_assistant.sids import Sid

FACETS = ("kind", "colour", "material", "brand", "feature")


def mug(number: int) -> ItemPart:
    return ItemPart(Sid("kitchen", (0, number)), f"MUG{number}")


def line(**changes: object) -> str:
    row: dict[str, object] = {
        "title": "Saltgarth Harbour Mug",
        "brand": "Saltgarth",
        "attributes": {"colour": ("blue",), "kind": ("mug",), "material": ("ceramic",), "made in": ("Wales",)},
        "facets": FACETS,
        "price_minor": 1450,
        "currency": "USD",
        "rating": 4.5,
        "in_stock": True,
    }
    return caption(**{**row, **changes})  # type: ignore[arg-type]


def test_values_stand_in_the_order_of_the_facets_and_others_are_left_out():
    assert line() == "mug, blue, ceramic, Saltgarth, $14.50, 4.5 stars"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"price_minor": None}, "mug, blue, ceramic, Saltgarth, 4.5 stars"),
        ({"rating": None}, "mug, blue, ceramic, Saltgarth, $14.50"),
        ({"in_stock": False}, "mug, blue, ceramic, Saltgarth, $14.50, 4.5 stars, out of stock"),
        ({"brand": None}, "mug, blue, ceramic, $14.50, 4.5 stars"),
        ({"facets": ()}, "Saltgarth Harbour Mug, $14.50, 4.5 stars"),
        ({"brand": "mug"}, "mug, blue, ceramic, $14.50, 4.5 stars"),
    ],
)
def test_what_a_row_lacks_is_not_said(changes: dict[str, object], said: str):
    assert line(**changes) == said


def test_a_row_with_very_many_or_very_long_values_stays_short():
    many = {"feature": tuple(f"feature {n:02}" for n in range(40))}
    assert line(attributes=many, brand=None, price_minor=None, rating=None).count(",") == MAX_VALUES - 1
    assert len(line(attributes={"feature": ("x" * 5000,)}, brand=None, price_minor=None, rating=None)) == 60


def test_items_of_the_latest_answer_and_of_the_last_turn_get_captions():
    turns = [
        Message.shopper("mugs"),
        Message.assistant("One:", mug(0)),
        Message.shopper("others"),
        Message.assistant("Two:", mug(1), mug(2)),
        Message.shopper("thanks"),
        Message.assistant("You are welcome."),
        Message.shopper(mug(3), " or the first?"),
    ]
    said = captioned(turns, lambda part: part.sku.lower())
    assert [[part.caption for part in turn.items] for turn in said] == [
        [],
        [""],
        [],
        ["mug1", "mug2"],
        [],
        [],
        ["mug3"],
    ]
    assert said[-1].parts[1] == TextPart(" or the first?")
    assert [turn.text for turn in said] == [turn.text for turn in turns]


def test_only_the_first_items_of_a_turn_get_captions():
    turns = [Message.shopper("mugs"), Message.assistant(*map(mug, range(9))), Message.shopper("and?")]
    said = captioned(turns, lambda part: "x")
    assert [bool(part.caption) for part in said[1].items] == [n < MAX_CAPTIONED for n in range(9)]
