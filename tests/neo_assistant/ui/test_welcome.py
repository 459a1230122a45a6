from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given

from catalog_db.database import Database
from catalog_db.errors import EmptyCatalogError
from catalog_db.products import save_products
from neo_assistant.ui.welcome import ON_A_SHELF, LiveWelcome, Welcome, make_welcome, shelf, welcome_html
from tests.neo_assistant.ui.pages import TEXTS, Page, assert_harmless
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


def test_what_is_popular_and_what_is_new_stand_on_shelves(database: Database) -> None:
    rows = [
        dataclasses.replace(
            make_product(number, rating_count=number).to_row(),
            item_type="kitchen" if number % 2 else "garden",
            created_at=NOW - dt.timedelta(days=number),
        )
        for number in range(1, 12)
    ]
    with database.session() as session:
        save_products(session, rows, NOW)
    with database.reading() as session:
        welcome = make_welcome(session)
    assert [product.sku for product in welcome.popular] == ["MUG-11", "MUG-10", "MUG-9", "MUG-8"]
    assert [product.sku for product in welcome.new] == ["MUG-1", "MUG-2", "MUG-3", "MUG-4"]


def test_a_shop_of_few_products_shows_each_once(shop: Database) -> None:
    with shop.reading() as session:
        welcome = make_welcome(session)
    shelved = [product.sku for product in (*welcome.popular, *welcome.new)]
    assert len(shelved) == len(set(shelved))
    assert len(welcome.popular) == ON_A_SHELF
    assert "BOOT-6" not in shelved, "it is out of stock"


WELCOME = Welcome("7 products: mugs.", ("A <b>mug</b>", "A gift"), True, (make_product(1),), (make_product(2),))


def test_the_empty_page_offers_requests_and_products() -> None:
    page = Page(welcome_html(WELCOME))
    assert [button["value"] for button in page.buttons if button["name"] == "ask"] == ["A <b>mug</b>", "A gift"]
    assert page.words_of("ask") == ["A <b>mug</b>", "A gift"]
    assert page.words_of("cart") == ["Add to cart: Mug number 1", "Add to cart: Mug number 2"]
    assert page.words_of("similar") == ["More like Mug number 1", "More like Mug number 2"]
    assert page.text.index("A gift") < page.text.index("Popular") < page.text.index("New")
    assert "This is a sample store" in page.text
    assert "sample store" not in welcome_html(dataclasses.replace(WELCOME, is_sample=False))


def test_an_empty_shelf_is_not_shown() -> None:
    assert shelf("New", ()) == ""
    assert "New" not in welcome_html(dataclasses.replace(WELCOME, new=()))


@given(TEXTS, TEXTS)
def test_text_from_the_catalog_never_becomes_markup(title: str, words: str) -> None:
    hostile = dataclasses.replace(WELCOME, what=words, examples=(words,), new=(make_product(3, title=title or "x"),))
    assert_harmless(welcome_html(hostile), welcome_html(WELCOME))


def test_the_empty_page_is_of_the_catalog_as_it_is(shop: Database) -> None:
    live = LiveWelcome(shop)
    before = live.html()
    assert live.html() is before
    with shop.session() as session:
        rows = [dataclasses.replace(row, title=f"Renamed {row.sku}") for row in make_rows()]
        save_products(session, rows, NOW)
    assert "Renamed" not in before
    assert "Renamed" in live.html()


def test_a_shop_that_has_nothing_left_says_so(shop: Database) -> None:
    live = LiveWelcome(shop)
    live.html()
    with shop.session() as session:
        save_products(session, [dataclasses.replace(row, active=False) for row in make_rows()], NOW)
    assert "Nothing is on sale" in live.html()
