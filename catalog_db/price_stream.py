"""Read prices by the million as arrays, and those that changed since a revision.

As in :mod:`catalog_db.id_stream` the database joins the values of many rows to one text. A total can be taken of prices
in one currency only, so a price in another one counts as not known.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, String, case, cast, func, select

from catalog_db.database import Session
from catalog_db.id_stream import parse_integers
from catalog_db.models import Product
from catalog_db.revisions import knows_changes_since

IDS_PER_BLOCK = 1 << 20
NOT_KNOWN = -1
"""Stands for a price that there is not."""

Prices = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Product ids ``(n,)`` in no order, each once, and their prices ``(n,)`` in minor units or ``NOT_KNOWN``."""

_IDS_PER_QUERY = 500


def iter_prices(session: Session, currency: str) -> Iterator[Prices]:
    """The prices of all products, on sale or not, in blocks that are not empty."""
    lowest, highest = session.execute(select(func.min(Product.id), func.max(Product.id))).one()
    if lowest is None:
        return
    for start in range(lowest, highest + 1, IDS_PER_BLOCK):
        block = _block(session, currency, Product.id.between(start, min(start + IDS_PER_BLOCK - 1, highest)))
        if len(block[0]):
            yield block


def changed_prices(session: Session, currency: str, since: int) -> Prices | None:
    """The prices of products that changed after catalog revision ``since``; None where the database cannot tell which
    (see :func:`catalog_db.revisions.changed_product_ids`).
    """
    return _block(session, currency, Product.revision > since) if knows_changes_since(session, since) else None


def prices_of(session: Session, currency: str, product_ids: npt.NDArray[np.int64]) -> Prices:
    """The prices of some products; those that the catalog does not hold are left out."""
    blocks = [
        _block(session, currency, Product.id.in_(product_ids[start : start + _IDS_PER_QUERY].tolist()))
        for start in range(0, len(product_ids), _IDS_PER_QUERY)
    ]
    nothing = np.empty(0, np.int64)
    ids, prices = ([nothing, *(block[part] for block in blocks)] for part in (0, 1))
    return np.concatenate(ids), np.concatenate(prices)


def _block(session: Session, currency: str, where: ColumnElement[bool]) -> Prices:
    known = (Product.currency == currency) & Product.price_minor.is_not(None)
    price = case((known, Product.price_minor), else_=NOT_KNOWN)
    # Both aggregates see the rows in the same order, whatever that is.
    joined = select(
        func.aggregate_strings(cast(Product.id, String), ",").label("ids"),
        func.aggregate_strings(cast(price, String), ",").label("prices"),
    )
    row = session.execute(joined.where(where)).one()
    if not row.ids:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return parse_integers(row.ids), parse_integers(row.prices)
