"""The decoding index against counting by hand."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid, SidScheme
from tests.neo_assistant.strategies import TinyCatalog, build_index, catalogs, rows_of

SCHEME = SidScheme(("bags", "kitchen"), (3, 2), per_type=True)
SIDS = (Sid("kitchen", (2, 1)), Sid("bags", (0, 1)), Sid("kitchen", (0, 0)), Sid("bags", (0, 0)))


def prefixes(catalog: TinyCatalog) -> list[tuple[int, tuple[int, ...]]]:
    """Every beginning of a SID that an item has, the empty one of every type included."""
    numbers = catalog.scheme.type_numbers
    real = {
        (numbers[sid.item_type], sid.codes[:length]) for sid in catalog.sids for length in range(catalog.scheme.levels)
    }
    return sorted(real | {(number, ()) for number in numbers.values()})


def under(catalog: TinyCatalog, number: int, prefix: tuple[int, ...]) -> list[int]:
    """Positions of the items whose SID begins so."""
    return [
        place
        for place, sid in enumerate(catalog.ordered)
        if sid.item_type == catalog.scheme.types[number] and sid.codes[: len(prefix)] == prefix
    ]


@given(catalogs())
def test_positions_and_sids_are_inverse_and_sorted(catalog: TinyCatalog) -> None:
    index = catalog.index.main
    assert len(index) == len(catalog.sids)
    assert [index.sid(place) for place in range(len(index))] == catalog.ordered
    assert [index.position(sid) for sid in catalog.ordered] == list(range(len(index)))


@given(catalogs())
def test_products_stay_with_their_sids(catalog: TinyCatalog) -> None:
    index = catalog.index.main
    found = index.positions_of(np.array(catalog.product_ids, dtype=np.int64))
    assert [index.sid(int(place)) for place in found] == list(catalog.sids)
    assert index.product_ids[found].tolist() == list(catalog.product_ids)
    strangers = np.array([-1, 0, 10**9], dtype=np.int64)
    assert index.positions_of(strangers).tolist() == [-1, -1, -1]


@given(catalogs())
def test_ranges_hold_the_items_under_a_prefix(catalog: TinyCatalog) -> None:
    for number, prefix in prefixes(catalog):
        lo, hi = catalog.index.main.range_of(number, prefix)
        assert list(range(lo, hi)) == under(catalog, number, prefix)
        for sid in (Sid(catalog.scheme.types[number], prefix), Sid("cars", prefix)):
            assert catalog.index.position(sid) is None


@given(catalogs(), st.lists(st.integers(-1, 2**17), max_size=4))
def test_the_range_of_what_no_item_begins_with_is_empty(catalog: TinyCatalog, codes: list[int]) -> None:
    prefix = tuple(codes[: catalog.scheme.levels])
    lo, hi = catalog.index.main.range_of(0, prefix)
    assert list(range(lo, hi)) == under(catalog, 0, prefix)


@given(catalogs())
def test_children_are_the_next_codes(catalog: TinyCatalog) -> None:
    for number, prefix in prefixes(catalog):
        children = catalog.index.main.children(*catalog.index.main.range_of(number, prefix), len(prefix))
        expected: dict[int, list[int]] = {}
        for place in under(catalog, number, prefix):
            expected.setdefault(catalog.ordered[place].codes[len(prefix)], []).append(place)
        assert children.codes.tolist() == sorted(expected)
        ranges = zip(children.lo.tolist(), children.hi.tolist(), strict=True)
        assert [list(range(*bounds)) for bounds in ranges] == [expected[code] for code in sorted(expected)]


@given(catalogs(), st.randoms(use_true_random=False))
def test_the_order_in_which_items_come_does_not_matter(catalog: TinyCatalog, random: Random) -> None:
    pairs = list(zip(catalog.sids, catalog.product_ids, strict=True))
    random.shuffle(pairs)
    shuffled = build_index(catalog.scheme, [sid for sid, _ in pairs], [product for _, product in pairs])
    np.testing.assert_array_equal(shuffled.main.codes, catalog.index.main.codes)
    np.testing.assert_array_equal(shuffled.main.product_ids, catalog.index.main.product_ids)


def test_two_items_with_one_sid_are_refused() -> None:
    with pytest.raises(DecodingIndexError, match="share a semantic id"):
        build_index(SCHEME, [*SIDS, SIDS[0]])


@pytest.mark.parametrize(
    ("types", "codes", "products"),
    [
        ([0], [[0, 2]], [1]),
        ([0], [[-1, 0]], [1]),
        ([2], [[0, 0]], [1]),
        ([-1], [[0, 0]], [1]),
        ([0], [[0]], [1]),
        ([0, 0], [[0, 0]], [1]),
        ([0], [[0, 0]], [1, 2]),
    ],
)
def test_arrays_that_do_not_fit_are_refused(types: list[int], codes: list[list[int]], products: list[int]) -> None:
    with pytest.raises(DecodingIndexError):
        DecodingIndex.build(SCHEME, "v1", np.array(types), np.array(codes), np.array(products))


@pytest.mark.parametrize("position", [-1, 4])
def test_there_is_no_sid_outside_the_index(position: int) -> None:
    with pytest.raises(DecodingIndexError):
        build_index(SCHEME, SIDS).sid(position)


def bytes_beyond_codes(index: DecodingIndex) -> float:
    """Bytes an item, all that a loaded index holds but the codes."""
    return (SegmentedIndex(index).nbytes - index.codes.nbytes) / len(index)


@pytest.mark.parametrize("levels", [2, 4, 8])
def test_an_index_takes_no_more_memory_than_it_says(levels: int) -> None:
    """The worst catalog there can be: at every level items stand in pairs, and part at the last but one."""
    pairs = 30_000
    codes = np.zeros((2 * pairs, levels), dtype=np.int64)
    codes[:, 0] = np.arange(2 * pairs) // (2 if levels > 2 else 1)
    codes[:, levels - 2] = np.arange(2 * pairs) if levels == 2 else np.arange(2 * pairs) % 2
    scheme = SidScheme(("bags",), (65_536,) * levels, per_type=False)
    gaps = np.sort(np.random.default_rng(0).choice(2**32, 2 * pairs, replace=False))
    every_ninth_missing = np.delete(np.arange(pairs * 9 // 4), np.s_[::9])[: 2 * pairs]
    for ids in (gaps, every_ninth_missing):
        index = DecodingIndex.build(scheme, "v1", np.zeros(2 * pairs, dtype=np.int64), codes, ids)
        entries = sum(len(starts) for starts in index.starts)
        assert entries == 2 * pairs * ((levels - 2) / 2 + 1)
        assert bytes_beyond_codes(index) < {2: 13, 4: 17, 8: 25}[levels]


@given(catalogs(min_items=1))
def test_only_prefixes_with_siblings_have_an_entry(catalog: TinyCatalog) -> None:
    index, ordered = catalog.index.main, catalog.ordered
    for level, starts in enumerate(index.starts):
        expected = []
        for place, sid in enumerate(ordered):
            same = [
                other
                for other in ordered
                if (other.item_type, other.codes[:level]) == (sid.item_type, sid.codes[:level])
            ]
            first = place == 0 or (ordered[place - 1].item_type, ordered[place - 1].codes[: level + 1]) != (
                sid.item_type,
                sid.codes[: level + 1],
            )
            if first and len(same) > 1:
                expected.append(place)
        assert starts.tolist() == expected
    assert sum(len(starts) for starts in index.starts) <= len(index) * (1 + max(0, catalog.scheme.levels - 2) / 2)


@given(catalogs())
def test_the_most_children_of_any_prefix_are_counted(catalog: TinyCatalog) -> None:
    for level, most in enumerate(catalog.index.main.max_children):
        counts = [
            len({sid.codes[level] for sid in catalog.sids if (sid.item_type, sid.codes[:level]) == (name, prefix)})
            for name, prefix in {(sid.item_type, sid.codes[:level]) for sid in catalog.sids}
        ]
        assert most == max(counts, default=0)


def test_every_code_of_the_largest_level_is_told_apart() -> None:
    scheme = SidScheme(("bags",), (65_536, 65_536), per_type=False)
    highest = np.arange(65_536)
    codes = np.concatenate([np.stack([highest, highest[::-1]], 1), np.stack([np.full(65_535, 65_535), highest[1:]], 1)])
    index = DecodingIndex.build(scheme, "v1", np.zeros(len(codes), dtype=np.int64), codes, np.arange(len(codes)))
    view = View(SegmentedIndex(index))
    assert index.max_children == (65_536, 65_536)
    assert view.codes_after(0, ()).tolist() == highest.tolist()
    assert view.codes_after(0, (65_535,)).tolist() == highest.tolist()
    assert view.codes_after(0, (0,)).tolist() == [65_535]
    assert index.range_of(0, (65_535, 65_535)) == (len(codes) - 1, len(codes))
    lo, hi = index.range_of(0, (65_536,))
    assert lo == hi


def random_rows(scheme: SidScheme, items: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct SIDs in no order."""
    random = np.random.default_rng(seed)
    codes = np.stack([random.integers(0, size, items) for size in scheme.sizes[:-1]] + [np.arange(items)], axis=1)
    order = random.permutation(items)
    return random.integers(0, len(scheme.types), items), codes[order], random.permutation(items) + 7


@pytest.mark.parametrize(
    "sizes", [(4, 4, 1000), (65_536, 3, 65_536, 1000), (65_536,) * 7 + (1000,), (1,) * 7 + (1000,)]
)
def test_rows_are_sorted_however_many_bits_they_have(sizes: tuple[int, ...]) -> None:
    scheme = SidScheme(("bags", "kitchen", "shoes"), sizes, per_type=False)
    types, codes, ids = random_rows(scheme, 1000)
    index = DecodingIndex.build(scheme, "v1", types, codes, ids)
    rows = sorted((int(t), *row, int(i)) for t, row, i in zip(types, codes.tolist(), ids, strict=True))
    assert index.codes.tolist() == [list(row[1:-1]) for row in rows]
    assert index.product_ids.tolist() == [row[-1] for row in rows]
    assert index.codes.flags.f_contiguous


def test_rows_that_come_sorted_are_not_sorted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scheme = SidScheme(("bags", "kitchen"), (4, 4, 1000), per_type=False)
    types, codes, ids = random_rows(scheme, 1000)
    index = DecodingIndex.build(scheme, "v1", types, codes, ids)

    def refuse(*_: object) -> np.ndarray:
        raise AssertionError("sorted rows were sorted again")

    monkeypatch.setattr("neo_assistant.decoding.sorting._order", refuse)
    numbers = index.type_number_at(np.arange(len(index)))
    again = DecodingIndex.build(scheme, "v1", numbers, index.codes, index.product_ids)
    np.testing.assert_array_equal(again.codes, index.codes)
    kept = DecodingIndex.from_sorted(scheme, "v1", index.type_bounds, index.codes, index.product_ids)
    assert kept.codes is index.codes
    with pytest.raises(AssertionError):
        DecodingIndex.build(scheme, "v1", types, codes, ids)


@given(catalogs(min_items=2), st.randoms(use_true_random=False))
def test_rows_that_are_only_said_to_be_sorted_are_refused(catalog: TinyCatalog, random: Random) -> None:
    index = catalog.index.main
    for number in range(len(catalog.scheme.types)):
        lo, hi = index.type_bounds[number : number + 2].tolist()
        if hi - lo > 1:
            one, two = sorted(random.sample(range(lo, hi), 2))
            codes = index.codes.copy(order="F")
            codes[[one, two]] = codes[[two, one]]
            with pytest.raises(DecodingIndexError, match="sorted"):
                DecodingIndex.from_sorted(catalog.scheme, "v1", index.type_bounds, codes, index.product_ids)


@given(catalogs(), st.data())
def test_an_index_can_be_built_from_chunks(catalog: TinyCatalog, data: st.DataObject) -> None:
    rows = rows_of(catalog.scheme, catalog.sids, catalog.product_ids)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(catalog.sids)), max_size=3)))
    chunks = (
        tuple(array[begin:end] for array in rows)
        for begin, end in zip([0, *cuts], [*cuts, len(catalog.sids)], strict=True)
    )
    index = DecodingIndex.build_from(catalog.scheme, "v1", chunks)  # type: ignore[arg-type]
    np.testing.assert_array_equal(index.codes, catalog.index.main.codes)
    np.testing.assert_array_equal(index.product_ids, catalog.index.main.product_ids)


def test_ids_of_one_chunk_that_need_64_bits_widen_all() -> None:
    one, two = (rows_of(SCHEME, [sid], [product]) for sid, product in zip(SIDS, (2**40, 3), strict=False))
    for chunks in ([one, two], [two, one]):
        index = DecodingIndex.build_from(SCHEME, "v1", chunks)
        assert index.product_ids.tolist() == [3, 2**40]
        assert index.positions_of(np.array([2**40, 3, 5])).tolist() == [1, 0, -1]
    added = SegmentedIndex(DecodingIndex.build(SCHEME, "v1", *two)).with_added(*one)
    assert added.merged().main.product_ids.tolist() == [3, 2**40]


def test_what_was_handed_in_may_change_afterwards() -> None:
    rows = rows_of(SCHEME, SIDS)
    index = DecodingIndex.build(SCHEME, "v1", *rows)
    codes = index.codes.copy()
    for array in rows:
        array[:] = 0
    np.testing.assert_array_equal(index.codes, codes)
