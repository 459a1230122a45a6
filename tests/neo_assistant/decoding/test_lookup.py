"""Finding products, against a dictionary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.lookup import ProductLookup
from neo_assistant.errors import DecodingIndexError

DENSE = st.integers(0, 10**9).flatmap(lambda base: st.integers(0, 40).map(lambda n: list(range(base, base + n))))
WITH_GAPS = st.lists(st.integers(0, 60), max_size=40, unique=True)
FAR_APART = st.lists(st.integers(0, 2**32 - 1), max_size=40, unique=True)
WIDE = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40, unique=True)


def compact(ids: list[int]) -> np.ndarray:
    """As an index keeps them."""
    fits = all(0 <= n < 2**32 for n in ids)
    return np.array(ids, dtype=np.uint32 if fits else np.int64)


@given(st.one_of(DENSE, WITH_GAPS, FAR_APART, WIDE).flatmap(st.permutations), st.data())
def test_products_are_found_where_they_stand(ids: list[int], data: st.DataObject) -> None:
    product_ids = compact(ids)
    lookup = ProductLookup.of(product_ids)
    strangers = st.one_of(st.integers(-5, 100), st.integers(-(2**63), 2**63 - 1))
    wanted = data.draw(st.lists(st.one_of(strangers, st.sampled_from(ids or [1])), max_size=200))
    places = {product: place for place, product in enumerate(ids)}
    found = lookup.find(product_ids, np.array(wanted, dtype=np.int64))
    assert found.dtype == np.int64
    assert found.tolist() == [places.get(product, -1) for product in wanted]


def test_a_few_of_many_are_found_without_laying_out_all_of_them() -> None:
    random = np.random.default_rng(1)
    product_ids = random.permutation(np.cumsum(random.integers(1, 9, 5000))).astype(np.uint32)
    lookup = ProductLookup.of(product_ids)
    assert not lookup.is_table
    wanted = np.array([*product_ids[[0, 17, 4999]].tolist(), 0, int(product_ids.max()) + 1, 2**40, -1])
    assert lookup.find(product_ids, wanted).tolist() == [0, 17, 4999, -1, -1, -1, -1]


@given(st.one_of(DENSE, WITH_GAPS, FAR_APART))
def test_a_look_up_takes_four_and_a_half_bytes_an_item(ids: list[int]) -> None:
    assert ProductLookup.of(compact(ids)).places.nbytes <= 4.5 * len(ids)


@pytest.mark.parametrize("ids", [[3, 4, 3], [5, 10**6, 7, 5], [0, 0], [-1, 2**40, -1]])
def test_a_product_that_stands_twice_is_refused(ids: list[int]) -> None:
    with pytest.raises(DecodingIndexError, match="twice"):
        ProductLookup.of(compact(ids))
