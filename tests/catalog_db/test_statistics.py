from __future__ import annotations

import datetime as dt

from catalog_db.database import Database
from catalog_db.events import record_events
from catalog_db.products import save_products
from catalog_db.rows import EventRow, ProductRow
from catalog_db.statistics import CatalogStatistics, catalog_statistics


def test_figures(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        record_events(session, [EventRow("ann", "B-1", "viewed", now)])
    with any_shop.reading() as session:
        assert catalog_statistics(session) == CatalogStatistics(
            products=5,
            off_sale=1,
            item_types={"footwear": 3, "kitchen": 2},
            price_quartiles={"USD": (4500, 5999, 6000, 6000, 12000)},
            without_price=1,
            in_stock=3,
            out_of_stock=1,
            uncounted=1,
            rated=3,
            mean_rating=(4.5 + 3.9 + 5.0) / 3,
            brands=3,
            attribute_names=2,
            shoppers=1,
            events=1,
            queries=0,
        )


def test_currencies_are_kept_apart(shop: Database, now: dt.datetime) -> None:
    with shop.session() as session:
        save_products(session, [ProductRow("E", "E", "kitchen", price_minor=7, currency="EUR")], now)
        assert catalog_statistics(session).price_quartiles["EUR"] == (7, 7, 7, 7, 7)


def test_empty(any_database: Database) -> None:
    with any_database.reading() as session:
        figures = catalog_statistics(session)
    assert (figures.products, figures.price_quartiles, figures.mean_rating) == (0, {}, None)
