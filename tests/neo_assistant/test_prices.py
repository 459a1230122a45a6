"""Prices by position, kept up to date while products change and the index grows."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from catalog_db.database import Database
from catalog_db.products import iter_products, save_products
from catalog_db.revisions import forget_changes
from neo_assistant import prices as prices_module
from neo_assistant.catalog import Catalog, Snapshot
from neo_assistant.grammar.budget import UNKNOWN
from tests.neo_assistant.serving import CODEBOOKS, fill, give_sids, make_rows, retire, sid_of, tokenizer
from tests.neo_assistant.ui_products import NOW


@pytest.fixture
def shop(database: Database) -> Database:
    fill(database)
    return database


@pytest.fixture
def read_whole(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry each time that all prices are read."""
    times: list[int] = []
    whole = prices_module.iter_prices

    def read(*args: Any) -> Any:
        times.append(1)
        return whole(*args)

    monkeypatch.setattr(prices_module, "iter_prices", read)
    return times


def change(database: Database, number: int, **values: Any) -> None:
    with database.session() as session:
        save_products(session, [dataclasses.replace(make_rows(60)[number], **values)], NOW)


def check(database: Database, snapshot: Snapshot) -> np.ndarray:
    """The prices of a snapshot, compared with the products one by one."""
    prices = snapshot.all_prices()
    assert prices.dtype == np.int64
    with database.reading() as session:
        for product in iter_products(session, active_only=False):
            [place] = snapshot.index.positions_of(np.array([product.id]))
            known = product.price_minor is not None and product.currency == snapshot.currency
            assert place < 0 or prices[place] == (product.price_minor if known else UNKNOWN)
    return prices


def test_a_changed_price_is_set_anew_and_nothing_else_is_read(shop: Database, read_whole: list[int]) -> None:
    catalog = Catalog(shop, CODEBOOKS, tokenizer())
    first = check(shop, catalog.snapshot())
    assert catalog.snapshot().all_prices() is first
    kept = first.copy()
    change(shop, 3, price_minor=1)
    change(shop, 4, price_minor=None)
    change(shop, 5, currency="EUR")
    change(shop, 20, price_minor=77)
    retire(shop, "P-06")
    second = check(shop, catalog.snapshot())
    assert (first == kept).all()
    assert (first != second).sum() == 4
    assert len(read_whole) == 1
    with pytest.raises(ValueError, match="read-only"):
        second[0] = 0


def test_prices_follow_items_to_another_index(shop: Database, read_whole: list[int]) -> None:
    catalog = Catalog(shop, CODEBOOKS, tokenizer())
    check(shop, catalog.snapshot())
    with shop.session() as session:
        save_products(session, make_rows(30)[26:], NOW)
        give_sids(session, {f"P-{number}": sid_of(number) for number in range(26, 30)})
    grown = catalog.snapshot()
    assert grown.index.side is not None
    check(shop, grown)
    merged = dataclasses.replace(grown, index=grown.index.merged())
    assert merged.index.side is None
    check(shop, merged)
    check(shop, grown)
    assert len(read_whole) == 1


def test_all_is_read_again_where_the_database_cannot_tell_what_changed(shop: Database, read_whole: list[int]) -> None:
    catalog = Catalog(shop, CODEBOOKS, tokenizer())
    check(shop, catalog.snapshot())
    with shop.session() as session:
        forget_changes(session)
    check(shop, catalog.snapshot())
    assert len(read_whole) == 2
