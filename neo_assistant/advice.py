"""What the shop says when conditions leave nothing, or less than was asked for: why, and what would help.

Honest means: a single condition is blamed only if the shop has looked what there would be without it. That costs one
view per condition; which two of them would have to go together is not searched for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from catalog_db.conditions import Conditions
from neo_assistant.catalog import Snapshot
from neo_assistant.decoding.view import View
from neo_assistant.want import FIRST_FACETS
from neo_assistant.want_phrases import NOT_SHOWN

_DISMISSED = "not dismissed before"


@dataclass(frozen=True)
class Causes:
    """All that keeps items out of a reply.

    Args:
        options: conditions that were set beside the words: filters, types.
        read: conditions read out of the words.
        shown: (k,) sorted positions left out because they were shown before.
        dismissed: (k,) sorted positions left out because they were dismissed.
        called: phrases for people of single conditions in ``read`` that say more than the condition by itself.
    """

    options: Conditions
    read: Conditions
    shown: np.ndarray
    dismissed: np.ndarray
    called: Mapping[Conditions, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Advice:
    """What the shop says of too little.

    Attributes:
        text: one sentence for a shopper.
        condition: the name, for programs, of the single condition that is to blame: ``type``, the facet's name
            (``brand``, ``kind``), ``min_price``, ``max_price``, ``min_rating``, ``in_stock``, ``sql``, ``not_shown`` or
            ``dismissed``. Empty where no single one is.
        phrase: the same for people, as :func:`neo_assistant.want_phrases.want_phrases` has it; empty likewise.
    """

    text: str
    condition: str = ""
    phrase: str = ""


@dataclass(frozen=True)
class _Way:
    """Items there would be without one of the causes.

    What sort of thing was asked for is the last to be given up, and a filter on it the last but one: ``rank`` 0 and 1.
    """

    rank: int
    left: int
    condition: str
    phrase: str
    words: str


def explain(snapshot: Snapshot, causes: Causes, subject: str, have: int = 0, within: View | None = None) -> Advice:
    """That so few items match, and which single cause, dropped, would bring back most.

    Args:
        snapshot: the catalog.
        causes: what keeps items out.
        subject: what was found: ``Nothing``, ``Only 1 item``, ``Of “mug”, only 2``.
        have: how many that is.
        within: only these items count; all, if left out.
    """
    ways = list(_ways(snapshot, causes, within))
    if not ways:
        return Advice(f"{subject} {'is' if have < 2 else 'are'} on sale at the moment.")
    found = f"{subject} {'matches' if have < 2 else 'match'}"
    helpful = [way for way in ways if way.left > have]
    if helpful:
        best = max(helpful, key=lambda way: (way.rank, way.left))
        text = f"{found} all of that, but {best.words} there would be {_items(best.left)}."
        return Advice(text, best.condition, best.phrase)
    if len(ways) == 1:
        return Advice(f"{found} that.")
    return Advice(f"{found} all of that, and leaving out any one condition would not help.")


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
        is_filter, phrase = place < len(options), causes.called.get(part) or _phrase(part, snapshot.currency)
        rank = 2 if not _names_a_thing(part) else int(is_filter)
        yield _Way(rank, count, _name(part), phrase, f"without {'the filter ' if is_filter else ''}“{phrase}”")
    if len(causes.shown):
        yield _Way(2, left(parts, causes.dismissed), "not_shown", NOT_SHOWN, f"without “{NOT_SHOWN}”")
    if len(causes.dismissed):
        yield _Way(2, left(parts, causes.shown), "dismissed", _DISMISSED, "with those you dismissed")


def _phrase(part: Conditions, currency: str) -> str:
    """A single condition for people; an engineer's SQL is not for shoppers."""
    return "the shop's own" if part.sql is not None else part.describe(currency)[0]


def _name(part: Conditions) -> str:
    """A single condition's name for programs."""
    if part.attributes:
        return part.attributes[0][0]
    [field_name] = part.to_dict()
    return {"item_types": "type", "brands": "brand"}.get(field_name, field_name)


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _names_a_thing(part: Conditions) -> bool:
    """Whether a single condition says what is wanted (a type, a kind) rather than how it should be."""
    return bool(part.item_types) or any(name == FIRST_FACETS[0] for name, _ in part.attributes)
