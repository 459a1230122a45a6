"""Popularity, overall and by type, on counts that can be checked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.ranking.base import top_items
from finetune.ranking.data import Benchmark
from finetune.ranking.popularity import (
    Popularity,
    PopularityByType,
    train_counts,
    tune_popularity_by_type,
    type_numbers,
)


def test_only_the_train_parts_count(small: Benchmark) -> None:
    # ada: m1 m2; ben: m1; eva: t1 t2 m1
    np.testing.assert_array_equal(train_counts(small), [3, 1, 0, 1, 1, 0])


def test_everybody_gets_the_same(small: Benchmark) -> None:
    ranking = Popularity(train_counts(small)).recommend([(), (3, 4)], 7)
    np.testing.assert_array_equal(ranking, [[0, 1, 3, 4, 2, 5, -1]] * 2)


def test_types_are_numbered_in_alphabetical_order(small: Benchmark) -> None:
    np.testing.assert_array_equal(type_numbers(small), [1, 1, 1, 0, 0, 2])


def test_the_types_of_the_history_come_first(small: Benchmark) -> None:
    ranker = PopularityByType(train_counts(small), type_numbers(small), prior=0.1)
    assert ranker.recommend([(3,)], 2).tolist() == [[3, 4]]
    assert ranker.recommend([(2, 2, 3)], 1).tolist() == [[0]]


@pytest.mark.parametrize("prior", [0.0, 2.0])
def test_without_a_history_it_is_popularity(small: Benchmark, prior: float) -> None:
    counts = train_counts(small)
    by_type = PopularityByType(counts, type_numbers(small), prior).recommend([()], 4)
    np.testing.assert_array_equal(by_type, Popularity(counts).recommend([()], 4))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=8, max_size=25), st.integers(1, 5))
def test_looking_at_the_best_of_each_type_loses_nothing(rows: list[tuple[int, int]], k: int) -> None:
    types = np.unique([row[0] for row in rows], return_inverse=True)[1]
    counts = np.array([row[1] for row in rows])
    counts[0] = 1
    history, prior = (0, 3, 5, 5), 1.5
    of_type = np.bincount(types, weights=counts)
    shares = (np.bincount(types[list(history)], minlength=len(of_type)) + prior * of_type / of_type.sum()) / 5.5
    scores = shares[types] * (counts / np.maximum(of_type, 1)[types])
    ranking = PopularityByType(counts, types, prior).recommend([history], k)
    np.testing.assert_allclose(scores[ranking[0]], scores[top_items(scores[None], k)[0]])


def test_the_prior_is_chosen_on_validation(small: Benchmark) -> None:
    ranker, tried = tune_popularity_by_type(small)
    assert tried[f"prior {ranker.prior:g}"] == max(tried.values())
    other_tests = replace(small, users=tuple(replace(u, items=(*u.items[:-1], 5)) for u in small.users))
    assert tune_popularity_by_type(other_tests)[1] == tried
