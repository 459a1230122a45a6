"""Read what a catalog file says of each product, and write the file again with two columns more.

The file stays what it was: same format, same columns, same records in the same order, so that whatever mapping imports
the one imports the other.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from catalog_db.importers.detect import CSV, JSONL, detect_format
from catalog_db.importers.files import csv_header, read_csv, read_jsonl
from catalog_db.importers.mapping import PRODUCT_FIELDS, ColumnMapping
from catalog_db.importers.records import Refusal
from catalog_db.importers.values import html_to_text, to_attributes, to_text
from finetune.errors import ItemTypesError

TYPE_COLUMN, KIND_COLUMN = "item_type", "kind"


@dataclass(frozen=True, slots=True)
class Listing:
    """A product as far as its type is concerned.

    Attributes:
        record: what the file holds, as it holds it.
        attribute_names: which attributes it has; products of a kind have the same ones.
    """

    record: Mapping[str, Any]
    title: str
    brand: str = ""
    description: str = ""
    attribute_names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The title without the brand in front, which may hold a kind's word: ``Case Logic TBC302P camera case``."""
        in_front = self.brand and self.title.lower().startswith(f"{self.brand.lower()} ")
        return self.title[len(self.brand) :].strip() if in_front else self.title


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """The readable records of a file, and those that are not."""

    format: str
    columns: tuple[str, ...]
    listings: Sequence[Listing]
    refusals: Sequence[Refusal]


def read_catalog(path: Path, mapping: ColumnMapping) -> CatalogFile:
    """Every record with a title; the mapping is the one the file will be imported with.

    Raises:
        ItemTypesError: neither CSV nor JSON Lines, or no record has a title.
        ImportFileError: the file cannot be read.
    """
    format = detect_format(path)
    if format not in (CSV, JSONL):
        raise ItemTypesError(f"{path} is a {format} file, which has item types of its own", "import it as it is")
    listings: list[Listing] = []
    refusals: list[Refusal] = []
    columns: dict[str, None] = dict.fromkeys(csv_header(path)[0]) if format == CSV else {}
    for record in read_csv(path) if format == CSV else read_jsonl(path):
        if isinstance(record, Refusal):
            refusals.append(record)
            continue
        try:
            listings.append(_listing(record.values, mapping))
        except ValueError as error:
            refusals.append(Refusal(record.line, str(error)))
    if not listings:
        raise ItemTypesError(f"no record of {path} has a title", 'say which column it is: [fields] title = "…"')
    return CatalogFile(format, tuple(columns), listings, refusals)


def _listing(record: Mapping[str, Any], mapping: ColumnMapping) -> Listing:
    raw = mapping.raw(record, mapping.sources(record, PRODUCT_FIELDS))
    title = to_text(raw.get("title", ""))
    if not title:
        raise ValueError("no title")
    # All attributes of the file count here, also those that the mapping does not take into the shop.
    own = record.get("attributes")
    names = to_attributes(own) if own else {}
    return Listing(
        record,
        title,
        to_text(raw.get("brand", "")),
        html_to_text(to_text(raw.get("description", ""))),
        tuple(sorted(names)),
    )


def write_catalog(path: Path, file: CatalogFile, found: Sequence[tuple[str, str]]) -> None:
    """Write the records with the columns ``item_type`` and ``kind``; gzipped if the name ends in ``.gz``.

    Args:
        path: where to; the same content gives the same bytes.
        file: what was read.
        found: item type and kind of each listing; the kind may be empty.

    Raises:
        ItemTypesError: the file cannot be written.
    """
    try:
        with _create(path) as out:
            rows = (
                {**listing.record, TYPE_COLUMN: item_type, KIND_COLUMN: kind}
                for listing, (item_type, kind) in zip(file.listings, found, strict=True)
            )
            if file.format == CSV:
                columns = dict.fromkeys([*file.columns, TYPE_COLUMN, KIND_COLUMN])
                writer = csv.DictWriter(out, list(columns), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            else:
                out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    except OSError as error:
        raise ItemTypesError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def _create(path: Path) -> Iterator[TextIO]:
    with path.open("wb") as raw:
        # No name and no time in the header, so that equal files have equal bytes.
        packed: Any = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if path.suffix == ".gz" else raw
        with io.TextIOWrapper(packed, encoding="utf-8", newline="") as out:
            yield out
