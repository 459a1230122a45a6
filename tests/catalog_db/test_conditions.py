from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError

WORDS = st.sampled_from(["alder", "blue", "green", "it's; -- 5", "ß"])
SOME = st.frozensets(WORDS, min_size=1, max_size=3)


@st.composite
def conditions(draw: st.DrawFn) -> Conditions:
    low, high = draw(st.tuples(*[st.none() | st.integers(0, 20_000)] * 2))
    if low is not None and high is not None:
        low, high = sorted((low, high))
    return Conditions(
        item_types=draw(st.just(frozenset()) | SOME),
        brands=draw(st.just(frozenset()) | SOME),
        attributes=tuple(draw(st.dictionaries(WORDS, SOME.map(tuple), max_size=2)).items()),
        min_price=low,
        max_price=high,
        min_rating=draw(st.none() | st.sampled_from([1, 3.5, 5])),
        in_stock=draw(st.booleans()),
        sql=draw(st.none() | st.sampled_from(["stock > 3", "title LIKE '%boot%'"])),
    )


@given(conditions(), conditions())
def test_dict_round_trip_through_json(left: Conditions, right: Conditions) -> None:
    both = left.both(right)
    assert Conditions.from_dict(json.loads(json.dumps(both.to_dict()))) == both
    assert hash(Conditions.from_dict(both.to_dict())) == hash(both)


@given(conditions(), conditions())
def test_parts_make_the_whole(left: Conditions, right: Conditions) -> None:
    both = left.both(right)
    whole = Conditions()
    for part in both.parts():
        assert len(part.parts()) == 1
        assert len(part.describe()) == 1
        whole = whole.both(part)
    assert whole == both
    assert len(both.describe()) == len(both.parts())


@given(conditions(), conditions())
def test_without_takes_one_part_away(left: Conditions, right: Conditions) -> None:
    both = left.both(right)
    for part in both.parts():
        rest = both.without(part)
        assert part not in rest.parts() or part in both.also
        assert len(rest.parts()) < len(both.parts())
    assert both.without(Conditions(max_price=123_456)) == both


@given(conditions())
def test_joining_with_itself_or_nothing_changes_nothing(some: Conditions) -> None:
    assert some.both(some) == some
    assert some.both(Conditions()) == some
    assert Conditions().both(some) == some


def test_joining_narrows() -> None:
    left = Conditions(item_types=frozenset({"a", "b"}), attributes=(("colour", ("blue", "red")),), max_price=6000)
    right = Conditions(item_types=frozenset({"b", "c"}), attributes=(("colour", ("red",)),), max_price=5000)
    assert left.both(right) == Conditions(
        item_types=frozenset({"b"}), attributes=(("colour", ("red",)),), max_price=5000
    )


def test_a_contradiction_keeps_both_sides() -> None:
    cheap, dear = Conditions(max_price=6000), Conditions(min_price=10000)
    joined = cheap.both(dear)
    assert joined.parts() == [cheap, dear]
    assert joined.describe() == ["under $60", "from $100"]
    assert joined.without(cheap) == dear
    assert joined.without(dear) == cheap


def test_two_colours_may_be_one_product() -> None:
    blue, red = (Conditions(attributes=(("colour", (colour,)),)) for colour in ("blue", "red"))
    assert blue.both(red).parts() == [blue, red]


def test_describe() -> None:
    everything = Conditions(
        item_types=frozenset({"home_decor", "footwear"}),
        brands=frozenset({"Alder"}),
        attributes=(("heel_height", ("low", "flat")),),
        min_price=1050,
        max_price=6000,
        min_rating=4,
        in_stock=True,
        sql="stock > 3",
    )
    assert everything.describe() == [
        *("type: footwear or home decor", "brand: Alder", "heel height: flat or low", "from $10.50", "under $60"),
        *("rated 4 or better", "in stock", "SQL: stock > 3"),
    ]
    assert Conditions(max_price=500).describe("JPY") == ["under ¥500"]
    assert Conditions().describe() == []
    assert Conditions().is_empty
    assert not everything.is_empty


def test_equal_whatever_the_order() -> None:
    one = Conditions(attributes=(("b", ("y", "x", "y")), ("a", ("z",))))
    other = Conditions(attributes=(("a", ("z",)), ("b", ("x",)), ("b", ("y",))))
    assert one == other
    assert len({one, other}) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"min_price": -1}, "negative"),
        ({"max_price": -1}, "negative"),
        ({"max_price": 59.99}, "minor units"),
        ({"max_price": True}, "minor units"),
        ({"min_price": 2, "max_price": 1}, "above the highest"),
        ({"min_rating": 0.5}, "between 1 and 5"),
        ({"min_rating": 6}, "between 1 and 5"),
        ({"min_rating": float("nan")}, "between 1 and 5"),
        ({"min_rating": "4"}, "between 1 and 5"),
        ({"in_stock": "yes"}, "true or false"),
        ({"item_types": "footwear"}, "list of words"),
        ({"item_types": [""]}, "not a word"),
        ({"brands": [5]}, "not a word"),
        ({"attributes": {"colour": []}}, "accepts no value"),
        ({"attributes": {"colour": "blue"}}, "list of words"),
        ({"attributes": {"": ["blue"]}}, "not a word"),
        ({"item_types": []}, "item_types is empty"),
        ({"attributes": ["colour"]}, "object"),
        ({"also": {"max_price": 1}}, "list of conditions"),
        ({"also": [{"colour": 1}]}, "is not a condition"),
        ({"colour": "blue"}, "'colour' is not a condition"),
        ({"sql": ""}, "empty"),
        ({"sql": 5}, "not text"),
    ],
)
def test_nonsense_is_refused_in_one_line(fields: dict, message: str) -> None:
    with pytest.raises(ConditionError, match=message) as caught:
        Conditions.from_dict(fields)
    assert "\n" not in str(caught.value)


def test_conditions_that_are_no_object() -> None:
    with pytest.raises(ConditionError):
        Conditions.from_dict(["max_price"])  # type: ignore[arg-type]
