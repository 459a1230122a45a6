"""A few products that the tests of this package share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from catalog_db.database import Database, open_database
from catalog_db.products import save_products
from catalog_db.rows import ProductRow

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)

PRODUCTS = (
    ProductRow("B-1", "Trail boot", "footwear", "Alder", price_minor=12000, stock=3, rating=4.5, rating_count=10,
               attributes={"colour": ("brown", "green"), "waterproof": ("yes",)}),
    ProductRow("B-2", "Rain boot", "footwear", "Brook", price_minor=4500, stock=0, rating=3.9,
               attributes={"colour": ("green",), "waterproof": ("yes",)}),
    ProductRow("S-1", "Canvas shoe", "footwear", "Alder", price_minor=5999, attributes={"colour": ("blue",)}),
    ProductRow("K-1", "Kettle", "kitchen", price_minor=6000, stock=12, attributes={"colour": ("blue",)}),
    ProductRow("K-2", "Teapot, no price yet", "kitchen", "Clay & Co", stock=1, rating=5.0),
    ProductRow("K-3", "Mug, gone", "kitchen", "Clay & Co", price_minor=900, active=False),
)  # fmt: skip


@pytest.fixture
def now() -> dt.datetime:
    """The time at which the shared products came in."""
    return NOW


@pytest.fixture
def shop(database: Database) -> Database:
    """A SQLite database that holds ``PRODUCTS``."""
    return _filled(database)


@pytest.fixture
def any_shop(any_database: Database) -> Database:
    """The same on SQLite and on PostgreSQL."""
    return _filled(any_database)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """An open, empty PostgreSQL database."""
    with open_database(postgres_url) as database:
        yield database


@pytest.fixture
def postgres_shop(postgres_database: Database) -> Database:
    """``PRODUCTS`` on PostgreSQL."""
    return _filled(postgres_database)


@pytest.fixture
def products() -> tuple[ProductRow, ...]:
    """What the shop holds."""
    return PRODUCTS


def _filled(database: Database) -> Database:
    with database.session() as session:
        save_products(session, PRODUCTS, NOW)
    return database
