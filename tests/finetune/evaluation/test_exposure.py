"""Exposure and the Gini coefficient, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.evaluation.exposure import exposure, gini


def test_known_values() -> None:
    assert gini(np.array([1, 1, 1, 1])) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(0.75)
    assert gini(np.array([1, 3])) == pytest.approx(0.25)
    found = exposure(["a", "a", "a", "b"], items=4)
    assert found == {"named": 4, "distinct": 2, "coverage": 0.5, "most": 0.75, "gini": 0.625, "gini_least": 0.0}
    assert exposure([], items=4) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30).filter(any))
def test_it_is_the_mean_difference_over_twice_the_mean(counts: list[int]) -> None:
    values = np.array(counts, dtype=np.float64)
    expected = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert gini(np.array(counts)) == pytest.approx(expected, abs=1e-9)
