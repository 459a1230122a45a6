"""Settings of the searchers, chosen by NDCG@10 on training queries; no test query is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from finetune.ranking.base import top_items
from finetune.ranking.bm25 import Bm25
from finetune.ranking.data import Benchmark, Query
from finetune.ranking.dense import Dense
from finetune.ranking.fusion import DEPTH, fuse_rankings, fuse_scores
from finetune.ranking.metrics import ndcg_at
from finetune.ranking.scored import SCORED_ROWS

K1 = (0.1, 0.2, 0.3, 0.6, 1.2)
B = (0.4, 0.6, 0.8, 1.0)
PAPERS_CONSTANT = 60.0
CONSTANTS = (1.0, 5.0, 10.0, 20.0, PAPERS_CONSTANT)
WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LUCENE = (1.2, 0.75)
TUNING_QUERIES = 1000
"""Training queries with a relevant item, drawn once by seed 0."""

Setting = TypeVar("Setting")
Tried = dict[str, float]
"""A setting in words → NDCG@10 on the training queries."""


def tuning_queries(benchmark: Benchmark) -> list[Query]:
    """The training queries that choose the settings."""
    queries = benchmark.answerable("train")
    if len(queries) <= TUNING_QUERIES:
        return queries
    chosen = np.random.default_rng(0).choice(len(queries), TUNING_QUERIES, replace=False)
    return [queries[number] for number in np.sort(chosen)]


def tune_bm25(texts: Sequence[str], queries: Sequence[Query]) -> tuple[Bm25, dict[str, float], Tried]:
    """BM25 with the best k1 and b, these two, and all that were tried; without queries Lucene's own 1.2 and 0.75."""
    if not queries:
        return Bm25(texts, *LUCENE), dict(zip(("k1", "b"), LUCENE, strict=True)), {}
    plain, words = Bm25(texts, K1[0], B[0]), [query.text for query in queries]
    tried: dict[tuple[float, float], float] = {}
    for k1 in K1:
        for b in B:
            tried[k1, b] = _value(plain.tuned(k1, b).search(words, 10), queries)
    best = _best(tried)
    return (
        plain.tuned(*best),
        dict(zip(("k1", "b"), best, strict=True)),
        {f"k1 {k1:g}, b {b:g}": value for (k1, b), value in tried.items()},
    )


def tune_fusion(bm25: Bm25, dense: Dense, queries: Sequence[Query]) -> tuple[tuple[float, Tried], tuple[float, Tried]]:
    """The constant of the fusion by ranks and the dense weight of that by scores, each with all that were tried.

    Without queries these are the paper's constant, and one half.
    """
    if not queries:
        return (PAPERS_CONSTANT, {}), (0.5, {})
    dense.prepare([query.text for query in queries])
    by_rank: dict[float, list[np.ndarray]] = {constant: [] for constant in CONSTANTS}
    by_score: dict[float, list[np.ndarray]] = {weight: [] for weight in WEIGHTS}
    for start in range(0, len(queries), SCORED_ROWS):
        words = [query.text for query in queries[start : start + SCORED_ROWS]]
        scores = [bm25.scores(words), dense.scores(words)]
        rankings = [top_items(of_one, DEPTH) for of_one in scores]
        for constant in CONSTANTS:
            by_rank[constant].append(fuse_rankings(rankings, scores[0].shape[1], constant, 10))
        for weight in WEIGHTS:
            by_score[weight].append(top_items(fuse_scores(scores[0], scores[1], weight), 10))
    rank_values = {constant: _value(np.concatenate(parts), queries) for constant, parts in by_rank.items()}
    score_values = {weight: _value(np.concatenate(parts), queries) for weight, parts in by_score.items()}
    return (
        (_best(rank_values), {f"constant {constant:g}": value for constant, value in rank_values.items()}),
        (_best(score_values), {f"dense weight {weight:g}": value for weight, value in score_values.items()}),
    )


def _value(rankings: np.ndarray, queries: Sequence[Query]) -> float:
    return float(ndcg_at(rankings, [query.judgments for query in queries], 10).mean())


def _best(tried: Mapping[Setting, float]) -> Setting:
    """The first of the settings that are highest."""
    return max(tried, key=tried.__getitem__)
