"""A form and the rule it makes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from catalog_db.conditions import Conditions
from catalog_db.errors import CatalogError, NeoError
from catalog_db.models import RuleAction
from catalog_db.rules import Rule
from neo_assistant.merchandising.effects import items_condition
from neo_assistant.merchandising.rule_form import RuleForm, always, in_force_from, named_items
from tests.neo_assistant.merchandising.ruling import HOUR, NOW

FULL = RuleForm(
    action="bury",
    skus=("O'Neil, 7", "P-1"),
    types=("kitchen",),
    brands=("Claywork",),
    attributes=("colour: blue", "colour: red", "kind: mug"),
    min_price="10",
    max_price="59.90",
    min_rating="4.5",
    in_stock=True,
    sql="stock > 3",
    strength=4.0,
    starts="2026-12-24 18:00",
    ends="2027-01-06 00:00",
    zone="Europe/Berlin",
    note="spring",
)
EMPTY = RuleForm(brands=("Claywork",))


def test_every_field_reaches_the_rule() -> None:
    rule = FULL.rule("anna", "USD")
    assert (rule.action, rule.strength, rule.note, rule.created_by) == (RuleAction.BURY, 4.0, "spring", "anna")
    conditions = rule.conditions
    assert (conditions.min_price, conditions.max_price, conditions.min_rating) == (1000, 5990, 4.5)
    assert conditions.attributes == (("colour", ("blue", "red")), ("kind", ("mug",)))
    assert named_items(conditions) == (("O'Neil, 7", "P-1"), conditions.without(items_condition(FULL.skus)))
    assert rule.starts_at is not None
    assert rule.starts_at.isoformat() == "2026-12-24T17:00:00+00:00"


@pytest.mark.parametrize(
    "form",
    [
        FULL,
        EMPTY,
        RuleForm(action="pin", skus=("P-1",), strength=1.0),
        RuleForm(action="exclude", everything=True, strength=1.0),
        RuleForm(sql="sku = 'P-1'"),
    ],
)
def test_a_rule_is_opened_as_the_form_that_makes_it(form: RuleForm) -> None:
    rule = form.rule("anna", "USD")
    opened = RuleForm.of(rule, "USD", form.zone)
    assert opened.rule("anna", "USD") == rule
    assert dataclasses.replace(opened, min_price=form.min_price, max_price=form.max_price) == form


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"action": "promote"}, "nothing that a rule does"),
        ({"brands": ()}, "names no items"),
        ({"everything": True}, "every item on sale and has conditions"),
        ({"strength": 1}, "strength"),
        ({"strength": None}, "strength"),
        ({"strength": float("nan")}, "strength"),
        ({"strength": 1001}, "strength"),
        ({"attributes": ("blue",)}, "no attribute with a value"),
        ({"max_price": "cheap"}, "the highest price"),
        ({"max_price": "20 EUR"}, "in EUR"),
        ({"min_price": "30", "max_price": "20"}, "lowest price"),
        ({"min_rating": "six"}, "no rating"),
        ({"min_rating": "6"}, "between 1 and 5"),
        ({"sql": "1; DROP TABLE products"}, "SQL"),
        ({"starts": "soon"}, "the start"),
        ({"starts": "2027-01-01", "ends": "2026-01-01"}, "end before it starts"),
        ({"note": "x" * 513}, "the note"),
    ],
)
def test_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(NeoError, match=problem):
        dataclasses.replace(EMPTY, **changes).rule("anna", "USD")


def test_conditions_the_form_has_no_fields_for_are_not_opened_as_others() -> None:
    twice = Conditions(max_price=1000).both(Conditions(min_price=2000))
    with pytest.raises(CatalogError, match="no fields"):
        RuleForm.of(Rule(RuleAction.PIN, twice), "USD", "UTC")


def test_when_a_rule_is_in_force_next() -> None:
    rule = Rule(RuleAction.PIN, Conditions(), starts_at=NOW, ends_at=NOW + HOUR)
    assert in_force_from(rule, NOW - HOUR) == NOW
    assert in_force_from(rule, NOW + HOUR / 2) == NOW + HOUR / 2
    assert in_force_from(rule, NOW + HOUR) is None
    assert in_force_from(always(rule), NOW + HOUR) == NOW + HOUR
