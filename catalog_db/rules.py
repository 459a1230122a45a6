"""Merchandising rules as stored: which products to pin, boost, bury or exclude, and when.

What a rule does to a reply is decided where replies are made; this module keeps the rules.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from catalog_db.conditions import Conditions
from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.models import MerchandisingRule, RuleAction
from catalog_db.validation import RULE_AUTHOR_LIMIT, RULE_NOTE_LIMIT, check_text, check_time


@dataclass(frozen=True)
class Rule:
    """A merchandiser's wish.

    Args:
        action: what to do.
        conditions: with which products; no condition means all of them.
        strength: how much, for boost and bury; above 0.
        note: why, for colleagues.
        created_by: who.
        starts_at: from when on, None for always.
        ends_at: until before when, None for ever.

    Raises:
        CatalogError: a value that makes no sense.
    """

    action: RuleAction
    conditions: Conditions
    strength: float = 1.0
    note: str = ""
    created_by: str = ""
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.strength) and self.strength > 0):
            raise CatalogError(f"the strength of a rule is above 0, not {self.strength}")
        problems = [
            check_text("the note", self.note, RULE_NOTE_LIMIT, one_line=False),
            check_text("the author", self.created_by, RULE_AUTHOR_LIMIT),
            check_time("the start", self.starts_at) if self.starts_at is not None else "",
            check_time("the end", self.ends_at) if self.ends_at is not None else "",
        ]
        for problem in filter(None, problems):
            raise CatalogError(problem)
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise CatalogError("the rule would end before it starts")


@dataclass(frozen=True)
class StoredRule:
    """A rule with its number and when it was made."""

    id: int
    rule: Rule
    created_at: dt.datetime


def add_rule(session: Session, rule: Rule, now: dt.datetime) -> int:
    """Store a rule; returns its id."""
    return session.execute(
        insert(MerchandisingRule).values(**_values(rule), created_at=now).returning(MerchandisingRule.id)
    ).scalar_one()


def replace_rule(session: Session, rule_id: int, rule: Rule) -> None:
    """Put another rule in the place of one.

    Raises:
        CatalogError: there is no such rule.
    """
    statement = update(MerchandisingRule).where(MerchandisingRule.id == rule_id).values(**_values(rule))
    _one_row(session, statement.returning(MerchandisingRule.id), rule_id)


def delete_rule(session: Session, rule_id: int) -> None:
    """Delete a rule.

    Raises:
        CatalogError: there is no such rule.
    """
    statement = delete(MerchandisingRule).where(MerchandisingRule.id == rule_id)
    _one_row(session, statement.returning(MerchandisingRule.id), rule_id)


def list_rules(session: Session) -> list[StoredRule]:
    """Every rule, past and future ones too, in the order in which they were made."""
    return _fetch(session)


def active_rules(session: Session, at: dt.datetime) -> list[StoredRule]:
    """The rules that are in force at a time: started, and not ended."""
    started = or_(MerchandisingRule.starts_at.is_(None), MerchandisingRule.starts_at <= at)
    not_ended = or_(MerchandisingRule.ends_at.is_(None), MerchandisingRule.ends_at > at)
    return _fetch(session, started, not_ended)


def _values(rule: Rule) -> dict[str, Any]:
    plain = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return plain | {"action": rule.action.value, "conditions": rule.conditions.to_dict()}


def _fetch(session: Session, *where: ColumnElement[bool]) -> list[StoredRule]:
    columns = [getattr(MerchandisingRule, field.name) for field in fields(Rule)]
    query = select(MerchandisingRule.id, MerchandisingRule.created_at, *columns)
    return [
        StoredRule(
            number,
            Rule(RuleAction(action), Conditions.from_dict(conditions), *rest),
            created_at,
        )
        for number, created_at, action, conditions, *rest in session.execute(
            query.where(*where).order_by(MerchandisingRule.id)
        )
    ]


def _one_row(session: Session, statement: Any, rule_id: int) -> None:
    if session.execute(statement, execution_options={"synchronize_session": False}).first() is None:
        raise CatalogError(f"there is no rule {rule_id}")
