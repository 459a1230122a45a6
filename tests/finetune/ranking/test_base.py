"""The best items of a row of scores: order, ties, and items that are not ranked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.ranking.base import top_items


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, -np.inf]), min_size=1, max_size=12), st.integers(1, 14))
def test_it_is_a_stable_sort_without_the_items_left_out(scores: list[float], k: int) -> None:
    ranked = [item for item in sorted(range(len(scores)), key=lambda item: -scores[item]) if scores[item] > -np.inf]
    expected = [*ranked, *[-1] * k][:k]
    np.testing.assert_array_equal(top_items(np.array([scores]), k), [expected])


def test_a_score_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        top_items(np.array([[0.0, np.nan]]), 1)
