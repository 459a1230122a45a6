"""Which products meet a set of conditions: one SQL query → an array of product ids."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute

from catalog_db.conditions import Conditions
from catalog_db.database import Session, read_only
from catalog_db.errors import ConditionError
from catalog_db.id_stream import fetch_block, fetch_ids
from catalog_db.models import Product, ProductAttribute

_IDS_PER_QUERY = 10_000
"""How many products are looked at by their ids in one query; SQLite takes 32,766 values."""
_SUGGEST_FROM = 5000
"""How many known values are compared when the closest one is looked for."""


def eligible_product_ids(
    session: Session, conditions: Conditions, among: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.int64]:
    """Ids of the products on sale that meet the conditions, sorted, by one query.

    Args:
        session: any session; with an SQL predicate the query runs in a read-only transaction whatever it is.
        conditions: names and values are compared exactly; unknown ones simply select nothing.
        among: look at these products only, in any order: cheap for a few, dearer than all of them for very many.

    Returns:
        int64 array of shape ``(eligible,)``.

    Raises:
        ConditionError: the database cannot run the SQL predicate.
    """
    if not _has_sql(conditions):
        return _select(session, conditions, among)
    with read_only(session) as reader:
        try:
            return _select(reader, conditions, among)
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0]
            raise ConditionError(f"the database cannot run the SQL condition: {reason}") from error


def eligible_bitmap(
    session: Session, conditions: Conditions, item_product_ids: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """For every item of a decoding index, whether its product meets the conditions.

    Args:
        session: any session.
        conditions: what must hold.
        item_product_ids: ``(items,)`` the product id of each index position, in any order; eligible products that the
            index does not hold are ignored.

    Returns:
        bool array of shape ``(items,)`` in the index's order.

    Raises:
        ConditionError: the database cannot run the SQL predicate.
    """
    return np.isin(item_product_ids, eligible_product_ids(session, conditions))


def check_against(session: Session, conditions: Conditions) -> None:
    """Refuse types, brands, attribute names and values that no product on sale has.

    Raises:
        ConditionError: with the closest known ones as a hint.
    """
    _check_known(session, "item type", Product.item_type, conditions.item_types)
    _check_known(session, "brand", Product.brand, conditions.brands)
    _check_known(session, "attribute", ProductAttribute.name, [name for name, _ in conditions.attributes])
    for name, accepted in conditions.attributes:
        _check_known(session, name, ProductAttribute.value, accepted, ProductAttribute.name == name)
    for part in conditions.also:
        check_against(session, part)


def _select(session: Session, conditions: Conditions, among: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64]:
    if among is None:
        query = select(Product.id).where(Product.active, *_clauses(conditions, few=False))
        return fetch_ids(session, Product.id, query)
    query = select(Product.id).where(Product.active, *_clauses(conditions, few=True))
    asked = np.unique(among).tolist()
    chunks = [asked[start : start + _IDS_PER_QUERY] for start in range(0, len(asked), _IDS_PER_QUERY)]
    found = [fetch_block(session, Product.id, query.where(Product.id.in_(chunk))) for chunk in chunks]
    return np.concatenate([np.empty(0, np.int64), *found])


def _clauses(conditions: Conditions, *, few: bool) -> list[ColumnElement[bool]]:
    """What the WHERE clause says; ``few`` where only some products are looked at."""
    clauses: list[ColumnElement[bool]] = []
    if conditions.item_types:
        clauses.append(Product.item_type.in_(sorted(conditions.item_types)))
    if conditions.brands:
        clauses.append(Product.brand.in_(sorted(conditions.brands)))
    for name, accepted in conditions.attributes:
        having = select(ProductAttribute.product_id).where(
            ProductAttribute.name == name, ProductAttribute.value.in_(accepted)
        )
        # The list of all that have it is found by an index at once; of a few products each is looked at by itself.
        clauses.append(
            having.where(ProductAttribute.product_id == Product.id).exists() if few else Product.id.in_(having)
        )
    if conditions.min_price is not None:
        clauses.append(Product.price_minor >= conditions.min_price)
    if conditions.max_price is not None:
        clauses.append(Product.price_minor <= conditions.max_price)
    if conditions.min_rating is not None:
        clauses.append(Product.rating >= conditions.min_rating)
    if conditions.in_stock:
        clauses.append(or_(Product.stock.is_(None), Product.stock > 0))
    if conditions.sql is not None:
        # A colon in the predicate, which only a string literal can hold, is not a bound parameter.
        clauses.append(text(f"({conditions.sql.replace(':', chr(92) + ':')})"))  # type: ignore[arg-type]
    for part in conditions.also:
        clauses += _clauses(part, few=few)
    return clauses


def _has_sql(conditions: Conditions) -> bool:
    return any(part.sql is not None for part in conditions.parts())


def _check_known(
    session: Session, what: str, column: InstrumentedAttribute[Any], wanted: Iterable[str], *where: ColumnElement[bool]
) -> None:
    names = sorted(wanted)
    if not names:
        return
    on_sale = select(column).where(Product.active, column.is_not(None), *where).distinct()
    if column.class_ is ProductAttribute:
        on_sale = on_sale.join(Product)
    known = set(session.execute(on_sale.where(column.in_(names))).scalars())
    unknown = [name for name in names if name not in known]
    if unknown:
        candidates = session.execute(on_sale.order_by(column).limit(_SUGGEST_FROM)).scalars().all()
        raise ConditionError(f"no product on sale has the {what} {unknown[0]!r}", _closest(unknown[0], candidates))


def _closest(word: str, candidates: Sequence[str]) -> str:
    by_folded = {candidate.casefold(): candidate for candidate in sorted(candidates)}
    matches = difflib.get_close_matches(word.casefold(), by_folded, n=3, cutoff=0.6)
    if matches:
        return f"did you mean {' or '.join(repr(by_folded[match]) for match in matches)}?"
    if len(by_folded) <= 20:
        return f"known: {', '.join(sorted(by_folded.values()))}" if by_folded else "there is none"
    return ""
