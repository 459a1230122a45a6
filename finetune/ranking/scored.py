"""Searchers that score every item: from scores to rankings, a few queries at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from finetune.ranking.base import top_items

SCORED_ROWS = 128
"""Queries whose scores are held at once: 54,667 items then take 28 MB."""


class Scorer(Protocol):
    """Scores all items for queries."""

    @property
    def name(self) -> str:
        """For tables."""

    def scores(self, queries: Sequence[str]) -> np.ndarray:
        """(queries, items) float32, higher is better; ``-inf`` for what is not to be ranked."""


def search_by_scores(scorer: Scorer, queries: Sequence[str], k: int) -> np.ndarray:
    """(queries, k) the items that a scorer scores highest."""
    blocks = [top_items(scorer.scores(block), k) for block in blocks_of(queries)]
    return np.concatenate([np.empty((0, k), dtype=np.int64), *blocks])


def blocks_of(queries: Sequence[str]) -> Iterator[Sequence[str]]:
    """The queries in blocks small enough that all their scores fit into memory."""
    for start in range(0, len(queries), SCORED_ROWS):
        yield queries[start : start + SCORED_ROWS]
