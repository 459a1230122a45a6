"""The price of every item by its position in the index, for totals; kept up to date from what changed.

All prices are read when the first total is asked for, and then no more: a price that changed is set anew in a copy, and
when the index grows, the prices go to the items' new positions. 8 bytes an item.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from catalog_db.database import Database, Session
from catalog_db.price_stream import NOT_KNOWN, Prices, changed_prices, iter_prices, prices_of
from catalog_db.revisions import revision
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.grammar.budget import UNKNOWN

_POSITIONS_AT_A_TIME = 1 << 20


@dataclass(frozen=True, eq=False)
class _Known:
    """Prices over an index, as the catalog was at a revision."""

    prices: np.ndarray
    index: SegmentedIndex
    revision: int
    currency: str


class PriceList:
    """Prices by position. Safe to share between threads.

    Args:
        database: the shop's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: _Known | None = None
        self._guard = threading.Lock()

    def at(self, index: SegmentedIndex, number: int, currency: str) -> np.ndarray:
        """The prices as at catalog revision ``number`` or later; an array that never changes.

        Args:
            index: whose positions.
            number: the catalog's revision when the index was read.
            currency: a price in another one is ``UNKNOWN``.

        Returns:
            (positions,) int64, minor units, ``UNKNOWN`` where there is none.
        """
        with self._guard:
            known = self._known
            if known is None or known.index is not index or known.revision < number or known.currency != currency:
                with self._database.reading() as session:
                    self._known = known = self._read(session, index, currency)
        return known.prices

    def _read(self, session: Session, index: SegmentedIndex, currency: str) -> _Known:
        known, number = self._known, revision(session)
        changed = None
        if known is not None and known.currency == currency and known.revision <= number:
            changed = changed_prices(session, currency, known.revision)
        if known is None or changed is None:
            prices = np.full(len(index), UNKNOWN, dtype=np.int64)
            for block in iter_prices(session, currency):
                _set(prices, index, block)
        else:
            prices = known.prices.copy() if known.index is index else _moved(session, known, index)
            _set(prices, index, changed)
        prices.flags.writeable = False
        return _Known(prices, index, number, currency)


def _set(prices: np.ndarray, index: SegmentedIndex, stated: Prices) -> None:
    """Write prices to the positions of their products; in place."""
    positions = index.positions_of(stated[0])
    here = positions >= 0
    prices[positions[here]] = np.where(stated[1] == NOT_KNOWN, UNKNOWN, stated[1])[here]


def _moved(session: Session, known: _Known, index: SegmentedIndex) -> np.ndarray:
    """Prices over another index; those of items that are new to it are asked for."""
    prices = np.full(len(index), UNKNOWN, dtype=np.int64)
    start = 0
    if index.main is known.index.main:
        start = len(index.main)
        prices[:start] = known.prices[:start]
    for first in range(start, len(index), _POSITIONS_AT_A_TIME):
        positions = np.arange(first, min(first + _POSITIONS_AT_A_TIME, len(index)))
        ids = index.product_id_at(positions)
        before = known.index.positions_of(ids)
        prices[positions[before >= 0]] = known.prices[before[before >= 0]]
        _set(prices, index, prices_of(session, known.currency, ids[before < 0]))
    return prices
