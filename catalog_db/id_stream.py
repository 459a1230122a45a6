"""Bring millions of ids out of the database without a Python integer, or a row, for each of them.

The database joins the ids of a block to one text (``aggregate_strings``, which SQLite and PostgreSQL both have) and
NumPy parses it. Beside fetching rows this takes half the time on SQLite and on PostgreSQL, and the memory of a block's
text, 7 to 10 bytes an id. ``COPY … (FORMAT BINARY)`` was tried on PostgreSQL and takes eight times as long, because the
driver hands over one object a row; so does nothing better than text (``docs/benchmarks.md``, "Conditions").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, String, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from catalog_db.database import Session

Column = ColumnElement[int] | InstrumentedAttribute[int]

IDS_PER_BLOCK = 1 << 24
"""Width of a block of ids. Both databases refuse a text of more than 1 GB; a block's is 180 MB at most, and 16 million
products still take one pass over the table or index."""

_SPARSE = 32
"""How many numbers there may be for each id before sorting is the quicker way."""


def iter_ids(session: Session, ids: Column, query: Select[Any]) -> Iterator[npt.NDArray[np.int64]]:
    """Ids in blocks, sorted, each once.

    Args:
        session: any session.
        ids: a column of non-negative integers.
        query: what the ids are selected by: FROM and WHERE; its columns are replaced.

    Yields:
        int64 arrays, none of them empty, each above the one before.
    """
    highest = session.execute(select(func.max(ids))).scalar_one()
    for start in range(0, 0 if highest is None else highest + 1, IDS_PER_BLOCK):
        inside = (ids.between(start, min(start + IDS_PER_BLOCK - 1, highest)),) if highest >= IDS_PER_BLOCK else ()
        block = fetch_block(session, ids, query.where(*inside))
        if len(block):
            yield block


def fetch_ids(session: Session, ids: Column, query: Select[Any]) -> npt.NDArray[np.int64]:
    """All of :func:`iter_ids` as one sorted array of shape ``(selected,)``."""
    blocks = list(iter_ids(session, ids, query))
    return blocks[0] if len(blocks) == 1 else np.concatenate([np.empty(0, np.int64), *blocks])


def fetch_block(session: Session, ids: Column, query: Select[Any]) -> npt.NDArray[np.int64]:
    """The same by a single statement, for a query that selects no more ids than make up a block."""
    joined = session.execute(query.with_only_columns(func.aggregate_strings(cast(ids, String), ","))).scalar_one()
    if not joined:
        return np.empty(0, np.int64)
    found = parse_integers(joined)
    del joined  # as large as the ids
    return _sorted(found)


def _sorted(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Ids in order, each once. Where they lie close together a table of them is six times as quick as sorting."""
    lowest = ids.min()
    span = int(ids.max() - lowest) + 1
    if span > _SPARSE * len(ids):
        return np.unique(ids)
    members = np.zeros(span, dtype=bool)
    members[ids - lowest] = True
    found = np.flatnonzero(members)
    found += lowest
    return found


def parse_integers(joined: str) -> npt.NDArray[np.int64]:
    """``"3,1,2"`` → ``[3, 1, 2]`` as int64; the text is not empty."""
    return np.fromstring(joined, dtype=np.int64, sep=",")
