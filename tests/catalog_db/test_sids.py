from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from catalog_db.database import Database
from catalog_db.errors import CatalogError
from catalog_db.products import ids_by_sku, save_products
from catalog_db.rows import ProductRow
from catalog_db.sid_stream import load_sids
from catalog_db.sids import (
    CodebookVersionRecord,
    codebook_versions,
    newest_sids,
    products_without_sid,
    save_codebook_version,
    save_sids,
)

PRINT = "f" * 64
SCHEME = {"levels": 3}


@pytest.fixture
def coded(any_shop: Database, now: dt.datetime) -> Database:
    with any_shop.session() as session:
        save_codebook_version(session, PRINT, SCHEME, now)
    return any_shop


def test_round_trip(coded: Database) -> None:
    ids = np.array([4, 1, 6], dtype=np.int64)
    codes = np.array([[1, 2, 0], [65535, 256, 255], [1, 2, 1]], dtype=np.uint16)
    with coded.session() as session:
        save_sids(session, PRINT, ids, ["kitchen", "footwear", "kitchen"], codes)
    with coded.reading() as session:
        loaded_ids, types, loaded = load_sids(session, PRINT)
        assert products_without_sid(session, PRINT) == [2, 3, 5]
    assert (loaded_ids.dtype, loaded.dtype) == (np.int64, np.uint16)
    assert loaded_ids.tolist() == [1, 4, 6]
    assert types == ["footwear", "kitchen", "kitchen"]
    assert loaded.tolist() == [[65535, 256, 255], [1, 2, 0], [1, 2, 1]]


def test_saving_again_replaces_and_may_swap(coded: Database) -> None:
    with coded.session() as session:
        save_sids(session, PRINT, [1, 2, 3], ["footwear"] * 3, [[1, 1], [2, 2], [3, 3]])
        save_sids(session, PRINT, [1, 2], ["footwear"] * 2, [[2, 2], [1, 1]])
        assert load_sids(session, PRINT)[2].tolist() == [[2, 2], [1, 1], [3, 3]]


def test_one_sid_for_two_products_is_refused(coded: Database) -> None:
    with pytest.raises(CatalogError, match="share a SID"), coded.session() as session:
        save_sids(session, PRINT, [1, 2], ["footwear"] * 2, [[1, 1], [1, 1]])
    with coded.session() as session:  # the same codes under another type are another SID
        save_sids(session, PRINT, [1, 4], ["footwear", "kitchen"], [[1, 1], [1, 1]])


@pytest.mark.parametrize(
    ("ids", "types", "codes"),
    [([1], ["a"], [[65536]]), ([1], ["a"], [[-1]]), ([1], ["a"], [1]), ([1, 2], ["a"], [[1]]), ([1], [], [[1]])],
)
def test_wrong_arrays(coded: Database, ids: list, types: list, codes: list) -> None:
    with coded.session() as session, pytest.raises(CatalogError):
        save_sids(session, PRINT, ids, types, codes)


def test_unknown_product(coded: Database) -> None:
    with pytest.raises(CatalogError, match="not in the catalog"), coded.session() as session:
        save_sids(session, PRINT, [4711], ["a"], [[1]])


def test_unknown_version(coded: Database) -> None:
    with coded.session() as session:
        for call in (load_sids, products_without_sid):
            with pytest.raises(CatalogError, match="no codebook version"):
                call(session, "0" * 64)


def test_empty(coded: Database) -> None:
    with coded.session() as session:
        save_sids(session, PRINT, [], [], np.empty((0, 3), np.uint16))
        ids, types, codes = load_sids(session, PRINT)
    assert (ids.shape, types, codes.shape) == ((0,), [], (0, 0))


def test_versions(coded: Database, now: dt.datetime) -> None:
    later = now + dt.timedelta(days=1)
    with coded.session() as session:
        save_codebook_version(session, PRINT, SCHEME, later)
        save_codebook_version(session, "e" * 64, {"levels": 4}, later)
        save_sids(session, PRINT, [1], ["footwear"], [[1, 1, 0]])
        assert codebook_versions(session) == [
            CodebookVersionRecord(PRINT, SCHEME, now, 1),
            CodebookVersionRecord("e" * 64, {"levels": 4}, later, 0),
        ]
        with pytest.raises(CatalogError, match="another scheme"):
            save_codebook_version(session, PRINT, {"levels": 2}, later)


def test_a_product_whose_type_changed_needs_a_new_sid(coded: Database, now: dt.datetime) -> None:
    with coded.session() as session:
        product_id = ids_by_sku(session, ["K-1"])["K-1"]
        save_sids(session, PRINT, [product_id], ["kitchen"], [[1, 1, 0]])
        assert product_id not in products_without_sid(session, PRINT)
        save_products(session, [ProductRow("K-1", "Kettle", "appliances")], now)
        assert product_id in products_without_sid(session, PRINT)


def test_codes_sort_in_the_database_as_they_do_here(coded: Database) -> None:
    from sqlalchemy import text

    codes = [[256, 0], [1, 65535], [255, 1], [1, 0]]
    with coded.session() as session:
        save_sids(session, PRINT, [1, 2, 3, 4], ["a"] * 4, codes)
        stored = session.execute(text("SELECT codes FROM product_sids ORDER BY codes")).scalars()
        assert [np.frombuffer(bytes(row), ">u2").tolist() for row in stored] == sorted(codes)


def test_semantic_ids_of_a_few_products_under_the_newest_codebooks(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        assert newest_sids(session, ["B-1"]) is None
        save_codebook_version(session, PRINT, SCHEME, now)
        save_sids(session, PRINT, [1, 4], ["footwear", "kitchen"], [[65535, 256], [0, 1]])
        found = newest_sids(session, ["B-1", "B-1", "B-2", "nope", "K-1"])
        assert found == {"B-1": ("footwear", (65535, 256)), "K-1": ("kitchen", (0, 1))}
        assert newest_sids(session, []) == {}
        save_codebook_version(session, "e" * 64, SCHEME, now + dt.timedelta(hours=1))
        assert newest_sids(session, ["B-1"]) == {}
