"""What the desk does with the catalog: look products up, edit one, take in a file after a trial.

Everything takes effect on the next reply: the catalog's revision moves in the same transaction, and replies follow it.
A new product can be named once it has a semantic id, which :meth:`CatalogDesk.unnamed` counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog_db import product_log
from catalog_db.csv_export import Column, Kind, csv_lines
from catalog_db.database import Database, Session
from catalog_db.errors import CatalogError, ImportFileError, NeoError
from catalog_db.importers import FORMATS, ImportReport, Trial, detect_format, import_products, try_products
from catalog_db.importers.columns import csv_columns, jsonl_columns, likely_columns
from catalog_db.importers.detect import CSV, JSONL
from catalog_db.importers.mapping import PRODUCT_FIELDS, ColumnMapping, Source, parse_mapping
from catalog_db.overview import shop_overview
from catalog_db.product_log import LogEntry
from catalog_db.product_search import ProductQuery, count_found, find_products
from catalog_db.products import ProductRecord, SaveReport, by_sku, get_products, ids_by_sku
from catalog_db.sids import codebook_versions, products_without_sid
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.product_form import ProductForm

PAGE = 20
"""Products of a page."""
MAPPED = tuple(name for name in PRODUCT_FIELDS if name != "attributes")
"""Fields for which a column can be chosen."""
REFUSAL_COLUMNS = (Column("line", Kind.INTEGER), Column("what"), Column("reason"))


@dataclass(frozen=True)
class FoundProducts:
    """A page of products; ``total`` are found in all, and pages are counted from 0."""

    products: tuple[ProductRecord, ...]
    total: int
    page: int

    @property
    def last_page(self) -> int:
        """The number of the last page."""
        return max(0, (self.total - 1) // PAGE)


@dataclass(frozen=True)
class LoggedChange:
    """An entry of the log, and the currency of its product's prices; empty where there is no such product."""

    entry: LogEntry
    currency: str


@dataclass(frozen=True)
class FileLook:
    """What a file is at first sight.

    Attributes:
        name: as whoever sent it calls it.
        format: one of the importers'.
        columns: that can be mapped; empty for a format with columns of its own.
        likely: field → column, as far as that can be told.
    """

    name: str
    format: str
    columns: tuple[str, ...] = ()
    likely: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_mapped(self) -> bool:
        """Whether columns can be chosen."""
        return self.format in (CSV, JSONL)


@dataclass(frozen=True)
class Columns:
    """How a file is to be read.

    Attributes:
        format: one of the importers'.
        fields: field → column, or ``column:conversion``; empty for a field that is not to be read.
        more: further lines ``attributes.colour = Colours``.
        constants: lines ``item_type = kitchen``, for records that say nothing.
    """

    format: str
    fields: Mapping[str, str] = field(default_factory=dict)
    more: str = ""
    constants: str = ""

    def mapping(self) -> ColumnMapping:
        """As the importers take it.

        Raises:
            CatalogError: a line that is none, or a field that there is not.
        """
        maps = [f"{name}={column}" for name, column in self.fields.items() if column]
        found = parse_mapping([*maps, *_lines(self.more)], _lines(self.constants))
        if self.format not in (CSV, JSONL):
            if found.fields:
                raise CatalogError(f"the format {self.format} has columns of its own", "leave out the columns")
            return found
        unread = {name: Source("") for name, column in self.fields.items() if not column and name not in found.fields}
        return ColumnMapping({**found.fields, **unread}, found.constants, found.values)


class CatalogDesk:
    """The catalog of one shop. Safe to share between threads.

    Args:
        database: the shop's database.
        clock: what time it is, with a time zone.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._database = database
        self._clock = clock

    def types(self) -> list[str]:
        """Item types that are on sale; none in an empty shop."""
        try:
            with self._database.reading() as session:
                return sorted(shop_overview(session).item_types)
        except NeoError:
            return []

    def find(self, query: ProductQuery, page: int = 0) -> FoundProducts:
        """A page of what a query means; the last one, if there are fewer."""
        with self._database.reading() as session:
            total = count_found(session, query)
            page = min(max(page, 0), FoundProducts((), total, 0).last_page)
            found = find_products(session, query, limit=PAGE, offset=page * PAGE)
        return FoundProducts(tuple(found), total, page)

    def open(self, sku: str) -> ProductRecord:
        """A product as it is now.

        Raises:
            UnknownProductError: there is none.
        """
        with self._database.reading() as session:
            return by_sku(session, [sku])[0]

    def save(self, opened: ProductRecord, form: ProductForm, who: str) -> dict[str, tuple[Any, Any]]:
        """Save a product as it stands in the form, and return what has changed.

        Raises:
            RequestError: something in the form cannot be.
            CatalogError: somebody else has changed the product since it was opened.
        """
        row = form.row(opened.to_row())
        with self._database.session() as session:
            return product_log.edit(session, row, opened.to_row(), who, self._clock())

    def log(self, before_id: int | None = None) -> list[LoggedChange]:
        """A page of changes that were made on the desk, the newest first, of those older than an entry."""
        with self._database.reading() as session:
            entries = product_log.entries(session, before_id=before_id, limit=PAGE)
            known = ids_by_sku(session, [entry.sku for entry in entries if entry.sku is not None])
            currencies = {product.sku: product.currency for product in get_products(session, sorted(known.values()))}
        return [LoggedChange(entry, currencies.get(entry.sku or "", "")) for entry in entries]

    def unnamed(self) -> int | None:
        """How many products have no semantic id of the newest codebooks; None where there are no codebooks."""
        with self._database.reading() as session:
            versions = codebook_versions(session)
            return len(products_without_sid(session, versions[-1].fingerprint)) if versions else None

    def look(self, path: Path, name: str) -> FileLook:
        """What a file is.

        Raises:
            ImportFileError: it is none that can be read.
        """
        with _named(path, name):
            format = detect_format(path)
            if format not in (CSV, JSONL):
                return FileLook(name, format)
            columns = tuple(csv_columns(path) if format == CSV else jsonl_columns(path))
            return FileLook(name, format, columns, likely_columns(columns))

    def try_file(self, path: Path, name: str, columns: Columns, seen: Callable[[int], None]) -> Trial:
        """What taking in a file would do; nothing is written.

        Raises:
            NeoError: the file or the columns are not what they should be.
        """
        _check_format(columns.format)
        with _named(path, name):
            return try_products(
                self._database, path, format=columns.format, mapping=columns.mapping(), seen=seen, examples=PAGE
            )

    def take_file(self, path: Path, name: str, columns: Columns, who: str, seen: Callable[[int], None]) -> ImportReport:
        """Take in a file, in one transaction.

        Raises:
            NeoError: as :meth:`try_file`; nothing was changed then.
        """
        _check_format(columns.format)
        now = self._clock()

        def note(session: Session, saved: SaveReport) -> None:
            product_log.note_file(session, name, saved, who, now)

        with _named(path, name):
            return import_products(
                *(self._database, path, now), format=columns.format, mapping=columns.mapping(), seen=seen, note=note
            )


def refusals_csv(report: ImportReport) -> Iterator[str]:
    """Every refusal and note as CSV, by line."""
    rows: list[Sequence[object]] = [(each.line, "refused", each.reason) for each in report.refusals]
    rows += [(each.line, "note", each.reason) for each in report.notes]
    return csv_lines(REFUSAL_COLUMNS, sorted(rows, key=lambda row: (row[0], row[1])), byte_order_mark=True)


class _named:  # noqa: N801 - a context manager that reads like one of contextlib
    """Errors speak of a file as its sender calls it, and give no hints that are for the command line."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = str(path), name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CatalogError) and (self._path in error.message or "--" in error.hint):
            hint = error.hint.split("; name one with")[0]
            for_shell = "--" in hint
            raise ImportFileError(
                error.message.replace(self._path, self._name),
                "choose its format and columns below" if for_shell else hint,
            ) from error


def _check_format(format: str) -> None:
    if format not in FORMATS:
        raise RequestError("no format has been chosen", f"formats are {', '.join(FORMATS)}")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
