"""Who changed which merchandising rule, when, and what it was before and after.

The desk changes rules through these functions and not through :mod:`catalog_db.rules`, so that the change and its
entry in the log are one transaction: either both are there or neither is. Entries are only ever added.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from sqlalchemy import insert, select

from catalog_db.conditions import Conditions
from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.models import MerchandisingRule, RuleChange, RuleLogEntry
from catalog_db.rules import Rule, add_rule, delete_rule, list_rules, replace_rule
from catalog_db.validation import check_text, check_time, max_length, may_be_id

_WHO_LIMIT = max_length(RuleLogEntry, "who")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One change; ``before`` is None for a new rule, ``after`` for a deleted one (see :func:`rule_values`)."""

    id: int
    rule_id: int
    change: RuleChange
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    who: str
    at: dt.datetime

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the rule's fields that are not what they were, sorted; all of them for a new or deleted rule."""
        before, after = self.before or {}, self.after or {}
        return tuple(sorted(name for name in {*before, *after} if before.get(name, before) != after.get(name, after)))


def add(session: Session, rule: Rule, who: str, now: dt.datetime) -> int:
    """Store a new rule and note it; returns the rule's id.

    Raises:
        CatalogError: it is not said who, or the time has no zone.
    """
    _check(who, now)
    rule_id = add_rule(session, rule, now)
    _note(session, rule_id, RuleChange.ADDED, None, rule, who, now)
    return rule_id


def replace(
    session: Session, rule_id: int, rule: Rule, who: str, now: dt.datetime, *, expected: Rule | None = None
) -> None:
    """Put another rule in the place of one and note both; replacing a rule by itself changes and notes nothing.

    Args:
        session: one that may write.
        rule_id: the rule to replace.
        rule: what takes its place.
        who: changes it.
        now: the time.
        expected: the rule as it was when ``who`` looked at it; None replaces whatever is there.

    Raises:
        CatalogError: there is no such rule, it is not the expected one any more, or as for :func:`add`.
    """
    _check(who, now)
    before = _stored(session, rule_id, expected)
    if before == rule:
        return
    replace_rule(session, rule_id, rule)
    _note(session, rule_id, RuleChange.REPLACED, before, rule, who, now)


def delete(session: Session, rule_id: int, who: str, now: dt.datetime, *, expected: Rule | None = None) -> None:
    """Delete a rule and note what it was; the arguments are those of :func:`replace`.

    Raises:
        CatalogError: as for :func:`replace`.
    """
    _check(who, now)
    before = _stored(session, rule_id, expected)
    delete_rule(session, rule_id)
    _note(session, rule_id, RuleChange.DELETED, before, None, who, now)


def entries(
    session: Session, *, rule_id: int | None = None, before_id: int | None = None, limit: int = 100
) -> list[LogEntry]:
    """Changes, the newest first.

    Args:
        session: any session.
        rule_id: only this rule's, which need not exist any more.
        before_id: only entries older than this one: the ``id`` of the last entry of the page before.
        limit: at most so many.
    """
    names = [getattr(RuleLogEntry, field.name) for field in fields(LogEntry)]
    query = select(*names).order_by(RuleLogEntry.id.desc()).limit(limit)
    if rule_id is not None and not may_be_id(rule_id):
        return []
    if rule_id is not None:
        query = query.where(RuleLogEntry.rule_id == rule_id)
    if before_id is not None:
        query = query.where(RuleLogEntry.id < before_id)
    return [
        LogEntry(number, of_rule, RuleChange(change), *rest)
        for number, of_rule, change, *rest in session.execute(query)
    ]


def rule_values(rule: Rule) -> dict[str, Any]:
    """A rule as JSON values: its fields, conditions as ``Conditions.to_dict()``, times in ISO 8601."""
    return {field.name: _plain(getattr(rule, field.name)) for field in fields(rule)}


def _plain(value: object) -> Any:
    if isinstance(value, Conditions):
        return value.to_dict()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"the rule log cannot hold a {type(value).__name__}")


def _stored(session: Session, rule_id: int, expected: Rule | None = None) -> Rule:
    if may_be_id(rule_id):
        # Whoever changes this rule at the same time waits here, so that "before" is what this change really replaced.
        session.execute(select(MerchandisingRule.id).where(MerchandisingRule.id == rule_id).with_for_update())
    found = [stored.rule for stored in list_rules(session) if stored.id == rule_id]
    if not found:
        raise CatalogError(f"there is no rule {rule_id}{_by_whom(session, rule_id)}", "load the list again")
    if expected is not None and found[0] != expected:
        raise CatalogError(
            f"rule {rule_id} is not what it was when you opened it{_by_whom(session, rule_id)}",
            "nothing was saved; open it again to see what it is now",
        )
    return found[0]


def _by_whom(session: Session, rule_id: int) -> str:
    """``: Ada replaced it at 12:00:00 UTC on 2026-03-01``, or nothing for a rule that the log does not know."""
    last = entries(session, rule_id=rule_id, limit=1)
    return "".join(f": {each.who} {each.change.value} it at {each.at:%H:%M:%S UTC on %Y-%m-%d}" for each in last)


def _check(who: str, now: dt.datetime) -> None:
    problem = check_text("who changes the rule", who, _WHO_LIMIT, required=True) or check_time("the time", now)
    if problem:
        raise CatalogError(problem)


def _note(
    session: Session,
    rule_id: int,
    change: RuleChange,
    before: Rule | None,
    after: Rule | None,
    who: str,
    now: dt.datetime,
) -> None:
    session.execute(
        insert(RuleLogEntry).values(
            rule_id=rule_id,
            change=change.value,
            before=None if before is None else rule_values(before),
            after=None if after is None else rule_values(after),
            who=who,
            at=now,
        )
    )
