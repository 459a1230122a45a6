"""The harness: a ranker on a benchmark, one value per user or query and metric. Every ranker goes through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finetune.errors import BenchmarkError
from finetune.ranking.base import Recommender, Searcher
from finetune.ranking.data import Benchmark, Holdout, Query, Split
from finetune.ranking.metrics import hit_at, hit_ndcg_at, ndcg_at, recall_at

RECOMMENDATION_METRICS = ("recall@5", "ndcg@5", "recall@10", "ndcg@10")
SEARCH_METRICS = ("ndcg@10", "recall@10", "recall@100")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a ranker came to on one task."""

    ranker: str
    values: Mapping[str, np.ndarray]
    """Metric → (users or answerable queries,) values in the order of the file."""
    rankings: np.ndarray
    """(users or queries, k) item numbers."""


def measure_recommender(benchmark: Benchmark, recommender: Recommender, holdout: Holdout = "test") -> Measured:
    """Leave-one-out over all users; all items are ranked, those of the history too.

    Raises:
        BenchmarkError: if the benchmark has no users.
    """
    if not benchmark.users:
        raise BenchmarkError(f"the benchmark {benchmark.name} has no users")
    rankings = recommender.recommend([user.history(holdout) for user in benchmark.users], 10)
    targets = [user.target(holdout) for user in benchmark.users]
    return Measured(recommender.name, recommendation_values(rankings, targets), rankings)


def recommendation_values(rankings: np.ndarray, targets: Sequence[int]) -> dict[str, np.ndarray]:
    """Metric → (users,) values of (users, at least 10) rankings."""
    return {
        "recall@5": hit_at(rankings, targets, 5),
        "ndcg@5": hit_ndcg_at(rankings, targets, 5),
        "recall@10": hit_at(rankings, targets, 10),
        "ndcg@10": hit_ndcg_at(rankings, targets, 10),
    }


def measure_searcher(benchmark: Benchmark, searcher: Searcher, split: Split = "test") -> Measured:
    """The split's queries that have a relevant item, over the whole catalog.

    Raises:
        BenchmarkError: if there is no such query.
    """
    queries = benchmark.answerable(split)
    if not queries:
        raise BenchmarkError(f"the benchmark {benchmark.name} has no {split} query with a relevant item")
    rankings = searcher.search([query.text for query in queries], 100)
    return Measured(searcher.name, search_values(rankings, queries, benchmark.relevant_from), rankings)


def search_values(rankings: np.ndarray, queries: Sequence[Query], relevant_from: float) -> dict[str, np.ndarray]:
    """Metric → (queries,) values of (queries, at least 100) rankings."""
    relevant = [query.relevant(relevant_from) for query in queries]
    return {
        "ndcg@10": ndcg_at(rankings, [query.judgments for query in queries], 10),
        "recall@10": recall_at(rankings, relevant, 10),
        "recall@100": recall_at(rankings, relevant, 100),
    }
