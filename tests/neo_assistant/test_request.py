"""What a request may hold, and that it survives as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from neo_assistant.errors import RequestError
from neo_assistant.request import MAX_WORDS, Format, Request, Task
from tests.neo_assistant.strategies import wants

WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)
LISTS = st.lists(WORDS, max_size=3).map(tuple)
REQUESTS = st.builds(
    Request,
    WORDS.map("a {}".format),
    history=LISTS,
    task=st.sampled_from(Task),
    types=LISTS,
    format=st.sampled_from([Format.IDS, Format.MIXED]),
    count=st.integers(1, 20),
    conditions=st.builds(Conditions, max_price=st.none() | st.integers(0, 10**6), in_stock=st.booleans()),
    dismissed=LISTS,
    counts=st.dictionaries(WORDS, st.integers(1, 4), max_size=3).map(lambda counts: tuple(counts.items())),
    about=LISTS,
    budget=st.none() | st.integers(1, 10**6),
    want=st.none() | wants().map(lambda want: want.text()),
)


@given(REQUESTS)
def test_a_request_survives_as_json(request: Request) -> None:
    assert Request.from_dict(json.loads(json.dumps(request.to_dict()))) == request


def test_what_has_its_default_is_left_out() -> None:
    assert Request("a mug").to_dict() == {"text": "a mug"}
    assert Request("", history=("P-1",)).to_dict() == {"text": "", "history": ["P-1"]}
    assert Request.from_dict({"history": ["P-1"]}) == Request("", history=("P-1",))
    full = Request("x", counts=(("mug", 2),), want="", format=Format.IDS, conditions=Conditions(max_price=5))
    assert full.to_dict() == {
        "text": "x",
        "format": "ids",
        "conditions": {"max_price": 5},
        "counts": [["mug", 2]],
        "want": "",
    }


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([], "an object"),
        ({"text": "x", "colour": "blue"}, "'colour' is not part of a request"),
        ({"text": 5}, "text"),
        ({"text": "x", "count": "3"}, "count"),
        ({"text": "x", "count": True}, "count"),
        ({"text": "x", "count": 0}, "1 to 20"),
        ({"text": "x", "history": "P-1"}, "history"),
        ({"text": "x", "about": [1]}, "about"),
        ({"text": "x", "task": "dance"}, "task"),
        ({"text": "x", "format": None}, "format"),
        ({"text": "x", "counts": [["mug"]]}, "counts"),
        ({"text": "x", "counts": {"mug": 2}}, "counts"),
        ({"text": "x", "counts": [["mug", 2], ["mug", 3]]}, "twice"),
        ({"text": "x", "conditions": {"max_price": "5"}}, "whole number"),
        ({"text": "x", "conditions": {"price": 5}}, "not a condition"),
        ({"text": "x", "want": None}, "want"),
        ({"text": "x", "want": "cheap;"}, "not a condition"),
        ({}, "empty"),
    ],
)
def test_what_is_no_request_is_refused(values: Any, match: str) -> None:
    with pytest.raises(RequestError, match=match):
        Request.from_dict(values)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"want": " price < 20; price < 30;"}, "twice"),
        ({"want": " type: a; type: b;"}, "twice"),
        ({"want": " kind: mug; kind: lamp;"}, "twice"),
        ({"want": " feature: handmade; feature: handmade;"}, "twice"),
        ({"want": " in stock; in stock;"}, "twice"),
        ({"want": " price < 20", "format": Format.TEXT}, "text alone"),
        ({"want": "kind: " + "m" * MAX_WORDS}, "characters"),
        ({"want": "price under 20"}, "not a condition"),
    ],
)
def test_a_want_that_makes_no_sense_is_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(RequestError, match=match):
        Request("x", **changes)
