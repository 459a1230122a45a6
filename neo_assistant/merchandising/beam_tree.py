"""The beams of a search as a tree down the levels of semantic ids, each prefix with words for what stands under it.

Nobody gave the codes names. What a prefix is about is worked out from its items: the facet values that say most about
them beside the items of the prefix above. A value's worth is p · log(p / q), where p and q are the shares of items that
carry it under the prefix and above it: its part of the divergence between the two (Kullback and Leibler 1951). A value
that all items above carry, too, is worth nothing, and one that few carry next to nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from catalog_db.products import ProductRecord, get_products
from neo_assistant.catalog import Snapshot
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import View
from neo_assistant.engine.exploration import Exploration
from neo_assistant.merchandising.ranking import RankedItem
from neo_assistant.sids import SidVocabulary
from neo_assistant.want import FIRST_FACETS

WORDS = 3
"""Describing words of a prefix, at most."""


@dataclass(frozen=True)
class Node:
    """A prefix that the search came by.

    Attributes:
        codes: of the prefix; none for the root, which stands for the type.
        probability: of these codes after the type's opener, with the shop's weights on it.
        items: under the prefix that may be named.
        words: facet values that tell these items from those of the node above, the most telling first.
        product: at the end of a whole semantic id.
        children: the most probable first; none for a prefix that was not among the best any more.
    """

    codes: tuple[int, ...]
    probability: float
    items: int
    words: tuple[str, ...]
    product: ProductRecord | None = None
    children: tuple[Node, ...] = ()


@dataclass(frozen=True)
class BeamTree:
    """How the first item of a reply is found.

    Attributes:
        prompt: as the model gets it.
        want: the conditions that the model read, as it wrote them.
        types: item types with the probability that the item is of each, the most probable first.
        root: of the type that was searched; None if nothing may be named.
        ranking: the items that may be named first, of all types, what is pinned before the others; empty unless asked
            for.
        searched: the type that was searched; empty if nothing may be named.
        phrases: the conditions read, for people.
        made_by: what is noted beside a reply: checkpoint, codebook, conditions, rules that acted.
    """

    prompt: str
    want: str
    types: tuple[tuple[str, float], ...]
    root: Node | None
    ranking: tuple[RankedItem, ...] = ()
    searched: str = ""
    phrases: tuple[str, ...] = ()
    made_by: dict[str, Any] = field(default_factory=dict)


def beam_tree(snapshot: Snapshot, vocabulary: SidVocabulary, prompt: str, found: Exploration) -> BeamTree:
    """The tree of an exploration.

    Args:
        snapshot: the catalog that was searched.
        vocabulary: of the tokens that the beams are made of.
        prompt: as text.
        found: by the search.
    """
    names = snapshot.index.scheme.types
    types = tuple((names[number], chance) for number, chance in found.types)
    root = None if found.number is None else _Trees(snapshot, vocabulary, found, found.number).root()
    searched = "" if found.number is None else names[found.number]
    return BeamTree(prompt, found.want, types, root, searched=searched)


def telling_words(snapshot: Snapshot, inside: View, above: View, most: int = WORDS) -> tuple[str, ...]:
    """The facet values that tell a set of items from a larger one that it is part of; as in the module's docstring."""
    if not len(inside) or len(inside) == len(above):
        return ()
    worth: list[tuple[float, str]] = []
    for name in (name for name in FIRST_FACETS if name in snapshot.grammar.facets):
        everywhere = snapshot.facet_counts(above, name)
        for value, count in snapshot.facet_counts(inside, name).items():
            share, usual = count / len(inside), everywhere[value] / len(above)
            worth.append((-share * math.log(share / usual), value))
    return tuple(dict.fromkeys(value for cost, value in sorted(worth) if cost < 0))[:most]


class _Trees:
    """Builds the nodes of one exploration."""

    def __init__(self, snapshot: Snapshot, vocabulary: SidVocabulary, found: Exploration, number: int) -> None:
        self._snapshot, self._view, self._number = snapshot, found.view, number
        self._levels = snapshot.index.scheme.levels
        self._scores: dict[tuple[int, ...], float] = {}
        self._below: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
        bases = vocabulary.code_bases[number].tolist()
        for level in found.levels:
            for tokens, score in level:
                codes = tuple(token - base for token, base in zip(tokens, bases, strict=False))
                if score > -math.inf:
                    self._scores[codes] = score
                    self._below.setdefault(codes[:-1], []).append(codes)

    def root(self) -> Node:
        return self._node((), self._view)

    def _node(self, codes: tuple[int, ...], above: View) -> Node:
        here = self._under(codes)
        below = sorted(self._below.get(codes, []), key=lambda prefix: -self._scores[prefix])
        chance = math.exp(min(self._scores.get(codes, 0.0), 0.0)) if codes else 1.0
        return Node(
            codes,
            chance,
            len(here),
            telling_words(self._snapshot, here, above),
            self._product(here) if len(codes) == self._levels else None,
            tuple(self._node(prefix, here) for prefix in below),
        )

    def _under(self, codes: tuple[int, ...]) -> View:
        """The view's items under a prefix."""
        members = np.zeros(len(self._view.index), dtype=bool)
        index = self._view.index
        for segment, offset in zip(index.segments, index.offsets, strict=True):
            lo, hi = segment.range_of(self._number, codes)
            members[offset + lo : offset + hi] = True
        return View(index, self._view.bitmap & Bitmap.from_bools(members))

    def _product(self, item: View) -> ProductRecord:
        ids = self._snapshot.index.product_id_at(item.bitmap.positions())
        with self._snapshot.database.reading() as session:
            return get_products(session, ids.tolist())[0]
