"""Wants: as words, from words, and as conditions."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from neo_assistant.errors import RequestError
from neo_assistant.want import Want, found_words, want_facets
from tests.neo_assistant.strategies import wants

FULL = Want("kitchen", (("brand", "Acme"), ("colour", "blue")), Decimal("59.99"), Decimal(7), 4.5, True, True)


def test_the_words_of_a_want() -> None:
    assert FULL.text() == (
        " type: kitchen; brand: Acme; colour: blue; price < 59.99; price > 7; rating > 4.5; in stock; not shown;"
    )
    assert Want().text() == ""


@given(wants())
def test_a_want_survives_its_words(want: Want) -> None:
    for end in ("", " found 3", " found many", " found 0"):
        assert Want.parse(want.text() + end) == want


def test_facets_that_a_span_could_not_hold_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    offered = {
        "size": ["b", "a", "a"],
        "colour": ["blue", "", " red", "a;b", "a\nb", "off white"],
        "kind": ["mug"],
        "brand": [";"],
        "air": ["yes"],
        **{name: ["x"] for name in ("Width", "price", "rating", "type", "found", "found in", "depth ", "a" * 65, "é")},
    }
    facets = want_facets(offered)
    assert "5 facet values" in caplog.text
    assert facets == {"kind": ("mug",), "colour": ("blue", "off white"), "size": ("a", "b"), "air": ("yes",)}
    assert list(facets) == ["kind", "colour", "size", "air"]


@given(st.dictionaries(st.text(max_size=6), st.lists(st.text(max_size=6), max_size=3), max_size=4), st.data())
def test_whatever_facets_are_kept_survive_their_words(offered: dict[str, list[str]], data: st.DataObject) -> None:
    for name, values in want_facets(offered).items():
        want = Want(facets=((name, data.draw(st.sampled_from(values))),))
        assert Want.parse(want.text() + found_words(3)) == want


@pytest.mark.parametrize(
    "text",
    [
        " cheap;",
        " price < 5 or so;",
        " price < -5;",
        " price < 1.234;",
        " price = 5;",
        " rating > 5;",
        " rating > 0;",
        " rating > 4.25;",
        " Colour: blue;",
        " price < ٣;",
        " found 12;",
        " found some;",
        " stock;",
    ],
)
def test_words_that_are_no_condition_are_refused(text: str) -> None:
    with pytest.raises(RequestError):
        Want.parse(text)


def test_conditions_are_in_minor_units() -> None:
    assert FULL.conditions() == Conditions(
        item_types=frozenset({"kitchen"}),
        brands=frozenset({"Acme"}),
        attributes=(("colour", ("blue",)),),
        max_price=5999,
        min_price=700,
        min_rating=4.5,
        in_stock=True,
    )
    assert Want(max_price=Decimal(500)).conditions(minor_per_major=1).max_price == 500
    assert Want().conditions() == Conditions()


def test_of_several_features_an_item_must_have_all() -> None:
    want = Want.parse(" kind: mug; feature: handmade; feature: insulated; feature: leakproof;")
    assert want.words() == ["kind: mug", "feature: handmade", "feature: insulated", "feature: leakproof"]
    single = [Conditions(attributes=((name, (value,)),)) for name, value in want.facets]
    assert sorted(want.conditions().parts(), key=str) == sorted(single, key=str)


def test_shown_is_cheaper_than_the_cheapest_and_dearer_than_the_dearest() -> None:
    shown = [2500, 1900, 3000]
    assert Want(max_price="shown").conditions(shown).max_price == 1899
    assert Want(min_price="shown").conditions(shown).min_price == 3001
    assert Want(max_price="shown").conditions().is_empty
    assert Want(max_price="shown").conditions([0]).max_price == 0


@pytest.mark.parametrize(("left", "words"), [(0, " found 0"), (9, " found 9"), (10, " found many")])
def test_the_shop_counts_to_nine(left: int, words: str) -> None:
    assert found_words(left) == words


def test_limits_that_contradict_each_other_are_conditions_too() -> None:
    conditions = Want(max_price=Decimal(20), min_price=Decimal(60)).conditions()
    assert conditions.parts() == [Conditions(max_price=2000), Conditions(min_price=6000)]
