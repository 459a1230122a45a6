"""Answers to conditions as bitmaps over the decoding index, asked of the database once and mended when products change.

Every single condition ("under 60", "in stock") has a bitmap of its own, and so has every combination that was asked
for. A combination of known conditions is made with ``&`` and no SQL; one that is asked for again is looked up. When
the catalog's revision has moved, a bitmap is not thrown away: the condition is asked again of the products that
changed since and of items that are new, and their bits are set anew. Only where too many changed, or the database
cannot tell which, the whole query runs again.

Unknown conditions are asked from selective to broad. As soon as few items are left, the rest is asked of these items
only, so that "brand X under 60" does not list the half of ten million products that cost less.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from catalog_db.conditions import Conditions
from catalog_db.database import Database, Session
from catalog_db.eligibility import ON_SALE, Ids, eligible_product_ids, matching_product_ids
from catalog_db.revisions import changed_product_ids, revision
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.segments import SegmentedIndex

MAX_BYTES = 512 << 20
"""What all bitmaps may take together: 200 of ten million items, with their running counts."""
MEND_UP_TO = 0.01
"""The share of the items that may have changed; above it, asking the whole query again is as quick."""
ALWAYS_MEND = 1_000
"""So many changed items are no reason to ask anew, however small the catalog is."""
FEW = 20_000
"""So few items left are looked at one by one, which takes a millisecond for five hundred."""

_POSITIONS_AT_A_TIME = 1 << 20
_SELECTIVE_FIRST = ("attributes", "brands", "item_types", "min_rating", "in_stock", "max_price", "min_price", "sql")


class _Kind(Enum):
    """Which items a bitmap tells: those that meet a single condition, on sale or not, or those eligible under all."""

    PART = "part"
    WHOLE = "whole"


@dataclass(frozen=True, eq=False)
class _Answer:
    """A bitmap over an index, as the catalog was at a revision. Positions that do not count may have any bit."""

    bitmap: Bitmap
    index: SegmentedIndex
    revision: int

    @property
    def nbytes(self) -> int:
        return self.bitmap.words.nbytes * 2  # with the running count, which is made when it is first needed


@dataclass(frozen=True, eq=False)
class _Moment:
    """The catalog as one transaction sees it, and the index whose positions are asked for."""

    session: Session
    index: SegmentedIndex
    revision: int
    _changes: dict[int, Ids | None] = field(default_factory=dict)

    def changed_since(self, since: int) -> Ids | None:
        if since not in self._changes:
            self._changes[since] = changed_product_ids(self.session, since)
        return self._changes[since]

    def at(self, ids: Ids) -> Bitmap:
        """The bitmap of the items of some products."""
        return self.index.bitmap_of(ids)


class ViewCache:
    """Bitmaps of conditions. Safe to share between threads; what several ask for at once is evaluated once.

    Args:
        database: the shop's database.
        max_bytes: the least recently used bitmaps are dropped above this.
    """

    def __init__(self, database: Database, max_bytes: int = MAX_BYTES) -> None:
        self._database = database
        self._max_bytes = max_bytes
        self._answers: OrderedDict[tuple[_Kind, Conditions], _Answer] = OrderedDict()
        self._bytes = 0
        self._asked: set[tuple[Conditions, int, int]] = set()
        """What is being evaluated at this moment; whoever else asks for it waits."""
        self._guard = threading.Condition()

    @property
    def nbytes(self) -> int:
        """Bytes of all bitmaps kept."""
        return self._bytes

    def eligible(self, conditions: Conditions, index: SegmentedIndex, revision: int) -> Bitmap:
        """The positions of items on sale that meet the conditions, as at ``revision`` or later.

        Args:
            conditions: what must hold.
            index: whose positions; those that do not count may be among the result.
            revision: that of the catalog when the index was read.

        Raises:
            ConditionError: the database cannot evaluate them.
        """
        question = (conditions, id(index), revision)
        with self._guard:
            while True:
                known = self._find(_Kind.WHOLE, conditions)
                if known is not None and known.index is index and known.revision >= revision:
                    return known.bitmap
                if question not in self._asked:
                    break
                self._guard.wait()
            self._asked.add(question)
        try:
            return self._ask(conditions, index)
        finally:
            with self._guard:
                self._asked.discard(question)
                self._guard.notify_all()

    def _ask(self, conditions: Conditions, index: SegmentedIndex) -> Bitmap:
        with self._database.reading() as session:
            moment = _Moment(session, index, revision(session))

            def ask(among: Ids) -> Ids:
                return eligible_product_ids(session, conditions, among)

            bitmap = self._mended(moment, _Kind.WHOLE, conditions, ask)
            if bitmap is None:
                bitmap = self._combined(moment, conditions)
                self._keep(moment, _Kind.WHOLE, conditions, bitmap)
            return bitmap

    def _combined(self, moment: _Moment, conditions: Conditions) -> Bitmap:
        """The answer to all conditions from those to each."""
        bitmap = moment.index.live
        unknown: list[Conditions] = []
        for part in [ON_SALE, *conditions.parts()]:
            known = self._known_part(moment, part)
            if known is None:
                unknown.append(part)
            else:
                bitmap = bitmap & known
        for part in sorted(unknown, key=_breadth):
            if int(np.bitwise_count(bitmap.words).sum()) <= FEW:
                left = moment.index.product_id_at(bitmap.positions())
                return moment.at(eligible_product_ids(moment.session, conditions, left))
            found = matching_product_ids(moment.session, part)
            members = ~moment.at(found.ids) if found.negated else moment.at(found.ids)
            self._keep(moment, _Kind.PART, part, members)
            bitmap = bitmap & members
        return bitmap

    def _known_part(self, moment: _Moment, part: Conditions) -> Bitmap | None:
        return self._mended(
            moment, _Kind.PART, part, lambda among: matching_product_ids(moment.session, part, among).ids
        )

    def _mended(self, moment: _Moment, kind: _Kind, conditions: Conditions, ask: Callable[[Ids], Ids]) -> Bitmap | None:
        """A kept answer, brought to this moment and index; None where there is none or it has to be asked for anew."""
        with self._guard:
            known = self._find(kind, conditions)
        # What a later transaction saw cannot be taken back to this one.
        if known is None or known.revision > moment.revision:
            return None
        if known.index is moment.index and known.revision == moment.revision:
            return known.bitmap
        changed = moment.changed_since(known.revision)
        if changed is None:
            return None
        bitmap, new = known.bitmap, np.empty(0, np.int64)
        if known.index is not moment.index:
            bitmap, new = _moved(known, moment.index)
        asked = np.union1d(changed, new)
        if len(asked) > max(ALWAYS_MEND, MEND_UP_TO * len(moment.index)):
            return None
        if len(asked):
            bitmap = _with_bits(bitmap, moment.index.positions_of(asked), moment.index.positions_of(ask(asked)))
        self._keep(moment, kind, conditions, bitmap)
        return bitmap

    def _find(self, kind: _Kind, conditions: Conditions) -> _Answer | None:
        known = self._answers.get((kind, conditions))
        if known is not None:
            self._answers.move_to_end((kind, conditions))
        return known

    def _keep(self, moment: _Moment, kind: _Kind, conditions: Conditions, bitmap: Bitmap) -> None:
        answer, key = _Answer(bitmap, moment.index, moment.revision), (kind, conditions)
        with self._guard:
            before = self._answers.get(key)
            if before is not None and before.revision > answer.revision:
                return
            self._bytes += answer.nbytes - (0 if before is None else before.nbytes)
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while self._bytes > self._max_bytes and len(self._answers) > 1:
                self._bytes -= self._answers.popitem(last=False)[1].nbytes


def _with_bits(bitmap: Bitmap, asked: np.ndarray, members: np.ndarray) -> Bitmap:
    """A bitmap in which of the positions asked only the members are set; -1 is no position."""
    words = bitmap.words.copy()
    for positions, change in ((asked, np.bitwise_and), (members, np.bitwise_or)):
        positions = positions[positions >= 0]
        bits = np.left_shift(np.uint32(1), (positions & 31).astype(np.uint32))
        change.at(words, positions >> 5, ~bits if change is np.bitwise_and else bits)
    return Bitmap(len(bitmap), words)


def _moved(known: _Answer, index: SegmentedIndex) -> tuple[Bitmap, Ids]:
    """An answer over another index, and the products that its own index does not know."""
    members = np.zeros(len(index), dtype=bool)
    start = 0
    if index.main is known.index.main:
        start = len(index.main)
        members[:start] = known.bitmap.to_bools()[:start]
    new = [np.empty(0, np.int64)]
    for first in range(start, len(index), _POSITIONS_AT_A_TIME):
        positions = np.arange(first, min(first + _POSITIONS_AT_A_TIME, len(index)))
        ids = index.product_id_at(positions)
        before = known.index.positions_of(ids)
        members[positions[before >= 0]] = known.bitmap.contains(before[before >= 0])
        new.append(ids[before < 0])
    return Bitmap.from_bools(members), np.concatenate(new)


def _breadth(part: Conditions) -> int:
    """How early a single condition is asked; being on sale comes first, because every question needs it."""
    return _SELECTIVE_FIRST.index(next(iter(part.to_dict()))) if part != ON_SALE else -1
