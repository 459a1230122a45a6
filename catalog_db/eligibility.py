"""Which products meet a set of conditions: SQL → an array of product ids.

:func:`eligible_product_ids` answers whole conditions with one query. :func:`matching_product_ids` answers single ones,
each from one narrow index, which is what a cache of answers is filled with: whoever has the answers to "under 60" and
"in stock" needs no SQL for both together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, select

from catalog_db.conditions import Conditions
from catalog_db.database import Session
from catalog_db.errors import ConditionError
from catalog_db.id_stream import Column, fetch_block, fetch_ids
from catalog_db.models import Product, ProductAttribute
from catalog_db.sql_clauses import carries, clauses, on_sale
from catalog_db.sql_guard import guarded

ON_SALE = Conditions()
"""Being on sale, as a single condition."""

Ids = npt.NDArray[np.int64]

_IDS_PER_QUERY = 10_000
"""How many products are looked at by their ids in one query; SQLite takes 32,766 values."""


@dataclass(frozen=True, slots=True)
class Matching:
    """The products that a single condition selects, or those that it does not.

    Attributes:
        ids: sorted, each once; int64 ``(n,)``.
        negated: whether it is all products but ``ids``. Few are off sale or sold out, so these are streamed instead.
    """

    ids: Ids
    negated: bool = False


def eligible_product_ids(session: Session, conditions: Conditions, among: Ids | None = None) -> Ids:
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
    where = [on_sale(), *clauses(conditions, few=among is not None)]
    return _run(session, conditions, Product.id, where, among)


def matching_product_ids(session: Session, part: Conditions, among: Ids | None = None) -> Matching:
    """Ids of the products that meet a single condition, whether on sale or not.

    Args:
        session: any session, as for :func:`eligible_product_ids`.
        part: one of :meth:`Conditions.parts`, or :data:`ON_SALE`.
        among: tell only which of these meet it.

    Raises:
        ConditionError: it is more than one condition, or the database cannot run its SQL predicate.
    """
    if len(part.parts()) > 1:
        raise ConditionError("these are several conditions, not one")
    if among is not None:
        where = clauses(part, few=True) if part != ON_SALE else [on_sale()]
        return Matching(_run(session, part, Product.id, where, among))
    if part == ON_SALE:
        return Matching(_run(session, part, Product.id, [Product.active.is_(False)]), negated=True)
    if part.in_stock:
        return Matching(_run(session, part, Product.id, [Product.stock <= 0]), negated=True)
    if part.attributes:
        [(name, accepted)] = part.attributes
        return Matching(_run(session, part, ProductAttribute.product_id, [carries(name, accepted)]))
    return Matching(_run(session, part, Product.id, clauses(part)))


def _run(
    session: Session, conditions: Conditions, ids: Column, where: list[ColumnElement[bool]], among: Ids | None = None
) -> Ids:
    predicates = [part.sql for part in conditions.parts() if part.sql is not None]
    if not predicates:
        return _select(session, ids, where, among)
    with guarded(session, predicates) as reader:
        return _select(reader, ids, where, among)


def _select(session: Session, ids: Column, where: list[ColumnElement[bool]], among: Ids | None) -> Ids:
    query = select(ids).where(*where)
    if among is None:
        return fetch_ids(session, ids, query)
    asked = np.unique(among).tolist()
    chunks = [asked[start : start + _IDS_PER_QUERY] for start in range(0, len(asked), _IDS_PER_QUERY)]
    found = [fetch_block(session, ids, query.where(ids.in_(chunk))) for chunk in chunks]
    return np.concatenate([np.empty(0, np.int64), *found])
