"""Which products stood in which replies: written with each reply, read by the desk, pruned by age.

Everything else about a reply (checkpoint, codebooks, rules, conditions) stands in its message's ``made_by``. Rows go
with their message: a reply that a shopper took back counts as never given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from catalog_db.conversations import REPLY_ROLE
from catalog_db.database import Session
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.models import Message, Product, ShownItem
from catalog_db.products import by_sku
from catalog_db.validation import check_time, may_be_id

PRUNE_BATCH = 10_000
"""Replies per call of :func:`prune`: few enough that other writers hardly wait."""


@dataclass(frozen=True, slots=True)
class Showing:
    """A reply that named a product; ``place`` counts from 0 among the items of the reply."""

    message_id: int
    conversation_id: str
    place: int
    at: dt.datetime
    made_by: Mapping[str, Any]


def record_shown(
    session: Session, message_id: int, skus: Sequence[str], at: dt.datetime, *, skip_unknown: bool = False
) -> list[str]:
    """Note the products of a reply, in their order, in the transaction that stores the reply.

    Args:
        session: a writing session.
        message_id: the reply.
        skus: its items; each keeps its place, whether or not those before it are noted.
        at: when it was given.
        skip_unknown: leave out what the catalog does not hold (a product may be deleted while it is being shown), so
            that the reply can be stored all the same.

    Returns:
        The SKUs that were left out.

    Raises:
        UnknownProductError: the catalog does not hold one of them, and ``skip_unknown`` is not set.
        CatalogError: there is no such reply, or the time has no zone.
    """
    if problem := check_time("the time", at):
        raise CatalogError(problem)
    query = select(Message.id).where(Message.id == message_id, Message.role == REPLY_ROLE)
    if not may_be_id(message_id) or session.execute(query).first() is None:
        raise CatalogError(f"there is no reply {message_id}")
    # What is found stays until this transaction ends.
    known = select(Product.sku, Product.id).where(Product.sku.in_(skus)).order_by(Product.id)
    ids = dict(session.execute(known.with_for_update(read=True, key_share=True)).all()) if skus else {}
    unknown = [sku for sku in dict.fromkeys(skus) if sku not in ids]
    if unknown and not skip_unknown:
        raise UnknownProductError(f"the catalog holds no product with SKU {unknown[0]!r}")
    values = [
        {"message_id": message_id, "position": place, "product_id": ids[sku], "at": at}
        for place, sku in enumerate(skus)
        if sku in ids
    ]
    if values:
        session.execute(insert(ShownItem), values)
    return unknown


def shown_in(session: Session, message_id: int) -> list[str]:
    """The SKUs that a reply named, in their order."""
    if not may_be_id(message_id):
        return []
    query = (
        select(Product.sku)
        .join(ShownItem, ShownItem.product_id == Product.id)
        .where(ShownItem.message_id == message_id)
        .order_by(ShownItem.position)
    )
    return list(session.execute(query).scalars())


def showings(session: Session, sku: str, *, before: dt.datetime | None = None, limit: int = 50) -> list[Showing]:
    """The replies that named a product, the newest first, with what made them.

    Raises:
        UnknownProductError: the catalog holds no such product.
    """
    product = by_sku(session, [sku])[0]
    columns = (ShownItem.message_id, Message.conversation_id, ShownItem.position, ShownItem.at, Message.made_by)
    query = (
        select(*columns)
        .join(Message, Message.id == ShownItem.message_id)
        .where(ShownItem.product_id == product.id)
        .order_by(ShownItem.at.desc(), ShownItem.message_id.desc(), ShownItem.position)
        .limit(limit)
    )
    if before is not None:
        query = query.where(ShownItem.at < before)
    return [Showing(*row) for row in session.execute(query)]


def prune(session: Session, before: dt.datetime) -> int:
    """Forget what was shown before a time, of at most :data:`PRUNE_BATCH` replies; call it until it returns 0.

    Returns:
        How many rows went. Messages stay.
    """
    old = select(ShownItem.message_id).where(ShownItem.at < before).distinct().limit(PRUNE_BATCH)
    gone = session.execute(
        delete(ShownItem).where(ShownItem.message_id.in_(old)).returning(ShownItem.message_id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())
