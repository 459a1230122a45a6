"""Read semantic ids by the million as arrays, and those given since a revision.

As in :mod:`catalog_db.id_stream`, the database joins the values of many rows to one text, so that no Python object is
made for an item. A block is a range of product ids, which are found together on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.id_stream import parse_integers
from catalog_db.models import ProductSid
from catalog_db.revisions import knows_changes_since
from catalog_db.sids import codebook_version_id

IDS_PER_BLOCK = 1 << 20

SidArrays = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.uint16]]
"""Product ids ``(n,)``, sorted; type numbers ``(n,)``; codes ``(n, levels)``."""


def iter_sids(session: Session, fingerprint: str, types: Sequence[str]) -> Iterator[SidArrays]:
    """Every SID of a codebook version, on sale or not, in the order of product ids.

    Args:
        session: a reading session; what it sees must not change between blocks.
        fingerprint: of the codebook version.
        types: item types in the order of their numbers.

    Yields:
        Product ids ``(n,)`` int64, type numbers ``(n,)`` int32 and codes ``(n, levels)`` uint16, n never 0.

    Raises:
        CatalogError: unknown version, a type that is none of ``types``, or SIDs with different numbers of levels.
    """
    version = codebook_version_id(session, fingerprint)
    return _all_blocks(session, version, _number_among(types))


def changed_sids(session: Session, fingerprint: str, types: Sequence[str], since: int) -> SidArrays | None:
    """The SIDs that products were given after catalog revision ``since``, as :func:`iter_sids` gives all.

    Returns:
        None where the database cannot tell (see :func:`catalog_db.revisions.changed_product_ids`); codes of shape
        ``(0, 0)`` where nothing changed.

    Raises:
        CatalogError: as :func:`iter_sids`.
    """
    version = codebook_version_id(session, fingerprint)
    if not knows_changes_since(session, since):
        return None
    found = _block(session, version, _number_among(types), ProductSid.revision > since)
    return found or (np.empty(0, np.int64), np.empty(0, np.int32), np.empty((0, 0), np.uint16))


def load_sids(session: Session, fingerprint: str) -> tuple[npt.NDArray[np.int64], list[str], npt.NDArray[np.uint16]]:
    """Every SID at once, with types by their names: for catalogs whose training examples fit into memory as well.

    Returns:
        Product ids ``(n,)`` int64, ``n`` item types, and codes ``(n, levels)`` uint16; ``levels`` is 0 when ``n`` is.

    Raises:
        CatalogError: unknown version, or SIDs with different numbers of levels.
    """
    numbers: dict[str, int] = {}
    version = codebook_version_id(session, fingerprint)
    blocks = list(_all_blocks(session, version, lambda name: numbers.setdefault(name, len(numbers))))
    if not blocks:
        return np.empty(0, np.int64), [], np.empty((0, 0), np.uint16)
    names = np.array(list(numbers), dtype=object)
    ids, types, codes = (np.concatenate(arrays) for arrays in zip(*blocks, strict=True))
    return ids, names[types].tolist(), codes


class _Hex(FunctionElement[str]):
    """Bytes as hexadecimal digits, which both databases can join; only PostgreSQL can join bytes."""

    type = String()
    inherit_cache = True


@compiles(_Hex, "sqlite")
def _hex_on_sqlite(element: _Hex, compiler: Any, **options: Any) -> str:
    return f"hex({compiler.process(element.clauses, **options)})"


@compiles(_Hex, "postgresql")
def _hex_on_postgresql(element: _Hex, compiler: Any, **options: Any) -> str:
    return f"encode({compiler.process(element.clauses, **options)}, 'hex')"


def _all_blocks(session: Session, version: int, number_of: Callable[[str], int]) -> Iterator[SidArrays]:
    product_id = ProductSid.product_id
    lowest, highest = session.execute(
        select(func.min(product_id), func.max(product_id)).where(ProductSid.codebook_version_id == version)
    ).one()
    if lowest is None:
        return
    levels: int | None = None
    for start in range(lowest, highest + 1, IDS_PER_BLOCK):
        last = min(start + IDS_PER_BLOCK - 1, highest)  # beyond what the column holds, PostgreSQL would refuse it
        found = _block(session, version, number_of, product_id.between(start, last))
        if found is None:
            continue
        if levels not in (None, found[2].shape[1]):
            raise _uneven()
        levels = found[2].shape[1]
        yield found


def _block(
    session: Session, version: int, number_of: Callable[[str], int], *where: ColumnElement[bool]
) -> SidArrays | None:
    """The SIDs that meet ``where``, sorted by product id; None where there are none."""
    rows = session.execute(
        select(
            ProductSid.item_type,
            func.min(func.length(ProductSid.codes)).label("narrowest"),
            func.max(func.length(ProductSid.codes)).label("widest"),
            func.aggregate_strings(cast(ProductSid.product_id, String), ",").label("ids"),
            func.aggregate_strings(_Hex(ProductSid.codes), "").label("codes"),
        )
        .where(ProductSid.codebook_version_id == version, *where)
        .group_by(ProductSid.item_type)
    ).all()
    if not rows:
        return None
    width = rows[0].widest
    if any(row.narrowest != width or row.widest != width for row in rows):
        raise _uneven()
    # Both aggregates of a group see its rows in the same order, whatever that is.
    ids = [parse_integers(row.ids) for row in rows]
    types = [np.full(len(of_type), number_of(row.item_type), np.int32) for of_type, row in zip(ids, rows, strict=True)]
    codes = np.frombuffer(bytes.fromhex("".join(row.codes for row in rows)), dtype=">u2").astype(np.uint16)
    joined = np.concatenate(ids)
    order = np.argsort(joined)
    return joined[order], np.concatenate(types)[order], codes.reshape(len(joined), width // 2)[order]


def _number_among(types: Sequence[str]) -> Callable[[str], int]:
    numbers = {name: number for number, name in enumerate(types)}

    def number_of(name: str) -> int:
        if name not in numbers:
            raise CatalogError(
                f"semantic ids of the type {name!r} are stored, which the codebooks do not know",
                "make them anew: python -m finetune sids",
            )
        return numbers[name]

    return number_of


def _uneven() -> CatalogError:
    return CatalogError("the semantic ids of one codebook version differ in their number of levels")
