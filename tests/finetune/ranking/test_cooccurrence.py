"""Co-occurrence against the formula, worked out item by item."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.ranking.cooccurrence import Cooccurrence, CooccurrenceConfig, pairs_of, tune_cooccurrence
from finetune.ranking.data import Benchmark

ITEMS = 6
SEQUENCES = st.lists(st.lists(st.integers(0, ITEMS - 1), max_size=5), min_size=1, max_size=6)


def by_hand(sequences: list[list[int]], history: list[int], config: CooccurrenceConfig) -> np.ndarray:
    """The module's formula, one pair at a time."""
    counts = np.bincount([item for sequence in sequences for item in sequence], minlength=ITEMS)
    damped = np.maximum(counts + config.shrinkage, 1)
    scores = np.zeros(ITEMS)
    for age, item in enumerate(reversed(history)):
        for sequence in sequences:
            for here, first in enumerate(sequence):
                for there, second in enumerate(sequence):
                    if first != item or second == item:
                        continue
                    weight = abs(here - there) ** -config.nearness * (1 if there > here else config.backward)
                    scores[second] += (
                        config.recency**age * weight / (damped[item] ** 0.5 * damped[second] ** config.damping)
                    )
    return scores


@given(
    SEQUENCES,
    st.lists(st.integers(0, ITEMS - 1), min_size=1, max_size=4, unique=True),
    st.sampled_from([0.0, 0.4, 1.0]),
    st.sampled_from([0.0, 2.0]),
)
def test_scores_are_those_of_the_formula(
    sequences: list[list[int]], history: list[int], backward: float, shrinkage: float
) -> None:
    config = CooccurrenceConfig(backward=backward, shrinkage=shrinkage, nearness=0.5, damping=0.25, recency=0.7)
    counts = np.bincount([item for sequence in sequences for item in sequence], minlength=ITEMS)
    ranker = Cooccurrence(counts, pairs_of(sequences), config)
    expected = by_hand(sequences, history, config)
    ranking = ranker.recommend([history], ITEMS)[0]
    assert sorted(ranking) == list(range(ITEMS))
    scored = int((expected > 0).sum())
    np.testing.assert_allclose(expected[ranking[:scored]], np.sort(expected)[::-1][:scored])
    rest = ranking[scored:]
    assert list(rest) == sorted(rest, key=lambda item: (-counts[item], item))


def test_a_person_without_a_history_gets_what_is_popular(small: Benchmark) -> None:
    ranker, tried = tune_cooccurrence(small)
    assert ranker.recommend([(), (0,)], 3)[0].tolist() == [0, 1, 3]
    best = max(tried, key=lambda line: line["ndcg@10"])
    assert next(line for line in tried if line["recency"] == ranker.config.recency)
    assert best["ndcg@10"] == pytest.approx(
        max(line["ndcg@10"] for line in tried if all(line[k] == getattr(ranker.config, k) for k in ("backward",)))
    )


def test_tuning_never_sees_the_test_items(small: Benchmark) -> None:
    other_tests = replace(small, users=tuple(replace(u, items=(*u.items[:-1], 5)) for u in small.users))
    assert tune_cooccurrence(other_tests)[1] == tune_cooccurrence(small)[1]
