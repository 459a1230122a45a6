"""Small catalogs with a history: items added, given other SIDs, removed and merged. The truth is a plain dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.sids import Sid, SidScheme
from tests.neo_assistant.strategies import TYPES, build_index, rows_of


@dataclass(frozen=True)
class EditedCatalog:
    """Every product that counts with its SID, and the index that is to say the same."""

    scheme: SidScheme
    sids: Mapping[int, Sid]
    index: SegmentedIndex

    def places(self, products: set[int]) -> np.ndarray:
        """Sorted positions of products."""
        return np.sort(self.index.positions_of(np.array(sorted(products), dtype=np.int64)))

    def view(self, products: set[int], dead: bool = False) -> View:
        """A view of these products; with ``dead`` its bitmap names everything that no longer counts, too."""
        eligible = np.zeros(len(self.index), dtype=bool)
        eligible[self.places(products)] = True
        if dead:
            eligible |= ~self.index.live.to_bools()
        return View(self.index, eligible)


@st.composite
def edited_catalogs(draw: st.DrawFn, max_items: int = 24, most_codes: int = 65_536) -> EditedCatalog:
    """One to four types, one to eight levels; up to three edits."""
    sizes = draw(st.lists(st.sampled_from([1, 2, 3, 6, most_codes]), min_size=1, max_size=8).map(tuple))
    types = tuple(sorted(draw(st.sets(st.sampled_from(TYPES), min_size=1))))
    scheme = SidScheme(types, sizes, draw(st.booleans()) and max(sizes) < 10)
    # Few different codes, so that prefixes are shared; the largest code of a level is among them.
    codes = st.tuples(*(st.sampled_from(sorted({0, min(1, size - 1), size // 2, size - 1})) for size in sizes))
    known = draw(st.lists(st.builds(Sid, st.sampled_from(types), codes), max_size=max_items, unique=True))
    first = draw(st.integers(0, len(known)))
    sids = dict(enumerate(known[:first], start=10))
    whole = build_index(scheme, list(sids.values()), list(sids))
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(("add", "move", "remove", "merge")))
        free = [sid for sid in known if sid not in sids.values()]
        chosen = draw(st.sets(st.sampled_from(sorted(sids)), max_size=6)) if sids else set()
        if kind == "add":
            new = dict(enumerate(free[: draw(st.integers(0, 8))], start=max(sids, default=10) + 1))
            whole = whole.with_added(*rows_of(scheme, list(new.values()), list(new)))
            sids |= new
        elif kind == "move":
            moved = dict(zip(sorted(chosen), free, strict=False))
            whole = whole.with_added(*rows_of(scheme, list(moved.values()), list(moved)))
            sids |= moved
        elif kind == "remove":
            whole = whole.with_removed(np.array(sorted(chosen), dtype=np.int64))
            sids = {product: sid for product, sid in sids.items() if product not in chosen}
        else:
            whole = whole.merged()
    return EditedCatalog(scheme, sids, whole)


def subsets(catalog: EditedCatalog) -> st.SearchStrategy[set[int]]:
    """Products of a catalog: any, none, all."""
    products = sorted(catalog.sids)
    return st.one_of(st.sets(st.sampled_from(products)), st.just(set(products))) if products else st.just(set())
