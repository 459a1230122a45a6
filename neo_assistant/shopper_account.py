"""What a shopper does beside talking: cart, wishlist, what is not for them, history, settings.

Each method is one transaction. Shoppers are named by a key and products by SKU; both may come from a browser, and both
are checked in :mod:`catalog_db`. What a shopper does with a product is recorded where they let the shop keep a history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalog_db import shopper_lists, shopper_settings
from catalog_db.conversations import list_conversations
from catalog_db.database import Database
from catalog_db.events import history
from catalog_db.models import EventKind
from catalog_db.products import ProductRecord, get_products
from catalog_db.shopper_lists import ListEntry, ShopperList, cart_totals, get_list
from catalog_db.shopper_settings import Forgotten, Settings, get_settings, record_action
from catalog_db.shoppers import find_shopper
from neo_assistant.conversation_turns import forget_histories

__all__ = ["Cart", "Forgotten", "HistoryEntry", "ListEntry", "Settings", "ShopperAccount", "ShopperList"]


@dataclass(frozen=True)
class Cart:
    """A cart, and what its entries that can be bought cost together: currency → minor units."""

    entries: tuple[ListEntry, ...]
    totals: Mapping[str, int]


@dataclass(frozen=True)
class HistoryEntry:
    """A product, as the catalog holds it now, and what the shopper did with it."""

    product: ProductRecord
    kind: EventKind
    at: dt.datetime


class ShopperAccount:
    """Lists, history and settings of the shoppers of one database. Safe to share between threads.

    Every method raises CatalogError if nobody can be called like the shopper, and those that take a SKU raise
    UnknownProductError if the catalog holds no such product.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._database = database
        self._clock = clock

    def add_to_cart(self, shopper: str, sku: str) -> int:
        """Put one more of a product into the cart; returns how many of it are in there now.

        Raises:
            CatalogError: it cannot be bought now, or the cart takes no more of it.
        """
        now = self._clock()
        with self._database.session() as session:
            quantity = shopper_lists.add_to_cart(session, shopper, sku, now)
            record_action(session, shopper, sku, EventKind.CARTED, now)
            return quantity

    def set_quantity(self, shopper: str, sku: str, quantity: int) -> None:
        """Change how many of a product are in the cart.

        Raises:
            CatalogError: it is not in the cart, or so many cannot be (to have none, :meth:`remove` it).
        """
        with self._database.session() as session:
            shopper_lists.set_quantity(session, shopper, sku, quantity)

    def wish(self, shopper: str, sku: str) -> bool:
        """Put a product on the wishlist; returns whether it was not there yet. Who wishes for something has seen it.

        Raises:
            CatalogError: it is not on sale, or the list is full.
        """
        now = self._clock()
        with self._database.session() as session:
            is_new = shopper_lists.wish(session, shopper, sku, now)
            record_action(session, shopper, sku, EventKind.VIEWED, now)
            return is_new

    def dismiss(self, shopper: str, sku: str) -> bool:
        """Note that a product is not for this shopper, so that no reply names it; returns whether that is new.

        Raises:
            CatalogError: the list is full.
        """
        now = self._clock()
        with self._database.session() as session:
            is_new = shopper_lists.dismiss(session, shopper, sku, now)
            record_action(session, shopper, sku, EventKind.DISMISSED, now)
            return is_new

    def viewed(self, shopper: str, sku: str) -> bool:
        """Note that the shopper looked at a product; returns whether that was recorded, which is for them to decide."""
        with self._database.session() as session:
            return record_action(session, shopper, sku, EventKind.VIEWED, self._clock())

    def remove(self, shopper: str, kind: ShopperList, sku: str) -> bool:
        """Take a product off a list; returns whether it was on it."""
        with self._database.session() as session:
            return shopper_lists.remove_from_list(session, shopper, kind, sku)

    def clear(self, shopper: str, kind: ShopperList) -> int:
        """Take everything off a list; returns how many products that were."""
        with self._database.session() as session:
            return shopper_lists.clear_list(session, shopper, kind)

    def cart(self, shopper: str) -> Cart:
        """What is in the cart, at the prices of now."""
        with self._database.reading() as session:
            entries = get_list(session, shopper, ShopperList.CART)
        return Cart(tuple(entries), cart_totals(entries))

    def wishlist(self, shopper: str) -> list[ListEntry]:
        """What the shopper wishes for, in the order in which it was put there."""
        return self._list(shopper, ShopperList.WISHLIST)

    def dismissed(self, shopper: str) -> list[ListEntry]:
        """What is not for this shopper, in the order in which they said so."""
        return self._list(shopper, ShopperList.DISMISSED)

    def history(self, shopper: str, limit: int = 100) -> list[HistoryEntry]:
        """What the shop has recorded, the newest first: also what it may not use because the history is off."""
        with self._database.reading() as session:
            find_shopper(session, shopper)  # which checks the key
            events = history(session, shopper, limit=limit)[::-1]
            products = get_products(session, [event.product_id for event in events])
        return [HistoryEntry(product, event.kind, event.at) for product, event in zip(products, events, strict=True)]

    def settings(self, shopper: str) -> Settings:
        """What the shopper lets the shop remember and use; everything until they say otherwise."""
        with self._database.reading() as session:
            return get_settings(session, shopper)

    def save_settings(self, shopper: str, settings: Settings) -> None:
        """Keep the shopper's settings; switching the history off deletes nothing (:meth:`forget` does)."""
        with self._database.session() as session:
            shopper_settings.save_settings(session, shopper, settings, self._clock())

    def forget(self, shopper: str, keep_conversation: str | None = None) -> Forgotten:
        """Delete the shopper's history and conversations, but for the one that is open; lists and settings stay.

        Histories that turns of the open conversation were asked with are taken out of it.
        """
        with self._database.session() as session:
            gone = shopper_settings.forget_history(session, shopper, keep_conversation=keep_conversation)
            for conversation in list_conversations(session, shopper):
                forget_histories(session, conversation.id)
            return gone

    def _list(self, shopper: str, kind: ShopperList) -> list[ListEntry]:
        with self._database.reading() as session:
            return get_list(session, shopper, kind)
