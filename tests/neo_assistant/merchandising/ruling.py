"""Rules over the shop of :mod:`tests.neo_assistant.serving`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import torch

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.models import RuleAction
from catalog_db.rules import Rule, StoredRule
from neo_assistant.catalog import Catalog, Snapshot
from neo_assistant.merchandising.effects import items_condition
from tests.neo_assistant.serving import CODEBOOKS, ScriptedModel, scripted, tokenizer

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


class Moody(ScriptedModel):
    """Reads no conditions, and then prefers what its mood says, a little, always the same."""

    def __init__(self, seed: int = 0) -> None:
        model = scripted("")
        super().__init__(model.wish, model.begins)
        vocabulary = tokenizer().vocabulary
        self.mood = torch.randn(vocabulary.size, generator=torch.Generator().manual_seed(seed))

    def __call__(self, *args: Any, **rest: Any) -> Any:
        output = super().__call__(*args, **rest)
        output.logits += self.mood
        return output
