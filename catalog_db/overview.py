"""A shop at a glance: what it sells, in which currency, and whether it is the sample store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, false, func, select, true

from catalog_db.database import Session
from catalog_db.errors import EmptyCatalogError
from catalog_db.models import Product, ShopInfo
from catalog_db.products import ProductRecord, get_products

_SAMPLE_FACTS = "sample_store_"
"""What the facts begin with that building the sample store leaves in ``shop_info``."""

_ADDED_LAST = 5_000
"""Rows that may be new."""
_LOOKED_AT = 8
"""So many times as many products as are wanted are looked at, so that they can be of several types."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What a shop sells.

    Attributes:
        products: how many products are on sale.
        item_types: item type → products on sale, the biggest type first.
        currency: the currency of most products on sale.
        is_sample: whether this is the sample store, whose products and shoppers are invented.
    """

    products: int
    item_types: Mapping[str, int]
    currency: str
    is_sample: bool


def shop_overview(session: Session) -> Overview:
    """Look at everything on sale.

    Raises:
        EmptyCatalogError: nothing is on sale.
    """
    # By both at once, which is the order of an index; by the currency alone all products would have to be sorted.
    kinds = (Product.item_type, Product.currency)
    counted = session.execute(select(*kinds, func.count()).where(Product.active).group_by(*kinds)).all()
    if not counted:
        raise EmptyCatalogError(
            "the shop has nothing on sale", "fill it: python -m catalog_db sample, or: python -m catalog_db import FILE"
        )
    item_types: Counter[str] = Counter()
    currencies: Counter[str] = Counter()
    for item_type, currency, products in counted:
        item_types[item_type] += products
        currencies[currency] += products
    fact = session.execute(select(ShopInfo.key).where(ShopInfo.key.startswith(_SAMPLE_FACTS)).limit(1)).first()
    # Ties are broken here and not in SQL, where the order of text depends on the database's collation.
    types, (currency, *_) = (sorted(some, key=lambda name: (-some[name], name)) for some in (item_types, currencies))
    return Overview(item_types.total(), {name: item_types[name] for name in types}, currency, fact is not None)


def best_known(session: Session, item_type: str) -> ProductRecord:
    """The product of a type that most people have rated; what can be bought now comes before what cannot.

    Raises:
        EmptyCatalogError: nothing of that type is on sale.
    """
    found = session.execute(
        select(Product.id)
        .where(Product.active, Product.item_type == item_type)
        .order_by(func.coalesce(Product.stock, 1) <= 0, Product.rating_count.desc(), Product.id)
        .limit(1)
    ).scalar_one_or_none()
    if found is None:
        raise EmptyCatalogError(f"the shop has nothing of the type {item_type!r} on sale")
    return get_products(session, [found])[0]


def popular(session: Session, limit: int) -> list[ProductRecord]:
    """What most people have rated among what can be bought now, one of each type before a second of any."""
    # So written, "active" leads to no index of its own, and the one that holds all these columns is read from end to
    # end, without the rows.
    on_sale = func.coalesce(Product.active, false()).is_(true())
    query = select(Product.id).where(on_sale, func.coalesce(Product.stock, 1) > 0)
    return _varied(session, query.order_by(Product.rating_count.desc(), Product.id), limit)


def newest(session: Session, limit: int) -> list[ProductRecord]:
    """What came into the shop last among what can be bought now, one of each type before a second of any.

    Only the rows that were added last are looked at, since no index orders products by their age.
    """
    added = select(Product.id).order_by(Product.id.desc()).limit(_ADDED_LAST).scalar_subquery()
    query = select(Product.id).where(Product.id.in_(added), Product.active, func.coalesce(Product.stock, 1) > 0)
    return _varied(session, query.order_by(Product.created_at.desc(), Product.id), limit)


def _varied(session: Session, query: Select[int], limit: int) -> list[ProductRecord]:
    """The first products of a query, such that no type crowds the others out."""
    found = get_products(session, list(session.execute(query.limit(_LOOKED_AT * limit)).scalars()))
    before: Counter[str] = Counter()
    ranked = []
    for place, product in enumerate(found):
        ranked.append((before[product.item_type], place))
        before[product.item_type] += 1
    return [found[place] for _, place in sorted(ranked)[:limit]]
