from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from catalog_db import sid_stream
from catalog_db.database import Database
from catalog_db.errors import CatalogError
from catalog_db.sid_stream import iter_sids, load_sids
from catalog_db.sids import save_codebook_version, save_sids

PRINT = "f" * 64
TYPES = ("kitchen", "footwear")


@pytest.fixture
def coded(any_shop: Database, now: dt.datetime) -> Database:
    with any_shop.session() as session:
        save_codebook_version(session, PRINT, {}, now)
    return any_shop


@pytest.mark.parametrize("ids_per_block", [1, 2, 1 << 20])
def test_blocks_are_in_the_order_of_product_ids(
    coded: Database, ids_per_block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sid_stream, "IDS_PER_BLOCK", ids_per_block)
    with coded.session() as session:
        types = ["kitchen", "footwear", "kitchen", "footwear"]
        save_sids(session, PRINT, [6, 3, 2, 1], types, [[6, 0], [0, 256], [0, 0], [65535, 1]])
    with coded.reading() as session:
        blocks = list(iter_sids(session, PRINT, TYPES))
        ids, names, all_codes = load_sids(session, PRINT)
    assert [[array.dtype for array in block] for block in blocks] == [[np.int64, np.int32, np.uint16]] * len(blocks)
    assert np.concatenate([block[0] for block in blocks]).tolist() == ids.tolist() == [1, 2, 3, 6]
    assert np.concatenate([block[1] for block in blocks]).tolist() == [1, 0, 1, 0]
    assert names == ["footwear", "kitchen", "footwear", "kitchen"]
    codes = np.concatenate([block[2] for block in blocks])
    assert codes.tolist() == all_codes.tolist() == [[65535, 1], [0, 0], [0, 256], [6, 0]]
    assert len(blocks) == {1: 4, 2: 3, 1 << 20: 1}[ids_per_block]


def test_no_sids_no_blocks(coded: Database) -> None:
    with coded.reading() as session:
        assert list(iter_sids(session, PRINT, TYPES)) == []


def test_a_type_that_the_codebooks_lack_is_refused(coded: Database) -> None:
    with coded.session() as session:
        save_sids(session, PRINT, [1], ["garden"], [[1]])
    with coded.reading() as session, pytest.raises(CatalogError, match="'garden'"):
        list(iter_sids(session, PRINT, TYPES))


@pytest.mark.parametrize("ids_per_block", [1, 10])
def test_different_numbers_of_levels_are_refused(
    coded: Database, ids_per_block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sid_stream, "IDS_PER_BLOCK", ids_per_block)
    with coded.session() as session:
        save_sids(session, PRINT, [1], ["footwear"], [[1, 2]])
        save_sids(session, PRINT, [2], ["footwear"], [[1]])
    with coded.reading() as session:
        for call in (lambda: list(iter_sids(session, PRINT, TYPES)), lambda: load_sids(session, PRINT)):
            with pytest.raises(CatalogError, match="number of levels"):
                call()


def test_an_unknown_version_is_refused_at_once(coded: Database) -> None:
    with coded.reading() as session, pytest.raises(CatalogError, match="no codebook version"):
        iter_sids(session, "0" * 64, TYPES)


@given(data=st.data(), levels=st.integers(1, 8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_every_sid_comes_back(shop: Database, data: st.DataObject, levels: int) -> None:
    version = "a" * 64
    with shop.session() as session:
        session.execute(text("DELETE FROM product_sids"))
        save_codebook_version(session, version, {}, dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
        ids = data.draw(st.lists(st.integers(1, 6), unique=True, min_size=1))
        code = st.integers(0, 65535)
        rows = st.lists(st.lists(code, min_size=levels, max_size=levels), min_size=len(ids), max_size=len(ids))
        codes = data.draw(rows.filter(lambda rows: len({tuple(row) for row in rows}) == len(rows)))
        numbers = data.draw(st.lists(st.integers(0, 1), min_size=len(ids), max_size=len(ids)))
        save_sids(session, version, ids, [TYPES[number] for number in numbers], codes)
    with shop.reading() as session:
        [(found, types, values)] = iter_sids(session, version, TYPES)
    stored = dict(zip(ids, zip(numbers, codes, strict=True), strict=True))
    assert found.tolist() == sorted(ids)
    assert dict(zip(found.tolist(), zip(types.tolist(), values.tolist(), strict=True), strict=True)) == stored
