"""Tell what format a product file has by looking at its beginning; names of files are not trusted."""

from __future__ import annotations

import csv
import json
from collections.abc import Set
from pathlib import Path

from catalog_db.errors import ImportFileError
from catalog_db.importers import amazon_reviews, google_merchant, shopify
from catalog_db.importers.files import head

CSV, JSONL, SHOPIFY, GOOGLE = "csv", "jsonl", "shopify", "google-merchant"
AMAZON, RETAIL_DEMO_STORE = "amazon-reviews-2023", "retail-demo-store"
_ALL = frozenset({CSV, JSONL, SHOPIFY, GOOGLE, AMAZON, RETAIL_DEMO_STORE})


def detect_format(path: Path, of: Set[str] = _ALL) -> str:
    """The format of a file, one of ``of``.

    Raises:
        ImportFileError: no format can be told, or the file cannot be read.
    """
    beginning = head(path).lstrip()
    if not beginning:
        raise ImportFileError(f"{path} is empty")
    format = _detect(beginning)
    if format in of:
        return format
    general = {AMAZON: JSONL, SHOPIFY: CSV, GOOGLE: CSV}.get(format, "") if not beginning.startswith("<") else ""
    if general in of:
        return general
    raise ImportFileError(f"the format of {path} cannot be told", f"name it with --format: {', '.join(sorted(of))}")


def _detect(beginning: str) -> str:
    first_line = beginning.splitlines()[0]
    if beginning.startswith("<"):
        return GOOGLE
    if beginning.startswith("{"):
        return AMAZON if amazon_reviews.KEY in _keys(first_line) else JSONL
    if beginning.startswith("- "):
        return RETAIL_DEMO_STORE
    try:
        columns = next(csv.reader([first_line], delimiter=max(",\t;|", key=first_line.count)))
    except csv.Error:
        return ""
    if all(name in columns for name in shopify.REQUIRED):
        return SHOPIFY
    google = {google_merchant.normal_name(name) for name in columns}
    if "\t" in first_line and {*google_merchant.REQUIRED, "availability"} <= google:
        return GOOGLE
    return CSV if len(columns) > 1 else ""


def _keys(line: str) -> Set[str]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return frozenset()
    return values.keys() if isinstance(values, dict) else frozenset()
