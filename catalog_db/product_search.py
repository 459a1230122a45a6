"""Find products by words of their title, brand or SKU, for people who look one up.

A look at every product: a second for a million of them. What shoppers ask for is not searched here; the model reads it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, func, or_, select

from catalog_db.database import Session
from catalog_db.models import Product
from catalog_db.products import ProductRecord, get_products

MAX_WORDS = 8


def search_products(
    session: Session, words: str, *, active_only: bool = True, limit: int = 20, offset: int = 0
) -> list[ProductRecord]:
    """Products whose title, brand and SKU hold every word, in either case; no word finds all of them.

    A product whose SKU is exactly what was typed comes first, the others in the order of their titles.

    Args:
        session: any session.
        words: separated by spaces; at most :data:`MAX_WORDS` are looked for.
        active_only: leave out what is off sale.
        limit: at most so many.
        offset: leave out so many of the first ones.
    """
    typed = words.strip()
    where: list[ColumnElement[bool]] = [_holds(word) for word in typed.split()[:MAX_WORDS]]
    if active_only:
        where.append(Product.active.is_(True))
    is_sku = case((Product.sku == typed, 0), else_=1)
    query = select(Product.id).where(*where).order_by(is_sku, func.lower(Product.title), Product.id)
    return get_products(session, session.execute(query.limit(limit).offset(offset)).scalars().all())


def _holds(word: str) -> ColumnElement[bool]:
    columns = (Product.title, Product.brand, Product.sku)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
