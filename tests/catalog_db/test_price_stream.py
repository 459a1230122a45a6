"""Prices as arrays."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from catalog_db import price_stream
from catalog_db.database import Database
from catalog_db.price_stream import NOT_KNOWN, Prices, changed_prices, iter_prices, prices_of
from catalog_db.products import iter_products, save_products
from catalog_db.revisions import forget_changes, revision
from catalog_db.rows import ProductRow


@pytest.fixture
def priced(any_shop: Database, now: dt.datetime) -> Database:
    with any_shop.session() as session:
        rows = [ProductRow(f"x-{n}", "A thing", "kitchen", price_minor=100 * n, currency="USD") for n in range(5)]
        rows += [
            ProductRow("x-none", "A thing", "kitchen"),
            ProductRow("x-eur", "A", "kitchen", price_minor=1, currency="EUR"),
        ]
        save_products(session, rows, now)
    return any_shop


def as_dict(blocks: list[Prices]) -> dict[int, int]:
    pairs = [pair for ids, prices in blocks for pair in zip(ids.tolist(), prices.tolist(), strict=True)]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def expected(database: Database, currency: str = "USD") -> dict[int, int]:
    """The prices, product by product."""
    with database.reading() as session:
        return {
            product.id: NOT_KNOWN
            if product.price_minor is None or product.currency != currency
            else product.price_minor
            for product in iter_products(session, active_only=False)
        }


@pytest.mark.parametrize("ids_per_block", [1, 3, 1 << 20])
@pytest.mark.parametrize("currency", ["USD", "EUR", "CHF"])
def test_every_price(priced: Database, ids_per_block: int, currency: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_stream, "IDS_PER_BLOCK", ids_per_block)
    with priced.reading() as session:
        blocks = list(iter_prices(session, currency))
    assert all(array.dtype == np.int64 and len(array) for block in blocks for array in block)
    assert as_dict(blocks) == expected(priced, currency)


def test_prices_of_some_products(priced: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_stream, "_IDS_PER_QUERY", 2)
    known = expected(priced)
    some = sorted(known)[1:6]
    with priced.reading() as session:
        assert as_dict([prices_of(session, "USD", np.array([*some, 10**6]))]) == {
            number: known[number] for number in some
        }
        assert as_dict([prices_of(session, "USD", np.empty(0, np.int64))]) == {}


def test_what_changed_since(priced: Database, now: dt.datetime) -> None:
    with priced.reading() as session:
        before = revision(session)
        assert changed_prices(session, "USD", before) is not None
        product = next(product for product in iter_products(session) if product.sku == "x-3")
    with priced.session() as session:
        save_products(session, [dataclasses.replace(product.to_row(), price_minor=7)], now)
    with priced.reading() as session:
        changed = changed_prices(session, "USD", before)
        assert changed is not None
        assert as_dict([changed]) == {product.id: 7}
    with priced.session() as session:
        forget_changes(session)
    with priced.reading() as session:
        assert changed_prices(session, "USD", before) is None


def test_a_database_without_products(database: Database) -> None:
    with database.reading() as session:
        assert list(iter_prices(session, "USD")) == []
