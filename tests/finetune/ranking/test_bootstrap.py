"""Intervals: where they are, how often they cover, and what pairing is for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from finetune.ranking.bootstrap import interval, paired


def test_the_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(1).random(400)
    ours = interval(values, seed=2)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=3).confidence_interval
    assert ours.mean == pytest.approx(values.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)
    assert ours == interval(values, seed=2)


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    intervals = [interval(rng.random(100) < 0.3, resamples=400, seed=trial) for trial in range(150)]
    assert 0.88 <= np.mean([found.low <= 0.3 <= found.high for found in intervals]) <= 0.99


def test_pairing_finds_a_difference_that_the_intervals_alone_hide() -> None:
    rng = np.random.default_rng(5)
    hardness = rng.random(300)
    first, second = hardness + 0.02 + 0.01 * rng.standard_normal(300), hardness
    assert interval(first).low < interval(second).high
    difference = paired(first, second)
    assert difference.above_zero
    assert difference.mean == pytest.approx(0.02, abs=0.003)
    assert not paired(second, first).above_zero


@pytest.mark.parametrize("values", [np.array([]), np.array([0.1, np.nan]), np.zeros((2, 2))])
def test_values_that_are_none_are_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one finite value per query"):
        interval(values)


def test_values_of_different_queries_are_not_compared() -> None:
    with pytest.raises(ValueError, match="not the same queries"):
        paired(np.zeros(3), np.zeros(4))
