from __future__ import annotations

import dataclasses

import pytest

from catalog_db.database import Database
from catalog_db.errors import EmptyCatalogError
from catalog_db.products import save_products
from neo_assistant.ui.welcome import make_welcome
from tests.neo_assistant.ui_products import NOW, make_product, make_rows


def test_the_examples_are_of_this_shop(shop: Database) -> None:
    with shop.reading() as session:
        welcome = make_welcome(session)
    assert welcome.what.startswith("7 products: kitchen, footwear.")
    assert welcome.examples == ("Mug under $25", "Brown hiking boot", "A gift for a friend under $30")
    assert not welcome.is_sample


def test_a_catalog_of_few_facts_has_examples_too(database: Database) -> None:
    bare = [
        dataclasses.replace(make_product().to_row(), sku=str(n), item_type=item_type, price_minor=None, attributes={})
        for n, item_type in enumerate(("home_garden", "toys", "books", "music"))
    ]
    with database.session() as session:
        save_products(session, bare, NOW)
    with database.reading() as session:
        welcome = make_welcome(session)
    assert "books, home garden, music and more" in welcome.what
    assert welcome.examples[:3] == ("A books that lasts", "Home garden, in stock", "What goes well with a music?")


def test_an_expensive_thing_needs_no_round_limit(database: Database) -> None:
    row = dataclasses.replace(make_rows()[0], price_minor=999_900)
    with database.session() as session:
        save_products(session, [row], NOW)
    with database.reading() as session:
        assert make_welcome(session).examples[0] == "Mug under $9,999"


def test_an_empty_shop_cannot_welcome(database: Database) -> None:
    with database.reading() as session, pytest.raises(EmptyCatalogError):
        make_welcome(session)
