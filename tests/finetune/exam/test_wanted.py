"""Conditions of the exam: against what was read, and against rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from finetune.exam.wanted import Expected, Read, compare, condition_name, is_condition, meets, written_conditions
from tests.finetune.exam.rows import KETTLE, MUG

MUGS = Expected(
    (("kinds",), ("colour: blue",), ("price < 20",)), ("use: *",), frozenset({"mug"}), frozenset({"kitchen"})
)


@pytest.mark.parametrize(
    ("span", "read"),
    [
        (" kind: mug; colour: blue; price < 20; found 3", Read(("kind", "colour", "price <"), (), ())),
        (" kind: mug; colour: blue; price < 20.00; found 3", Read(("kind", "colour", "price <"), (), ())),
        (
            " type: kitchen; kind: mug; colour: blue; use: gift; price < 20; found 3",
            Read(("kind", "colour", "price <"), (), ()),
        ),
        (" kind: mug; colour: red; price < 20; found 3", Read(("kind", "price <"), ("colour",), ("colour: red",))),
        (
            " kind: kettle; colour: blue; price > 20; found 3",
            Read(("colour",), ("kind", "price <"), ("kind: kettle", "price > 20")),
        ),
        (
            " kind: mug; colour: blue; price < shown; in stock; found 0",
            Read(("kind", "colour"), ("price <",), ("price < shown", "in stock")),
        ),
        (" found many", Read((), ("kind", "colour", "price <"), ())),
    ],
)
def test_what_was_read(span: str, read: Read) -> None:
    found = compare(written_conditions(span), MUGS)
    assert found == read
    assert found.exact == (not read.missed and not read.invented)


def test_one_of_several_will_do() -> None:
    expected = Expected((("colour: black", "colour: brown"),), ("price < *",))
    assert compare(["colour: brown"], expected).exact
    assert compare(["colour: brown", "price < 9"], expected).exact
    assert not compare(["colour: red"], expected).exact
    assert not compare(["colour: brown", "price > 9"], expected).exact


@pytest.mark.parametrize(
    ("condition", "true"),
    [
        ("kind: mug", True),
        ("colour: blue", True),
        ("colour: red", False),
        ("brand: Saltgarth", True),
        ("type: kitchen", True),
        ("type: toys", False),
        ("price < 15.99", True),
        ("price < 15.98", False),
        ("price > 15.99", True),
        ("price > 16", False),
        ("rating > 4.3", True),
        ("rating > 4.4", False),
        ("in stock", True),
        ("not shown", True),
        ("price < shown", True),
        ("price > shown", False),
    ],
)
def test_a_row_meets_a_condition(condition: str, true: bool) -> None:
    assert meets(MUG, Expected(((condition,),)), shown=[KETTLE], seen={"KETTLE"}) == true


def test_nothing_is_cheaper_than_nothing() -> None:
    assert not meets(MUG, Expected((("price < shown",),)))
    assert not meets(replace(MUG, price_minor=None), Expected((("price < 20",),)))
    assert not meets(replace(MUG, rating=None), Expected((("rating > 1",),)))
    assert not meets(MUG, Expected((("not shown",),)), seen={"MUG"})


def test_kinds_and_types_are_asked_for_too() -> None:
    assert meets(MUG, Expected((), kinds=frozenset({"mug", "kettle"})))
    assert not meets(MUG, Expected((), kinds=frozenset({"kettle"})))
    assert not meets(MUG, Expected((), types=frozenset({"toys"})))


def test_names_of_conditions() -> None:
    words = ("kinds", "price < 20", "rating > 4", "in stock", "colour: blue", "not shown")
    assert [condition_name(word) for word in words] == [
        "kind",
        "price <",
        "rating >",
        "in stock",
        "colour",
        "not shown",
    ]


def test_what_can_be_stated() -> None:
    facets = {"colour": ("blue",)}
    assert all(is_condition(one, facets, ["kitchen"]) for one in ("colour: blue", "colour: *", "type: kitchen", "*"))
    assert not any(is_condition(one, facets, ["kitchen"]) for one in ("colour: red", "size: *", "type: toys", "blue"))
