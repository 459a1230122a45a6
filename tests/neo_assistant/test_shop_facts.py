"""Facets and currency of a shop, kept up to date from what changed."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import text

from catalog_db.database import Database
from catalog_db.errors import EmptyCatalogError
from catalog_db.products import save_products
from catalog_db.revisions import forget_changes, revision
from neo_assistant import shop_facts
from neo_assistant.shop_facts import Facts, ShopFacts
from tests.neo_assistant.serving import CODEBOOKS, SKUS, fill, make_rows, retire
from tests.neo_assistant.ui_products import NOW


@pytest.fixture
def shop(database: Database) -> Database:
    fill(database)
    return database


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry each time that all facets are counted."""
    times: list[int] = []
    whole = shop_facts.facets

    def count(*args: object, **options: object) -> object:
        times.append(1)
        return whole(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(shop_facts, "facets", count)
    return times


def read(facts: ShopFacts, database: Database) -> Facts:
    with database.reading() as session:
        return facts.update(session, revision(session))


def change(database: Database, number: int, **values: object) -> None:
    with database.session() as session:
        save_products(session, [dataclasses.replace(make_rows(60)[number], **values)], NOW)


def test_a_price_counts_nothing_and_a_new_value_is_added(shop: Database, counted: list[int]) -> None:
    facts = ShopFacts(CODEBOOKS.fingerprint)
    first = read(facts, shop)
    assert (first.currency, first.facets["colour"]) == ("USD", ("blue", "red", "white"))
    change(shop, 1, price_minor=1)
    assert read(facts, shop) is first
    change(shop, 2, attributes={"colour": ("green",), "new": ("a",)}, brand="Zeta")
    second = read(facts, shop)
    assert second.facets["colour"] == ("blue", "green", "red", "white")
    assert "Zeta" in second.facets["brand"]
    assert "new" not in second.facets
    change(shop, 3, attributes={"colour": ("mauve",)}, active=False)
    assert read(facts, shop) is second
    assert counted == [1]


def test_all_is_counted_again_once_a_facet_may_have_come(shop: Database, counted: list[int]) -> None:
    facts = ShopFacts(CODEBOOKS.fingerprint)
    read(facts, shop)
    for number in range(22):
        change(shop, number, attributes={"fit": ("slim", "loose")[number % 2 :][:1]})
        found = read(facts, shop)
    assert len(counted) == 2
    assert found.facets["fit"] == ("loose", "slim")


def test_a_deletion_counts_anew(shop: Database, counted: list[int]) -> None:
    facts = ShopFacts(CODEBOOKS.fingerprint)
    read(facts, shop)
    with shop.session() as session:
        session.execute(text("DELETE FROM products WHERE id = 3"))
        forget_changes(session)
    read(facts, shop)
    assert counted == [1, 1]


def test_a_shop_that_sold_out_is_refused(shop: Database) -> None:
    facts = ShopFacts(CODEBOOKS.fingerprint)
    read(facts, shop)
    retire(shop, *SKUS)
    with pytest.raises(EmptyCatalogError):
        read(facts, shop)
