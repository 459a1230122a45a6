"""Two searchers made one: by their ranks, or by their scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from finetune.ranking.base import NOTHING, top_items
from finetune.ranking.scored import Scorer, blocks_of, search_by_scores

DEPTH = 1000
"""How far down each ranking counts in a fusion by ranks."""


class ReciprocalRankFusion:
    """Sum of ``1 / (constant + rank)`` over the searchers (Cormack, Clarke and Büttcher, SIGIR 2009).

    Args:
        scorers: whose rankings are fused.
        constant: the paper's 60, or tuned; the smaller, the more the first places count.
    """

    name = "BM25 + dense, by ranks"

    def __init__(self, scorers: Sequence[Scorer], constant: float) -> None:
        self._scorers, self._constant = scorers, constant

    def search(self, queries: Sequence[str], k: int) -> np.ndarray:
        """(queries, k), as the protocol says."""
        blocks = [np.empty((0, k), dtype=np.int64)]
        for block in blocks_of(queries):
            scored = [scorer.scores(block) for scorer in self._scorers]
            items = scored[0].shape[1]
            rankings = [top_items(scores, DEPTH) for scores in scored]
            blocks.append(fuse_rankings(rankings, items, self._constant, k))
        return np.concatenate(blocks)


def fuse_rankings(rankings: Sequence[np.ndarray], items: int, constant: float, k: int) -> np.ndarray:
    """(queries, k) of rankings (queries, depth) each, by reciprocal rank."""
    fused = np.zeros((len(rankings[0]), items), dtype=np.float32)
    for ranking in rankings:
        rows, places = np.nonzero(ranking != NOTHING)
        fused[rows, ranking[rows, places]] += 1 / (constant + 1 + places)
    fused[fused == 0] = -np.inf
    return top_items(fused, k)


class WeightedSum:
    """``weight`` of the second searcher's score and the rest of the first's, each scaled to 0 … 1 within the query.

    Args:
        first: usually BM25; what it does not rank counts as its lowest score.
        second: usually dense.
        weight: of the second, 0 to 1.
    """

    name = "BM25 + dense, by scores"

    def __init__(self, first: Scorer, second: Scorer, weight: float) -> None:
        self._first, self._second, self._weight = first, second, weight

    def search(self, queries: Sequence[str], k: int) -> np.ndarray:
        """(queries, k), as the protocol says."""
        return search_by_scores(self, queries, k)

    def scores(self, queries: Sequence[str]) -> np.ndarray:
        """(queries, items) float32."""
        return fuse_scores(self._first.scores(queries), self._second.scores(queries), self._weight)


def fuse_scores(first: np.ndarray, second: np.ndarray, weight: float) -> np.ndarray:
    """(queries, items) of two score matrices."""
    return (1 - weight) * _scaled(first) + weight * _scaled(second)


def _scaled(scores: np.ndarray) -> np.ndarray:
    """Each row from 0 (its lowest score, and what is not ranked) to 1; a row of equal scores is 0 throughout."""
    ranked = scores > -np.inf
    # Not a word shared: BM25 calls that 0, which is below every score it gives.
    lowest = np.where(ranked.all(axis=1), scores.min(axis=1), np.minimum(0, np.where(ranked, scores, 0).min(axis=1)))
    shifted = np.where(ranked, scores - lowest[:, None], 0)
    highest = shifted.max(axis=1, keepdims=True)
    return (shifted / np.where(highest > 0, highest, 1)).astype(np.float32)
