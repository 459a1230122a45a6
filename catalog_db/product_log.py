"""Who edited which product on the desk, and who took in which file, when.

The desk edits through these functions, so that a change and its entry are one transaction. Entries are only ever added.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import insert, select

from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.models import ProductLogEntry
from catalog_db.product_changes import edit_product
from catalog_db.products import SaveReport
from catalog_db.rows import ProductRow
from catalog_db.validation import check_text, check_time, max_length

_WHO_LIMIT = max_length(ProductLogEntry, "who")
_FILE_LIMIT = max_length(ProductLogEntry, "file")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An edit of the product ``sku``, or, where that is None, a file; see :class:`ProductLogEntry` for ``changes``."""

    id: int
    sku: str | None
    file: str
    changes: Mapping[str, Any]
    who: str
    at: dt.datetime


def edit(
    session: Session, edited: ProductRow, expected: ProductRow, who: str, now: dt.datetime
) -> dict[str, tuple[Any, Any]]:
    """:func:`edit_product`, noted; an edit that changes nothing notes nothing.

    Raises:
        CatalogError: as :func:`edit_product`; or it is not said who, or the time has no zone.
    """
    _check(who, now)
    changed = edit_product(session, edited, expected, now)
    if changed:
        _note(session, edited.sku, "", {name: [*map(_plain, pair)] for name, pair in changed.items()}, who, now)
    return changed


def note_file(session: Session, file: str, saved: SaveReport, who: str, now: dt.datetime) -> None:
    """Note that a file was taken in, in the transaction that does it; one that changed nothing is not noted.

    Raises:
        CatalogError: it is not said who, or the time has no zone.
    """
    _check(who, now)
    if saved.added or saved.changed:
        _note(session, None, file[-_FILE_LIMIT:], {"added": saved.added, "changed": saved.changed}, who, now)


def entries(
    session: Session, *, sku: str | None = None, before_id: int | None = None, limit: int = 100
) -> list[LogEntry]:
    """Changes, the newest first.

    Args:
        session: any session.
        sku: only edits of this product, which need not exist any more.
        before_id: only entries older than this one: the ``id`` of the last entry of the page before.
        limit: at most so many.
    """
    names = [getattr(ProductLogEntry, field.name) for field in fields(LogEntry)]
    query = select(*names).order_by(ProductLogEntry.id.desc()).limit(limit)
    if sku is not None:
        query = query.where(ProductLogEntry.sku == sku)
    if before_id is not None:
        query = query.where(ProductLogEntry.id < before_id)
    return [LogEntry(*row) for row in session.execute(query)]


def _plain(value: object) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value


def _check(who: str, now: dt.datetime) -> None:
    if problem := check_text("who changes the catalog", who, _WHO_LIMIT, required=True) or check_time("the time", now):
        raise CatalogError(problem)


def _note(session: Session, sku: str | None, file: str, changes: dict[str, Any], who: str, now: dt.datetime) -> None:
    session.execute(insert(ProductLogEntry).values(sku=sku, file=file, changes=changes, who=who, at=now))
