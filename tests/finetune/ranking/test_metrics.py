"""Recall and NDCG against values by hand and against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.ranking.metrics import hit_at, hit_ndcg_at, ndcg_at, recall_at

RANKINGS = np.array([[4, 2, 7, 1], [5, 3, -1, -1]])


def test_recall_by_hand() -> None:
    np.testing.assert_allclose(recall_at(RANKINGS, [{2, 1, 9, 8}, {5}], 3), [1 / 4, 1])
    np.testing.assert_allclose(recall_at(RANKINGS, [{2, 1, 9, 8}, {6}], 4), [2 / 4, 0])


def test_graded_ndcg_by_hand() -> None:
    values = ndcg_at(RANKINGS, [{2: 3.0, 1: 1.0, 9: 2.0}, {3: 2.5}], 3)
    ideal = 3 + 2 / math.log2(3) + 1 / 2
    np.testing.assert_allclose(values, [3 / math.log2(3) / ideal, 1 / math.log2(3)])


def test_leave_one_out_is_the_case_of_one_relevant_item() -> None:
    for k in (1, 2, 3, 4):
        for targets in ([4, 5], [7, 3], [1, 8]):
            single = [{target} for target in targets]
            np.testing.assert_allclose(hit_at(RANKINGS, targets, k), recall_at(RANKINGS, single, k))
            gains = [{target: 2.0} for target in targets]
            np.testing.assert_allclose(hit_ndcg_at(RANKINGS, targets, k), ndcg_at(RANKINGS, gains, k))


@given(st.permutations(range(12)), st.lists(st.sampled_from([0.0, 1.0, 2.33, 3.0]), min_size=12, max_size=12))
def test_ndcg_agrees_with_scikit_learn(order: list[int], relevance: list[float]) -> None:
    from sklearn.metrics import ndcg_score

    if not any(relevance):
        relevance[3] = 1.0
    scores = np.empty(12)
    scores[order] = np.arange(12, 0, -1)
    for k in (1, 5, 10, 12):
        ours = ndcg_at(np.array([order]), [dict(enumerate(relevance))], k)[0]
        assert ours == pytest.approx(ndcg_score([relevance], scores[None], k=k))


@pytest.mark.parametrize(
    ("rankings", "k"), [(np.array([[1, 1, 2]]), 2), (np.array([[1, 2]]), 3), (np.array([[1, 2]] * 2), 2)]
)
def test_rankings_that_are_none_are_refused(rankings: np.ndarray, k: int) -> None:
    with pytest.raises(ValueError, match="ranking"):
        recall_at(rankings, [{1}], k)
    with pytest.raises(ValueError, match="ranking"):
        hit_at(rankings, [1], k)


def test_queries_that_cannot_be_measured_are_refused() -> None:
    with pytest.raises(ValueError, match="nothing relevant"):
        recall_at(RANKINGS, [{1}, set()], 2)
    with pytest.raises(ValueError, match="nothing relevant"):
        ndcg_at(RANKINGS, [{1: 1.0}, {3: 0.0}], 2)
