"""What the merchandiser's rules in force do to one snapshot of the catalog.

Precedence, strongest first; each acts only inside what the ones before it leave:

1. the shopper's own conditions, what they dismissed, counts and budget;
2. exclude: taken out of every view;
3. pin: named first, the newer rule's items before the older's;
4. boost and bury: factors on the probability that an item is named, multiplied where several rules meet.

A rule is in force from its start until before its end. See docs/merchandising.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from catalog_db.models import RuleAction
from catalog_db.rules import Rule, StoredRule
from neo_assistant.catalog import Snapshot
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import View
from neo_assistant.decoding.weights import Weights
from neo_assistant.grammar.preferences import Preferences


@dataclass(frozen=True, eq=False)
class RuleEffect:
    """A rule in force and the items on sale that it selects."""

    stored: StoredRule
    items: Bitmap

    @property
    def action(self) -> RuleAction:
        """What is done with them."""
        return self.stored.rule.action

    @property
    def factor(self) -> float:
        """What their probability is multiplied by; 1 for a rule that neither boosts nor buries."""
        strength = self.stored.rule.strength
        return {RuleAction.BOOST: strength, RuleAction.BURY: 1 / strength}.get(self.action, 1.0)


@dataclass(frozen=True, eq=False)
class Effects:
    """What rules do to a snapshot's items.

    Args:
        rules: those in force: exclusions, then pins, the newer first, then boosts and buries.
        size: positions of the snapshot's index.

    Attributes:
        excluded: items that no reply names; None if there are none.
        pins: sets of items to be named first, one a rule, in this order.
        weights: factors on the probability of items; None if all are 1.
    """

    rules: tuple[RuleEffect, ...]
    excluded: Bitmap | None
    pins: tuple[Bitmap, ...]
    weights: Weights | None

    def permitted(self, view: View) -> View:
        """What exclusions leave of a view."""
        return view if self.excluded is None else View(view.index, view.bitmap & ~self.excluded)

    def preferences(self) -> Preferences:
        """What the grammar of one reply needs to know of pins and weights."""
        return Preferences(self.pins, self.weights)

    def record(self, view: View) -> list[dict[str, Any]]:
        """The rules that had something to act on in a reply, for what is noted beside it: JSON values.

        Args:
            view: what meets the shopper's own conditions, exclusions apart.
        """
        counts = [(effect, view.count(effect.items)) for effect in self.rules]
        return [
            {"id": effect.stored.id, "action": effect.action.value, "items": count} for effect, count in counts if count
        ]


NO_EFFECTS = Effects((), None, (), None)
"""What no rules do."""


def in_force(rules: Iterable[StoredRule], at: dt.datetime) -> tuple[StoredRule, ...]:
    """The rules that have started and not ended, by precedence: the order of :attr:`Effects.rules`."""
    order = (RuleAction.EXCLUDE, RuleAction.PIN, RuleAction.BOOST, RuleAction.BURY)
    active = [
        stored
        for stored in rules
        if (stored.rule.starts_at is None or stored.rule.starts_at <= at)
        and (stored.rule.ends_at is None or at < stored.rule.ends_at)
    ]
    newest = sorted(active, key=lambda stored: (stored.created_at, stored.id), reverse=True)
    return tuple(sorted(newest, key=lambda stored: order.index(stored.rule.action)))


def effects_of(snapshot: Snapshot, rules: Iterable[StoredRule], at: dt.datetime) -> Effects:
    """What rules do to the items of a snapshot at a time.

    Raises:
        ConditionError: if the database cannot evaluate a rule's conditions. A rule is never skipped, because an
            exclusion that is not carried out shows what must not be shown.
    """
    active = in_force(rules, at)
    if not active:
        return NO_EFFECTS
    effects = tuple(RuleEffect(stored, _selected(snapshot, stored)) for stored in active)
    excluded: Bitmap | None = None
    for effect in effects:
        if effect.action is RuleAction.EXCLUDE:
            excluded = effect.items if excluded is None else excluded | effect.items
    pins = tuple(effect.items for effect in effects if effect.action is RuleAction.PIN)
    factors = [(effect.items, effect.factor) for effect in effects]
    return Effects(effects, excluded, pins, Weights.of_sets(len(snapshot.index), factors))


def drafts(rules: Sequence[Rule], now: dt.datetime) -> list[StoredRule]:
    """Rules that are not saved yet, as if they were the newest ones, the last the newest of all; ids from −1 down."""
    return [StoredRule(-number, rule, now + dt.timedelta(microseconds=number)) for number, rule in enumerate(rules, 1)]


def items_condition(skus: Sequence[str]) -> Conditions:
    """The condition that a product is one of these.

    Raises:
        ConditionError: if they are none, or too many for one rule.
    """
    if not skus:
        raise ConditionError("a rule on items names at least one SKU")
    quoted = ("'" + sku.replace("'", "''") + "'" for sku in sorted(set(skus)))
    return Conditions(sql=f"sku IN ({', '.join(quoted)})")


def _selected(snapshot: Snapshot, stored: StoredRule) -> Bitmap:
    try:
        return snapshot.view(stored.rule.conditions).bitmap
    except ConditionError as error:
        named = f"rule {stored.id}" if stored.id > 0 else "the rule"
        raise ConditionError(f"the conditions of {named} cannot be evaluated: {error.message}", error.hint) from error
