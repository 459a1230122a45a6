"""What a ranker is: from histories, or from queries, to the numbers of the best items.

All items of the catalog are ranked, those of the history too (the protocol of TIGER, arXiv 2305.05065).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

NOTHING = -1
"""Stands in a ranking where there are fewer items than were asked for."""


@runtime_checkable
class Recommender(Protocol):
    """Ranks items by what somebody took before."""

    @property
    def name(self) -> str:
        """For tables; the same for the same settings."""

    def recommend(self, histories: Sequence[Sequence[int]], k: int) -> np.ndarray:
        """(users, k) int64 item numbers, best first, -1 where there are fewer.

        Args:
            histories: for every user item numbers, oldest first; may be empty.
            k: items asked for.
        """


@runtime_checkable
class Searcher(Protocol):
    """Ranks items by what somebody asked for."""

    @property
    def name(self) -> str:
        """For tables; the same for the same settings."""

    def search(self, queries: Sequence[str], k: int) -> np.ndarray:
        """(queries, k) int64 item numbers, best first, -1 where there are fewer.

        Args:
            queries: as people typed them; one without a known word may have an empty ranking.
            k: items asked for.
        """


def top_items(scores: np.ndarray, k: int) -> np.ndarray:
    """(rows, k) the items of highest score, best first; of equal scores the lower number first.

    Args:
        scores: (rows, items); an item of score ``-inf`` is not ranked at all.
        k: items asked for; more than there are fills up with -1.

    Raises:
        ValueError: if a score is not a number.
    """
    if np.isnan(scores).any():
        raise ValueError("a score is not a number")
    rows, items = scores.shape
    kept = min(k, items)
    ranking = np.full((rows, k), NOTHING, dtype=np.int64)
    if kept == 0:
        return ranking
    thresholds = np.partition(scores, items - kept, axis=1)[:, items - kept]
    for row, (values, threshold) in enumerate(zip(scores, thresholds, strict=True)):
        above = np.flatnonzero(values > threshold)
        above = above[np.argsort(-values[above], kind="stable")]
        # The k-th best may tie with many; partition alone would choose among them at random.
        equal = np.flatnonzero(values == threshold)[: kept - len(above)] if threshold > -np.inf else above[:0]
        ranking[row, : len(above) + len(equal)] = np.concatenate([above, equal])
    return ranking


def top_sparse(items: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    """(at most k,) of the items scored, by number, those of highest score, best first; ties as :func:`top_items`."""
    if len(scores) > k:
        kept = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
        items, scores = items[kept], scores[kept]
    return items[np.lexsort((items, -scores))[:k]].astype(np.int64)
