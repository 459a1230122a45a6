from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.concentration import gini, top_share

COUNTS = st.lists(st.integers(1, 1000), min_size=1, max_size=40)


def _array(*counts: int) -> np.ndarray:
    return np.array(counts, dtype=np.int64)


@given(counts=COUNTS, never=st.integers(0, 20))
def test_gini_is_half_the_relative_mean_difference(counts: list[int], never: int) -> None:
    values = np.array([*counts, *[0] * never], dtype=np.float64)
    expected = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert gini(_array(*counts), len(values)) == pytest.approx(expected, abs=1e-9)


def test_gini_at_its_ends() -> None:
    assert gini(_array(7, 7, 7), 3) == pytest.approx(0)
    assert gini(_array(7), 100) == pytest.approx(0.99)
    assert gini(_array(), 100) is None


def test_share_of_the_most_shown() -> None:
    counts = _array(1, 50, 1, 1, 7)
    assert top_share(counts, 100, 0.01) == 50 / 60
    assert top_share(counts, 20, 0.1) == 57 / 60
    assert top_share(counts, 5, 0.01) == 50 / 60
    assert top_share(counts, 1000, 0.1) == 1
    assert top_share(_array(), 100, 0.1) is None


def test_a_tenth_of_thirty_is_three() -> None:
    assert top_share(_array(*[1] * 30), 30, 0.1) == pytest.approx(0.1)
