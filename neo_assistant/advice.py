"""What the shop says when conditions leave nothing, or less than was asked for: why, and what would help.

Honest means: a single condition is blamed only if the shop has looked what there would be without it. That costs one
view per condition; which two of them would have to go together is not searched for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from catalog_db.conditions import Conditions
from neo_assistant.catalog import Snapshot
from neo_assistant.decoding.view import View
from neo_assistant.want import FIRST_FACETS


@dataclass(frozen=True)
class Causes:
    """All that keeps items out of a reply.

    Args:
        options: conditions that were set beside the words: filters, types.
        read: conditions read out of the words.
        shown: (k,) sorted positions left out because they were shown before.
        dismissed: (k,) sorted positions left out because they were dismissed.
    """

    options: Conditions
    read: Conditions
    shown: np.ndarray
    dismissed: np.ndarray


@dataclass(frozen=True)
class _Way:
    """Items there would be without one of the causes.

    What sort of thing was asked for is the last to be given up, and a filter on it the last but one: ``rank`` 0 and 1.
    """

    rank: int
    left: int
    words: str


def explain(snapshot: Snapshot, causes: Causes, subject: str, have: int = 0, within: View | None = None) -> str:
    """One sentence for a shopper: that so few items match, and which single cause, dropped, would bring back most.

    Args:
        snapshot: the catalog.
        causes: what keeps items out.
        subject: what was found: ``Nothing``, ``Only 1 item``, ``Of “mug”, only 2``.
        have: how many that is.
        within: only these items count; all, if left out.
    """
    ways = list(_ways(snapshot, causes, within))
    if not ways:
        return f"{subject} {'is' if have < 2 else 'are'} on sale at the moment."
    found = f"{subject} {'matches' if have < 2 else 'match'}"
    helpful = [way for way in ways if way.left > have]
    if helpful:
        best = max(helpful, key=lambda way: (way.rank, way.left))
        return f"{found} all of that, {best.words}."
    if len(ways) == 1:
        return f"{found} that."
    return f"{found} all of that, and leaving out any one condition would not help."


def _ways(snapshot: Snapshot, causes: Causes, within: View | None) -> Iterator[_Way]:
    options = causes.options.parts()
    read = [part for part in causes.read.parts() if part not in options]
    parts = [*options, *read]
    blocked = np.union1d(causes.shown, causes.dismissed)

    def left(kept: list[Conditions], taken: np.ndarray) -> int:
        view = snapshot.view(reduce(Conditions.both, kept, Conditions()))
        return (view if within is None else view & within).remaining(taken)

    for place, part in enumerate(parts):
        count = left(parts[:place] + parts[place + 1 :], blocked)
        is_filter, phrase = place < len(options), _phrase(part, snapshot.currency)
        rank = 2 if not _names_a_thing(part) else int(is_filter)
        named = f"the filter {phrase}" if is_filter else phrase
        yield _Way(rank, count, f"but without {named} there would be {_items(count)}")
    if len(causes.shown):
        count = left(parts, causes.dismissed)
        yield _Way(2, count, f"but without “not shown before” there would be {_items(count)}")
    if len(causes.dismissed):
        count = left(parts, causes.shown)
        yield _Way(2, count, f"but with those you dismissed there would be {_items(count)}")


def _phrase(part: Conditions, currency: str) -> str:
    """A condition in quotation marks; an engineer's SQL is not for shoppers."""
    return "“the shop's own”" if part.sql is not None else f"“{', '.join(part.describe(currency))}”"


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _names_a_thing(part: Conditions) -> bool:
    """Whether a single condition says what is wanted (a type, a kind) rather than how it should be."""
    return bool(part.item_types) or any(name == FIRST_FACETS[0] for name, _ in part.attributes)
