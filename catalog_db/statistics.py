"""The catalog in figures: ``python -m catalog_db stats``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, case, func, select

from catalog_db.database import Session
from catalog_db.models import InteractionEvent, Product, ProductAttribute, SearchQuery, Shopper


@dataclass(frozen=True, slots=True)
class CatalogStatistics:
    """Counts are of products on sale unless they say otherwise.

    Attributes:
        products, off_sale: how many are on sale, and how many are not.
        item_types: type → products, the biggest first.
        price_quartiles: currency → lowest, lower quartile, median, upper quartile and highest, in minor units.
        without_price: products without a price.
        in_stock, out_of_stock, uncounted: products by stock.
        rated, mean_rating: products with a rating, and the mean of their ratings (None without any).
        brands, attribute_names: how many different ones.
        shoppers, events, queries: how many are stored.
    """

    products: int
    off_sale: int
    item_types: Mapping[str, int]
    price_quartiles: Mapping[str, tuple[int, int, int, int, int]]
    without_price: int
    in_stock: int
    out_of_stock: int
    uncounted: int
    rated: int
    mean_rating: float | None
    brands: int
    attribute_names: int
    shoppers: int
    events: int
    queries: int


def catalog_statistics(session: Session) -> CatalogStatistics:
    """Count everything; a few passes over the products."""
    products, without_price, in_stock, out_of_stock, rated, mean_rating, brands = session.execute(
        select(
            func.count(),
            _count_if(Product.price_minor.is_(None)),
            _count_if(Product.stock > 0),
            _count_if(Product.stock <= 0),
            func.count(Product.rating),
            func.avg(Product.rating),
            func.count(func.distinct(Product.brand)),
        ).where(Product.active)
    ).one()
    types = session.execute(
        select(Product.item_type, func.count()).where(Product.active).group_by(Product.item_type)
    ).all()
    attribute_names = session.execute(
        select(func.count(func.distinct(ProductAttribute.name))).join(Product).where(Product.active)
    ).scalar_one()
    return CatalogStatistics(
        products=products,
        off_sale=session.execute(select(func.count()).where(Product.active.is_(False))).scalar_one(),
        item_types=dict(sorted(types, key=lambda row: (-row[1], row[0]))),
        price_quartiles=_price_quartiles(session),
        without_price=without_price,
        in_stock=in_stock,
        out_of_stock=out_of_stock,
        uncounted=products - in_stock - out_of_stock,
        rated=rated,
        mean_rating=mean_rating,
        brands=brands,
        attribute_names=attribute_names,
        shoppers=session.execute(select(func.count()).select_from(Shopper)).scalar_one(),
        events=session.execute(select(func.count()).select_from(InteractionEvent)).scalar_one(),
        queries=session.execute(select(func.count()).select_from(SearchQuery)).scalar_one(),
    )


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _price_quartiles(session: Session) -> dict[str, tuple[int, int, int, int, int]]:
    on_sale = (Product.active, Product.price_minor.is_not(None))
    currencies = session.execute(select(Product.currency).where(*on_sale).distinct()).scalars().all()
    found = {}
    for currency in sorted(currencies):
        prices = session.execute(select(Product.price_minor).where(*on_sale, Product.currency == currency)).scalars()
        values = np.fromiter(prices, dtype=np.int64)
        # An actual price, not a mean of two: "nearest" keeps minor units whole.
        low, first, median, third, high = np.percentile(values, [0, 25, 50, 75, 100], method="nearest").tolist()
        found[currency] = (low, first, median, third, high)
    return found
