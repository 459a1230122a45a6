"""Any CSV or JSON Lines file, by a column mapping (see :mod:`catalog_db.importers.mapping`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from catalog_db.errors import ImportFileError
from catalog_db.importers.build import make_event, make_product
from catalog_db.importers.files import csv_header, read_csv, read_jsonl
from catalog_db.importers.mapping import EVENT_FIELDS, PRODUCT_FIELDS, ColumnMapping, Source
from catalog_db.importers.records import ParsedEvent, ParsedProduct, Record, Refusal

_REQUIRED_PRODUCT = ("sku", "title", "item_type")


def read_products_csv(path: Path, mapping: ColumnMapping) -> Iterator[ParsedProduct | Refusal]:
    """Products of a CSV file with a header line.

    Raises:
        ImportFileError: not a CSV file, or one without a column that the mapping names or a product needs.
    """
    sources = _csv_sources(path, mapping, PRODUCT_FIELDS, _REQUIRED_PRODUCT)
    for record in read_csv(path):
        yield record if isinstance(record, Refusal) else _product(record, mapping, sources)


def read_products_jsonl(path: Path, mapping: ColumnMapping) -> Iterator[ParsedProduct | Refusal]:
    """Products of a JSON Lines file; an object need not hold every field."""
    for record in read_jsonl(path):
        if isinstance(record, Refusal):
            yield record
        else:
            yield _product(record, mapping, mapping.sources(record.values, PRODUCT_FIELDS))


def read_events_csv(path: Path, mapping: ColumnMapping) -> Iterator[ParsedEvent | Refusal]:
    """Events of a CSV file with a header line.

    Raises:
        ImportFileError: see :func:`read_products_csv`.
    """
    sources = _csv_sources(path, mapping, EVENT_FIELDS, EVENT_FIELDS)
    for record in read_csv(path):
        yield record if isinstance(record, Refusal) else _event(record, mapping, sources)


def read_events_jsonl(path: Path, mapping: ColumnMapping) -> Iterator[ParsedEvent | Refusal]:
    """Events of a JSON Lines file."""
    for record in read_jsonl(path):
        if isinstance(record, Refusal):
            yield record
        else:
            yield _event(record, mapping, mapping.sources(record.values, EVENT_FIELDS))


def _csv_sources(
    path: Path, mapping: ColumnMapping, known: tuple[str, ...], required: tuple[str, ...]
) -> dict[str, Source]:
    header, _ = csv_header(path)
    sources = mapping.sources(header, known)
    columns = f"its columns are {', '.join(header)}"
    for name, source in sources.items():
        if source.column not in header:
            raise ImportFileError(f"{path} has no column {source.column!r} for {name}", columns)
    for name in required:
        if name not in sources and name not in mapping.constants:
            raise ImportFileError(
                f"{path} has no column {name!r}", f"{columns}; name one with --map {name}=COLUMN, or --set {name}=VALUE"
            )
    return sources


def _product(record: Record, mapping: ColumnMapping, sources: Mapping[str, Source]) -> ParsedProduct | Refusal:
    try:
        return ParsedProduct(record.line, *make_product(mapping.raw(record.values, sources)))
    except ValueError as error:
        return Refusal(record.line, str(error))


def _event(record: Record, mapping: ColumnMapping, sources: Mapping[str, Source]) -> ParsedEvent | Refusal:
    try:
        return ParsedEvent(record.line, make_event(mapping.raw(record.values, sources)))
    except ValueError as error:
        return Refusal(record.line, str(error))
