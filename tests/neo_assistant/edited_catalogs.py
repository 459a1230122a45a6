"""Small catalogs with a history: items added, given other SIDs, removed and merged. The truth is a plain dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.sids import Sid, SidScheme
from tests.neo_assistant.strategies import TYPES, build_index, rows_of, seeds


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
def edited_catalogs(draw: st.DrawFn, most_items: int = 40, most_codes: int = 65_536) -> EditedCatalog:
    """One to four types, one to eight levels; up to four edits.

    All of it comes from a seed: drawn one by one, most catalogs would have two items and no edit.
    """
    random = draw(seeds())
    sizes = tuple(random.choices((1, 2, 3, 6, most_codes), k=random.randint(1, 8)))
    types = tuple(sorted(random.sample(TYPES, random.randint(1, len(TYPES)))))
    scheme = SidScheme(types, sizes, max(sizes) < 10 and random.random() < 0.5)
    count = random.randint(0, most_items)
    edits = random.choices(("add", "add", "move", "remove", "merge"), k=random.randint(0, 4))
    # Few different codes, so that prefixes are shared; the largest code of a level is among them.
    codes = [sorted({0, min(1, size - 1), size // 2, size - 1}) for size in sizes]
    made = [Sid(random.choice(types), tuple(map(random.choice, codes))) for _ in range(2 * count)]
    known = list(dict.fromkeys(made))[:count]
    sids = dict(enumerate(known[: random.randint(0, len(known))], start=10))
    whole = build_index(scheme, list(sids.values()), list(sids))
    for edit in edits:
        free = [sid for sid in known if sid not in sids.values()]
        chosen = random.sample(sorted(sids), random.randint(0, min(len(sids), 8)))
        if edit == "add":
            new = dict(enumerate(free[: random.randint(0, 12)], start=max(sids, default=10) + 1))
            whole = whole.with_added(*rows_of(scheme, list(new.values()), list(new)))
            sids |= new
        elif edit == "move":
            moved = dict(zip(chosen, free, strict=False))
            whole = whole.with_added(*rows_of(scheme, list(moved.values()), list(moved)))
            sids |= moved
        elif edit == "remove":
            whole = whole.with_removed(np.array(sorted(chosen), dtype=np.int64))
            sids = {product: sid for product, sid in sids.items() if product not in chosen}
        else:
            whole = whole.merged()
    return EditedCatalog(scheme, sids, whole)


@st.composite
def subsets(draw: st.DrawFn, catalog: EditedCatalog) -> set[int]:
    """Products of a catalog: any share of them, none, all."""
    share, random = draw(st.sampled_from((0.0, 0.1, 0.3, 0.5, 0.8, 1.0))), draw(seeds())
    return {product for product in catalog.sids if random.random() < share}
