"""The shop as plain values: words, conditions and what is bought together."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.examples.shop import co_purchases, simple_plural
from neo_assistant.want import SHOWN, Want
from tests.finetune.examples.small_shop import BRANDS, COLOURS, KINDS, make_shop

SHOP = make_shop()


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("mug", "mugs"),
        ("dish", "dishes"),
        ("glass", "glasses"),
        ("box", "boxes"),
        ("jersey", "jerseys"),
        ("battery", "batteries"),
        ("knife", "knives"),
        ("jeans", "jeans"),
        ("kayaking", "kayaking"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert simple_plural(one) == many


def test_what_is_bought_together_twice_counts() -> None:
    together = co_purchases([("a", "b", "c"), ("a", "b"), ("b", "c"), ("a", "b", "a")])
    assert together == {"a": ("b",), "b": ("a", "c"), "c": ("b",)}


@given(
    kind=st.sampled_from(sorted(KINDS)),
    colour=st.none() | st.sampled_from(COLOURS),
    brand=st.none() | st.sampled_from(BRANDS),
    highest=st.none() | st.just(SHOWN) | st.integers(1, 200).map(Decimal),
    lowest=st.none() | st.integers(1, 200).map(Decimal),
    in_stock=st.booleans(),
    types=st.sampled_from([(), ("kitchen",), ("footwear", "kitchen")]),
    not_shown=st.booleans(),
)
def test_matching_is_what_the_conditions_say(
    kind: str,
    colour: str | None,
    brand: str | None,
    highest: Decimal | str | None,
    lowest: Decimal | None,
    in_stock: bool,
    types: tuple[str, ...],
    not_shown: bool,
) -> None:
    asked = {"kind": kind, "colour": colour, "brand": brand}
    facets = SHOP.ordered({name: value for name, value in asked.items() if value})
    want = Want(facets=facets, max_price=highest, min_price=lowest, in_stock=in_stock, not_shown=not_shown)
    shown = SHOP.by_kind[kind][:2]
    prices = [item.price_minor for item in shown if item.price_minor is not None]
    limit = min(prices) - 1 if highest == SHOWN else highest and int(highest * 100)
    expected = [
        item
        for item in SHOP.items
        if item.kind == kind
        and (not colour or item.attributes["colour"] == (colour,))
        and (not brand or item.brand == brand)
        and (limit is None or (item.price_minor is not None and item.price_minor <= limit))
        and (lowest is None or (item.price_minor is not None and item.price_minor >= lowest * 100))
        and (item.in_stock or not in_stock)
        and (not types or item.item_type in types)
        and not (not_shown and item in shown)
    ]
    assert SHOP.matching(want, types=types, shown=shown, named=shown) == expected
