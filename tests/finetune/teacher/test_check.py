"""Texts that state what no row bears out are refused."""

from __future__ import annotations

import datetime as dt

import pytest

from catalog_db.products import ProductRecord
from finetune.teacher.check import Checker, RefusalError
from finetune.teacher.questions import COMPARISON, PROFILE, REASON, Question, Rows

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def row(sku: str, colour: str, material: str, price: int) -> ProductRecord:
    return ProductRecord(
        id=price, sku=sku, title=f"Saltgarth Keel Mug in {colour.title()}", brand="Saltgarth", item_type="kitchen",
        category_path="", description="It was fired twice in Leeds.", price_minor=price, currency="USD", stock=3,
        rating=4.5, rating_count=9, image="", link="", active=True, created_at=NOW, updated_at=NOW,
        attributes={"colour": (colour,), "kind": ("mug",), "material": (material,)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def checker() -> Checker:
    products = {
        "A": row("A", "blue", "ceramic", 1400),
        "B": row("B", "red", "glass", 2000),
        "C": row("C", "blue", "oak", 900),
    }
    facets = {
        "kind": ("mug", "kettle"),
        "colour": ("blue", "green", "red"),
        "material": ("ceramic", "glass", "oak"),
        "brand": ("Saltgarth", "Mosswell"),
    }
    return Checker(Rows(products, facets, {"s1": ("C", "A", "B")}))


COMPARED, REASONED, LOOKED = Question(COMPARISON, ("A", "B")), Question(REASON, ("A", "B"), ("C",), "s1"), Question(
    PROFILE, (), ("A", "B", "C"), "s1"
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "text", "parts"),
    [
        (COMPARED, "Both are mugs. The first is blue and costs $14; the second is red.", 1),
        (REASONED, "You looked at a blue mug, so [1] and [2], which are by Saltgarth, may suit you.", 5),
        (LOOKED, "You look at mugs by Saltgarth, most of them blue.", 1),
        (LOOKED, "You like mugs, such as one that was fired twice in Leeds.", 1),
    ],
)
def test_what_the_rows_bear_out_is_kept(checker: Checker, question: Question, text: str, parts: int) -> None:
    assert len(checker.parts(question, text)) == parts


@pytest.mark.parametrize(
    ("question", "text", "reason"),
    [
        (COMPARED, "The first is green and the second is red.", "green"),
        (COMPARED, "The first is red and the second is blue.", "not so"),
        (COMPARED, "Both are mugs, and the second is made of oak.", "oak"),
        (COMPARED, "The first costs $15 and the second costs $20.", "15|not so"),
        (COMPARED, "Both are mugs by Mosswell, one blue and one red.", "Mosswell"),
        (COMPARED, "Both are mugs that were fired in Leeds.", "Leeds"),
        (COMPARED, "Both hold 350 ml of whatever you pour in.", "350"),
        (COMPARED, "Both would look good in a house in Tuscany.", "Tuscany"),
        (COMPARED, "The blue [1] and the red [2] are mugs.", "by number"),
        (COMPARED, "**Both** are mugs, one of them blue.", "markup"),
        (COMPARED, "Both are mugs <|sid:kitchen|> and one is blue.", "markup"),
        (COMPARED, "Is the first blue? Yes, and the second is red.", "asks"),
        (COMPARED, "Both are mugs", "characters"),
        (COMPARED, "Both are mugs. " * 60, "characters"),
        (COMPARED, "", "characters"),
        (REASONED, "You looked at a mug, so [1] may suit you well.", "each item once"),
        (REASONED, "You looked at a mug, so [1], [2] and [2] may suit you.", "each item once"),
        (REASONED, "You looked at a mug, so [1], [2] and [3] may suit you.", "each item once"),
        (LOOKED, "You look at green mugs by Saltgarth.", "green"),
        (LOOKED, "You look at kettles most of the time.", "kettle"),
    ],
)
def test_what_they_do_not_is_refused(checker: Checker, question: Question, text: str, reason: str) -> None:
    with pytest.raises(RefusalError, match=reason):
        checker.parts(question, text)
