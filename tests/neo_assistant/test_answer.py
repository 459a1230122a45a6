from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.answer import answer_object, product_object, want_conditions
from neo_assistant.api_types import Answer, Product
from neo_assistant.events import Event, Notice, TextDelta, WantFound
from neo_assistant.render import ReplyObject
from neo_assistant.request import Request
from neo_assistant.waking import WAKING_UP
from tests.neo_assistant.strategies import wants
from tests.neo_assistant.ui_products import DONE, found

MADE_BY = {
    "checkpoint": "sample",
    "codebook_version": "abc",
    "rules": [{"id": 1, "action": "pin", "items": 2}],
    "want": " kind: mug;",
    "conditions": {"max_price": 5},
}


def gathered(*events: Event) -> ReplyObject:
    reply = ReplyObject(Request("a mug"))
    for event in events:
        reply.add(event)
    return reply


def test_the_answer_is_exactly_the_documented_one() -> None:
    events = [
        WantFound(" kind: mug; price < 20;", ("kind: mug", "under $20"), 4),
        TextDelta("Take "),
        found(1),
        TextDelta(" Enjoy."),
        Notice("misspelled", "I read “mgu” as “mug”."),
        dataclasses.replace(DONE, made_by=MADE_BY),
    ]
    reply = gathered(*events)
    answer = answer_object(reply)
    assert answer["products"] == [
        {
            "rank": 1,
            "sku": "MUG-1",
            "title": "Mug number 1",
            "brand": "Claywork",
            "item_type": "kitchen",
            "category": "Kitchen > Mugs",
            "price": {"amount": 12.5, "currency": "USD", "minor": 1250, "text": "$12.50"},
            "rating": 4.5,
            "rating_count": 1234,
            "stock": {"state": "in_stock", "left": None, "text": "In stock"},
            "link": None,
            "image": "pictures/mug.svg",
            "attributes": {"colour": ["blue"], "kind": ["mug"]},
            "sid": "kitchen:1",
            "score": -1.0,
        }
    ]
    assert answer["text"] == "Take  Enjoy."
    assert answer["status"] == "complete"
    assert answer["want"] == {
        "span": " kind: mug; price < 20;",
        "phrases": ["kind: mug", "under $20"],
        "conditions": [{"name": "kind", "value": "mug"}, {"name": "max_price", "value": 20.0}],
        "items_left": 4,
    }
    assert answer["made_by"] == {name: MADE_BY[name] for name in ("checkpoint", "codebook_version", "rules")}
    printed = reply.to_dict()
    assert {name: answer[name] for name in printed if name != "want"} == {
        name: value for name, value in printed.items() if name != "want"
    }
    assert Answer.model_validate(json.loads(json.dumps(answer))).model_dump(exclude_unset=True) == answer


def test_a_growing_answer_does_not_change_what_was_told_before() -> None:
    reply = gathered(TextDelta("Take "))
    before = answer_object(reply)
    kept = json.dumps(before)
    for event in (TextDelta("this: "), found(1), found(2), DONE):
        reply.add(event)
    assert json.dumps(before) == kept
    assert (before["status"], answer_object(reply)["status"]) == ("writing", "complete")
    assert [product["rank"] for product in answer_object(reply)["products"]] == [1, 2]


def test_a_model_that_wakes_up_is_no_notice() -> None:
    answer = answer_object(gathered(Notice(WAKING_UP, "Waking up")))
    assert (answer["status"], answer["notices"], answer["want"]) == ("waiting", [], None)
    assert answer_object(gathered(dataclasses.replace(DONE, stopped=True)))["status"] == "stopped"


@pytest.mark.parametrize(
    ("changes", "stock"),
    [
        ({"stock": None}, {"state": "in_stock", "left": None, "text": "In stock"}),
        ({"stock": 6}, {"state": "in_stock", "left": None, "text": "In stock"}),
        ({"stock": 2}, {"state": "few_left", "left": 2, "text": "Only 2 left"}),
        ({"stock": 0}, {"state": "out_of_stock", "left": None, "text": "Out of stock"}),
        ({"stock": 2, "active": False}, {"state": "not_sold", "left": None, "text": "No longer sold"}),
    ],
)
def test_stock_is_told_as_on_the_page(changes: dict[str, Any], stock: dict[str, Any]) -> None:
    assert product_object(found(1, **changes), 1)["stock"] == stock


def test_what_a_catalog_lacks_is_null() -> None:
    item = found(1, price_minor=None, rating=None, brand=None, image="../x", link="javascript:alert(1)")
    values = product_object(dataclasses.replace(item, score=float("-inf")), 1)
    assert [values[name] for name in ("price", "rating", "brand", "image", "link", "score")] == [None] * 6
    Product.model_validate(values)
    yen = product_object(found(1, price_minor=1500, currency="JPY"), 1)["price"]
    assert (yen["amount"], yen["minor"]) == (1500, 1500)


@given(wants())
def test_every_condition_of_a_want_has_a_name_and_a_value(want: Any) -> None:
    conditions = want_conditions(want.text())
    assert len(conditions) == len(want.words())
    assert all(set(condition) == {"name", "value"} for condition in conditions)
    json.dumps(conditions, allow_nan=False)


@given(st.text(), st.text())
def test_any_text_of_a_catalog_fits_the_types(title: str, words: str) -> None:
    answer = answer_object(gathered(TextDelta(words), found(1, title=title, brand=title), DONE))
    assert Answer.model_validate(answer).products[0].title == title
