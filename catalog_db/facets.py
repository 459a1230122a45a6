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
from catalog_db.eligibility import ON_SALE, matching_product_ids
from catalog_db.id_stream import IDS_PER_BLOCK, fetch_ids, parse_integers
from catalog_db.models import Product, ProductAttribute

BRAND = "brand"
MIN_PRODUCTS = 20
MAX_VALUES = 200
MIN_SHARED = 2

_VALUES_PER_QUERY = MAX_VALUES + 1
"""So a name with too many values is read no further than it takes to know that."""


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

    Reads one index of the attributes and never a product: a second for a million products with two attributes each.

    Args:
        session: a reading session.
        item_types: count products of these types only.
        min_products: an attribute on fewer products is left out.
        max_values: an attribute with more distinct values is left out, and so is one with a single value.
        max_shared: up to so many values it is kept all the same if ``MIN_SHARED`` products on average share one, so
            that it tells apart sorts of products rather than products. Of a brand that is taken for granted.
    """
    counts = _on_sale(session, item_types)
    per_name = (
        select(ProductAttribute.name, func.count()).group_by(ProductAttribute.name).order_by(ProductAttribute.name)
    )
    found = []
    for name, pairs in session.execute(per_name.having(func.count() >= min_products)).all():
        facet = _facet(session, name, counts, max(max_values, min(max_shared, pairs // MIN_SHARED)))
        if facet is None or facet.products < min_products:
            continue
        # Fewer products than pairs carry it, where some are off sale or carry several of its values.
        if len(facet.values) <= max(max_values, min(max_shared, facet.products // MIN_SHARED)):
            found.append(facet)
    found.sort(key=lambda facet: (-facet.products, facet.name))
    brand = _facet(session, BRAND, counts, max(max_values, max_shared))
    return found if brand is None or brand.products < min_products else [brand, *found]


def _on_sale(session: Session, item_types: Collection[str] | None) -> npt.NDArray[np.bool_]:
    """Which products count, by product id: (highest id + 1,) bool."""
    highest = session.execute(select(func.max(Product.id))).scalar_one()
    counts = np.zeros(0 if highest is None else highest + 1, dtype=bool)
    if item_types is None:
        counts[:] = True
    else:
        of_types = select(Product.id).where(Product.item_type.in_(sorted(item_types)))
        counts[fetch_ids(session, Product.id, of_types)] = True
    counts[matching_product_ids(session, ON_SALE).ids] = False
    return counts


def _facet(session: Session, name: str, counts: npt.NDArray[np.bool_], max_values: int) -> Facet | None:
    """A name with its values among products that count; None if there are fewer than two, or more than so many."""
    value, product_id, where = _columns(name)
    joined = func.aggregate_strings(cast(product_id, String), ",")
    page = select(value, joined).where(where).group_by(value).order_by(value).limit(_VALUES_PER_QUERY)
    carry = np.zeros(len(counts), dtype=bool)
    values: list[FacetValue] = []
    rows = session.execute(page).all()
    while rows and len(values) <= max_values:
        for word, text in rows:
            ids = parse_integers(text)
            ids = ids[counts[ids]]
            carry[ids] = True
            if len(ids):
                values.append(FacetValue(word, len(ids)))
        rows = session.execute(page.where(value > rows[-1][0])).all()
    if not 2 <= len(values) <= max_values:
        return None
    return Facet(name, _by_count(values), int(np.count_nonzero(carry)))


def _columns(name: str) -> tuple[InstrumentedAttribute[Any], InstrumentedAttribute[int], ColumnElement[bool]]:
    """Where a facet's values and their products stand, and which rows are of it."""
    if name == BRAND:
        return Product.brand, Product.id, Product.brand.is_not(None)
    return ProductAttribute.value, ProductAttribute.product_id, ProductAttribute.name == name


def facet_pairs(session: Session, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], list[str]]:
    """Which product, on sale or not, carries which value of a facet, without an object for each of them.

    Args:
        session: a reading session; what it sees must not change between blocks.
        name: an attribute, or ``brand``.

    Returns:
        Product ids ``(n,)`` int64, the number of a value each ``(n,)`` int32, and the values by number, sorted.
        A product with several values has as many pairs. All are empty where nothing carries the name.
    """
    value, product_id, where = _columns(name)
    joined = func.aggregate_strings(cast(product_id, String), ",")
    ids: dict[str, list[npt.NDArray[np.int64]]] = {}
    highest = session.execute(select(func.max(product_id)).where(where)).scalar_one()
    for start in range(0, 0 if highest is None else highest + 1, IDS_PER_BLOCK):
        inside = (product_id.between(start, min(start + IDS_PER_BLOCK - 1, highest)),)
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
