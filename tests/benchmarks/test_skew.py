"""The synthetic catalog: the same every time, skewed, and one that an index can be made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.skew import Catalog, half, make_catalog
from neo_assistant.decoding.index import DecodingIndex


def test_a_catalog_is_sorted_and_skewed_and_the_same_every_time(tmp_path: Path) -> None:
    catalog = make_catalog(20_000)
    rows = np.column_stack([catalog.type_numbers, catalog.codes]).astype(np.int64)
    assert np.array_equal(rows, np.unique(rows, axis=0))
    again = make_catalog(20_000)
    again.save(tmp_path)
    loaded = Catalog.load(tmp_path)
    assert np.array_equal(loaded.codes, catalog.codes)
    assert np.array_equal(loaded.type_numbers, catalog.type_numbers)
    assert np.array_equal(loaded.product_ids, catalog.product_ids)
    assert loaded.scheme == catalog.scheme
    by_type = np.bincount(catalog.type_numbers, minlength=24)
    assert 0.2 < by_type.max() / len(catalog) < 0.26
    assert by_type.min() > 0
    in_first_code = np.unique(rows[:, :2], axis=0, return_counts=True)[1]
    assert in_first_code.max() > 20 * np.median(in_first_code)


def test_clusters_hold_no_more_than_the_last_level_has_codes() -> None:
    catalog = make_catalog(1_500, types=2, sizes=(16, 32, 8))
    clusters = np.unique(np.column_stack([catalog.type_numbers, catalog.codes[:, :2]]), axis=0, return_counts=True)[1]
    assert clusters.max() == 8
    DecodingIndex.build(catalog.scheme, "test", catalog.type_numbers, catalog.codes, catalog.product_ids)
    with pytest.raises(ValueError, match="no room"):
        make_catalog(1_000, types=2, sizes=(4, 4, 4))


def test_half_of_the_items_meet_the_condition() -> None:
    catalog = make_catalog(5_000)
    eligible = half(catalog)
    assert 0.45 < eligible.mean() < 0.55
    left = catalog.only(eligible)
    assert len(left) == eligible.sum()
    assert left.product_ids.tolist() == catalog.product_ids[eligible].tolist()
