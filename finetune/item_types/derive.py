"""Give every product an item type and, where that can be had, a kind."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from finetune.item_types.catalog_file import Listing
from finetune.item_types.neighbours import Neighbours, features
from finetune.item_types.titles import KindFinder
from finetune.item_types.type_file import OTHER, TypeFile

BY_TITLE, BY_NEIGHBOURS, BY_NOTHING = "title", "neighbours", "nothing"
_CHECKED = 1000
"""Products with a named kind on which the neighbours' vote is measured."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What was found for one product, and from what: its title, its neighbours, or nothing."""

    item_type: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often the neighbours' vote, with the phrase hidden from it, is what the title says.

    Attributes:
        checked: products that were hidden and asked.
        kinds_said, kinds_right: votes for a kind, and how many of them were for the title's.
        types_said, types_right: likewise of item types.
    """

    checked: int
    kinds_said: int
    kinds_right: int
    types_said: int
    types_right: int


def derive(listings: Sequence[Listing], types: TypeFile, seed: int = 0) -> tuple[list[Derived], Agreement]:
    """Item type and kind of every product, and how far the neighbours' vote can be trusted.

    Args:
        listings: the catalog.
        types: which kinds there are.
        seed: of the sample on which the vote is measured.
    """
    finder = KindFinder(types.phrases)
    # A brand that is a phrase itself, as of one that makes nothing but dolls, counts where nothing else does.
    named = [finder.find(listing.name) or finder.find(listing.title) for listing in listings]
    known = [number for number, kind in enumerate(named) if kind is not None]
    found = [
        Derived(OTHER, "", BY_NOTHING) if kind is None else Derived(types.types[kind], kind, BY_TITLE) for kind in named
    ]
    if not known:
        return found, Agreement(0, 0, 0, 0, 0)
    kinds = [kind for kind in named if kind is not None]
    neighbours = Neighbours([listings[number] for number in known], kinds, types.types)
    silent = [number for number, kind in enumerate(named) if kind is None]
    votes = neighbours.vote([features(listings[number]) for number in silent])
    for number, (item_type, kind) in zip(silent, votes, strict=True):
        found[number] = Derived(item_type, kind, BY_NOTHING if item_type == OTHER else BY_NEIGHBOURS)
    sample = sorted(random.Random(seed).sample(range(len(known)), min(_CHECKED, len(known))))
    return found, _agreement([listings[known[place]] for place in sample], sample, kinds, types, finder, neighbours)


def _agreement(
    hidden: Sequence[Listing],
    places: Sequence[int],
    kinds: Sequence[str],
    types: TypeFile,
    finder: KindFinder,
    neighbours: Neighbours,
) -> Agreement:
    votes = neighbours.vote([features(one, finder.without(one.title)) for one in hidden], places)
    counts: Counter[str] = Counter()
    for place, (item_type, kind) in zip(places, votes, strict=True):
        truth = kinds[place]
        counts["kind said"] += bool(kind)
        counts["kind right"] += kind == truth
        counts["type said"] += item_type != OTHER
        counts["type right"] += item_type == types.types[truth]
    return Agreement(len(places), counts["kind said"], counts["kind right"], counts["type said"], counts["type right"])
