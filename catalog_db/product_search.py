"""Find products by words of their title, brand or SKU, for people who look one up.

A look at every product: a second for a million of them. What shoppers ask for is not searched here; the model reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, or_, select

from catalog_db.database import Session
from catalog_db.models import Product
from catalog_db.products import ProductRecord, get_products

MAX_WORDS = 8


@dataclass(frozen=True, slots=True)
class ProductQuery:
    """Which products are looked for; what is empty or None makes no difference.

    Attributes:
        words: separated by spaces, in either case; title, brand and SKU together have to hold each of them. At most
            :data:`MAX_WORDS` are looked for.
        brand, item_type: exactly.
        active: True for what is on sale, False for what is not.
    """

    words: str = ""
    brand: str = ""
    item_type: str = ""
    active: bool | None = None


def find_products(session: Session, query: ProductQuery, *, limit: int = 20, offset: int = 0) -> list[ProductRecord]:
    """A page of the products that a query means.

    A product whose SKU is exactly what was typed comes first, the others in the order of their titles.

    Args:
        session: any session.
        query: which products.
        limit: at most so many.
        offset: leave out so many of the first ones.
    """
    is_sku = case((Product.sku == query.words.strip(), 0), else_=1)
    ids = select(Product.id).where(*_where(query)).order_by(is_sku, func.lower(Product.title), Product.id)
    return get_products(session, session.execute(ids.limit(limit).offset(offset)).scalars().all())


def count_found(session: Session, query: ProductQuery) -> int:
    """How many products a query means."""
    return session.execute(select(func.count()).select_from(Product).where(*_where(query))).scalar_one()


def search_products(
    session: Session, words: str, *, active_only: bool = True, limit: int = 20, offset: int = 0
) -> list[ProductRecord]:
    """Products by words alone, see :func:`find_products`; on sale, unless ``active_only`` is False."""
    query = ProductQuery(words, active=True if active_only else None)
    return find_products(session, query, limit=limit, offset=offset)


def _where(query: ProductQuery) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [_holds(word) for word in query.words.split()[:MAX_WORDS]]
    if query.brand:
        where.append(Product.brand == query.brand)
    if query.item_type:
        where.append(Product.item_type == query.item_type)
    if query.active is not None:
        where.append(Product.active.is_(query.active))
    return where


def _holds(word: str) -> ColumnElement[bool]:
    columns = (Product.title, Product.brand, Product.sku)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
