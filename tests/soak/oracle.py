"""Whether what was generated may be: SID → product → conditions, by the source table alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from tests.soak.shop import Condition, Shop


@dataclass(frozen=True)
class Slot:
    """What the rows of one reply are held to: a condition, and products that may not be named."""

    shop: Shop
    condition: Condition
    taken: frozenset[int]

    def free(self) -> np.ndarray:
        """Whether each product of the table may be named; (products,) bool."""
        table = self.shop.table
        return table.meets(self.condition) & ~np.isin(table.products, sorted(self.taken))

    def positions(self) -> np.ndarray:
        """The taken products as sorted positions of the index."""
        found = self.shop.index.positions_of(np.array(sorted(self.taken), dtype=np.int64))
        return np.sort(found[found >= 0])


@dataclass
class Record:
    """What was generated so far.

    Attributes:
        sids: semantic ids by path.
        illegal: what should not have been, in words.
    """

    sids: Counter[str] = field(default_factory=Counter)
    illegal: list[str] = field(default_factory=list)

    def check(self, path: str, slot: Slot, free: np.ndarray, sids: list[tuple[int, ...]]) -> None:
        """Note semantic ids, and what is wrong with them.

        Args:
            path: how they were made.
            slot: what they were held to.
            free: what ``slot.free()`` gave.
            sids: type number and codes of each.
        """
        rows = slot.shop.table.sids
        self.sids[path] += len(sids)
        for sid in sids:
            row = rows.get(sid)
            if row is None:
                self.illegal.append(f"{path}: no product has {sid}")
            elif not free[row]:
                self.illegal.append(f"{path}: {sid} does not meet {slot.condition}, or is taken")

    def expect(self, path: str, holds: bool, what: str) -> None:
        """Note something else that has to hold."""
        if not holds:
            self.illegal.append(f"{path}: {what}")
