from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_db.database import Database
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.product_changes import changed_fields, edit_product, foresee
from catalog_db.products import ProductRecord, by_sku, iter_products, save_products
from catalog_db.revisions import revision
from catalog_db.rows import ProductRow

LATER = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def _product(database: Database, sku: str = "B-1") -> ProductRecord:
    with database.reading() as session:
        return by_sku(session, [sku])[0]


def _edit(database: Database, edited: ProductRow, expected: ProductRow) -> dict[str, tuple[Any, Any]]:
    with database.session() as session:
        return edit_product(session, edited, expected, LATER)


def _revision(database: Database) -> int:
    with database.reading() as session:
        return revision(session)


def test_an_edit_is_saved_and_moves_the_revision(any_shop: Database) -> None:
    before, number = _product(any_shop), _revision(any_shop)
    edited = dataclasses.replace(
        before.to_row(), price_minor=9900, stock=None, attributes={"colour": ("green", "brown"), "sole": ("cork",)}
    )
    assert _edit(any_shop, edited, before.to_row()) == {
        "price_minor": (12000, 9900),
        "stock": (3, None),
        "attributes.sole": ((), ("cork",)),
        "attributes.waterproof": (("yes",), ()),
    }
    after = _product(any_shop)
    assert (after.price_minor, after.stock, after.updated_at) == (9900, None, LATER)
    assert after.attributes == {"colour": ("brown", "green"), "sole": ("cork",)}
    assert _revision(any_shop) == number + 1


def test_an_edit_that_changes_nothing_writes_nothing(any_shop: Database) -> None:
    before, number = _product(any_shop), _revision(any_shop)
    assert _edit(any_shop, before.to_row(), before.to_row()) == {}
    assert (_product(any_shop), _revision(any_shop)) == (before, number)


def test_the_second_of_two_is_told_and_nothing_is_lost(any_shop: Database) -> None:
    opened = _product(any_shop).to_row()
    _edit(any_shop, dataclasses.replace(opened, price_minor=9900), opened)
    with pytest.raises(CatalogError, match="not what it was when you opened it: the price changed at 00:00:00 UTC"):
        _edit(any_shop, dataclasses.replace(opened, stock=9), opened)
    after = _product(any_shop)
    assert (after.price_minor, after.stock) == (9900, 3)


def test_what_cannot_be_stored_or_is_not_there_is_refused(shop: Database) -> None:
    row = _product(shop).to_row()
    with pytest.raises(CatalogError, match="outside"):
        _edit(shop, dataclasses.replace(row, price_minor=-1), row)
    with pytest.raises(UnknownProductError):
        _edit(shop, dataclasses.replace(row, sku="B-9"), row)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sku=st.sampled_from(["B-1", "S-1", "NEW"]),
    change=st.fixed_dictionaries(
        {},
        optional={
            "price_minor": st.sampled_from([None, 1, 12000]),
            "stock": st.sampled_from([None, 3]),
            "active": st.booleans(),
            "created_at": st.sampled_from([None, LATER]),
            "attributes": st.sampled_from([{}, {"colour": ()}, {"colour": ("green", "brown"), "waterproof": ("yes",)}]),
        },
    ),
)
def test_what_is_foreseen_is_what_saving_reports(shop: Database, sku: str, change: dict[str, Any]) -> None:
    with shop.reading() as session:
        stored = {product.sku: product.to_row() for product in iter_products(session, active_only=False)}
    row = dataclasses.replace(stored.get(sku, stored["K-1"]), sku=sku, **change)
    with shop.reading() as session:
        [found] = list(foresee(session, [row]))
    with shop.session() as session:
        report = save_products(session, [row], LATER)
        session.rollback()
    assert (found.before is None, bool(found.changed)) == (report.added == 1, report.changed == 1)


def test_a_row_that_does_not_say_since_when_changes_nothing_about_it(products: tuple[ProductRow, ...]) -> None:
    row = dataclasses.replace(products[0], created_at=LATER)
    assert changed_fields(row, products[0]) == {}
