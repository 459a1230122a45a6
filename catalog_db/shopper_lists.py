"""A shopper's cart with quantities, wishlist, and what they dismissed ("not for me").

Products are named by SKU and shoppers by key; both may come from a browser, and both are checked. What goes off sale
after it was put on a list stays there and is marked, so that nothing vanishes without a word; it counts in no total.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update

from catalog_db.database import Session
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.models import Product, ShopperList, ShopperListEntry
from catalog_db.products import ProductRecord, by_sku, get_products
from catalog_db.shoppers import find_shopper, lock_shopper
from catalog_db.validation import PRODUCT_LIMITS, check_text

__all__ = [
    *("MAX_ENTRIES", "MAX_QUANTITY", "ListEntry", "ShopperList", "add_to_cart", "cart_totals", "clear_list"),
    *("dismiss", "get_list", "listed_skus", "remove_from_list", "set_quantity", "wish"),
]

MAX_QUANTITY = 99
MAX_ENTRIES = 1000
"""Products on one list: more than a person looks through, and a limit to what a script can fill the database with."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A product on a list, as the catalog holds it now.

    Attributes:
        product: with the price of now; ``active`` is False when it is no longer on sale.
        quantity: how many the shopper wants; 1 on lists other than the cart.
        added_at: when it was first put on the list.
    """

    product: ProductRecord
    quantity: int
    added_at: dt.datetime

    @property
    def can_be_bought(self) -> bool:
        """Whether it is on sale, has a price, and as many are in stock as are wanted."""
        product = self.product
        enough = product.stock is None or product.stock >= self.quantity
        return product.active and product.price_minor is not None and enough

    @property
    def subtotal_minor(self) -> int | None:
        """Price of now times quantity, in minor units of the product's currency; None if it cannot be bought."""
        price = self.product.price_minor
        return price * self.quantity if self.can_be_bought and price is not None else None


def add_to_cart(session: Session, shopper: str, sku: str, now: dt.datetime, *, quantity: int = 1) -> int:
    """Put more of a product into the cart; returns how many of it are in there now.

    What was dismissed is dismissed no longer.

    Raises:
        UnknownProductError: the catalog holds no such product.
        CatalogError: it is not on sale or not in stock, more than :data:`MAX_QUANTITY` would be in the cart, the cart
            is full, the quantity is no whole number from 1, or nobody can be called like this shopper.
    """
    _check_quantity(quantity)
    product = _product(session, sku)
    _require_on_sale(product)
    if not product.in_stock:
        raise CatalogError(f"{product.title} is out of stock")
    owner = lock_shopper(session, shopper, now)
    here = _entry(owner, ShopperList.CART, product.id)
    before = session.execute(select(ShopperListEntry.quantity).where(here)).scalar_one_or_none() or 0
    if before + quantity > MAX_QUANTITY:
        raise CatalogError(f"the cart takes at most {MAX_QUANTITY} of one product, and {before} are in it")
    _put(session, owner, ShopperList.CART, product.id, now, before + quantity)
    _take(session, _entry(owner, ShopperList.DISMISSED, product.id))
    return before + quantity


def set_quantity(session: Session, shopper: str, sku: str, quantity: int) -> None:
    """Change how many of a product are in the cart.

    Raises:
        UnknownProductError: the catalog holds no such product.
        CatalogError: it is not in the cart, or the quantity is no whole number from 1 to :data:`MAX_QUANTITY` (to have
            none, remove it).
    """
    _check_quantity(quantity)
    product = _product(session, sku)
    owner = find_shopper(session, shopper)
    changed = session.execute(
        update(ShopperListEntry)
        .where(_entry(owner or 0, ShopperList.CART, product.id))
        .values(quantity=quantity)
        .returning(ShopperListEntry.product_id),
        execution_options={"synchronize_session": False},
    )
    if changed.first() is None:
        raise CatalogError(f"{product.title} is not in the cart", "add it first")


def wish(session: Session, shopper: str, sku: str, now: dt.datetime) -> bool:
    """Put a product on the wishlist; returns whether it was not there yet. What was dismissed is so no longer.

    Raises:
        UnknownProductError: the catalog holds no such product.
        CatalogError: it is not on sale, the list is full, or nobody can be called like this shopper.
    """
    product = _product(session, sku)
    _require_on_sale(product)
    owner = lock_shopper(session, shopper, now)
    _take(session, _entry(owner, ShopperList.DISMISSED, product.id))
    return _put(session, owner, ShopperList.WISHLIST, product.id, now, 1)


def dismiss(session: Session, shopper: str, sku: str, now: dt.datetime) -> bool:
    """Note that a product is not for this shopper; returns whether that is new. It leaves the wishlist, not the cart.

    Raises:
        UnknownProductError: the catalog holds no such product.
        CatalogError: the list is full, or nobody can be called like this shopper.
    """
    product = _product(session, sku)
    owner = lock_shopper(session, shopper, now)
    _take(session, _entry(owner, ShopperList.WISHLIST, product.id))
    return _put(session, owner, ShopperList.DISMISSED, product.id, now, 1)


def remove_from_list(session: Session, shopper: str, kind: ShopperList, sku: str) -> bool:
    """Take a product off a list; returns whether it was on it.

    Raises:
        UnknownProductError: the catalog holds no such product.
        CatalogError: nobody can be called like this shopper.
    """
    product = _product(session, sku)
    owner = find_shopper(session, shopper)
    return owner is not None and _take(session, _entry(owner, kind, product.id)) > 0


def clear_list(session: Session, shopper: str, kind: ShopperList) -> int:
    """Take everything off a list; returns how many products that were.

    Raises:
        CatalogError: nobody can be called like this shopper.
    """
    return _take(session, _list(find_shopper(session, shopper) or 0, kind))


def get_list(session: Session, shopper: str, kind: ShopperList) -> list[ListEntry]:
    """What is on a list, in the order in which it was put there.

    Raises:
        CatalogError: nobody can be called like this shopper.
    """
    columns = (ShopperListEntry.product_id, ShopperListEntry.quantity, ShopperListEntry.added_at)
    owner = find_shopper(session, shopper) or 0
    rows = session.execute(
        select(*columns).where(_list(owner, kind)).order_by(ShopperListEntry.added_at, ShopperListEntry.product_id)
    ).all()
    products = get_products(session, [row.product_id for row in rows])
    return [
        ListEntry(product, quantity, added_at) for product, (_, quantity, added_at) in zip(products, rows, strict=True)
    ]


def listed_skus(session: Session, shopper: str, kind: ShopperList) -> list[str]:
    """The SKUs on a list, in the order in which they were put there, off sale or not.

    Raises:
        CatalogError: nobody can be called like this shopper.
    """
    owner = find_shopper(session, shopper) or 0
    query = select(Product.sku).join(ShopperListEntry, ShopperListEntry.product_id == Product.id)
    return list(
        session.execute(
            query.where(_list(owner, kind)).order_by(ShopperListEntry.added_at, ShopperListEntry.product_id)
        ).scalars()
    )


def cart_totals(entries: Iterable[ListEntry]) -> dict[str, int]:
    """Currency → what can be bought costs together, in minor units, at the prices of now; ordered by currency."""
    totals: dict[str, int] = {}
    for entry in entries:
        if entry.subtotal_minor is not None:
            currency = entry.product.currency
            totals[currency] = totals.get(currency, 0) + entry.subtotal_minor
    return dict(sorted(totals.items()))


def _list(owner: int, kind: ShopperList) -> ColumnElement[bool]:
    # No shopper has the number 0, so nothing is on the lists of who is not known.
    return and_(ShopperListEntry.shopper_id == owner, ShopperListEntry.kind == ShopperList(kind).value)


def _entry(owner: int, kind: ShopperList, product_id: int) -> ColumnElement[bool]:
    return and_(_list(owner, kind), ShopperListEntry.product_id == product_id)


def _product(session: Session, sku: str) -> ProductRecord:
    if check_text("the SKU", sku, PRODUCT_LIMITS["sku"], required=True):
        raise UnknownProductError(f"the catalog holds no product with SKU {sku!r}")
    return by_sku(session, [sku])[0]


def _require_on_sale(product: ProductRecord) -> None:
    if not product.active:
        raise CatalogError(f"{product.title} is no longer on sale")


def _check_quantity(quantity: int) -> None:
    # A bool is an int, and True is nobody's way to say one.
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= MAX_QUANTITY:
        raise CatalogError(f"a quantity is a whole number from 1 to {MAX_QUANTITY}, not {quantity!r}")


def _put(session: Session, owner: int, kind: ShopperList, product_id: int, now: dt.datetime, quantity: int) -> bool:
    """Put a product on a list, or change how many; whether it is new there. The shopper is locked."""
    changed = session.execute(
        update(ShopperListEntry)
        .where(_entry(owner, kind, product_id))
        .values(quantity=quantity)
        .returning(ShopperListEntry.product_id),
        execution_options={"synchronize_session": False},
    )
    if changed.first() is not None:
        return False
    count = session.execute(select(func.count()).select_from(ShopperListEntry).where(_list(owner, kind))).scalar_one()
    if count >= MAX_ENTRIES:
        raise CatalogError(f"the {kind.value} list is full: it takes {MAX_ENTRIES} products", "remove some first")
    values = {"shopper_id": owner, "kind": kind.value, "product_id": product_id, "quantity": quantity, "added_at": now}
    session.execute(insert(ShopperListEntry).values(**values))
    return True


def _take(session: Session, where: ColumnElement[bool]) -> int:
    statement = delete(ShopperListEntry).where(where).returning(ShopperListEntry.product_id)
    return len(session.execute(statement, execution_options={"synchronize_session": False}).all())
