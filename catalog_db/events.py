"""What shoppers did and searched for: record it, and read it back per shopper or per product."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from catalog_db.database import Session
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.models import Base, EventKind, InteractionEvent, SearchQuery, Shopper
from catalog_db.products import ids_by_sku
from catalog_db.rows import EventRow, QueryRow
from catalog_db.validation import check_event_row, check_query_row

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class LogReport:
    """How many rows were new, and how many were there already."""

    added: int = 0
    unchanged: int = 0

    @property
    def total(self) -> int:
        """How many rows there were."""
        return self.added + self.unchanged

    def __add__(self, other: LogReport) -> LogReport:
        return LogReport(self.added + other.added, self.unchanged + other.unchanged)


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One thing a shopper did."""

    product_id: int
    kind: EventKind
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ShopperHistory:
    """Everything one shopper did, oldest first; the three tuples are parallel."""

    shopper: str
    product_ids: tuple[int, ...]
    kinds: tuple[EventKind, ...]
    times: tuple[dt.datetime, ...]


@dataclass(frozen=True, slots=True)
class QueryRecord:
    """A search, and the product bought because of it, if any."""

    shopper: str
    text: str
    at: dt.datetime
    bought_product_id: int | None


def record_events(session: Session, rows: Iterable[EventRow]) -> LogReport:
    """Store events; one that is there already (same shopper, product, kind and time) is counted and left alone.

    Raises:
        UnknownProductError: a SKU that the catalog does not hold.
        CatalogError: a row breaks a limit (see :mod:`catalog_db.validation`).
    """
    report = LogReport()
    remaining = iter(rows)
    while batch := list(itertools.islice(remaining, _BATCH)):
        for row in batch:
            if reason := check_event_row(row):
                raise CatalogError(f"event of shopper {row.shopper!r}: {reason}")
        products = _known_products(session, [row.sku for row in batch])
        shoppers = _shopper_ids(session, batch)
        values = [
            {
                "shopper_id": shoppers[row.shopper],
                "product_id": products[row.sku],
                "kind": str(row.kind),
                "at": row.at,
            }
            for row in batch
        ]
        report += _insert_new(session, InteractionEvent, values)
    return report


def save_queries(session: Session, rows: Iterable[QueryRow]) -> LogReport:
    """Store searches; one that is there already (same shopper, words and time) is counted and left alone.

    Raises:
        UnknownProductError: a bought SKU that the catalog does not hold.
        CatalogError: a row breaks a limit.
    """
    report = LogReport()
    remaining = iter(rows)
    while batch := list(itertools.islice(remaining, _BATCH)):
        for row in batch:
            if reason := check_query_row(row):
                raise CatalogError(f"search of shopper {row.shopper!r}: {reason}")
        products = _known_products(session, [row.bought_sku for row in batch if row.bought_sku is not None])
        shoppers = _shopper_ids(session, batch)
        values = [
            {
                "shopper_id": shoppers[row.shopper],
                "text": row.text,
                "at": row.at,
                "bought_product_id": None if row.bought_sku is None else products[row.bought_sku],
            }
            for row in batch
        ]
        report += _insert_new(session, SearchQuery, values)
    return report


def history(
    session: Session, shopper: str, *, limit: int | None = None, kinds: Collection[EventKind] | None = None
) -> list[HistoryEvent]:
    """The latest ``limit`` things a shopper did, oldest first; empty for someone unknown."""
    query = (
        select(InteractionEvent.product_id, InteractionEvent.kind, InteractionEvent.at)
        .join(Shopper)
        .where(Shopper.key == shopper)
        .order_by(InteractionEvent.at.desc(), InteractionEvent.id.desc())
        .limit(limit)
    )
    if kinds is not None:
        query = query.where(InteractionEvent.kind.in_(sorted(kinds)))
    events = [HistoryEvent(product_id, EventKind(kind), at) for product_id, kind, at in session.execute(query)]
    return events[::-1]


def iter_histories(session: Session, *, kinds: Collection[EventKind] | None = None) -> Iterator[ShopperHistory]:
    """Every shopper who did something, in the order in which they became known, one at a time in memory."""
    query = (
        select(Shopper.key, InteractionEvent.product_id, InteractionEvent.kind, InteractionEvent.at)
        .join(Shopper)
        .order_by(InteractionEvent.shopper_id, InteractionEvent.at, InteractionEvent.id)
    )
    if kinds is not None:
        query = query.where(InteractionEvent.kind.in_(sorted(kinds)))
    rows = session.execute(query, execution_options={"yield_per": _BATCH})
    for shopper, events in itertools.groupby(rows, key=lambda row: row[0]):
        _, product_ids, kind_values, times = zip(*events, strict=True)
        yield ShopperHistory(shopper, product_ids, tuple(map(EventKind, kind_values)), times)


def popularity(
    session: Session, *, kinds: Collection[EventKind] | None = None, since: dt.datetime | None = None
) -> dict[int, int]:
    """Product id → number of events, of products with any, ordered by id."""
    query = select(InteractionEvent.product_id, func.count()).group_by(InteractionEvent.product_id)
    if kinds is not None:
        query = query.where(InteractionEvent.kind.in_(sorted(kinds)))
    if since is not None:
        query = query.where(InteractionEvent.at >= since)
    return dict(session.execute(query.order_by(InteractionEvent.product_id)).all())


def iter_queries(session: Session) -> Iterator[QueryRecord]:
    """Every search, oldest first."""
    query = (
        select(Shopper.key, SearchQuery.text, SearchQuery.at, SearchQuery.bought_product_id)
        .join(Shopper)
        .order_by(SearchQuery.at, SearchQuery.id)
    )
    for row in session.execute(query, execution_options={"yield_per": _BATCH}):
        yield QueryRecord(*row)


def clear_history(session: Session, shopper: str) -> int:
    """Forget what a shopper did and searched for; returns how many rows went."""
    ids = select(Shopper.id).where(Shopper.key == shopper).scalar_subquery()
    gone = 0
    for table in (InteractionEvent, SearchQuery):
        statement = delete(table).where(table.shopper_id == ids).returning(table.id)
        gone += len(session.execute(statement, execution_options={"synchronize_session": False}).all())
    return gone


def shopper_id(session: Session, shopper: str, now: dt.datetime) -> int:
    """The id of a shopper by outside name, who becomes known if need be."""
    _insert_new(session, Shopper, [{"key": shopper, "created_at": now}])
    return session.execute(select(Shopper.id).where(Shopper.key == shopper)).scalar_one()


def _known_products(session: Session, skus: Sequence[str]) -> dict[str, int]:
    found = ids_by_sku(session, skus)
    for sku in skus:
        if sku not in found:
            raise UnknownProductError(f"the catalog holds no product with SKU {sku!r}")
    return found


def _shopper_ids(session: Session, rows: Sequence[EventRow] | Sequence[QueryRow]) -> dict[str, int]:
    """Shopper → id; new ones become known at the time of their first row."""
    first_seen: dict[str, dt.datetime] = {}
    for row in rows:
        first_seen[row.shopper] = min(row.at, first_seen.get(row.shopper, row.at))
    known = _find_shoppers(session, list(first_seen))
    if new := [{"key": key, "created_at": at} for key, at in first_seen.items() if key not in known]:
        _insert_new(session, Shopper, new)
        known |= _find_shoppers(session, [row["key"] for row in new])
    return known


def _find_shoppers(session: Session, keys: Sequence[Any]) -> dict[str, int]:
    query = select(Shopper.key, Shopper.id).where(Shopper.key.in_(keys))
    return dict(session.execute(query).all())


def _insert_new(session: Session, model: type[Base], values: list[dict[str, Any]]) -> LogReport:
    """Insert what breaks no uniqueness; another process may be doing the same."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).on_conflict_do_nothing().returning(model.id)  # type: ignore[attr-defined]
    added = len(session.execute(statement, values).all())
    return LogReport(added, len(values) - added)
