"""What most people took: overall, and of the item types that the history is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finetune.ranking.base import NOTHING, top_items
from finetune.ranking.data import Benchmark
from finetune.ranking.measure import recommendation_values

PRIORS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
SCORED_ROWS = 512


def train_counts(benchmark: Benchmark) -> np.ndarray:
    """(items,) how often each item stands in the train parts of the users' sequences."""
    taken = [item for user in benchmark.users for item in user.train]
    return np.bincount(taken, minlength=len(benchmark.items))


@dataclass(frozen=True, slots=True)
class Popularity:
    """One ranking for everybody: items by how often they were taken."""

    counts: np.ndarray
    name: str = "popularity"

    def recommend(self, histories: Sequence[Sequence[int]], k: int) -> np.ndarray:
        """(users, k), as the protocol says."""
        return np.repeat(top_items(self.counts[None].astype(np.float64), k), len(histories), axis=0)


@dataclass(frozen=True, slots=True)
class PopularityByType:
    """``P(type | history) · P(item | type)``.

    The share of a type in the history is smoothed by ``prior`` items of the shop's own mixture of types, so that
    somebody without a history gets what is popular overall.
    """

    counts: np.ndarray
    types: np.ndarray
    """(items,) number of each item's type."""
    prior: float
    name: str = "popularity by type"

    def recommend(self, histories: Sequence[Sequence[int]], k: int) -> np.ndarray:
        """(users, k), as the protocol says."""
        of_type = np.bincount(self.types, weights=self.counts)
        mixture = of_type / of_type.sum()
        within = self.counts / np.maximum(of_type, 1)[self.types]
        # Nothing below the k best of a type can be among the k best of all.
        order = np.lexsort((-self.counts, self.types))
        starts = np.searchsorted(self.types[order], self.types[order])
        candidates = np.sort(order[np.arange(len(order)) - starts < k])
        blocks = [np.empty((0, k), dtype=np.int64)]
        for start in range(0, len(histories), SCORED_ROWS):
            block = histories[start : start + SCORED_ROWS]
            taken = np.stack([np.bincount(self.types[list(h)], minlength=len(of_type)) for h in block])
            # A prior of 0 would leave somebody without a history nothing at all.
            weight = np.where(taken.sum(axis=1, keepdims=True) > 0, self.prior, 1.0)
            shares = (taken + weight * mixture) / (taken.sum(axis=1, keepdims=True) + weight)
            best = top_items(shares[:, self.types[candidates]] * within[candidates], k)
            blocks.append(np.where(best >= 0, candidates[best], NOTHING))
        return np.concatenate(blocks)


def type_numbers(benchmark: Benchmark) -> np.ndarray:
    """(items,) number of each item's type, types in alphabetical order."""
    numbers = {name: number for number, name in enumerate(sorted({item.item_type for item in benchmark.items}))}
    return np.array([numbers[item.item_type] for item in benchmark.items])


def tune_popularity_by_type(benchmark: Benchmark) -> tuple[PopularityByType, dict[str, float]]:
    """The prior with the highest validation NDCG@10, and that figure of each that was tried."""
    counts, types = train_counts(benchmark), type_numbers(benchmark)
    histories = [user.history("validation") for user in benchmark.users]
    targets = [user.target("validation") for user in benchmark.users]
    tried = {}
    for prior in PRIORS:
        rankings = PopularityByType(counts, types, prior).recommend(histories, 10)
        tried[prior] = float(recommendation_values(rankings, targets)["ndcg@10"].mean())
    best = max(PRIORS, key=lambda prior: (tried[prior], -prior))
    return PopularityByType(counts, types, best), {f"prior {prior:g}": value for prior, value in tried.items()}
