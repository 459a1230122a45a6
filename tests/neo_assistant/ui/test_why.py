from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from catalog_db.conditions import Conditions
from catalog_db.models import EventKind
from catalog_db.products import ProductRecord
from neo_assistant.conversation import Turn
from neo_assistant.messages import ItemPart, Message, WantPart
from neo_assistant.scripted import sid_of
from neo_assistant.ui.reasons import PastItem
from neo_assistant.ui.why import Check, why_html, why_this
from tests.neo_assistant.ui.pages import TEXTS, Page, assert_harmless
from tests.neo_assistant.ui_products import make_product

MUG = make_product(2)


def reply(want: str, product: ProductRecord = MUG, filters: Conditions | None = None) -> Turn:
    """A reply that names another product before this one."""
    parts = [WantPart(want), *(ItemPart(sid_of(each), each.sku) for each in (make_product(1), product))]
    return Turn(Message.assistant(*parts), made_by={"conditions": (filters or Conditions()).to_dict()})


def test_every_condition_is_held_against_the_row() -> None:
    want = " type: kitchen; kind: mug; colour: red; price < 12; price > 5; rating > 4; in stock; found 2"
    assert why_this(MUG, reply(want)).checks == (
        Check("type: kitchen", "listed under kitchen", True),
        Check("kind: mug", "listed as mug", True),
        Check("colour: red", "listed as blue", False),
        Check("under $12", "costs $12.50", False),
        Check("from $5", "costs $12.50", True),
        Check("rated 4 or better", "rated 4.5", True),
        Check("in stock", "20 in stock", True),
    )


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"price_minor": None}, Check("under $20", "price not stated", False)),
        ({"rating": None}, Check("rated 4 or better", "not rated", False)),
        ({"stock": 0}, Check("in stock", "out of stock", False)),
        ({"active": False}, Check("in stock", "no longer sold", False)),
        ({"stock": None}, Check("in stock", "in stock", True)),
        ({"attributes": {}}, Check("colour: blue", "not stated", False)),
        ({"brand": "Other"}, Check("brand: Claywork", "listed as Other", False)),
    ],
)
def test_a_row_that_meets_it_no_more_is_said_to(changes: dict[str, Any], check: Check) -> None:
    product = make_product(2, **changes)
    want = " colour: blue; brand: Claywork; price < 20; rating > 4; in stock;"
    assert check in why_this(product, reply(want, product)).checks
    words = "not met any more" if not check.met else "met"
    assert f"{words} {check.asked} – {check.row}" in Page(why_html(product, reply(want, product))).text


def test_filters_are_conditions_too() -> None:
    filters = Conditions(item_types=frozenset({"kitchen", "garden"}), max_price=3000, sql="stock > 3")
    why = why_this(MUG, reply("", filters=filters))
    assert why.checks == (
        Check("type: garden or kitchen", "listed under kitchen", True),
        Check("under $30", "costs $12.50", True),
    )
    assert why.unseen == ("A condition of the shop's own",)


def test_what_cannot_be_held_against_the_row_is_only_repeated() -> None:
    why = why_this(MUG, reply(" price < shown; not shown;"))
    assert why.checks == ()
    assert why.unseen == ("Cheaper than what was shown before", "Not shown before")


def test_its_place_and_what_is_like_it() -> None:
    history = [PastItem(make_product(7, title="Claywork Vase"), EventKind.BOUGHT)]
    why = why_this(MUG, reply(""), history)
    assert (why.place, why.among) == (2, 2)
    assert why.alike == ("by Claywork, like the Vase you bought",)
    page = Page(why_html(MUG, reply(""), history))
    assert "Why Mug number 2?" in page.text
    assert "Named as number 2 of 2 in this reply" in page.text
    assert "You stated no condition" in page.text
    assert "What you did beforeBy Claywork, like the Vase you bought" in page.text
    assert "What you did before" not in Page(why_html(MUG, reply(""))).text


def test_a_product_that_the_reply_does_not_name_has_no_place() -> None:
    assert why_this(make_product(5), reply("")).place is None
    assert "Its place" not in why_html(make_product(5), reply(""))


@given(TEXTS, TEXTS, TEXTS)
def test_text_from_the_catalog_never_becomes_markup(title: str, brand: str, value: str) -> None:
    product = make_product(2, title=title or "x", brand=brand, attributes={"kind": (value or "x",)})
    history = [PastItem(make_product(3, title=title or "x", brand=brand), EventKind.VIEWED)]
    turn = reply(" kind: mug; price < 20; not shown;", product)
    like = why_html(MUG, reply(" kind: red; price < 20; not shown;"), history)
    assert_harmless(why_html(product, turn, history), like)
