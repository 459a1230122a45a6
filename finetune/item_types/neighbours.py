"""The kind of a product whose title names none: what the products most like it are called.

Likeness is the cosine of TF-IDF vectors over the words of title and description, the brand and the names of the
attributes, which in many shops depend on nothing but the kind. Each of the :data:`NEIGHBOURS` nearest products votes
with its likeness. A kind needs :data:`MAJORITY` of the votes; without that the item type needs it, so that a product
may have a type and no kind; without that the type is :data:`~finetune.item_types.type_file.OTHER`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from finetune.item_types.catalog_file import Listing
from finetune.item_types.titles import words
from finetune.item_types.type_file import OTHER

NEIGHBOURS = 10
MAJORITY = 0.5
_ROWS = 512
"""Products compared at once; bounds memory."""


def features(listing: Listing, title: str | None = None) -> list[str]:
    """What a product is compared by; ``title`` stands in for its name."""
    found = words(listing.name if title is None else title) + words(listing.description)
    found += [f"brand={listing.brand.lower()}"] if listing.brand else []
    return found + [f"has={name}" for name in listing.attribute_names]


def weigh(documents: Sequence[list[str]]) -> tuple[Any, Any]:
    """A TF-IDF vectorizer and the (documents, words) sparse matrix of unit rows.

    Words of most products say nothing about what one is, and cost most of the time; few products cannot tell.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    most = max(len(documents) // 2, 100)
    vectorizer = TfidfVectorizer(analyzer=_as_they_are, max_df=most, sublinear_tf=True)
    return vectorizer, vectorizer.fit_transform(documents)


def _as_they_are(document: list[str]) -> list[str]:
    return document


class Neighbours:
    """Votes of labelled products.

    Args:
        labelled: the products whose titles name their kind.
        kinds: the kind of each.
        types: kind → item type.
    """

    def __init__(self, labelled: Sequence[Listing], kinds: Sequence[str], types: Mapping[str, str]) -> None:
        self._types = types
        self._kinds = list(kinds)
        self._vectorizer, self._matrix = weigh([features(listing) for listing in labelled])

    def vote(self, asked: Sequence[list[str]], itself: Sequence[int] | None = None) -> list[tuple[str, str]]:
        """(item type, kind) for each list of features; the kind is empty where there is no majority for one.

        Args:
            asked: what :func:`features` gives.
            itself: for each, a labelled product that must not vote: its own number.
        """
        found: list[tuple[str, str]] = []
        for start in range(0, len(asked), _ROWS):
            rows = self._vectorizer.transform(asked[start : start + _ROWS])
            likeness = (rows @ self._matrix.T).toarray()
            if itself is not None:
                likeness[np.arange(len(likeness)), list(itself[start : start + _ROWS])] = 0.0
            # Stable, so that equals come in the catalog's order.
            nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :NEIGHBOURS]
            found += [self._elect(row, likeness[number]) for number, row in enumerate(nearest)]
        return found

    def _elect(self, nearest: np.ndarray, likeness: np.ndarray) -> tuple[str, str]:
        by_kind: dict[str, float] = defaultdict(float)
        by_type: dict[str, float] = defaultdict(float)
        for neighbour in nearest:
            kind, weight = self._kinds[neighbour], float(likeness[neighbour])
            by_kind[kind] += weight
            by_type[self._types[kind]] += weight
        total = sum(by_kind.values())
        if not total:
            return OTHER, ""
        kind = max(by_kind, key=lambda name: by_kind[name])
        if by_kind[kind] >= MAJORITY * total:
            return self._types[kind], kind
        item_type = max(by_type, key=lambda name: by_type[name])
        return (item_type, "") if by_type[item_type] >= MAJORITY * total else (OTHER, "")
