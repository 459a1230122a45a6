from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog_db import shopper_lists
from catalog_db.database import Database, Session
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.products import ids_by_sku, save_products, set_active
from catalog_db.rows import ProductRow
from catalog_db.shopper_lists import (
    MAX_QUANTITY,
    ShopperList,
    add_to_cart,
    cart_totals,
    clear_list,
    dismiss,
    get_list,
    listed_skus,
    remove_from_list,
    set_quantity,
    wish,
)

CART, WISHLIST, DISMISSED = ShopperList
MINUTE = dt.timedelta(minutes=1)


def _quantities(session: Session, shopper: str = "ann") -> dict[str, int]:
    return {entry.product.sku: entry.quantity for entry in get_list(session, shopper, CART)}


def test_cart_adds_up_at_the_prices_of_now(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        assert add_to_cart(session, "ann", "S-1", now) == 1
        assert add_to_cart(session, "ann", "K-1", now + MINUTE, quantity=3) == 3
        assert add_to_cart(session, "ann", "S-1", now + 2 * MINUTE, quantity=2) == 3
        assert _quantities(session) == {"S-1": 3, "K-1": 3}
        assert cart_totals(get_list(session, "ann", CART)) == {"USD": 3 * 5999 + 3 * 6000}
        save_products(session, [ProductRow("K-1", "Kettle", "kitchen", price_minor=500, currency="EUR", stock=9)], now)
        assert cart_totals(get_list(session, "ann", CART)) == {"EUR": 1500, "USD": 17997}
        set_quantity(session, "ann", "S-1", 1)
        assert remove_from_list(session, "ann", CART, "K-1")
        assert not remove_from_list(session, "ann", CART, "K-1")
        assert cart_totals(get_list(session, "ann", CART)) == {"USD": 5999}
        assert get_list(session, "ann", CART)[0].added_at == now


def test_what_goes_off_sale_stays_and_is_marked(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        for sku in ("S-1", "K-1"):
            add_to_cart(session, "ann", sku, now)
            wish(session, "ann", sku, now)
        set_active(session, ids_by_sku(session, ["K-1"]).values(), False, now)
    with any_shop.reading() as session:
        for kind in (CART, WISHLIST):
            marks = {entry.product.sku: entry.can_be_bought for entry in get_list(session, "ann", kind)}
            assert marks == {"S-1": True, "K-1": False}
        assert cart_totals(get_list(session, "ann", CART)) == {"USD": 5999}


def test_what_cannot_be_bought_counts_in_no_total(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        add_to_cart(session, "ann", "K-2", now)  # It has no price.
        add_to_cart(session, "ann", "B-1", now, quantity=4)  # There are three.
        assert [entry.can_be_bought for entry in get_list(session, "ann", CART)] == [False, False]
        assert cart_totals(get_list(session, "ann", CART)) == {}
        set_quantity(session, "ann", "B-1", 3)
        assert cart_totals(get_list(session, "ann", CART)) == {"USD": 36000}


def test_two_tabs_at_once_lose_nothing(any_shop: Database, now: dt.datetime) -> None:
    def click(_: int) -> None:
        with any_shop.session() as session:
            add_to_cart(session, "ann", "S-1", now)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(click, range(8)))
    with any_shop.reading() as session:
        assert _quantities(session) == {"S-1": 8}


@pytest.mark.parametrize("quantity", [0, -1, 100, 10**30, 1.0, 1.5, True, "2", None])
def test_quantities_are_whole_numbers(shop: Database, now: dt.datetime, quantity: int) -> None:
    with shop.session() as session:
        add_to_cart(session, "ann", "S-1", now)
        with pytest.raises(CatalogError, match="whole number from 1 to 99"):
            add_to_cart(session, "ann", "S-1", now, quantity=quantity)
        with pytest.raises(CatalogError, match="whole number from 1 to 99"):
            set_quantity(session, "ann", "S-1", quantity)
        assert _quantities(session) == {"S-1": 1}


def test_no_more_than_99_by_adding(shop: Database, now: dt.datetime) -> None:
    with shop.session() as session:
        add_to_cart(session, "ann", "S-1", now, quantity=MAX_QUANTITY)
        with pytest.raises(CatalogError, match="99 are in it"):
            add_to_cart(session, "ann", "S-1", now)


def test_dismissed_and_wanted_exclude_each_other(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        assert wish(session, "ann", "S-1", now)
        assert not wish(session, "ann", "S-1", now)
        assert dismiss(session, "ann", "S-1", now)
        assert not dismiss(session, "ann", "S-1", now)
        assert (listed_skus(session, "ann", WISHLIST), listed_skus(session, "ann", DISMISSED)) == ([], ["S-1"])
        wish(session, "ann", "S-1", now)
        assert (listed_skus(session, "ann", WISHLIST), listed_skus(session, "ann", DISMISSED)) == (["S-1"], [])
        dismiss(session, "ann", "B-1", now)
        add_to_cart(session, "ann", "B-1", now)
        assert listed_skus(session, "ann", DISMISSED) == []
        dismiss(session, "ann", "K-3", now)  # Off sale already, and yet not wanted.
        assert listed_skus(session, "ann", DISMISSED) == ["K-3"]


def test_shoppers_see_nothing_of_each_other(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        for sku in ("K-1", "S-1"):
            add_to_cart(session, "ann", sku, now)
        wish(session, "bob", "S-1", now)
        assert [listed_skus(session, "bob", kind) for kind in ShopperList] == [[], ["S-1"], []]
        assert clear_list(session, "bob", CART) == 0
        assert clear_list(session, "nobody", CART) == 0
        assert not remove_from_list(session, "bob", CART, "S-1")
        with pytest.raises(CatalogError, match="not in the cart"):
            set_quantity(session, "bob", "S-1", 2)
        assert clear_list(session, "ann", CART) == 2
        assert listed_skus(session, "bob", WISHLIST) == ["S-1"]


@pytest.mark.parametrize("sku", ["", "nope", "x" * 500, "nul\x00", "\ud800", "' OR 1=1 --"])
def test_unknown_products(any_shop: Database, now: dt.datetime, sku: str) -> None:
    with any_shop.session() as session:
        for call in (
            lambda: add_to_cart(session, "ann", sku, now),
            lambda: set_quantity(session, "ann", sku, 1),
            lambda: wish(session, "ann", sku, now),
            lambda: dismiss(session, "ann", sku, now),
            lambda: remove_from_list(session, "ann", CART, sku),
        ):
            with pytest.raises(UnknownProductError):
                call()


@pytest.mark.parametrize("shopper", ["", "x" * 129, "nul\x00", "two\nlines", " ann"])
def test_impossible_shoppers(shop: Database, now: dt.datetime, shopper: str) -> None:
    with shop.session() as session:
        for call in (
            lambda: add_to_cart(session, shopper, "S-1", now),
            lambda: get_list(session, shopper, CART),
            lambda: listed_skus(session, shopper, CART),
            lambda: clear_list(session, shopper, CART),
        ):
            with pytest.raises(CatalogError, match="the shopper's key"):
                call()


def test_not_on_sale_or_not_in_stock(shop: Database, now: dt.datetime) -> None:
    with shop.session() as session:
        for call in (add_to_cart, wish):
            with pytest.raises(CatalogError, match="no longer on sale"):
                call(session, "ann", "K-3", now)
        with pytest.raises(CatalogError, match="out of stock"):
            add_to_cart(session, "ann", "B-2", now)
        assert wish(session, "ann", "B-2", now)
        with pytest.raises(CatalogError, match="time zone"):
            wish(session, "ann", "S-1", now.replace(tzinfo=None))


def test_a_list_has_an_end(shop: Database, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shopper_lists, "MAX_ENTRIES", 2)
    with shop.session() as session:
        for sku in ("S-1", "K-1"):
            wish(session, "ann", sku, now)
        with pytest.raises(CatalogError, match="list is full"):
            wish(session, "ann", "B-1", now)
        assert not wish(session, "ann", "S-1", now)
        assert wish(session, "bob", "B-1", now)
