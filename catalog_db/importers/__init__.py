"""Import products and interaction logs: ``python -m catalog_db import`` and ``import-events``.

A record that cannot be taken is reported with its line and a reason, and the rest goes in. A file that as a whole is
not what it claims to be leaves the database as it was. Importing a file again changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from catalog_db.database import Database, Session
from catalog_db.errors import CatalogError
from catalog_db.events import LogReport, record_events
from catalog_db.importers import amazon_reviews, generic, google_merchant, retail_demo_store, shopify
from catalog_db.importers.detect import AMAZON, CSV, GOOGLE, JSONL, RETAIL_DEMO_STORE, SHOPIFY, detect_format
from catalog_db.importers.mapping import ColumnMapping
from catalog_db.importers.records import ParsedEvent, ParsedProduct, Refusal
from catalog_db.product_changes import Foreseen, foresee
from catalog_db.products import SaveReport, ids_by_sku, save_products
from catalog_db.rows import ProductRow

__all__ = [
    *("EVENT_FORMATS", "FORMATS", "ImportReport", "Trial"),
    *("detect_format", "import_events", "import_products", "try_products"),
]

ProductReader = Callable[[Path, ColumnMapping], Iterator[ParsedProduct | Refusal]]

FORMATS: dict[str, ProductReader] = {
    CSV: generic.read_products_csv,
    JSONL: generic.read_products_jsonl,
    SHOPIFY: shopify.read_products,
    GOOGLE: google_merchant.read_products,
    AMAZON: amazon_reviews.read_products,
    RETAIL_DEMO_STORE: retail_demo_store.read_products,
}
"""Name → reader of product files."""

EVENT_FORMATS = {CSV: generic.read_events_csv, JSONL: generic.read_events_jsonl}
"""Name → reader of interaction logs."""

_BATCH = 1000

R = TypeVar("R")


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        format: the format read.
        saved: counts of rows.
        refusals: records that were not taken, by line.
        notes: what was cut or left out of records that were taken, by line.
    """

    format: str
    saved: SaveReport | LogReport
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many records were taken, whether they changed something or not."""
        return self.saved.total


@dataclass(frozen=True)
class Trial:
    """What an import would do.

    Attributes:
        report: what :func:`import_products` would report.
        examples: the first rows that are new or change a product.
    """

    report: ImportReport
    examples: list[Foreseen] = field(default_factory=list)


def import_products(
    database: Database,
    path: Path,
    now: dt.datetime,
    *,
    format: str = "auto",
    mapping: ColumnMapping | None = None,
    seen: Callable[[int], None] = lambda records: None,
    note: Callable[[Session, SaveReport], None] = lambda session, saved: None,
) -> ImportReport:
    """Bring the products of a file into the catalog, in one transaction.

    Args:
        database: where to.
        path: a text file in UTF-8, gzipped or not.
        now: what new and changed products are stamped with.
        format: one of :data:`FORMATS`, or ``auto`` to look at the file.
        mapping: columns, for ``csv`` and ``jsonl``; constants and values for every format.
        seen: is told now and then how many records have been read.
        note: is called at the end of the transaction, to note in it who did this.

    Raises:
        ImportFileError: the file is not what it claims to be; nothing was changed.
        CatalogError: an unknown format, or a column mapping for a format with columns of its own.
    """
    format, records = _read(path, format, mapping, seen)
    refusals: list[Refusal] = []
    notes: list[Refusal] = []
    with database.session() as session:
        saved = save_products(session, _once_each(records, refusals, notes), now)
        note(session, saved)
    return ImportReport(format, saved, refusals, notes)


def try_products(
    database: Database,
    path: Path,
    *,
    format: str = "auto",
    mapping: ColumnMapping | None = None,
    seen: Callable[[int], None] = lambda records: None,
    examples: int = 20,
) -> Trial:
    """Read a whole file and compare it with the catalog; nothing is written, and no writer has to wait.

    The arguments are those of :func:`import_products`, and so are the errors; ``examples`` are kept at most.
    """
    format, records = _read(path, format, mapping, seen)
    refusals: list[Refusal] = []
    notes: list[Refusal] = []
    saved, kept = SaveReport(), list[Foreseen]()
    with database.reading() as session:
        for found in foresee(session, _once_each(records, refusals, notes)):
            is_new, changes = found.before is None, bool(found.changed)
            saved += SaveReport(int(is_new), int(changes), int(not is_new and not changes))
            if (is_new or changes) and len(kept) < examples:
                kept.append(found)
    return Trial(ImportReport(format, saved, refusals, notes), kept)


def _read(
    path: Path, format: str, mapping: ColumnMapping | None, seen: Callable[[int], None]
) -> tuple[str, Iterator[ParsedProduct | Refusal]]:
    """The format, and the records as they are read."""
    format = detect_format(path) if format == "auto" else format
    reader = _reader(FORMATS, format)
    mapping = mapping or ColumnMapping()
    if mapping.fields and format not in (CSV, JSONL):
        raise CatalogError(f"the format {format} has columns of its own; --map is for csv and jsonl")
    return format, _counted(reader(path, mapping), seen)


def _counted(
    records: Iterator[ParsedProduct | Refusal], seen: Callable[[int], None]
) -> Iterator[ParsedProduct | Refusal]:
    for number, record in enumerate(records, start=1):
        if number % _BATCH == 0:
            seen(number)
        yield record


def _once_each(
    parsed: Iterator[ParsedProduct | Refusal], refusals: list[Refusal], notes: list[Refusal]
) -> Iterator[ProductRow]:
    """The rows; what is not one is put into the lists."""
    first_line: dict[str, int] = {}
    for found in parsed:
        if isinstance(found, Refusal):
            refusals.append(found)
        elif found.row.sku in first_line:
            reason = f"SKU {found.row.sku!r} was on line {first_line[found.row.sku]} already"
            refusals.append(Refusal(found.line, reason))
        else:
            first_line[found.row.sku] = found.line
            notes.extend(Refusal(found.line, note) for note in found.notes)
            yield found.row


def import_events(
    database: Database, path: Path, *, format: str = "auto", mapping: ColumnMapping | None = None
) -> ImportReport:
    """Bring an interaction log into the catalog, in one transaction; its products must be there.

    Args:
        database: where to.
        path: a text file in UTF-8, gzipped or not, with the fields shopper, sku, kind and at.
        format: ``csv``, ``jsonl`` or ``auto``.
        mapping: columns, constants and values.

    Raises:
        ImportFileError: the file is not what it claims to be; nothing was changed.
        CatalogError: an unknown format.
    """
    format = detect_format(path, of=frozenset(EVENT_FORMATS)) if format == "auto" else format
    reader = _reader(EVENT_FORMATS, format)
    refusals: list[Refusal] = []
    saved = LogReport()
    with database.session() as session:
        parsed = reader(path, mapping or ColumnMapping())
        while batch := list(islice(parsed, _BATCH)):
            events = [found for found in batch if isinstance(found, ParsedEvent)]
            known = ids_by_sku(session, {event.row.sku for event in events})
            refusals += [
                found
                if isinstance(found, Refusal)
                else Refusal(found.line, f"the catalog holds no product with SKU {found.row.sku!r}")
                for found in batch
                if isinstance(found, Refusal) or found.row.sku not in known
            ]
            saved += record_events(session, [event.row for event in events if event.row.sku in known])
    return ImportReport(format, saved, refusals)


def _reader(readers: dict[str, R], format: str) -> R:
    if format not in readers:
        raise CatalogError(f"there is no format {format!r}", f"formats: {', '.join(readers)}")
    return readers[format]
