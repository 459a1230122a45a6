"""Item-item co-occurrence: what people took who also took what stands in the history.

    score(j) = Σ recency^age(i) · c(i, j) / ((n(i) + shrinkage)^½ · (n(j) + shrinkage)^damping)   over i in the history

``c(i, j)`` counts, over the train parts of all sequences, how often ``i`` and ``j`` stand in one, each time weighted by
``1 / distance^nearness``, and by ``backward`` where ``j`` stands before ``i``. ``n`` counts an item's occurrences.
``damping`` ½ is the cosine and 0 the conditional probability but for what is the same for all ``j`` (Sarwar et al., WWW
2001; Deshpande and Karypis, TOIS 2004); shrinkage damps what few took (Bell and Koren, KDD 2007). Where the history
co-occurs with too little, what is popular follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from finetune.ranking.base import NOTHING, top_items, top_sparse
from finetune.ranking.data import Benchmark
from finetune.ranking.measure import recommendation_values
from finetune.ranking.popularity import train_counts

SCORED_ROWS = 512


@dataclass(frozen=True, slots=True)
class CooccurrenceConfig:
    """The exponents and weights of the module's formula."""

    nearness: float = 1.0
    backward: float = 1.0
    damping: float = 0.5
    shrinkage: float = 1.0
    recency: float = 0.8


GRID: dict[str, tuple[float, ...]] = {
    "nearness": (0.0, 0.5, 1.0, 2.0),
    "backward": (0.0, 0.25, 0.5, 0.75, 1.0),
    "damping": (0.0, 0.25, 0.5, 0.75),
    "shrinkage": (0.0, 1.0, 3.0, 10.0, 30.0),
    "recency": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),
}
ROUNDS = 2
"""How often each setting is chosen anew with the others held: coordinate descent on validation NDCG@10."""
TUNING_USERS = 3000
"""Users, drawn once by seed 0, whose validation items choose the settings."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every two items of one sequence: (pairs,) the earlier, the later, and how far apart they stand."""

    early: np.ndarray
    late: np.ndarray
    distance: np.ndarray


class Cooccurrence:
    """A :class:`~finetune.ranking.base.Recommender`.

    Args:
        counts: (items,) how often each stands in a sequence.
        pairs: of the same sequences.
        config: of the formula.
    """

    name = "co-occurrence"

    def __init__(self, counts: np.ndarray, pairs: Pairs, config: CooccurrenceConfig) -> None:
        self.config = config
        self.counts = counts
        self.similar = _similarities(counts, pairs, config)

    def recommend(self, histories: Sequence[Sequence[int]], k: int) -> np.ndarray:
        """(users, k), as the protocol says."""
        popular = top_items(self.counts[None].astype(np.float64), 2 * k)[0]
        popular = popular[popular != NOTHING]
        ranking = np.full((len(histories), k), NOTHING, dtype=np.int64)
        for start in range(0, len(histories), SCORED_ROWS):
            scores = sparse.csr_array(self._weights(histories[start : start + SCORED_ROWS]) @ self.similar)
            for row in range(scores.shape[0]):
                here = slice(scores.indptr[row], scores.indptr[row + 1])
                best = top_sparse(scores.indices[here], scores.data[here], k)
                if len(best) < k:
                    best = np.concatenate([best, popular[~np.isin(popular, best)]])[:k]
                ranking[start + row, : len(best)] = best
        return ranking

    def _weights(self, histories: Sequence[Sequence[int]]) -> sparse.csr_array:
        """(users, items): how much each item of a history counts."""
        lengths = np.array([len(history) for history in histories])
        rows = np.repeat(np.arange(len(histories)), lengths)
        items = np.concatenate([np.asarray(history, dtype=np.int64) for history in histories])
        ages = np.concatenate([np.arange(length - 1, -1, -1) for length in lengths])
        weights = self.config.recency ** ages.astype(np.float64)
        return sparse.csr_array((weights, (rows, items)), shape=(len(histories), len(self.counts)))


def _similarities(counts: np.ndarray, pairs: Pairs, config: CooccurrenceConfig) -> sparse.csr_array:
    """(items, items) of the formula's fraction: row i, column j."""
    damped = np.maximum(counts + config.shrinkage, 1)
    weight = pairs.distance**-config.nearness
    rows, columns, weights = pairs.early, pairs.late, weight
    if config.backward > 0:
        rows, columns = np.concatenate([rows, pairs.late]), np.concatenate([columns, pairs.early])
        weights = np.concatenate([weight, config.backward * weight])
    weights = weights * damped[rows] ** -0.5 * damped[columns] ** -config.damping
    return sparse.csr_array((weights, (rows, columns)), shape=(len(counts), len(counts)))


def pairs_of(sequences: Sequence[Sequence[int]], window: int | None = None) -> Pairs:
    """Every two items of each sequence, at most ``window`` apart if one is given, but an item with itself."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    items = np.concatenate([np.empty(0, np.int64), *(np.asarray(sequence, dtype=np.int64) for sequence in sequences)])
    owners = np.repeat(np.arange(len(lengths)), lengths)
    early, late, distance = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    furthest = int(lengths.max(initial=1)) - 1
    for apart in range(1, 1 + (furthest if window is None else min(window, furthest))):
        kept = (owners[:-apart] == owners[apart:]) & (items[:-apart] != items[apart:])
        early.append(items[:-apart][kept])
        late.append(items[apart:][kept])
        distance.append(np.full(int(kept.sum()), float(apart)))
    return Pairs(np.concatenate(early), np.concatenate(late), np.concatenate(distance))


def tune_cooccurrence(benchmark: Benchmark) -> tuple[Cooccurrence, list[dict[str, Any]]]:
    """The ranker with the best settings found, and every setting tried with its validation NDCG@10."""
    users = benchmark.users
    if len(users) > TUNING_USERS:
        chosen = np.random.default_rng(0).choice(len(users), TUNING_USERS, replace=False)
        users = tuple(users[number] for number in np.sort(chosen))
    histories = [user.history("validation") for user in users]
    targets = [user.target("validation") for user in users]
    counts, pairs = train_counts(benchmark), pairs_of([user.train for user in benchmark.users])
    tried: dict[CooccurrenceConfig, float] = {}

    def value(config: CooccurrenceConfig) -> float:
        if config not in tried:
            rankings = Cooccurrence(counts, pairs, config).recommend(histories, 10)
            tried[config] = float(recommendation_values(rankings, targets)["ndcg@10"].mean())
        return tried[config]

    best = CooccurrenceConfig()
    for _ in range(ROUNDS):
        for name, choices in GRID.items():
            best = max((replace(best, **{name: choice}) for choice in choices), key=value)
    return Cooccurrence(counts, pairs, best), [{**asdict(config), "ndcg@10": found} for config, found in tried.items()]
