from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import CatalogError
from catalog_db.models import RuleAction
from catalog_db.rules import Rule, active_rules, add_rule, delete_rule, list_rules, replace_rule

DAY = dt.timedelta(days=1)
RULE = Rule(RuleAction.BOOST, Conditions(brands=frozenset({"Alder"}), max_price=5000), 2.5, "spring", "mia")


def test_rules_are_kept_as_they_are(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        number = add_rule(session, RULE, now)
        [stored] = list_rules(session)
        assert (stored.id, stored.rule, stored.created_at) == (number, RULE, now)
        changed = dataclasses.replace(RULE, action=RuleAction.BURY, ends_at=now + DAY)
        replace_rule(session, number, changed)
        assert [stored.rule for stored in list_rules(session)] == [changed]
        delete_rule(session, number)
        assert list_rules(session) == []


def test_active_from_start_until_before_the_end(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        always = add_rule(session, RULE, now)
        timed = add_rule(session, dataclasses.replace(RULE, starts_at=now, ends_at=now + DAY), now)

        def active(at: dt.datetime) -> list[int]:
            return [stored.id for stored in active_rules(session, at)]

        assert active(now - dt.timedelta(microseconds=1)) == [always]
        assert active(now) == [always, timed]
        assert active(now + DAY) == [always]


@pytest.mark.parametrize(
    "fields",
    [
        {"strength": 0.0},
        {"strength": float("inf")},
        {"note": "x" * 513},
        {"created_by": "x" * 129},
        {"starts_at": dt.datetime(2026, 1, 1)},
        {"starts_at": dt.datetime(2026, 1, 2, tzinfo=dt.UTC), "ends_at": dt.datetime(2026, 1, 2, tzinfo=dt.UTC)},
    ],
)
def test_nonsense_is_refused(fields: dict) -> None:
    with pytest.raises(CatalogError):
        dataclasses.replace(RULE, **fields)


def test_unknown_rule(database: Database) -> None:
    with database.session() as session:
        with pytest.raises(CatalogError, match="no rule 7"):
            replace_rule(session, 7, RULE)
        with pytest.raises(CatalogError, match="no rule 7"):
            delete_rule(session, 7)
