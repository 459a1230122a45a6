"""What a taste profile covers: what of the history it names, and what of that which it names the history has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from finetune.evaluation.replies import Reply
from finetune.evaluation.shares import share
from finetune.evaluation.shelf import Shelf
from finetune.examples.example import Example
from finetune.examples.shop import BRAND, KIND

TASK = "profile"
TASTE = ("colour", "color", "material", BRAND)
"""Facets besides the kind that a profile speaks of."""

Named = frozenset[tuple[str, str]]
"""Facet and value."""


class ProfileReader:
    """Reads kinds, item types, colours, materials and brands out of words.

    A longer name goes before a shorter one that is part of it, so that "rain boots" is not also a boot. A word that is
    the name of a kind and of a type (``bags``) counts as either.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shop = shelf.shop

    def mentions(self, words: str) -> list[Named]:
        """What each name in the words may mean, every name once."""
        names = dict.fromkeys(match.group() for match in self._pattern.finditer(_plain(words)))
        return [self._meanings[name] for name in names]

    @cached_property
    def _meanings(self) -> Mapping[str, Named]:
        meanings: dict[str, set[tuple[str, str]]] = {}
        for item_type in self._shop.by_type:
            meanings.setdefault(_plain(item_type), set()).add(("type", item_type))
        for kind in sorted(self._shop.facet_values.get(KIND, ())):
            for word in (kind, self._shop.plural(kind)):
                meanings.setdefault(_plain(word), set()).add((KIND, kind))
        for facet in TASTE:
            for value in sorted(self._shop.facet_values.get(facet, ())):
                meanings.setdefault(_plain(value), set()).add((facet, value))
        return {word: frozenset(known) for word, known in meanings.items() if word}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._meanings, key=lambda word: (-len(word), word))
        return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")

    def had(self, example: Example, shelf: Shelf) -> Named:
        """What the history of an example has."""
        items = [shelf.by_sid[str(sid)] for sid in example.steering.history if str(sid) in shelf.by_sid]
        names = [(facet, value) for item in items for facet in (KIND, *TASTE) for value in item.values(facet)]
        return frozenset([*names, *(("type", item.item_type) for item in items)])


def profile_coverage(replies: Sequence[Reply], examples: Mapping[int, Example], shelf: Shelf) -> dict[str, Any] | None:
    """Coverage of the replies of the task ``profile``; None if there is none.

    Returns:
        ``written`` and, for the replies that were meant, ``meant``: each with ``kinds`` (share of the history's kinds
        that the profile names), ``types`` (likewise of item types, a kind standing for its type) and ``true`` (share of
        the names in it that the history has; over profiles that name anything).
    """
    chosen = [reply for reply in replies if reply.task == TASK and examples[reply.number].steering.history]
    if not chosen:
        return None
    reader = ProfileReader(shelf)
    pairs = {
        name: [
            (reader.mentions(getattr(reply, name).words), reader.had(examples[reply.number], shelf)) for reply in chosen
        ]
        for name in ("written", "meant")
    }
    return {name: _coverage(found, shelf) for name, found in pairs.items()}


def _coverage(pairs: Iterable[tuple[Sequence[Named], Named]], shelf: Shelf) -> dict[str, Any]:
    kinds, types, true = [], [], []
    for mentions, had in pairs:
        named = frozenset[tuple[str, str]]().union(*mentions)
        kinds_named = {value for facet, value in named if facet == KIND}
        types_named = {value for facet, value in named if facet == "type"}
        types_named |= {item.item_type for kind in kinds_named for item in shelf.shop.by_kind.get(kind, ())}
        had_kinds = {value for facet, value in had if facet == KIND}
        had_types = {value for facet, value in had if facet == "type"}
        if had_kinds:
            kinds.append(len(had_kinds & kinds_named) / len(had_kinds))
        if had_types:
            types.append(len(had_types & types_named) / len(had_types))
        if mentions:
            true.append(sum(bool(meant & had) for meant in mentions) / len(mentions))
    return {"kinds": share(np.array(kinds)), "types": share(np.array(types)), "true": share(np.array(true))}


def _plain(words: str) -> str:
    return " ".join(words.lower().replace("_", " ").replace("-", " ").split())
