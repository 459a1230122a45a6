from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest

from catalog_db import rule_log
from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import CatalogError
from catalog_db.models import RuleAction, RuleChange
from catalog_db.rules import Rule, list_rules

BOOST = Rule(RuleAction.BOOST, Conditions(brands=frozenset({"Alder", "Brook"})), strength=2.0, note="new season")


def test_every_change_is_noted_newest_first(any_database: Database, now: dt.datetime) -> None:
    later = now + dt.timedelta(hours=1)
    bury = dataclasses.replace(BOOST, action=RuleAction.BURY, strength=0.5, ends_at=later)
    with any_database.session() as session:
        rule_id = rule_log.add(session, BOOST, "Ada", now)
        rule_log.replace(session, rule_id, bury, "Bo", later)
        rule_log.delete(session, rule_id, "Ada", later)
    with any_database.reading() as session:
        assert list_rules(session) == []
        deleted, replaced, added = rule_log.entries(session)
    assert [entry.change for entry in (added, replaced, deleted)] == list(RuleChange)
    assert (added.before, added.after) == (None, rule_log.rule_values(BOOST))
    assert (replaced.before, replaced.after) == (added.after, rule_log.rule_values(bury))
    assert (deleted.before, deleted.after) == (replaced.after, None)
    assert (added.who, added.at, replaced.who, replaced.at) == ("Ada", now, "Bo", later)
    assert replaced.changed == ("action", "ends_at", "strength")
    assert set(added.changed) == set(deleted.changed) == {field.name for field in dataclasses.fields(Rule)}


def test_values_are_json_and_say_everything(now: dt.datetime) -> None:
    rule = dataclasses.replace(BOOST, starts_at=now.astimezone(dt.timezone(dt.timedelta(hours=9))))
    values = rule_log.rule_values(rule)
    assert json.loads(json.dumps(values)) == values
    assert values["starts_at"] == "2026-03-01T12:00:00+00:00"
    assert values["conditions"] == {"brands": ["Alder", "Brook"]}
    assert set(values) == {field.name for field in dataclasses.fields(Rule)}


def test_a_number_is_never_given_to_two_rules(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        first = rule_log.add(session, BOOST, "Ada", now)
        rule_log.delete(session, first, "Ada", now)
        second = rule_log.add(session, BOOST, "Bo", now)
        assert second != first
        assert [entry.who for entry in rule_log.entries(session, rule_id=first)] == ["Ada", "Ada"]
        assert [entry.who for entry in rule_log.entries(session, rule_id=second)] == ["Bo"]


def test_pages(database: Database, now: dt.datetime) -> None:
    with database.session() as session:
        ids = [rule_log.add(session, BOOST, "Ada", now) for _ in range(5)]
        page = rule_log.entries(session, limit=2)
        rest = rule_log.entries(session, before_id=page[-1].id)
    assert [entry.rule_id for entry in (*page, *rest)] == ids[::-1]


def test_the_rule_and_its_entry_stand_or_fall_together(any_database: Database, now: dt.datetime) -> None:
    def interrupted() -> None:
        with any_database.session() as session:
            rule_log.add(session, BOOST, "Ada", now)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        interrupted()
    with any_database.reading() as session:
        assert list_rules(session) == rule_log.entries(session) == []


def test_replacing_by_the_same_notes_nothing(database: Database, now: dt.datetime) -> None:
    with database.session() as session:
        rule_id = rule_log.add(session, BOOST, "Ada", now)
        rule_log.replace(session, rule_id, BOOST, "Bo", now)
        assert len(rule_log.entries(session)) == 1


def test_who_is_late_is_told(any_database: Database, now: dt.datetime) -> None:
    other = dataclasses.replace(BOOST, strength=3.0)
    with any_database.session() as session:
        rule_id = rule_log.add(session, BOOST, "Ada", now)
        rule_log.replace(session, rule_id, other, "Bo", now, expected=BOOST)
        late = "not what it was when you opened it: Bo replaced it at 12:00:00 UTC on 2026-03-01"
        with pytest.raises(CatalogError, match=late):
            rule_log.replace(session, rule_id, BOOST, "Ada", now, expected=BOOST)
        with pytest.raises(CatalogError, match=late):
            rule_log.delete(session, rule_id, "Ada", now, expected=BOOST)
        assert [stored.rule for stored in list_rules(session)] == [other]
        rule_log.delete(session, rule_id, "Bo", now, expected=other)
        with pytest.raises(CatalogError, match=f"no rule {rule_id}: Bo deleted it at"):
            rule_log.replace(session, rule_id, BOOST, "Ada", now, expected=BOOST)


def test_refused(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        rule_id = rule_log.add(session, BOOST, "Ada", now)
        for unknown in (4711, 10**30, -(10**30)):
            assert rule_log.entries(session, rule_id=unknown) == []
            with pytest.raises(CatalogError, match=f"no rule {unknown}"):
                rule_log.replace(session, unknown, BOOST, "Ada", now)
            with pytest.raises(CatalogError, match=f"no rule {unknown}"):
                rule_log.delete(session, unknown, "Ada", now)
        for who in ("", "x" * 129, "two\nlines"):
            with pytest.raises(CatalogError, match="who changes the rule"):
                rule_log.delete(session, rule_id, who, now)
        with pytest.raises(CatalogError, match="time zone"):
            rule_log.delete(session, rule_id, "Ada", now.replace(tzinfo=None))
        assert len(list_rules(session)) == len(rule_log.entries(session)) == 1
