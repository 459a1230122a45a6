"""An index of two segments, and views of it, against plain dictionaries and sets, whatever happened to the catalog."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid, SidScheme
from tests.neo_assistant.strategies import TYPES, build_index, rows_of

SCHEME = SidScheme(("bags", "kitchen"), (3, 2), per_type=True)


@dataclass(frozen=True)
class Shop:
    """Every product that counts with its SID; the index that is to say the same; what may be named of it."""

    scheme: SidScheme
    sids: dict[int, Sid]
    index: SegmentedIndex
    eligible: frozenset[int]
    taken: frozenset[int]

    @property
    def free(self) -> set[Sid]:
        """The SIDs that may be named."""
        return {self.sids[product] for product in self.eligible - self.taken}

    def view(self) -> View:
        bools = np.zeros(len(self.index), dtype=bool)
        bools[self.index.positions_of(np.array(sorted(self.eligible), dtype=np.int64))] = True
        # Positions that no longer count may be in the bitmap of somebody who does not know it.
        return View(self.index, bools | ~self.index.live.to_bools())

    def blocked(self) -> np.ndarray:
        return np.sort(self.index.positions_of(np.array(sorted(self.taken), dtype=np.int64)))


def put(index: SegmentedIndex, sids: dict[int, Sid]) -> SegmentedIndex:
    return index.with_added(*rows_of(index.scheme, list(sids.values()), list(sids)))


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """One to eight levels, most items under few prefixes; then items are added, exchange SIDs, go and come back."""
    sizes = draw(st.lists(st.sampled_from([1, 2, 3, 7, 256, 65_536]), min_size=1, max_size=8).map(tuple))
    types = tuple(sorted(draw(st.sets(st.sampled_from(TYPES), min_size=1))))
    scheme = SidScheme(types, sizes, per_type=False)
    # The first code far more often than the others, and the highest of the level among them.
    codes = st.tuples(*(st.sampled_from([0, 0, 0, min(1, n - 1), n // 2, n - 1]) for n in sizes))
    pool = draw(st.lists(st.builds(Sid, st.sampled_from(types), codes), max_size=30, unique=True))
    products = range(100, 100 + 3 * len(pool), draw(st.sampled_from([1, 3])))
    sids = dict(zip(products, pool[: draw(st.integers(0, len(pool)))], strict=False))
    index = build_index(scheme, list(sids.values()), list(sids))
    for _ in range(draw(st.integers(0, 4))):
        what = draw(st.sampled_from(["give", "give", "remove", "merge"]))
        some = draw(st.sets(st.sampled_from(products), max_size=8)) if pool else set()
        if what == "give":
            rest = {product: sid for product, sid in sids.items() if product not in some}
            unused = draw(st.permutations([sid for sid in pool if sid not in rest.values()]))
            placed = dict(zip(sorted(some), unused, strict=False))
            index = put(index.with_removed(np.array(sorted(some - set(placed)), dtype=np.int64)), placed)
            sids = rest | placed
        elif what == "remove":
            index = index.with_removed(np.array(sorted(some), dtype=np.int64))
            sids = {product: sid for product, sid in sids.items() if product not in some}
        else:
            index = index.merged()
    chosen = st.sets(st.sampled_from(sorted(sids))) if sids else st.just(set())
    everything = st.just(set(sids))
    return Shop(scheme, sids, index, frozenset(draw(st.one_of(chosen, everything))), frozenset(draw(st.one_of(chosen))))


@given(shops())
def test_every_product_stands_under_its_sid_and_nothing_else_counts(shop: Shop) -> None:
    index = shop.index
    wanted = [*sorted(shop.sids), 1, 99, 10**9]
    found = index.positions_of(np.array(wanted, dtype=np.int64))
    assert [place >= 0 for place in found] == [product in shop.sids for product in wanted]
    assert {p: index.sid(int(place)) for p, place in zip(wanted, found, strict=True) if place >= 0} == shop.sids
    known = found[found >= 0]
    assert set(index.bitmap_of(np.array(wanted)).positions().tolist()) == set(known.tolist())
    assert set(known.tolist()) == set(index.live.positions().tolist())
    assert index.product_id_at(known).tolist() == wanted[: len(known)]
    assert index.items == len(shop.sids)
    assert {sid: index.position(sid) for sid in shop.sids.values()} == dict(
        zip((shop.sids[product] for product in wanted[: len(known)]), known.tolist(), strict=True)
    )
    gone = {index.sid(place) for place in range(len(index))} - set(shop.sids.values())
    assert all(index.position(sid) is None for sid in gone)


@given(shops())
def test_a_view_allows_what_may_be_named_and_nothing_else(shop: Shop) -> None:
    view, taken, free, types = shop.view(), shop.blocked(), shop.free, shop.scheme.types
    eligible = [shop.sids[product] for product in shop.eligible]
    assert (len(view), view.remaining(), view.remaining(taken)) == (len(eligible), len(eligible), len(free))
    assert view.type_counts().tolist() == [sum(sid.item_type == name for sid in eligible) for name in types]
    assert view.open_types(taken).tolist() == [any(sid.item_type == name for sid in free) for name in types]
    begun = {(sid.item_type, sid.codes[:level]) for sid in shop.sids.values() for level in range(len(sid.codes))}
    begun |= {(name, ()) for name in types} | {(types[0], shop.scheme.sizes[:1][: shop.scheme.levels - 1])}
    for name, prefix in sorted(begun):
        after = view.codes_after(types.index(name), prefix, taken)
        level = len(prefix)
        expected = {sid.codes[level] for sid in free if sid.item_type == name and sid.codes[:level] == prefix}
        assert after.tolist() == sorted(expected)
    for sid in {shop.index.sid(place) for place in range(len(shop.index))}:
        place = view.item(types.index(sid.item_type), sid.codes, taken)
        assert place == (shop.index.position(sid) if sid in free else None)


@given(shops(), st.data())
def test_views_of_segments_combine_as_sets_do(shop: Shop, data: st.DataObject) -> None:
    other = frozenset(data.draw(st.sets(st.sampled_from(sorted(shop.sids))))) if shop.sids else frozenset()
    a, b = shop.view(), Shop(shop.scheme, shop.sids, shop.index, other, frozenset()).view()

    def products(view: View) -> set[int]:
        return set(shop.index.product_id_at(view.bitmap.positions()).tolist())

    assert products(a & b) == shop.eligible & other
    assert products(a | b) == shop.eligible | other
    assert products(~a) == set(shop.sids) - shop.eligible
    assert products(View(shop.index)) == set(shop.sids)
    assert products(View(shop.index, Bitmap.full(len(shop.index)))) == set(shop.sids)
    assert a.count(b.bitmap) == len(shop.eligible & other)
    assert all(a.has(place) == (place in a.bitmap.positions()) for place in range(len(shop.index)))


@given(shops())
def test_merging_changes_nothing_but_the_segments(shop: Shop) -> None:
    before = [array.copy() for segment in shop.index.segments for array in (segment.codes, segment.product_ids)]
    merged = shop.index.merged()
    assert merged.side is None
    assert merged.untidy == 0
    assert len(merged) == merged.items == len(shop.sids)
    fresh = build_index(shop.scheme, list(shop.sids.values()), list(shop.sids)).main
    for name in ("codes", "product_ids", "type_bounds"):
        np.testing.assert_array_equal(getattr(merged.main, name), getattr(fresh, name))
    assert [starts.tolist() for starts in merged.main.starts] == [starts.tolist() for starts in fresh.starts]
    assert merged.main.max_children == fresh.max_children
    assert merged.merged() is merged
    after = [array for segment in shop.index.segments for array in (segment.codes, segment.product_ids)]
    assert all((old == new).all() for old, new in zip(before, after, strict=True))


@given(shops(), st.data())
def test_an_index_stays_as_it_is_when_another_is_made_of_it(shop: Shop, data: st.DataObject) -> None:
    some = data.draw(st.sets(st.sampled_from(sorted(shop.sids)), max_size=5)) if shop.sids else set()
    view, free = shop.view(), sorted(shop.free)
    later = shop.index.with_removed(np.array(sorted(some), dtype=np.int64))
    put(later, dict(zip(range(1, 9), [shop.sids[product] for product in sorted(some)], strict=False)))
    named = [shop.index.sid(place) for place in view.bitmap.positions().tolist()]
    assert sorted(set(named) - {shop.sids[product] for product in shop.taken}) == free


def test_what_already_stands_there_is_not_added_again() -> None:
    sids = {1: Sid("bags", (0, 0)), 2: Sid("kitchen", (1, 1))}
    index = build_index(SCHEME, list(sids.values()), list(sids))
    assert put(index, sids).side is None
    more = put(index, sids | {3: Sid("bags", (2, 0))})
    assert more.side is not None
    assert (len(more.side), more.items, more.untidy) == (1, 3, 1)


def test_two_items_with_one_sid_are_refused() -> None:
    index = build_index(SCHEME, [Sid("bags", (0, 0)), Sid("bags", (0, 1))], [1, 2])
    with pytest.raises(DecodingIndexError, match="share a semantic id, bags:0-1"):
        put(index, {3: Sid("bags", (0, 1))})
    with pytest.raises(DecodingIndexError, match="share a semantic id"):
        put(index, {3: Sid("bags", (1, 1)), 4: Sid("bags", (1, 1))})
    with pytest.raises(DecodingIndexError, match="share a semantic id"):
        put(put(index, {3: Sid("bags", (1, 1))}), {4: Sid("bags", (1, 1))})
    swapped = put(index, {1: Sid("bags", (0, 1)), 2: Sid("bags", (0, 0))})
    assert [swapped.sid(int(place)).codes for place in swapped.positions_of(np.array([1, 2]))] == [(0, 1), (0, 0)]


def test_segments_of_different_codebooks_do_not_go_together() -> None:
    index, sids = build_index(SCHEME, [Sid("bags", (0, 0))]), [Sid("bags", (0, 1))]
    other = SidScheme(("bags", "kitchen"), (3, 3), per_type=True)
    for side in (
        DecodingIndex.build(other, "v1", *rows_of(other, sids, [7])),
        DecodingIndex.build(SCHEME, "v2", *rows_of(SCHEME, sids, [7])),
    ):
        with pytest.raises(DecodingIndexError, match="codebooks"):
            SegmentedIndex(index.main, side)


def test_many_products_become_a_bitmap_in_blocks() -> None:
    scheme, items = SidScheme(("bags",), (65_536, 65_536), per_type=False), 600_000
    codes = np.stack([np.arange(items) // 65_536, np.arange(items) % 65_536], axis=1)
    ids = np.random.default_rng(0).permutation(items)
    index = SegmentedIndex(DecodingIndex.build(scheme, "v1", np.zeros(items, dtype=np.int64), codes, ids))
    wanted = np.arange(1, items + 5, 2)
    np.testing.assert_array_equal(index.bitmap_of(wanted).to_bools(), ids % 2 == 1)


def test_there_is_no_position_beyond_the_segments() -> None:
    index = put(build_index(SCHEME, [Sid("bags", (0, 0))], [1]), {2: Sid("bags", (0, 1))})
    assert [index.sid(place).codes for place in range(2)] == [(0, 0), (0, 1)]
    for place in (-1, 2):
        with pytest.raises(DecodingIndexError):
            index.sid(place)
