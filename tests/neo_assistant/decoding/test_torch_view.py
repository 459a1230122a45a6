"""Masks in torch against masks in NumPy, and both against sets of tuples."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding import torch_view
from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.torch_view import Prefixes, TorchIndex, TorchViews
from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid, SidScheme, SidVocabulary
from tests.neo_assistant.edited_catalogs import EditedCatalog, edited_catalogs, subsets
from tests.neo_assistant.strategies import build_index, rows_of
from tests.neo_assistant.without_host import NoCopyToHost

FIRST_ID = 40
BEYOND = 3
"""Columns after the vocabulary, as models have whose embedding is rounded up."""


@pytest.fixture(autouse=True)
def _few_lanes() -> Iterator[None]:
    """Rows are taken in several parts in every test that has more than a few."""
    whole, torch_view.MOST_LANES = torch_view.MOST_LANES, 12
    yield
    torch_view.MOST_LANES = whole


class Slots:
    """Views and taken items that rows of a batch are held to, in every form.

    Args:
        slots: per slot the products of its view, and of those that are taken.
    """

    def __init__(self, catalog: EditedCatalog, slots: list[tuple[set[int], set[int]]], static: bool) -> None:
        made: dict[frozenset[int], View] = {}
        for products, _ in slots:
            made.setdefault(frozenset(products), catalog.view(products, dead=len(products) % 2 == 1))
        self.catalog = catalog
        self.views = [made[frozenset(products)] for products, _ in slots]
        self.taken = [catalog.places(taken) for _, taken in slots]
        self.free = [{catalog.sids[product] for product in products - taken} for products, taken in slots]
        self.torch = TorchViews(TorchIndex(catalog.index, "cpu", static), self.views, self.taken)
        self.vocabulary = SidVocabulary(catalog.scheme, FIRST_ID)

    def codes_after(self, slot: int, number: int, codes: tuple[int, ...]) -> set[int]:
        """The codes that may follow, by going through all items."""
        name, done = self.catalog.scheme.types[number], len(codes)
        return {sid.codes[done] for sid in self.free[slot] if sid.item_type == name and sid.codes[:done] == codes}


@st.composite
def filled_slots(draw: st.DrawFn) -> Slots:
    catalog = draw(edited_catalogs())
    pairs = draw(st.lists(st.tuples(subsets(catalog), subsets(catalog)), min_size=1, max_size=4))
    if draw(st.booleans()):
        pairs.append((pairs[0][0], set()))
    return Slots(catalog, pairs, draw(st.booleans()))


@st.composite
def rows(draw: st.DrawFn, slots: Slots, level: int, count: int) -> list[tuple[int, int, tuple[int, ...]]]:
    """Slot, type number and codes of rows: prefixes of items, and some of none."""
    scheme = slots.catalog.scheme
    numbers = st.integers(0, len(scheme.types) - 1)
    code = st.integers(-1, 7) | st.sampled_from([65_535, 65_536, 65_537, -(2**32), 2**32, 2**62])
    anything = st.tuples(numbers, st.tuples(*(code for _ in range(level))))
    known = [(scheme.type_numbers[sid.item_type], sid.codes[:level]) for sid in slots.catalog.sids.values()]
    prefix = st.one_of(st.sampled_from(known), anything) if known else anything
    drawn = draw(st.lists(st.tuples(st.integers(0, len(slots.views) - 1), prefix), min_size=count, max_size=count))
    return [(slot, number, codes) for slot, (number, codes) in drawn]


def columns(some: list[tuple[int, int, tuple[int, ...]]], level: int) -> tuple[torch.Tensor, ...]:
    """Rows as tensors."""
    return (
        torch.tensor([slot for slot, _, _ in some]),
        torch.tensor([number for _, number, _ in some]),
        torch.tensor([codes for _, _, codes in some], dtype=torch.long).reshape(len(some), level),
    )


@given(st.data(), filled_slots())
def test_torch_numpy_and_sets_give_the_same_masks(data: st.DataObject, slots: Slots) -> None:
    scheme, vocabulary = slots.catalog.scheme, slots.vocabulary
    for level in range(scheme.levels):
        some = data.draw(rows(slots, level, data.draw(st.integers(1, 6))))
        size = vocabulary.size + BEYOND
        mask = slots.torch.mask(*columns(some, level), vocabulary, size)
        assert mask.shape == (len(some), size)
        for (slot, number, codes), row in zip(some, mask, strict=True):
            expected = slots.codes_after(slot, number, codes)
            base = int(vocabulary.code_bases[number, level])
            assert torch.nonzero(row).flatten().tolist() == sorted(base + code for code in expected)
            if all(0 <= code < most for code, most in zip(codes, scheme.sizes, strict=False)):
                by_numpy = slots.views[slot].codes_after(number, codes, slots.taken[slot])
                assert by_numpy.tolist() == sorted(expected)


@given(st.data(), filled_slots())
def test_going_down_the_candidates_meets_what_may_be_named(data: st.DataObject, slots: Slots) -> None:
    """From every opener; rows reordered, repeated and dropped between the levels, as beams are."""
    scheme = slots.catalog.scheme
    pairs = itertools.product(range(len(slots.views)), range(len(scheme.types)))
    paths: list[tuple[int, int, tuple[int, ...]] | None] = [(slot, number, ()) for slot, number in pairs]
    prefixes = slots.torch.begin(*columns([path for path in paths if path], 0)[:2])
    for level in range(scheme.levels):
        candidates = slots.torch.candidates(prefixes, level)
        alive = [torch.nonzero(row).flatten().tolist() for row in candidates.alive]
        for place, path in enumerate(paths):
            codes = candidates.codes[place][candidates.alive[place]].tolist()
            assert sorted(codes) == (sorted(slots.codes_after(*path)) if path else [])
        chosen = []
        for _ in range(data.draw(st.integers(1, 6))):
            row = data.draw(st.integers(0, len(paths) - 1))
            some = alive[row] if alive[row] and data.draw(st.booleans()) else range(candidates.codes.shape[1])
            chosen.append((row, data.draw(st.sampled_from(some))))
        fresh: list[tuple[int, int, tuple[int, ...]] | None] = []
        for row, lane in chosen:
            path = paths[row]
            dead = path is None or lane not in alive[row]
            fresh.append(None if dead else (path[0], path[1], (*path[2], int(candidates.codes[row, lane]))))
        paths = fresh
        prefixes = slots.torch.descend(prefixes, candidates, *torch.tensor(chosen).T.contiguous())
        assert [path is None for path in paths] == (prefixes.ranges[:, 1] <= prefixes.ranges[:, 0]).all(dim=0).tolist()


@pytest.mark.parametrize("static", [False, True])
def test_a_prefix_of_both_segments_is_offered_once_and_leads_to_the_items_of_both(static: bool) -> None:
    """Two items of a prefix in the main segment, two in the side: every view of them, with every one taken or not."""
    sids = {product: Sid("mugs", (1, code)) for product, code in ((1, 5), (2, 7), (3, 6), (4, 8))}
    index = build_index(SCHEME, [sids[1], sids[2]], [1, 2])
    index = index.with_added(*rows_of(SCHEME, [sids[3], sids[4]], [3, 4]))
    catalog = EditedCatalog(SCHEME, sids, index)
    some = [set(chosen) for size in range(5) for chosen in itertools.combinations(sids, size)]
    slots = Slots(catalog, list(itertools.product(some, [set(), {1}, {4}, {2, 3}])), static)
    every = torch.arange(len(slots.views))
    prefixes = slots.torch.begin(every, torch.ones_like(every))
    candidates = slots.torch.candidates(prefixes, 0)
    for slot, (codes, alive) in enumerate(zip(candidates.codes, candidates.alive, strict=True)):
        assert codes[alive].tolist() == ([1] if slots.free[slot] else [])
    after = slots.torch.descend(prefixes, candidates, every, candidates.alive.int().argmax(dim=1))
    candidates = slots.torch.candidates(after, 1)
    for slot, (codes, alive) in enumerate(zip(candidates.codes, candidates.alive, strict=True)):
        assert sorted(codes[alive].tolist()) == sorted(sid.codes[1] for sid in slots.free[slot])


@given(filled_slots(), st.integers(1, 5))
def test_groups_of_prefixes_join(slots: Slots, count: int) -> None:
    whole = slots.torch.begin(torch.zeros(count, dtype=torch.long), torch.zeros(count, dtype=torch.long))
    parts = [whole[some] for some in slots.torch.chunks(count, (0,))]
    for name in ("slots", "numbers", "ranges"):
        assert torch.equal(getattr(Prefixes.cat(parts), name), getattr(whole, name))


SCHEME = SidScheme(("bags", "mugs"), (3, 65_536), per_type=False)
SIDS = {7: Sid("bags", (0, 65_535)), 8: Sid("bags", (2, 0)), 9: Sid("mugs", (1, 9)), 11: Sid("mugs", (1, 65_535))}


def small(side: bool = True) -> EditedCatalog:
    """Two of the items in a segment of their own, or all in one."""
    first = {product: sid for product, sid in SIDS.items() if not side or product in (7, 9)}
    index = build_index(SCHEME, list(first.values()), list(first))
    if side:
        index = index.with_added(*rows_of(SCHEME, [SIDS[8], SIDS[11]], [8, 11]))
    return EditedCatalog(SCHEME, SIDS, index)


@pytest.mark.parametrize("side", [False, True])
def test_a_step_copies_nothing_to_the_host(side: bool) -> None:
    catalog = small(side)
    views = [catalog.view(set(SIDS)), catalog.view({7, 9, 11})]
    held = TorchViews(TorchIndex(catalog.index, "cpu", static=True), views, [catalog.places({9}), NOTHING])
    slots, numbers = torch.tensor([0, 1, 1]), torch.tensor([0, 1, 1])
    rows, lanes = torch.tensor([1, 0, 2, 1]), torch.tensor([0, 0, 0, 0])
    with torch.inference_mode(), NoCopyToHost():
        prefixes = held.begin(slots, numbers)
        for level in range(SCHEME.levels):
            candidates = held.candidates(prefixes, level)
            prefixes = held.descend(prefixes, candidates, rows % len(prefixes), lanes)
    with pytest.raises(AssertionError, match="copies"), NoCopyToHost():
        int(slots[0])


@pytest.mark.slow
def test_a_step_compiles_as_one_graph() -> None:
    """Nothing in it depends on what stands in a tensor, so a compiler sees all of it at once."""
    catalog = small()
    held = TorchViews(TorchIndex(catalog.index, "cpu", static=True), [catalog.view({7, 9, 11})], [catalog.places({9})])

    def step(prefixes: tuple[torch.Tensor, ...], rows: torch.Tensor, lanes: torch.Tensor) -> tuple[torch.Tensor, ...]:
        here = Prefixes(*prefixes)
        candidates = held.candidates(here, 0)
        after = held.descend(here, candidates, rows, lanes)
        return candidates.codes, candidates.alive, after.ranges

    begin = held.begin(torch.tensor([0, 0, 0]), torch.tensor([0, 1, 1]))
    given = (begin.slots, begin.numbers, begin.ranges), torch.tensor([1, 0]), torch.tensor([0, 0])
    compiled = torch.compile(step, backend="eager", fullgraph=True, dynamic=False)
    for one, other in zip(compiled(*given), step(*given), strict=True):
        assert torch.equal(one, other)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("side", [False, True])
def test_on_a_gpu_the_masks_are_the_same_and_nothing_waits(side: bool) -> None:
    catalog = small(side)
    views = [catalog.view(set(SIDS)), catalog.view({7, 9, 11})]
    taken = [catalog.places({9}), NOTHING]
    vocabulary = SidVocabulary(SCHEME, FIRST_ID)
    for level, codes in enumerate(([[]] * 3, [[0], [1], [1]])):
        columns = torch.tensor([0, 1, 1]), torch.tensor([0, 1, 1]), torch.tensor(codes, dtype=torch.long)
        here = TorchViews(TorchIndex(catalog.index, "cpu"), views, taken)
        there = TorchViews(TorchIndex(catalog.index, "cuda"), views, taken)
        on_device = [column.cuda() for column in columns]
        torch.cuda.set_sync_debug_mode("error")
        try:
            prefixes = there.after(*on_device)
            candidates = there.candidates(prefixes, level)
            first = torch.zeros_like(on_device[0])
            there.descend(prefixes, candidates, first, first)
        finally:
            torch.cuda.set_sync_debug_mode("default")
        mask = there.mask(*on_device, vocabulary, vocabulary.size)
        assert torch.equal(mask.cpu(), here.mask(*columns, vocabulary, vocabulary.size))


def test_a_static_step_has_the_same_shape_whatever_the_rows() -> None:
    catalog = small()
    for products in ({7}, set(SIDS)):
        held = TorchViews(TorchIndex(catalog.index, "cpu", static=True), [catalog.view(products)], [NOTHING])
        first = torch.zeros(2, dtype=torch.long)
        candidates = held.candidates(held.begin(first, first), 0)
        assert candidates.codes.shape == (2, sum(segment.max_children[0] for segment in catalog.index.segments))


def test_the_same_view_is_stored_once() -> None:
    catalog = small()
    view = catalog.view(set(SIDS))
    one = TorchViews(TorchIndex(catalog.index, "cpu"), [view], [NOTHING])
    many = TorchViews(TorchIndex(catalog.index, "cpu"), [view] * 50, [NOTHING] * 50)
    assert many._words.shape == one._words.shape
    assert one._words.data_ptr() == view.bitmap.words.ctypes.data  # on the CPU not even that


@pytest.mark.parametrize("writeable", [True, False])
def test_an_index_that_is_memory_mapped_is_read_where_it_is(tmp_path: Path, writeable: bool) -> None:
    small().index.main.save(tmp_path / "index")
    loaded = SegmentedIndex(DecodingIndex.load(tmp_path / "index"))
    loaded.main.codes.setflags(write=writeable)
    view = View(loaded)
    held = TorchViews(TorchIndex(loaded, "cpu"), [view], [NOTHING])
    vocabulary = SidVocabulary(SCHEME, FIRST_ID)
    for number in range(2):
        slot, none = torch.zeros(1, dtype=torch.long), torch.empty((1, 0), dtype=torch.long)
        mask = held.mask(slot, slot + number, none, vocabulary, vocabulary.size)
        expected = view.codes_after(number, []) + int(vocabulary.code_bases[number, 0])
        assert torch.nonzero(mask[0]).flatten().tolist() == expected.tolist()
    column = held.index.segments[0].codes[0]
    assert column.data_ptr() == loaded.main.codes[:, 0].ctypes.data


def test_what_was_on_the_device_before_an_edit_is_not_copied_again() -> None:
    catalog = small()
    before = TorchIndex(catalog.index, "cpu")
    after = TorchIndex(catalog.index.with_removed(np.array([8])), "cpu")
    assert before.segments[0] is after.segments[0]
    count = len(torch_view._segments)
    del before, after, catalog
    assert len(torch_view._segments) < count


def test_many_rows_of_levels_with_65536_codes_and_a_large_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_view, "MOST_LANES", 1 << 20)
    scheme, random = SidScheme(("mugs",), (65_536, 3), per_type=False), np.random.default_rng(0)
    sids = [Sid("mugs", (code, code % 3)) for code in range(0, 65_536, 2)] + [Sid("mugs", (65_535, 0))]
    index = build_index(scheme, sids)
    views = [View(index, random.random(len(index)) < share) for share in (0.5, 0.001)]
    taken = [np.sort(random.choice(len(index), 200, replace=False)), NOTHING]
    held = TorchViews(TorchIndex(index, "cpu", static=True), views, taken)
    vocabulary, count = SidVocabulary(scheme, 152_000), 256
    slots = torch.from_numpy(random.integers(0, 2, count))
    none = torch.zeros(count, dtype=torch.long)
    assert len(list(held.chunks(count, (0,)))) > 1
    for codes in (torch.empty((count, 0), dtype=torch.long), torch.from_numpy(random.integers(0, 65_536, (count, 1)))):
        some = slice(0, 40) if not codes.shape[1] else slice(0, count)
        mask = held.mask(slots[some], none[some], codes[some], vocabulary, vocabulary.size)
        base = int(vocabulary.code_bases[0, codes.shape[1]])
        for row in (0, 1, 17, 39):
            slot = int(slots[row])
            expected = views[slot].codes_after(0, codes[row].tolist(), taken[slot]) + base
            assert torch.nonzero(mask[row]).flatten().tolist() == expected.tolist()


def test_slots_that_cannot_be() -> None:
    catalog, other = small(), small()
    index, view = TorchIndex(catalog.index, "cpu"), catalog.view(set(SIDS))
    for views, taken in (([], []), ([view], []), ([other.view({7})], [NOTHING])):
        with pytest.raises(DecodingIndexError):
            TorchViews(index, views, taken)
