"""A request from the desk's form."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from catalog_db.database import Database
from catalog_db.errors import NeoError
from catalog_db.events import record_events
from catalog_db.models import EventKind
from catalog_db.rows import EventRow
from neo_assistant.merchandising.request_form import MOST_LINES, RequestForm, example_shoppers, history_of
from neo_assistant.request import Request
from neo_assistant.steering import Format, Task
from tests.neo_assistant.serving import NOW


def test_everything_in_the_form_counts(serving_shop: Database) -> None:
    form = RequestForm(
        text=" a boot ",
        history="P-01, P-03\nP-05;",
        task="recommend",
        format="ids",
        count=4.0,
        types=["shoes"],
        brands=["Acme"],
        attributes=["colour: blue", "colour: red"],
        min_price=5.0,
        max_price=39.9,
        min_rating=3.5,
        in_stock=True,
        sql="stock > 1",
    )
    request = form.request(serving_shop)
    assert (request.text, request.history) == ("a boot", ("P-01", "P-03", "P-05"))
    assert (request.task, request.format, request.count) == (Task.RECOMMEND, Format.IDS, 4)
    assert request.types == ("shoes",)
    assert request.conditions.to_dict() == {
        "brands": ["Acme"],
        "attributes": {"colour": ["blue", "red"]},
        "min_price": 500,
        "max_price": 3990,
        "min_rating": 3.5,
        "in_stock": True,
        "sql": "stock > 1",
    }
    assert RequestForm("x").request(serving_shop) == Request("x")


def test_every_line_is_a_request(serving_shop: Database) -> None:
    asked = RequestForm("a boot\n\n  a mug \n", count=2).requests(serving_shop)
    assert [(one.text, one.count) for one in asked] == [("a boot", 2), ("a mug", 2)]
    [silent] = RequestForm("", history="P-01").requests(serving_shop)
    assert (silent.text, silent.history) == ("", ("P-01",))


@pytest.mark.parametrize(
    "values",
    [
        {"text": ""},
        {"text": "x\n" * (MOST_LINES + 1)},
        {"text": "x", "history": "NONE"},
        {"text": "x", "types": ["hats"]},
        {"text": "x", "attributes": ["colour"]},
        {"text": "x", "count": 2.5},
        {"text": "x", "count": 99},
        {"text": "x", "min_price": 9, "max_price": 1},
        {"text": "x", "sql": "DROP TABLE products"},
        {"text": "x", "task": "sell"},
    ],
)
def test_what_makes_no_sense_is_refused(serving_shop: Database, values: dict[str, Any]) -> None:
    with pytest.raises(NeoError):
        RequestForm(**values).requests(serving_shop)


def test_a_shopper_brings_their_history(own_serving_shop: Database) -> None:
    shop = own_serving_shop
    events = [
        EventRow("anna", f"P-{number:02}", EventKind.VIEWED, NOW + dt.timedelta(minutes=number)) for number in (7, 2, 9)
    ]
    with shop.session() as session:
        record_events(session, events)
    assert [(one.key, one.events) for one in example_shoppers(shop, "ann")] == [("anna", 3)]
    assert history_of(shop, "anna") == ("P-02", "P-07", "P-09")
    assert history_of(shop, "nobody") == ()
