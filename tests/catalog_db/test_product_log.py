from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest

from catalog_db import product_log
from catalog_db.database import Database
from catalog_db.errors import CatalogError
from catalog_db.products import SaveReport, by_sku
from catalog_db.rows import ProductRow


def _row(database: Database) -> ProductRow:
    with database.reading() as session:
        return by_sku(session, ["B-1"])[0].to_row()


def test_an_edit_and_its_entry_are_one_transaction(any_shop: Database, now: dt.datetime) -> None:
    row = _row(any_shop)
    edited = dataclasses.replace(row, price_minor=1, attributes={"colour": ("red",)})
    with any_shop.session() as session:
        product_log.edit(session, edited, row, "Ada", now)
        session.rollback()
    with any_shop.session() as session:
        assert product_log.entries(session) == []
        product_log.edit(session, edited, row, "Ada", now)
        product_log.edit(session, edited, edited, "Bo", now)
    with any_shop.reading() as session:
        [entry] = product_log.entries(session)
    assert (entry.sku, entry.who, entry.at) == ("B-1", "Ada", now)
    assert entry.changes == {
        "price_minor": [12000, 1],
        "attributes.colour": [["brown", "green"], ["red"]],
        "attributes.waterproof": [["yes"], []],
    }
    assert json.loads(json.dumps(entry.changes)) == entry.changes


def test_a_refused_edit_is_not_noted(shop: Database, now: dt.datetime) -> None:
    row = _row(shop)
    other = dataclasses.replace(row, stock=99)
    with pytest.raises(CatalogError), shop.session() as session:
        product_log.edit(session, row, other, "Ada", now)
    with pytest.raises(CatalogError, match="who"), shop.session() as session:
        product_log.edit(session, other, row, " ", now)
    with shop.reading() as session:
        assert product_log.entries(session) == []


def test_pages_and_products(any_shop: Database, now: dt.datetime) -> None:
    row = _row(any_shop)
    with any_shop.session() as session:
        product_log.edit(session, dataclasses.replace(row, stock=1), row, "Ada", now)
        product_log.note_file(session, "a.csv", SaveReport(added=2), "Bo", now)
        product_log.note_file(session, "same.csv", SaveReport(unchanged=2), "Bo", now)
    with any_shop.reading() as session:
        file, edit = product_log.entries(session)
        assert (file.file, file.sku, file.changes) == ("a.csv", None, {"added": 2, "changed": 0})
        assert product_log.entries(session, sku="B-1") == product_log.entries(session, before_id=file.id) == [edit]
        assert product_log.entries(session, limit=1) == [file]
