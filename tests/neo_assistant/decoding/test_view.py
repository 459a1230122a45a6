"""Views against sets of tuples."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid
from tests.neo_assistant.strategies import TinyCatalog, bitmaps, catalogs, views

Drawn = tuple[TinyCatalog, View, np.ndarray]


def left(catalog: TinyCatalog, view: View, taken: np.ndarray) -> set[Sid]:
    """What may be named."""
    gone = set(taken.tolist())
    return {sid for place, sid in enumerate(catalog.ordered) if view.eligible[place] and place not in gone}


@given(views())
def test_counts_are_those_of_sets(drawn: Drawn) -> None:
    catalog, view, taken = drawn
    eligible, free = left(catalog, view, NOTHING), left(catalog, view, taken)
    assert len(view) == view.remaining() == len(eligible)
    assert view.remaining(taken) == len(free)
    types = catalog.scheme.types
    assert view.type_counts().tolist() == [sum(sid.item_type == name for sid in eligible) for name in types]
    assert view.open_types().tolist() == [any(sid.item_type == name for sid in eligible) for name in types]
    assert view.open_types(taken).tolist() == [any(sid.item_type == name for sid in free) for name in types]


@given(views())
def test_children_lead_to_what_may_be_named_and_nothing_else(drawn: Drawn) -> None:
    catalog, view, taken = drawn
    free = left(catalog, view, taken)
    scheme, index = catalog.scheme, catalog.index
    for number, name in enumerate(scheme.types):
        for level in range(scheme.levels):
            for prefix in itertools.product(*(range(size) for size in scheme.sizes[:level])):
                if sum(scheme.sizes[:level]) > 12 and prefix not in {sid.codes[:level] for sid in catalog.sids}:
                    continue
                lo, hi = index.range_of(number, prefix)
                children = view.children(lo, hi, level, taken)
                alive = [sid for sid in free if sid.item_type == name and sid.codes[:level] == prefix]
                assert children.codes.tolist() == sorted({sid.codes[level] for sid in alive})
                assert view.remaining(taken, lo, hi) == len(alive)
                for code, low, high in zip(children.codes, children.lo, children.hi, strict=True):
                    assert (low, high) == index.range_of(number, (*prefix, int(code)))


@given(views())
def test_walking_the_children_names_exactly_what_may_be_named(drawn: Drawn) -> None:
    catalog, view, taken = drawn
    index, levels = catalog.index, catalog.scheme.levels

    def walk(lo: int, hi: int, level: int) -> list[int]:
        if level == levels:
            assert hi == lo + 1
            return [lo]
        children = view.children(lo, hi, level, taken)
        pairs = zip(children.lo.tolist(), children.hi.tolist(), strict=True)
        return [place for pair in pairs for place in walk(*pair, level + 1)]

    bounds = index.type_bounds.tolist()
    named = [place for pair in itertools.pairwise(bounds) for place in walk(*pair, 0)]
    assert [index.sid(place) for place in named] == sorted(left(catalog, view, taken))


@given(st.data(), catalogs())
def test_views_combine_as_sets_do(data: st.DataObject, catalog: TinyCatalog) -> None:
    items = len(catalog.sids)
    one, two = (View(catalog.index, data.draw(bitmaps(items))) for _ in range(2))
    a, b = left(catalog, one, NOTHING), left(catalog, two, NOTHING)
    assert left(catalog, one & two, NOTHING) == a & b
    assert left(catalog, one | two, NOTHING) == a | b
    assert left(catalog, ~one, NOTHING) == set(catalog.sids) - a
    assert len(one & ~two) == len(a - b)
    assert left(catalog, View(catalog.index), NOTHING) == set(catalog.sids)


@given(catalogs())
def test_a_bitmap_of_another_shape_or_type_is_refused(catalog: TinyCatalog) -> None:
    items = len(catalog.sids)
    for bitmap in (np.ones(items + 1, dtype=bool), np.ones(items, dtype=np.int8), np.ones((items, 1), dtype=bool)):
        with pytest.raises(DecodingIndexError):
            View(catalog.index, bitmap)


@given(catalogs(), catalogs())
def test_views_of_two_indexes_do_not_combine(one: TinyCatalog, two: TinyCatalog) -> None:
    with pytest.raises(DecodingIndexError):
        View(one.index) & View(two.index)
    with pytest.raises(DecodingIndexError):
        View(one.index) | View(two.index)
