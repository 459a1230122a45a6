"""Conditions as WHERE clauses."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, func, select, text

from catalog_db.conditions import Conditions
from catalog_db.models import Product, ProductAttribute


def clauses(conditions: Conditions, *, few: bool = False) -> list[ColumnElement[bool]]:
    """What must hold of a row of ``products``; being on sale is not among it.

    Args:
        conditions: none of them may be left out.
        few: only some products are looked at, by their ids: then each is looked up, where otherwise the list of all
            that carry an attribute is found by an index at once.
    """
    found: list[ColumnElement[bool]] = []
    if conditions.item_types:
        found.append(Product.item_type.in_(sorted(conditions.item_types)))
    if conditions.brands:
        found.append(Product.brand.in_(sorted(conditions.brands)))
    for name, accepted in conditions.attributes:
        having = select(ProductAttribute.product_id).where(carries(name, accepted))
        of_product = having.where(ProductAttribute.product_id == Product.id).exists()
        found.append(of_product if few else Product.id.in_(having))
    if conditions.min_price is not None:
        found.append(Product.price_minor >= conditions.min_price)
    if conditions.max_price is not None:
        found.append(Product.price_minor <= conditions.max_price)
    if conditions.min_rating is not None:
        found.append(Product.rating >= conditions.min_rating)
    if conditions.in_stock:
        # With OR, SQLite would look both halves up in an index of stocks, and then every row they lead to.
        found.append(func.coalesce(Product.stock, 1) > 0)
    if conditions.sql is not None:
        found.append(predicate(conditions.sql))
    for part in conditions.also:
        found += clauses(part, few=few)
    return found


def on_sale() -> ColumnElement[bool]:
    """Whether a row of ``products`` is on sale; nearly all are, so no index on it is worth following."""
    return func.coalesce(Product.active, false())


def carries(name: str, accepted: tuple[str, ...]) -> ColumnElement[bool]:
    """What must hold of a row of ``product_attributes``."""
    return (ProductAttribute.name == name) & ProductAttribute.value.in_(accepted)


def predicate(sql: str) -> ColumnElement[bool]:
    """A checked predicate as it was written. A colon in it, which only a string literal can hold, binds nothing."""
    return text(f"({sql.replace(':', chr(92) + ':')})")  # type: ignore[return-value]
