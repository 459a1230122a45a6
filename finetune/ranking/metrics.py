"""Recall and NDCG at k, one value per user or query, so that intervals and differences can be computed from them.

Leave-one-out is the case of one relevant item: recall is then the hit rate, and NDCG ``1 / log2(1 + rank)``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from finetune.ranking.base import NOTHING


def recall_at(rankings: np.ndarray, relevant: Sequence[Collection[int]], k: int) -> np.ndarray:
    """(queries,) float64: the share of the relevant items that stand among the first k.

    Args:
        rankings: (queries, at least k) item numbers, best first, -1 for none.
        relevant: for every query its relevant items, at least one.
        k: how far down to look.

    Raises:
        ValueError: if the rankings are too short or name an item twice, or a query has nothing relevant.
    """
    top = _checked(rankings, len(relevant), k)
    _refuse_empty(relevant)
    return np.array([len(set(wanted) & set(row)) / len(set(wanted)) for row, wanted in zip(top, relevant, strict=True)])


def ndcg_at(rankings: np.ndarray, gains: Sequence[Mapping[int, float]], k: int) -> np.ndarray:
    """(queries,) float64: discounted gain of the first k over that of the best possible order.

    The gain is the relevance itself and the discount ``1 / log2(1 + rank)`` (Järvelin and Kekäläinen 2002, in the form
    that trec_eval and scikit-learn compute); items without a judgment gain nothing.

    Args:
        rankings: (queries, at least k) item numbers, best first, -1 for none.
        gains: for every query item → gain, at least one above 0.
        k: how far down to look.

    Raises:
        ValueError: if the rankings are too short or name an item twice, or a query has nothing to gain.
    """
    top = _checked(rankings, len(gains), k)
    _refuse_empty([[item for item, gain in row.items() if gain > 0] for row in gains])
    discounts = 1 / np.log2(np.arange(2, k + 2))
    values = np.empty(len(gains))
    for number, (row, judged) in enumerate(zip(top, gains, strict=True)):
        got = sum(judged.get(item, 0.0) * discount for item, discount in zip(row, discounts, strict=True))
        ideal = sorted(judged.values(), reverse=True)[:k]
        values[number] = got / float(np.dot(ideal, discounts[: len(ideal)]))
    return values


def hit_at(rankings: np.ndarray, targets: Sequence[int] | np.ndarray, k: int) -> np.ndarray:
    """(users,) float64: leave-one-out recall, 1 where the target stands among the first k.

    Raises:
        ValueError: as :func:`recall_at`.
    """
    return (_ranks(rankings, targets, k) < k).astype(np.float64)


def hit_ndcg_at(rankings: np.ndarray, targets: Sequence[int] | np.ndarray, k: int) -> np.ndarray:
    """(users,) float64: leave-one-out NDCG.

    Raises:
        ValueError: as :func:`recall_at`.
    """
    ranks = _ranks(rankings, targets, k)
    return np.where(ranks < k, 1 / np.log2(ranks + 2), 0.0)


def _ranks(rankings: np.ndarray, targets: Sequence[int] | np.ndarray, k: int) -> np.ndarray:
    """(users,) place of the target from 0, k where it is not among the first k."""
    wanted = np.asarray(targets, dtype=np.int64)
    top = _as_array(rankings, len(wanted), k)
    found = top == wanted[:, None]
    return np.where(found.any(axis=1), found.argmax(axis=1), k)


def _as_array(rankings: np.ndarray, rows: int, k: int) -> np.ndarray:
    if k < 1 or rankings.ndim != 2 or rankings.shape[0] != rows or rankings.shape[1] < k:
        raise ValueError(f"rankings of shape {rankings.shape} for {rows} queries and the first {k}")
    top = np.sort(rankings[:, :k], axis=1)
    if ((top[:, 1:] == top[:, :-1]) & (top[:, 1:] != NOTHING)).any():
        raise ValueError("a ranking names an item twice")
    return rankings[:, :k]


def _checked(rankings: np.ndarray, rows: int, k: int) -> list[list[int]]:
    return [[int(item) for item in row] for row in _as_array(rankings, rows, k)]


def _refuse_empty(relevant: Sequence[Collection[int]]) -> None:
    if not all(relevant):
        raise ValueError("a query has nothing relevant: leave it out")
