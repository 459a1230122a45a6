from __future__ import annotations

import datetime as dt

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.eligibility import eligible_product_ids
from catalog_db.errors import CatalogError
from catalog_db.products import iter_products, save_products
from catalog_db.revisions import changed_product_ids, revision
from catalog_db.rows import ProductRow
from catalog_db.synthetic import BRANDS, COLOURS, TYPES, analyze, brand, fill
from catalog_db.validation import check_product_row

ITEMS = 3_000


def _filled(database: Database, now: dt.datetime) -> Database:
    with database.session() as session:
        fill(session, ITEMS, now)
        analyze(session)
    return database


def test_every_product_is_one_that_could_have_been_imported(any_database: Database, now: dt.datetime) -> None:
    with _filled(any_database, now).reading() as session:
        products = list(iter_products(session, active_only=False))
        assert [product.id for product in products] == list(range(1, ITEMS + 1))
        assert len(changed_product_ids(session, revision(session) - 1)) == ITEMS
    assert all(check_product_row(product.to_row()) == "" for product in products)
    assert {product.item_type for product in products} == set(TYPES)
    assert {colour for product in products for colour in product.attributes["colour"]} == set(COLOURS)
    brands = [product.brand for product in products]
    assert 0.05 < brands.count(brand(0)) / ITEMS < 0.12
    assert 400 < len(set(brands)) < BRANDS
    assert 0.95 < sum(product.active for product in products) / ITEMS < 0.99
    assert 0.1 < sum(product.stock == 0 for product in products) / ITEMS < 0.2


def test_it_is_the_same_on_every_database(database: Database, postgres_database: Database, now: dt.datetime) -> None:
    held = []
    for one in (database, postgres_database):
        with _filled(one, now).reading() as session:
            held.append([product.to_row() for product in iter_products(session, active_only=False)])
    assert held[0] == held[1]


def test_it_goes_on_like_any_catalog(any_database: Database, now: dt.datetime) -> None:
    with _filled(any_database, now).session() as session:
        save_products(session, [ProductRow("N-1", "New", "toys", price_minor=1)], now)
        assert eligible_product_ids(session, Conditions(max_price=1)).tolist() == [ITEMS + 1]
        with pytest.raises(CatalogError, match="holds products"):
            fill(session, 1, now)
