"""Fill a database with millions of invented products, written by the database itself, to measure what a catalog of that
size costs. They are no shop: titles and descriptions have a real catalog's length and nothing to say.

Prices, types and brands are skewed as those of real catalogs are (a few brands have most products): a number drawn
evenly is squared or cubed. What is drawn depends on the product's number only, so that a catalog is the
same on every database: see ``docs/benchmarks.md``, "Conditions".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select, text

from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.models import Product, ProductAttribute, UtcDateTime
from catalog_db.products import count_products
from catalog_db.revisions import bump_revision, next_revision

TYPES = tuple(
    [
        "footwear",
        "furniture",
        "kitchen",
        "outdoors",
        "electronics",
        "toys",
        "garden",
        "beauty",
        "books",
        "lighting",
        "bags",
        "watches",
    ]
    + [f"kind_{number}" for number in range(12, 40)]
)
BRANDS = 2_000
COLOURS = ("black", "white", "blue", "grey", "red", "green", "brown", "beige", "pink", "yellow", "orange", "purple")
MATERIALS = ("cotton", "steel", "wool", "oak", "glass", "leather", "bamboo", "ceramic")

_ROWS_PER_STATEMENT = 250_000
_PRIME = 2_147_483_647
_WORDS = "made to be used every day and to last for years, easy to clean, tried by people who know what they want, "


def brand(number: int) -> str:
    """The name of a brand; number 0 has most products."""
    return f"Brand {number}"


def fill(session: Session, items: int, now: dt.datetime) -> None:
    """Write ``items`` products, 97 % of them on sale, each with a colour and a material.

    Args:
        session: a writing session of a database without products.
        items: how many.
        now: when they say they were made.

    Raises:
        CatalogError: there are products already.
    """
    if count_products(session, active_only=False):
        raise CatalogError("the database holds products", "name an empty one: this writes invented ones")
    connection = session.connection()
    parameters = {"now": now, "revision": next_revision(session)}
    # Written in one go at the end, an index takes a fraction of the time that ten million additions to it take.
    indexes = [index for table in (Product.__table__, ProductAttribute.__table__) for index in table.indexes]  # type: ignore[attr-defined]
    for index in indexes:
        index.drop(connection)
    for first in range(1, items + 1, _ROWS_PER_STATEMENT):
        last = min(first + _ROWS_PER_STATEMENT - 1, items)
        connection.execute(_PRODUCTS, {**parameters, "first": first, "last": last})
        for statement in _ATTRIBUTES:
            connection.execute(statement, {"first": first, "last": last})
    for index in sorted(indexes, key=lambda index: str(index.name)):
        index.create(connection)
    _continue_ids(connection, items)
    bump_revision(session)


def _continue_ids(connection: Connection, items: int) -> None:
    """PostgreSQL gives ids from a sequence, which does not know of those that were written."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.setval("products_id_seq", items)))


def analyze(session: Session) -> None:
    """Have the database count its values, on which its choice of indexes rests."""
    session.execute(text("ANALYZE"))


def _drawn(factor: int) -> str:
    """SQL of a whole number below ``_PRIME``, drawn by squaring modulo a prime, from the product's number ``i``."""
    linear = f"((i * {factor} + 12345) % {_PRIME})"
    return f"({linear} * {linear} % {_PRIME})"


def _below(count: int, factor: int, power: int = 1) -> str:
    """SQL of a whole number from 0 to below ``count``: the higher the power, the more often a low one."""
    drawn = _drawn(factor)
    for _ in range(power - 1):
        drawn = f"({drawn} * {_drawn(factor)} / {_PRIME})"
    return f"({drawn} * {count} / {_PRIME})"


def _named(values: Sequence[str], number: str) -> str:
    branches = " ".join(f"WHEN {place} THEN '{value}'" for place, value in enumerate(values))
    return f"CASE {number} {branches} END"


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :last)"

_PRODUCTS = text(f"""
    INSERT INTO products (id, sku, title, brand, item_type, category_path, description, price_minor, currency, stock,
        rating, rating_count, image, link, active, created_at, updated_at, revision)
    {_NUMBERS}
    SELECT i, 'SKU-' || i, {_named(COLOURS, _below(len(COLOURS), 8_121, 2))} || ' thing for every day, number ' || i,
        'Brand ' || {_below(BRANDS, 48_271, 3)}, {_named(TYPES, _below(len(TYPES), 69_621, 2))}, 'All > Of a kind',
        '{_WORDS * 2}' || i, 499 + {_below(49_500, 16_807, 3)}, 'USD',
        CASE WHEN {_below(100, 39_373)} < 10 THEN NULL WHEN {_below(100, 39_373)} < 25 THEN 0
            ELSE {_below(50, 62_089)} + 1 END,
        CASE WHEN {_below(100, 30_269)} < 70 THEN CAST(30 + {_below(21, 30_307)} AS DOUBLE PRECISION) / 10 END,
        {_below(500, 30_323, 3)}, '', '', {_below(100, 45_991)} >= 3, :now, :now, :revision
    FROM n
""").bindparams(bindparam("now", type_=UtcDateTime()))

_ATTRIBUTES = [
    text(f"""
        INSERT INTO product_attributes (product_id, name, value)
        {_NUMBERS} SELECT i, '{name}', {_named(values, _below(len(values), factor, 2))} FROM n
    """)
    for name, values, factor in (("colour", COLOURS, 8_121), ("material", MATERIALS, 7_741))
]
