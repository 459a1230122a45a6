"""BM25, dense and the two fused."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from finetune.ranking.bm25 import Bm25
from finetune.ranking.data import Benchmark
from finetune.ranking.dense import Dense
from finetune.ranking.fusion import ReciprocalRankFusion, WeightedSum, fuse_rankings, fuse_scores
from finetune.ranking.tuning import tune_bm25, tune_fusion, tuning_queries
from tests.finetune.conftest import WordEncoder

TEXTS = ["Blue ceramic mug", "Mugs, mugs and mugs", "", "Oak table 3/4 in.", "Tables"]


def test_bm25_is_lucenes_formula() -> None:
    k1, b = 1.2, 0.75
    lengths = [3, 4, 0, 5, 1]
    times = [1, 3, 0, 0, 0]
    idf = math.log(1 + (5 - 2 + 0.5) / (2 + 0.5))
    scores = Bm25(TEXTS, k1, b).scores(["mug"])[0]
    for number, (length, count) in enumerate(zip(lengths, times, strict=True)):
        norm = k1 * (1 - b + b * length / np.mean(lengths))
        expected = idf * count / (count + norm) if count else -np.inf
        assert scores[number] == pytest.approx(expected, rel=1e-5)


def test_words_are_stemmed_and_digits_count() -> None:
    searcher = Bm25(TEXTS, 1.2, 0.75)
    ranking = searcher.search(["TABLE", "3 in", "sofa", "", "mug mug blue"], 3)
    assert ranking.tolist() == [[4, 3, -1], [3, -1, -1], [-1, -1, -1], [-1, -1, -1], [0, 1, -1]]


def test_search_and_scores_agree() -> None:
    searcher = Bm25(TEXTS, 0.6, 0.3)
    queries = ["oak mug", "blue tables", "nothing"]
    for scores, ranking in zip(searcher.scores(queries), searcher.search(queries, 5), strict=True):
        found = ranking[ranking >= 0]
        assert set(found) == set(np.flatnonzero(scores > -np.inf))
        assert (np.diff(scores[found]) <= 0).all()


def test_other_parameters_are_a_new_searcher() -> None:
    first = Bm25(TEXTS, 1.2, 0.75)
    before = first.scores(["mug"])
    np.testing.assert_allclose(first.tuned(0.4, 0.1).scores(["mug"]), Bm25(TEXTS, 0.4, 0.1).scores(["mug"]))
    np.testing.assert_array_equal(first.scores(["mug"]), before)


def test_dense_ranks_by_cosine_and_encodes_nothing_twice(encoder: WordEncoder, tmp_path: Path) -> None:
    texts = ["blue mug", "red mug", "oak table"]
    dense = Dense(texts, encoder, tmp_path)
    assert dense.search(["oak table", "blue blue mug"], 2)[:, 0].tolist() == [2, 0]
    encoder.asked.clear()
    scores = dense.scores(["oak table"])
    assert encoder.asked == []
    assert scores[0, 2] == pytest.approx(1, abs=1e-5)


def test_ranks_are_fused_by_their_reciprocals() -> None:
    first, second = np.array([[3, 1, -1]]), np.array([[1, 2, 0]])
    # 1: 1/62 + 1/61; 3: 1/61; 2: 1/62; 0: 1/63; 4 is in neither
    assert fuse_rankings([first, second], 5, 60, 5).tolist() == [[1, 3, 2, 0, -1]]


def test_scores_are_scaled_within_the_query_before_they_are_added() -> None:
    first, second = np.array([[2.0, 4.0, -np.inf]]), np.array([[0.5, 0.1, 0.3]])
    np.testing.assert_allclose(fuse_scores(first, second, 0.25), [[0.625, 0.75, 0.125]], rtol=1e-6)
    nothing = np.full((1, 3), -np.inf)
    np.testing.assert_allclose(fuse_scores(nothing, second, 0.5), [[0.5, 0.0, 0.25]], rtol=1e-6)


def test_fused_searchers_rank_as_their_parts_say(small: Benchmark, encoder: WordEncoder) -> None:
    texts = [item.text for item in small.items]
    bm25, dense = Bm25(texts, 1.2, 0.75), Dense(texts, encoder, None)
    queries = ["red mug", "table lamp"]
    np.testing.assert_array_equal(WeightedSum(bm25, dense, 1.0).search(queries, 6), dense.search(queries, 6))
    assert WeightedSum(bm25, dense, 0.5).search(queries, 1).tolist() == [[1], [5]]
    assert ReciprocalRankFusion([bm25, dense], 60).search(queries, 1).tolist() == [[1], [5]]


def test_settings_are_chosen_on_training_queries(small: Benchmark, encoder: WordEncoder) -> None:
    queries = tuning_queries(small)
    assert {query.split for query in queries} == {"train"}
    texts = [item.text for item in small.items]
    bm25, settings, tried = tune_bm25(texts, queries)
    assert tried[f"k1 {settings['k1']:g}, b {settings['b']:g}"] == max(tried.values())
    (constant, by_rank), (weight, by_score) = tune_fusion(bm25, Dense(texts, encoder, None), queries)
    assert by_rank[f"constant {constant:g}"] == max(by_rank.values())
    assert by_score[f"dense weight {weight:g}"] == max(by_score.values())


def test_without_training_queries_the_usual_settings_stand(encoder: WordEncoder) -> None:
    bm25, settings, tried = tune_bm25(TEXTS[:2], [])
    assert (settings, tried) == ({"k1": 1.2, "b": 0.75}, {})
    assert tune_fusion(bm25, Dense(TEXTS[:2], encoder, None), []) == ((60.0, {}), (0.5, {}))
