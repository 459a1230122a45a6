from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable

import pytest

from catalog_db.database import Database
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.models import EventKind
from catalog_db.products import ids_by_sku, save_products, set_active
from neo_assistant.shopper_account import Cart, Forgotten, Settings, ShopperAccount, ShopperList
from tests.neo_assistant.ui_products import NOW, make_rows


@pytest.fixture
def any_shop(any_database: Database) -> Database:
    with any_database.session() as session:
        save_products(session, make_rows(), NOW)
    return any_database


@pytest.fixture
def account(any_shop: Database) -> ShopperAccount:
    ticks = itertools.count()
    return ShopperAccount(any_shop, lambda: NOW + dt.timedelta(seconds=next(ticks)))


def done(account: ShopperAccount, shopper: str = "ann") -> list[tuple[str, EventKind]]:
    return [(entry.product.sku, entry.kind) for entry in account.history(shopper)]


def test_the_cart_and_its_totals(any_shop: Database, account: ShopperAccount) -> None:
    assert account.cart("ann") == Cart((), {})
    assert [account.add_to_cart("ann", sku) for sku in ("MUG-1", "MUG-2", "MUG-1")] == [1, 1, 2]
    account.set_quantity("ann", "MUG-2", 3)
    cart = account.cart("ann")
    assert [(entry.product.sku, entry.quantity) for entry in cart.entries] == [("MUG-1", 2), ("MUG-2", 3)]
    assert cart.totals == {"USD": 2 * 1250 + 3 * 1500}
    assert account.cart("bob").entries == ()
    with any_shop.session() as session:
        set_active(session, list(ids_by_sku(session, ["MUG-2"]).values()), False, NOW)
    assert account.cart("ann").totals == {"USD": 2 * 1250}, "what cannot be bought costs nothing"
    assert account.remove("ann", ShopperList.CART, "MUG-1")
    assert not account.remove("ann", ShopperList.CART, "MUG-1")
    assert account.clear("ann", ShopperList.CART) == 1
    assert account.cart("ann") == Cart((), {})


def test_what_cannot_be_bought_is_refused_and_not_recorded(account: ShopperAccount) -> None:
    with pytest.raises(CatalogError, match="out of stock"):
        account.add_to_cart("ann", "BOOT-6")
    with pytest.raises(UnknownProductError):
        account.add_to_cart("ann", "COW-1")
    with pytest.raises(CatalogError, match="not in the cart"):
        account.set_quantity("ann", "MUG-1", 2)
    account.add_to_cart("ann", "MUG-1")
    for quantity in (0, -1, 100):
        with pytest.raises(CatalogError):
            account.set_quantity("ann", "MUG-1", quantity)
    assert done(account) == [("MUG-1", EventKind.CARTED)]


def test_wishes_and_what_is_not_for_this_shopper(account: ShopperAccount) -> None:
    assert account.wish("ann", "MUG-1")
    assert not account.wish("ann", "MUG-1")
    assert account.dismiss("ann", "MUG-2")
    assert not account.dismiss("ann", "MUG-2")
    assert [entry.product.sku for entry in account.wishlist("ann")] == ["MUG-1"]
    assert [entry.product.sku for entry in account.dismissed("ann")] == ["MUG-2"]
    account.wish("ann", "MUG-2")
    assert account.dismissed("ann") == []
    account.dismiss("ann", "MUG-1")
    assert [entry.product.sku for entry in account.wishlist("ann")] == ["MUG-2"]
    assert account.wishlist("bob") == account.dismissed("bob") == []
    assert account.clear("ann", ShopperList.DISMISSED) == 1


def test_the_history_shows_what_was_done_and_can_be_forgotten(account: ShopperAccount) -> None:
    account.viewed("ann", "MUG-1")
    account.add_to_cart("ann", "MUG-2")
    account.wish("ann", "MUG-3")
    account.dismiss("ann", "MUG-4")
    account.viewed("bob", "MUG-5")
    assert done(account) == [
        ("MUG-4", EventKind.DISMISSED),
        ("MUG-3", EventKind.VIEWED),
        ("MUG-2", EventKind.CARTED),
        ("MUG-1", EventKind.VIEWED),
    ]
    assert [entry.at for entry in account.history("ann", limit=2)] == sorted(
        (entry.at for entry in account.history("ann")), reverse=True
    )[:2]
    assert account.forget("ann") == Forgotten(events=4, conversations=0)
    assert done(account) == []
    assert len(account.cart("ann").entries) == len(account.wishlist("ann")) == len(account.dismissed("ann")) == 1
    assert done(account, "bob") == [("MUG-5", EventKind.VIEWED)]


@pytest.mark.parametrize(
    "act", [ShopperAccount.viewed, ShopperAccount.add_to_cart, ShopperAccount.wish, ShopperAccount.dismiss]
)
def test_without_leave_nothing_is_recorded(account: ShopperAccount, act: Callable[..., object]) -> None:
    account.viewed("ann", "MUG-5")
    account.save_settings("ann", Settings(history=False, taste=False))
    assert account.settings("ann") == Settings(history=False, taste=False)
    assert account.settings("bob") == Settings()
    act(account, "ann", "MUG-1")
    assert done(account) == [("MUG-5", EventKind.VIEWED)], "what is stored stays to be seen until it is forgotten"


@pytest.mark.parametrize("shopper", ["", " ann", "a\x00b", "x" * 200])
def test_nobody_can_be_called_that(account: ShopperAccount, shopper: str) -> None:
    for act in (account.viewed, account.add_to_cart, account.wish, account.dismiss):
        with pytest.raises(CatalogError, match="shopper's key"):
            act(shopper, "MUG-1")
    for look in (account.cart, account.wishlist, account.dismissed, account.history, account.settings, account.forget):
        with pytest.raises(CatalogError, match="shopper's key"):
            look(shopper)


def test_clicks_at_once_are_all_counted(account: ShopperAccount) -> None:
    failures: list[BaseException] = []

    def click() -> None:
        try:
            for _ in range(5):
                account.add_to_cart("ann", "MUG-1")
                account.wish("ann", "MUG-2")
        except CatalogError as error:
            failures.append(error)

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [entry.quantity for entry in account.cart("ann").entries] == [20]
    assert len(account.wishlist("ann")) == 1
