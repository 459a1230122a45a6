"""A data set with known answers, read: the catalog, what its shoppers did, and which answers are right."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog_db.errors import ImportFileError
from catalog_db.importers.build import make_product
from catalog_db.importers.files import read_jsonl
from catalog_db.importers.records import Refusal
from catalog_db.rows import ProductRow
from finetune.errors import DatasetError

WITHHELD = 2
"""Items at the end of a sequence that nothing may learn from: the one of the validation and the one of the test."""
TRAIN, TEST = "train", "test"
LONG_AGO = dt.datetime(2014, 1, 1, tzinfo=dt.UTC)
"""When the first thing happened, in data sets that do not say when. Later things follow minute by minute."""


@dataclass(frozen=True, slots=True)
class Purchases:
    """What one shopper bought, oldest first, by SKU. The last is the test's answer, the one before it validation's."""

    user: str
    skus: tuple[str, ...]

    @property
    def seen(self) -> tuple[str, ...]:
        """What training may see."""
        return self.skus[:-WITHHELD]


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A search with people's judgments: SKU → how relevant the product is."""

    text: str
    split: str
    judgments: Mapping[str, float]


@dataclass(frozen=True)
class Dataset:
    """Everything that is made of a data set.

    Args:
        name: of the data set.
        rows: the catalog, by SKU.
        sequences: by user, in the order of the file; may be empty.
        queries: in the order of the files, those to learn from first; may be empty.
        relevant_from: a judgment of at least this counts as relevant.
        fingerprint: sha256 over the files it was read from, hex.
    """

    name: str
    rows: tuple[ProductRow, ...]
    sequences: tuple[Purchases, ...] = ()
    queries: tuple[JudgedQuery, ...] = ()
    relevant_from: float = 1.0
    fingerprint: str = ""


def read_records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects of a file of a data set with their lines; nothing may be wrong with any of them.

    Raises:
        DatasetError: if the file is missing or a line of it is not an object.
    """
    try:
        for record in read_jsonl(path):
            if isinstance(record, Refusal):
                raise DatasetError(f"{path}, line {record.line}: {record.reason}")
            yield record.line, record.values
    except ImportFileError as error:
        raise DatasetError(error.message, "name the data set's folder with --source") from error


def read_catalog(path: Path, product_of: Callable[[Mapping[str, Any]], dict[str, Any]]) -> tuple[ProductRow, ...]:
    """The products of a file, by SKU.

    Args:
        path: one object a line.
        product_of: makes the raw fields of :func:`catalog_db.importers.build.make_product` of such an object.

    Raises:
        DatasetError: if a line is no product, or a product comes twice.
    """
    rows: dict[str, ProductRow] = {}
    for line, values in read_records(path):
        try:
            row, _ = make_product(product_of(values))
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"{path}, line {line}: not a product of this data set: {error!r}") from error
        if row.sku in rows:
            raise DatasetError(f"{path}, line {line}: the product {row.sku} comes twice")
        rows[row.sku] = row
    return tuple(rows[sku] for sku in sorted(rows))


def check_known(path: Path, line: int, skus: Collection[str], known: Collection[str]) -> None:
    """Raises DatasetError if a line names a product that the catalog lacks."""
    for sku in skus:
        if sku not in known:
            raise DatasetError(f"{path}, line {line} names the product {sku}, which the catalog does not hold")


def files_fingerprint(source: Path, names: Iterable[str]) -> str:
    """sha256 over the bytes of the files of a folder, hex.

    Raises:
        DatasetError: if one cannot be read.
    """
    digest = hashlib.sha256()
    for path in (source / name for name in names):
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise DatasetError(
                f"cannot read {path}: {error.strerror or error}", "name the data set's folder with --source"
            ) from error
    return digest.hexdigest()
