from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from catalog_db import id_stream
from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.eligibility import eligible_product_ids
from catalog_db.id_stream import fetch_ids, iter_ids
from catalog_db.models import Product
from catalog_db.products import ids_by_sku


def test_blocks_are_sorted_and_complete(any_shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_stream, "IDS_PER_BLOCK", 2)
    with any_shop.reading() as session:
        known = sorted(ids_by_sku(session, ["B-1", "B-2", "S-1", "K-1", "K-2", "K-3"]).values())
        blocks = list(iter_ids(session, Product.id, select(Product.id)))
        assert [block.tolist() for block in blocks] == [[1], [2, 3], [4, 5], [6]]
        assert np.concatenate(blocks).tolist() == known
        joined = fetch_ids(session, Product.id, select(Product.id).where(Product.item_type == "kitchen"))
        assert joined.tolist() == [4, 5, 6]
        assert joined.dtype == np.int64
        assert fetch_ids(session, Product.id, select(Product.id).where(Product.id < 0)).tolist() == []


@given(st.lists(st.integers(0, 40), min_size=1) | st.lists(st.integers(0, 2**31 - 1), min_size=1))
def test_sorted_and_each_once(ids: list[int]) -> None:
    found = id_stream._sorted(np.array(ids, dtype=np.int64))
    assert found.dtype == np.int64
    assert found.tolist() == sorted(set(ids))


def test_an_empty_table(any_database: Database) -> None:
    with any_database.reading() as session:
        assert list(iter_ids(session, Product.id, select(Product.id))) == []


@pytest.mark.parametrize("largest", [2**24 - 1, 2**24, 2**31 - 1])
def test_large_ids(any_shop: Database, largest: int) -> None:
    with any_shop.session() as session:
        session.execute(text("UPDATE products SET id = :largest WHERE sku = 'K-2'"), {"largest": largest})
    with any_shop.reading() as session:
        assert eligible_product_ids(session, Conditions(in_stock=True)).tolist()[-1] == largest


def test_no_integer_is_made_for_an_id(database: Database) -> None:
    count = 100_000
    with database.session() as session:
        session.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
                "INSERT INTO products (sku, title, item_type, category_path, description, currency, rating_count, "
                "image, link, active, created_at, updated_at) SELECT 'S-' || i, 'T', 't', '', '', 'USD', 0, '', '', 1, "
                "'2026-01-01', '2026-01-01' FROM n"
            ),
            {"count": count},
        )
    with database.reading() as session:
        tracemalloc.start()
        try:
            ids = eligible_product_ids(session, Conditions())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert ids.tolist() == list(range(1, count + 1))
    # 8 bytes an id in the array, 7 in the text; a Python integer alone would be 28, beside its row and list.
    assert peak < 30 * count
