from __future__ import annotations

import dataclasses
import datetime as dt

from catalog_db.checks import Finding, check_catalog
from catalog_db.database import Database
from catalog_db.products import iter_products, save_products
from catalog_db.rows import ProductRow
from catalog_db.sids import save_codebook_version, save_sids


def _texts(database: Database, *, problems: bool) -> str:
    with database.reading() as session:
        return "\n".join(finding.text for finding in check_catalog(session) if finding.is_problem is problems)


def test_nothing_on_sale(database: Database) -> None:
    with database.reading() as session:
        assert check_catalog(session) == [Finding(True, "nothing is on sale")]


def test_remarks(any_shop: Database) -> None:
    assert _texts(any_shop, problems=True) == ""
    remarks = _texts(any_shop, problems=False)
    for text in ("1 products have no price", "1 products have no brand", "'kitchen' has only 2", "no codebook version"):
        assert text in remarks


def test_several_currencies(shop: Database, now: dt.datetime) -> None:
    with shop.session() as session:
        save_products(session, [ProductRow("E", "E", "kitchen", price_minor=7, currency="EUR")], now)
    assert "several currencies (EUR, USD)" in _texts(shop, problems=True)


def test_semantic_ids(shop: Database, now: dt.datetime, products: tuple[ProductRow, ...]) -> None:
    with shop.session() as session:
        ids = [record.id for record in iter_products(session, active_only=False)]
        for number, print in enumerate(("a" * 64, "b" * 64)):
            save_codebook_version(session, print, {}, now + dt.timedelta(days=number))
        types = [row.item_type for row in products]
        save_sids(session, "a" * 64, ids[:-1], types[:-1], [[i] for i in range(5)])
    assert _texts(shop, problems=True).startswith("6 products have no valid semantic id of codebook version bbbb")
    assert "1 products have no valid semantic id of codebook version aaaa" in _texts(shop, problems=False)
    with shop.session() as session:
        save_sids(session, "b" * 64, ids, types, [[i] for i in range(6)])
    assert _texts(shop, problems=True) == ""
    with shop.session() as session:
        save_products(session, [dataclasses.replace(products[0], item_type="garden")], now)
    assert _texts(shop, problems=True).startswith("1 products")
