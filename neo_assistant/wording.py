"""How the shop words a product for people, the same on the page and in the terminal."""

from __future__ import annotations

from catalog_db.money import format_price
from catalog_db.products import ProductRecord
from neo_assistant.events import Total

LAST_FEW = 5
"""Up to this many units the shopper is told how many are left."""


def price_text(product: ProductRecord) -> str:
    """The price with its currency, e.g. ``$59.90``."""
    if product.price_minor is None:
        return "Price not stated"
    return format_price(product.price_minor, product.currency)


def total_text(total: Total) -> str:
    """``Together $286.50``"""
    return f"Together {format_price(total.minor, total.currency)}"


def availability(product: ProductRecord) -> str:
    """Whether it can be bought now, and how many are left when they are few."""
    if not product.active:
        return "No longer sold"
    if not product.in_stock:
        return "Out of stock"
    if product.stock is not None and product.stock <= LAST_FEW:
        return f"Only {product.stock} left"
    return "In stock"
