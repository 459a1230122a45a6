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
    return {sid for place, sid in enumerate(catalog.ordered) if view.has(place) and place not in gone}


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


def prefixes(catalog: TinyCatalog, level: int) -> list[tuple[int, ...]]:
    """Prefixes that there may be, or, where they are many, those that an item has."""
    sizes = catalog.scheme.sizes[:level]
    if np.prod(sizes) > 200:
        return sorted({sid.codes[:level] for sid in catalog.sids})
    return list(itertools.product(*(range(size) for size in sizes)))


@given(views())
def test_codes_lead_to_what_may_be_named_and_nothing_else(drawn: Drawn) -> None:
    catalog, view, taken = drawn
    free, scheme = left(catalog, view, taken), catalog.scheme
    for number, name in enumerate(scheme.types):
        for level in range(scheme.levels):
            for prefix in prefixes(catalog, level):
                alive = {sid for sid in free if sid.item_type == name and sid.codes[:level] == prefix}
                after = view.codes_after(number, prefix, taken)
                assert after.tolist() == sorted({sid.codes[level] for sid in alive})
                assert after.dtype == np.int64


@given(views())
def test_walking_the_codes_names_exactly_what_may_be_named(drawn: Drawn) -> None:
    catalog, view, taken = drawn

    def walk(number: int, codes: tuple[int, ...]) -> list[int | None]:
        if len(codes) == catalog.scheme.levels:
            return [view.item(number, codes, taken)]
        after = view.codes_after(number, codes, taken).tolist()
        return [place for code in after for place in walk(number, (*codes, code))]

    named = [place for number in range(len(catalog.scheme.types)) for place in walk(number, ())]
    assert None not in named
    assert [catalog.index.sid(place) for place in named if place is not None] == sorted(left(catalog, view, taken))


@given(views())
def test_an_item_is_named_by_a_whole_sid_that_may_be(drawn: Drawn) -> None:
    catalog, view, taken = drawn
    free = left(catalog, view, taken)
    for sid in catalog.sids:
        place = view.item(catalog.scheme.type_numbers[sid.item_type], sid.codes, taken)
        assert place == (catalog.index.position(sid) if sid in free else None)
    with pytest.raises(DecodingIndexError):
        view.item(0, (0,) * (catalog.scheme.levels - 1))
    with pytest.raises(DecodingIndexError):
        view.codes_after(0, (0,) * catalog.scheme.levels)


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
