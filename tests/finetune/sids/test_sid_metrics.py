"""Figures against cases that can be computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from finetune.sids.metrics import code_usage, kind_figures, mean_pair_cosine, measure_sids
from neo_assistant.sids import SidScheme

EAST, NORTH = [1.0, 0.0], [0.0, 1.0]


def test_a_small_catalog_by_hand() -> None:
    """Two bags share their semantic code, the third has its own; one shoe."""
    metrics = measure_sids(
        SidScheme(("bags", "shoes"), (4, 2), True),
        np.array([EAST, EAST, NORTH, NORTH], dtype=np.float32),
        ["bags", "bags", "bags", "shoes"],
        np.array([[0, 0], [0, 1], [1, 0], [0, 0]], dtype=np.uint16),
        ["tote", "tote", "wallet", "boot"],
    )
    assert (metrics.items, metrics.tokens, metrics.max_multiplicity) == (4, 2 + 2 * 4 + 2, 2)
    assert metrics.unique_share == 0.5
    assert metrics.collision_rate == 0.25
    assert metrics.ambiguity_bits == 0.5
    assert metrics.reference_coherence == pytest.approx(1 / 3)
    first, last = metrics.levels
    assert first.coherence == pytest.approx(1)
    entropy = -(2 / 3 * math.log2(2 / 3) + 1 / 3 * math.log2(1 / 3))
    assert first.entropy_bits == pytest.approx(3 / 4 * entropy)
    assert first.perplexity_share == pytest.approx((3 / 4 * 2**entropy + 1 / 4) / 4)
    assert first.coverage == 3 / 8
    assert first.kind_agreement == pytest.approx(1)
    assert first.kind_purity == 1
    assert (last.coherence, last.kind_agreement, last.coverage) == (None, None, 1)
    assert last.entropy_bits == pytest.approx(-(3 / 4 * math.log2(3 / 4) + 1 / 4 * math.log2(1 / 4)))


def test_mean_pair_cosine_equals_the_mean_over_all_pairs() -> None:
    random = np.random.default_rng(0)
    vectors = random.standard_normal((12, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = random.integers(0, 3, 12)
    pairs = [(i, j) for i in range(12) for j in range(i) if groups[i] == groups[j]]
    expected = np.mean([vectors[i] @ vectors[j] for i, j in pairs])
    assert mean_pair_cosine(vectors, groups) == pytest.approx(float(expected), abs=1e-5)


def test_code_usage_of_even_and_of_single_codes() -> None:
    books = np.zeros(8, dtype=np.int64)
    assert code_usage(books, np.arange(8)) == pytest.approx((3.0, 8.0, 8))
    assert code_usage(books, np.zeros(8, dtype=np.int64)) == (0.0, 1.0, 1)


def test_kind_figures_tell_agreement_from_chance() -> None:
    numbers = np.zeros(400, dtype=np.int64)
    kinds = [f"kind {number % 4}" for number in range(400)]
    assert kind_figures(numbers, np.arange(400) % 4, kinds) == pytest.approx((1.0, 1.0))
    agreement, purity = kind_figures(numbers, np.random.default_rng(0).integers(0, 50, 400), kinds)
    assert agreement is not None
    assert abs(agreement) < 0.05, "many random groups must not look like agreement"
    assert purity is not None
    assert purity < 0.6
    assert kind_figures(numbers, np.arange(400), [None] * 400) == (None, None)
    halves = [kind if number < 200 else None for number, kind in enumerate(kinds)]
    assert kind_figures(numbers, np.arange(400) % 4, halves) == pytest.approx((1.0, 1.0))
