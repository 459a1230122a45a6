"""Rules over the shop of :mod:`tests.neo_assistant.serving`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.models import RuleAction
from catalog_db.rules import Rule, StoredRule
from neo_assistant.catalog import Catalog, Snapshot
from neo_assistant.merchandising.effects import items_condition
from tests.neo_assistant.serving import CODEBOOKS, tokenizer

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def on(*skus: str) -> Conditions:
    return items_condition(skus)


def rule(action: str, conditions: Conditions, strength: float = 2.0, **rest: Any) -> Rule:
    return Rule(RuleAction(action), conditions, strength, **rest)


def stored(*rules: Rule) -> list[StoredRule]:
    """Rules that were made an hour after each other."""
    return [StoredRule(number, rule, NOW - 9 * HOUR + number * HOUR) for number, rule in enumerate(rules, 1)]


def snapshot_of(database: Database) -> Snapshot:
    return Catalog(database, CODEBOOKS, tokenizer()).snapshot()
