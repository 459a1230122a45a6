from __future__ import annotations

import dataclasses
import datetime as dt
import pickle

import numpy as np
import pytest

from catalog_db.database import Database
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.products import (
    BATCH,
    SaveReport,
    by_sku,
    count_products,
    get_products,
    ids_by_sku,
    iter_products,
    save_products,
    set_active,
    skus_by_id,
)
from catalog_db.revisions import revision
from catalog_db.rows import ProductRow

LATER = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def _everything(database: Database) -> list:
    with database.reading() as session:
        return [*iter_products(session, active_only=False), revision(session)]


def test_what_goes_in_comes_out(any_shop: Database, products: tuple[ProductRow, ...], now: dt.datetime) -> None:
    with any_shop.reading() as session:
        stored = by_sku(session, [row.sku for row in products])
    expected = [dataclasses.replace(row, created_at=now) for row in products]
    assert [record.to_row() for record in stored] == expected
    assert pickle.loads(pickle.dumps(stored)) == stored


def test_second_save_changes_nothing(any_shop: Database, products: tuple[ProductRow, ...]) -> None:
    before = _everything(any_shop)
    with any_shop.session() as session:
        assert save_products(session, products, LATER) == SaveReport(unchanged=len(products))
    assert _everything(any_shop) == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Trail boot II"},
        {"brand": None},
        {"price_minor": None},
        {"stock": 2},
        {"active": False},
        {"attributes": {}},
        {"attributes": {"colour": ("brown",), "waterproof": ("yes",)}},
        {"created_at": LATER},
    ],
)
def test_a_change_is_stored_and_counted(
    any_shop: Database, products: tuple[ProductRow, ...], now: dt.datetime, change: dict
) -> None:
    changed = dataclasses.replace(products[0], **change)
    with any_shop.session() as session:
        before = revision(session)
        assert save_products(session, [changed, *products[1:]], LATER) == SaveReport(changed=1, unchanged=5)
        assert revision(session) != before
    with any_shop.reading() as session:
        record, other = by_sku(session, [changed.sku, products[1].sku])
    assert record.to_row() == dataclasses.replace(changed, created_at=changed.created_at or now)
    assert (record.updated_at, other.updated_at) == (LATER, now)


def test_order_and_repetition_of_attribute_values_are_no_change(shop: Database, products: tuple) -> None:
    same = dataclasses.replace(products[0], attributes={"waterproof": ("yes",), "colour": ("green", "brown", "green")})
    with shop.session() as session:
        assert save_products(session, [same], LATER) == SaveReport(unchanged=1)


def test_many_batches(database: Database, now: dt.datetime) -> None:
    rows = [ProductRow(f"X-{i}", f"Thing {i}", "things", attributes={"i": (str(i),)}) for i in range(2 * BATCH + 7)]
    with database.session() as session:
        assert save_products(session, iter(rows), now) == SaveReport(added=len(rows))
        assert revision(session) == 1
    with database.reading() as session:
        assert [(r.sku, r.attributes) for r in iter_products(session)] == [(r.sku, r.attributes) for r in rows]
        ids = np.array(list(ids_by_sku(session, [row.sku for row in rows]).values()))[::-1]
        assert [record.id for record in get_products(session, ids)] == ids.tolist()


def test_a_sku_that_comes_twice_is_refused(database: Database, now: dt.datetime) -> None:
    row = ProductRow("A", "A", "a")
    with pytest.raises(CatalogError, match="twice"), database.session() as session:
        save_products(session, [row, row], now)
    assert _everything(database) == [0]


@pytest.mark.parametrize(
    "fields",
    [
        {"sku": ""},
        {"sku": " A"},
        {"title": "a  b"},
        {"title": "a\u00a0b"},
        {"description": "a\n"},
        {"description": "a\r\nb"},
        {"category_path": "a>b"},
        {"title": " "},
        {"title": "x" * 513},
        {"title": "a\x00b"},
        {"title": "a\ud800b"},
        {"brand": ""},
        {"item_type": "Foot wear"},
        {"price_minor": -1},
        {"price_minor": 2**31},
        {"currency": "usd"},
        {"stock": -1},
        {"rating": 5.1},
        {"rating": float("nan")},
        {"rating_count": -1},
        {"attributes": {"": ("x",)}},
        {"attributes": {"colour": ("x" * 257,)}},
        {"created_at": dt.datetime(2026, 1, 1)},
    ],
)
def test_limits(database: Database, now: dt.datetime, fields: dict) -> None:
    row = dataclasses.replace(ProductRow("A", "A", "a"), **fields)
    with pytest.raises(CatalogError), database.session() as session:
        save_products(session, [row], now)


def test_unknown_products(shop: Database) -> None:
    with shop.reading() as session:
        with pytest.raises(UnknownProductError, match="4711"):
            get_products(session, [1, 4711])
        with pytest.raises(UnknownProductError, match="nope"):
            by_sku(session, ["nope"])
        assert ids_by_sku(session, ["nope"]) == {}


def test_filters(shop: Database) -> None:
    with shop.reading() as session:
        assert [r.sku for r in iter_products(session, item_types=["kitchen"])] == ["K-1", "K-2"]
        assert [r.sku for r in iter_products(session, item_types=[])] == []
        assert (count_products(session), count_products(session, active_only=False)) == (5, 6)


def test_set_active(any_shop: Database) -> None:
    with any_shop.session() as session:
        ids = ids_by_sku(session, ["K-1", "K-3"])
        before = revision(session)
        assert set_active(session, ids.values(), False, LATER) == 1
        assert revision(session) == before + 1
        assert set_active(session, ids.values(), False, LATER) == 0
        assert revision(session) == before + 1
        assert [record.active for record in by_sku(session, ["K-1", "K-3"])] == [False, False]


def test_another_process_sees_the_revision(shop: Database, database_url: str) -> None:
    from catalog_db.database import open_database

    with open_database(database_url) as other:
        with other.reading() as session:
            before = revision(session)
        with shop.session() as session:
            set_active(session, [1], False, LATER)
        with other.reading() as session:
            assert revision(session) != before


def test_skus_by_id(any_shop: Database) -> None:
    with any_shop.reading() as session:
        everything = skus_by_id(session)
        assert list(everything.items())[:2] == [(1, "B-1"), (2, "B-2")]
        assert len(everything) == 6
        assert skus_by_id(session, np.array([4, 1, 4, 4711])) == {1: "B-1", 4: "K-1"}
        assert skus_by_id(session, []) == {}
