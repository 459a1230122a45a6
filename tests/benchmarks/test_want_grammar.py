"""The benchmark of want spans measures what it says, at a size that takes a moment."""

from __future__ import annotations

import pytest

from benchmarks.want_grammar import SCHEME, Row, best, brands, measure
from neo_assistant.grammar import facet_values
from tests.neo_assistant.strategies import tiny_tokenizer


@pytest.mark.parametrize("compiled", [False, True])
def test_both_forms_are_measured(compiled: bool) -> None:
    most = facet_values.MOST_COMPILED
    row = measure(tiny_tokenizer(SCHEME), brands(40), compiled)
    assert min(row.make_s, row.again_s, row.form_ms, row.step_us) > 0
    assert row.step_us <= row.worst_us
    assert most == facet_values.MOST_COMPILED


def test_brands_are_distinct_sorted_and_always_the_same() -> None:
    assert brands(500) == brands(500) == sorted(set(brands(500)))
    assert len(brands(500)) == 500


def test_the_best_of_several_runs() -> None:
    assert best([Row(1, 5, 3, 4, 9), Row(2, 4, 3, 5, 8)]) == Row(1, 4, 3, 4, 8)
