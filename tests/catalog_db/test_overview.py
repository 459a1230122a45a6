from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from catalog_db.database import Database
from catalog_db.errors import EmptyCatalogError
from catalog_db.models import ShopInfo
from catalog_db.overview import best_known, newest, popular, shop_overview
from catalog_db.products import save_products
from catalog_db.rows import ProductRow

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MUG = ProductRow("M1", "Mug", "kitchen", price_minor=1200, currency="EUR", stock=3, rating=4.0, rating_count=10)


def save(database: Database, *rows: ProductRow) -> None:
    with database.session() as session:
        save_products(session, rows, NOW)


def test_a_shop_at_a_glance(any_database: Database) -> None:
    boots = [dataclasses.replace(MUG, sku=f"B{n}", item_type="footwear", currency="USD") for n in range(3)]
    bags = [dataclasses.replace(MUG, sku=f"G{n}", item_type="bags", active=n > 1) for n in range(3)]
    save(any_database, MUG, *boots, *bags)
    with any_database.reading() as session:
        shop = shop_overview(session)
    assert shop.products == 5
    assert list(shop.item_types.items()) == [("footwear", 3), ("bags", 1), ("kitchen", 1)]
    assert shop.currency == "USD"
    assert not shop.is_sample


def test_the_sample_store_is_recognised(database: Database) -> None:
    save(database, MUG)
    with database.session() as session:
        session.add(ShopInfo(key="sample_store_fingerprint", value="x"))
    with database.reading() as session:
        assert shop_overview(session).is_sample


def test_nothing_on_sale_is_an_empty_shop(database: Database) -> None:
    save(database, dataclasses.replace(MUG, active=False))
    with database.reading() as session:
        with pytest.raises(EmptyCatalogError, match="nothing on sale"):
            shop_overview(session)
        with pytest.raises(EmptyCatalogError, match="'kitchen'"):
            best_known(session, "kitchen")


def test_the_best_known_can_be_bought_if_any_can(any_database: Database) -> None:
    sold_out = dataclasses.replace(MUG, sku="M2", stock=0, rating_count=500)
    uncounted = dataclasses.replace(MUG, sku="M3", stock=None, rating_count=20)
    save(any_database, MUG, sold_out, uncounted)
    with any_database.reading() as session:
        assert best_known(session, "kitchen").sku == "M3"
    save(any_database, *(dataclasses.replace(row, stock=0) for row in (MUG, uncounted)))
    with any_database.reading() as session:
        assert best_known(session, "kitchen").sku == "M2"


def test_popular_and_new_are_of_several_types_and_can_be_bought(any_database: Database) -> None:
    mugs = [
        dataclasses.replace(MUG, sku=f"M{n}", rating_count=100 + n, created_at=NOW - dt.timedelta(days=n))
        for n in range(4)
    ]
    boot = dataclasses.replace(MUG, sku="B", item_type="footwear", created_at=NOW - dt.timedelta(days=9))
    sold_out = dataclasses.replace(MUG, sku="S", stock=0, rating_count=900, created_at=NOW)
    off_sale = dataclasses.replace(MUG, sku="O", active=False, rating_count=900, created_at=NOW)
    save(any_database, *mugs, boot, sold_out, off_sale)
    with any_database.reading() as session:
        assert [product.sku for product in popular(session, 3)] == ["M3", "B", "M2"]
        assert [product.sku for product in newest(session, 3)] == ["M0", "B", "M1"]
        assert len(popular(session, 9)) == 5
    with any_database.session() as session:
        assert popular(session, 0) == []


def test_an_empty_shop_has_nothing_popular(database: Database) -> None:
    with database.reading() as session:
        assert popular(session, 3) == newest(session, 3) == []
