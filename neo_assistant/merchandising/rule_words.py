"""Merchandising rules and changes to them in words, the same on the desk and in what is exported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog_db.conditions import Conditions
from catalog_db.models import RuleAction
from catalog_db.rule_log import LogEntry
from catalog_db.rules import Rule
from neo_assistant.merchandising.rule_form import named_items
from neo_assistant.merchandising.wall_time import UTC, show_time

PRECEDENCE = (
    ("The shopper", "conditions, dismissed items, types, counts and budget always hold, whatever the rules say."),
    ("Exclude", "these items are never shown, not counted and not promised; no pin brings one back."),
    (
        "Pin",
        "while one of these items may be shown, the next item of a reply is one of them. The newer rule comes before "
        "the older; among the items of one rule the model chooses. To fix an order, make one rule an item.",
    ),
    (
        "Boost and bury",
        "how probable these items are is multiplied or divided by the strength. Where several rules meet on an item, "
        "they are multiplied; the product stays between 1/1000 and 1000.",
    ),
)
"""Who comes first, and what that means; each acts inside what the ones before it leave."""

FIELDS = {
    "action": "what to do",
    "conditions": "items",
    "strength": "strength",
    "note": "note",
    "created_by": "made by",
    "starts_at": "start",
    "ends_at": "end",
}
"""Fields of a rule, for people, in their order."""

_LISTED = 5


def action_words(action: RuleAction, strength: float) -> str:
    """``Boost by 3``"""
    words = action.value.capitalize()
    return f"{words} by {strength:g}" if action in (RuleAction.BOOST, RuleAction.BURY) else words


def items_words(conditions: Conditions, currency: str, titles: Mapping[str, str]) -> str:
    """Which items a rule is about: ``brand: Fellstep, under $60`` or ``Blue mug (MUG-1) and 3 more``.

    Args:
        conditions: of the rule.
        currency: of prices in them.
        titles: by SKU, as far as they are known.
    """
    skus, others = named_items(conditions)
    listed = [f"{titles[sku]} ({sku})" if sku in titles else sku for sku in skus[:_LISTED]]
    if len(skus) > _LISTED:
        listed.append(f"{len(skus) - _LISTED} more")
    phrases = [join_words(listed)] if listed else []
    return ", ".join(phrases + others.describe(currency)) or "every item on sale"


def join_words(words: list[str]) -> str:
    """``a, b and c``"""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def change_rows(entry: LogEntry, currency: str, titles: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What a change did: (field, before, after) for each field that is not what it was, in words; times in UTC."""
    before, after = _words_of(entry.before, currency, titles), _words_of(entry.after, currency, titles)
    for name, words in FIELDS.items():
        if name in entry.changed and before.get(name, "") != after.get(name, ""):
            yield words, before.get(name, ""), after.get(name, "")


def skus_of(rules: Iterable[Rule]) -> set[str]:
    """Every item that rules name one by one."""
    return {sku for rule in rules for sku in named_items(rule.conditions)[0]}


def skus_of_entries(entries: Iterable[LogEntry]) -> set[str]:
    """Every item that changed rules name, or named, one by one."""
    values = [values for entry in entries for values in (entry.before, entry.after) if values is not None]
    return {sku for each in values for sku in named_items(Conditions.from_dict(each["conditions"]))[0]}


def _words_of(values: Mapping[str, Any] | None, currency: str, titles: Mapping[str, str]) -> dict[str, str]:
    if values is None:
        return {}
    words = {name: "" if value is None else str(value) for name, value in values.items()}
    words["conditions"] = items_words(Conditions.from_dict(values["conditions"]), currency, titles)
    is_weighing = values["action"] in (RuleAction.BOOST, RuleAction.BURY)
    words["strength"] = f"{values['strength']:g}" if is_weighing else ""
    for name in ("starts_at", "ends_at"):
        words[name] = _time(values[name])
    return words


def _time(text: str | None) -> str:
    return "" if text is None else f"{show_time(dt.datetime.fromisoformat(text), UTC)} UTC"
