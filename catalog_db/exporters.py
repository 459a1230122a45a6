"""Write products and events as CSV or JSON Lines, gzipped if the name ends in ``.gz``.

What is written is what :mod:`catalog_db.importers` reads: importing an export changes nothing. Attributes are one JSON
object, in CSV too, because their values may hold any character that could part them.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.events import iter_histories
from catalog_db.products import ProductRecord, iter_products, skus_by_id

PRODUCT_COLUMNS = (
    *("sku", "title", "item_type", "brand", "category_path", "description", "price_minor", "currency", "stock"),
    *("rating", "rating_count", "attributes", "image", "link", "active", "created_at"),
)
EVENT_COLUMNS = ("shopper", "sku", "kind", "at")
SUFFIXES = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz")


def export_products(session: Session, path: Path, *, active_only: bool = False) -> int:
    """Write every product, in the order of ids; returns how many.

    Raises:
        CatalogError: the name's ending is none of :data:`SUFFIXES`, or the file cannot be written; a file that was
            there before is then as it was.
    """
    return _write(path, PRODUCT_COLUMNS, map(_product, iter_products(session, active_only=active_only)))


def export_events(session: Session, path: Path) -> int:
    """Write every event, shopper by shopper and oldest first; returns how many.

    Raises:
        CatalogError: as :func:`export_products`.
    """
    return _write(path, EVENT_COLUMNS, _events(session))


def _product(record: ProductRecord) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in PRODUCT_COLUMNS}
    attributes = {name: list(of_name) for name, of_name in record.attributes.items()}
    return values | {"attributes": attributes, "created_at": record.created_at.isoformat()}


def _events(session: Session) -> Iterator[dict[str, Any]]:
    skus = skus_by_id(session)
    for history in iter_histories(session):
        for product_id, kind, at in zip(history.product_ids, history.kinds, history.times, strict=True):
            yield {"shopper": history.shopper, "sku": skus[product_id], "kind": kind.value, "at": at.isoformat()}


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> int:
    if not path.name.endswith(SUFFIXES):
        raise CatalogError(f"cannot tell the format of {path}", f"end its name in {', '.join(SUFFIXES)}")
    count = 0
    with _open(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        is_csv = ".csv" in path.suffixes
        if is_csv:
            writer.writerow(columns)
        for count, row in enumerate(rows, start=1):  # noqa: B007
            if is_csv:
                writer.writerow([_cell(row[name]) for name in columns])
            else:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    """Write beside the file and put it in its place at the end, so that there is never half an export."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with contextlib.ExitStack() as stack:
            raw = stack.enter_context(beside.open("wb"))
            binary: Any = raw
            if path.suffix == ".gz":
                # No name and no time inside: equal catalogs give equal files.
                binary = stack.enter_context(gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0))
            yield stack.enter_context(io.TextIOWrapper(binary, encoding="utf-8", newline=""))
        beside.replace(path)
    except OSError as error:
        raise CatalogError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)
