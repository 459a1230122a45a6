"""What shoppers can narrow the catalog down by: brand, attributes and price, counted over products on sale.

Real catalogs have thousands of attribute names, most of them on a handful of products (a real one of 19,406 products:
5,354 names). An attribute is worth being a facet when enough products carry it to make it useful, and when its
values are few enough to choose from: by default at least ``MIN_PRODUCTS`` products and 2 to ``MAX_VALUES`` values.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from catalog_db.database import Session
from catalog_db.id_stream import IDS_PER_BLOCK, parse_integers
from catalog_db.models import Product, ProductAttribute

BRAND = "brand"
MIN_PRODUCTS = 20
MAX_VALUES = 200
MIN_SHARED = 2


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value and how many products on sale have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A name with its values, the most frequent first; ``products`` carry at least one of them."""

    name: str
    values: tuple[FacetValue, ...]
    products: int


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The lowest and highest price on sale, in minor units."""

    lowest: int
    highest: int


def facets(
    session: Session,
    *,
    item_types: Collection[str] | None = None,
    min_products: int = MIN_PRODUCTS,
    max_values: int = MAX_VALUES,
    max_shared: int = 0,
) -> list[Facet]:
    """Brand, if it is worth it, and every attribute worth it, those that most products carry first.

    Args:
        session: any session.
        item_types: count products of these types only.
        min_products: an attribute on fewer products is left out.
        max_values: an attribute with more distinct values is left out, and so is one with a single value.
        max_shared: up to so many values it is kept all the same if ``MIN_SHARED`` products on average share one, so
            that it tells apart sorts of products rather than products. Of a brand that is taken for granted.
    """
    on_sale = [Product.active] + ([Product.item_type.in_(sorted(item_types))] if item_types is not None else [])
    names = session.execute(
        select(
            ProductAttribute.name,
            func.count(func.distinct(ProductAttribute.product_id)).label("products"),
            func.count(func.distinct(ProductAttribute.value)).label("distinct_values"),
        )
        .join(Product)
        .where(*on_sale)
        .group_by(ProductAttribute.name)
    ).all()
    carried = {
        row.name: row.products
        for row in names
        if row.products >= min_products
        and 2 <= row.distinct_values <= max(max_values, min(max_shared, row.products // MIN_SHARED))
    }
    counted: dict[str, list[FacetValue]] = {name: [] for name in carried}
    if carried:
        rows = session.execute(
            select(ProductAttribute.name, ProductAttribute.value, func.count())
            .join(Product)
            .where(*on_sale, ProductAttribute.name.in_(sorted(carried)))
            .group_by(ProductAttribute.name, ProductAttribute.value)
        )
        for name, value, count in rows:
            counted[name].append(FacetValue(value, count))
    found = [Facet(name, _by_count(values), carried[name]) for name, values in counted.items()]
    found.sort(key=lambda facet: (-facet.products, facet.name))

    brands = session.execute(
        select(Product.brand, func.count()).where(*on_sale, Product.brand.is_not(None)).group_by(Product.brand)
    ).all()
    branded = sum(count for _, count in brands)
    if branded >= min_products and 2 <= len(brands) <= max(max_values, max_shared):
        values = [FacetValue(str(brand), count) for brand, count in brands]
        found.insert(0, Facet(BRAND, _by_count(values), branded))
    return found


def facet_pairs(session: Session, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], list[str]]:
    """Which product, on sale or not, carries which value of a facet, without an object for each of them.

    Args:
        session: a reading session; what it sees must not change between blocks.
        name: an attribute, or ``brand``.

    Returns:
        Product ids ``(n,)`` int64, the number of a value each ``(n,)`` int32, and the values by number, sorted.
        A product with several values has as many pairs. All are empty where nothing carries the name.
    """
    where: ColumnElement[bool] = ProductAttribute.name == name
    value: InstrumentedAttribute[Any] = ProductAttribute.value
    product_id = ProductAttribute.product_id
    if name == BRAND:
        value, product_id, where = Product.brand, Product.id, Product.brand.is_not(None)
    joined = func.aggregate_strings(cast(product_id, String), ",")
    ids: dict[str, list[npt.NDArray[np.int64]]] = {}
    highest = session.execute(select(func.max(product_id)).where(where)).scalar_one()
    for start in range(0, 0 if highest is None else highest + 1, IDS_PER_BLOCK):
        inside = (product_id >= start, product_id < start + IDS_PER_BLOCK) if highest >= IDS_PER_BLOCK else ()
        for word, found in session.execute(select(value, joined).where(where, *inside).group_by(value)):
            ids.setdefault(word, []).append(parse_integers(found))
    values = sorted(ids)
    blocks = [(number, block) for number, word in enumerate(values) for block in ids[word]]
    numbers = np.repeat(np.array([number for number, _ in blocks], np.int32), [len(block) for _, block in blocks])
    return np.concatenate([np.empty(0, np.int64), *(block for _, block in blocks)]), numbers, values


def price_range(session: Session, *, item_types: Collection[str] | None = None) -> PriceRange | None:
    """The lowest and highest price on sale; None when nothing has a price."""
    query = select(func.min(Product.price_minor), func.max(Product.price_minor)).where(Product.active)
    if item_types is not None:
        query = query.where(Product.item_type.in_(sorted(item_types)))
    lowest, highest = session.execute(query).one()
    return None if lowest is None or highest is None else PriceRange(lowest, highest)


def _by_count(values: list[FacetValue]) -> tuple[FacetValue, ...]:
    return tuple(sorted(values, key=lambda value: (-value.count, value.value)))
