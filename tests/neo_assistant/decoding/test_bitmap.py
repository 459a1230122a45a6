"""Bitmaps against sets of numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.errors import DecodingIndexError

SIZES = st.one_of(st.integers(0, 100), st.sampled_from([31, 32, 33, 63, 64, 65, 95, 96, 1024]))


@st.composite
def sized_sets(draw: st.DrawFn, sets: int = 1) -> tuple[int, list[set[int]]]:
    size = draw(SIZES)
    numbers = st.sets(st.integers(0, size - 1)) if size else st.just(set())
    some = st.one_of(numbers, st.just(set(range(size))))
    return size, [draw(some) for _ in range(sets)]


def bitmap(size: int, members: set[int]) -> Bitmap:
    return Bitmap.from_positions(size, np.array(sorted(members), dtype=np.int64))


def members(bits: Bitmap) -> set[int]:
    return set(bits.positions().tolist())


@given(sized_sets())
def test_a_bitmap_says_what_its_set_says(drawn: tuple[int, list[set[int]]]) -> None:
    size, [chosen] = drawn
    bits = bitmap(size, chosen)
    assert (len(bits), bits.count, members(bits)) == (size, len(chosen), chosen)
    assert bits.to_bools().tolist() == [place in chosen for place in range(size)]
    everywhere = np.arange(size + 1)
    assert bits.rank(everywhere).tolist() == [len([n for n in chosen if n < place]) for place in everywhere]
    assert bits.contains(everywhere[:-1]).tolist() == bits.to_bools().tolist()
    again = Bitmap.from_bools(bits.to_bools())
    assert again.words.tolist() == bits.words.tolist()


@given(sized_sets())
def test_the_form_is_the_one_that_other_implementations_read(drawn: tuple[int, list[set[int]]]) -> None:
    size, [chosen] = drawn
    bits = bitmap(size, chosen)
    assert (bits.words.dtype, bits.words.shape) == (np.uint32, (-(-size // 32),))
    assert (bits.before.dtype, bits.before.shape) == (np.int32, (-(-size // 32) + 1,))
    for word in range(len(bits.words)):
        inside = {n - 32 * word for n in chosen if n // 32 == word}
        assert int(bits.words[word]) == sum(1 << n for n in inside)
        assert bits.before[word + 1] - bits.before[word] == len(inside)


@given(sized_sets(sets=2))
def test_bitmaps_combine_as_sets_do(drawn: tuple[int, list[set[int]]]) -> None:
    size, [one, two] = drawn
    a, b = bitmap(size, one), bitmap(size, two)
    for combined, expected in ((a & b, one & two), (a | b, one | two), (~a, set(range(size)) - one), (~~a, one)):
        assert members(combined) == expected
        assert combined.count == len(expected)
    assert members(Bitmap.full(size)) == set(range(size))
    assert (members(a), members(b)) == (one, two)


@given(sized_sets())
def test_positions_may_come_in_any_order_shape_and_number(drawn: tuple[int, list[set[int]]]) -> None:
    size, [chosen] = drawn
    twice = np.array([*sorted(chosen, reverse=True), *sorted(chosen)], dtype=np.int32)
    bits = Bitmap.from_positions(size, twice)
    assert members(bits) == chosen
    if size:
        square = np.array([[0, size], [size // 2, 0]])
        assert bits.rank(square).tolist() == [[len([n for n in chosen if n < p]) for p in row] for row in square]
        assert bool(bits.contains(np.array(size - 1))) == (size - 1 in chosen)


def test_what_is_no_bitmap_is_refused() -> None:
    for words, size in ((np.zeros(2, np.uint32), 32), (np.zeros(0, np.uint32), 1), (np.zeros(1, np.int32), 8)):
        with pytest.raises(DecodingIndexError):
            Bitmap(size, words)
    for bools in (np.ones(3, np.int8), np.ones((3, 1), bool)):
        with pytest.raises(DecodingIndexError):
            Bitmap.from_bools(bools)
    for places in ([-1], [5], [0, 7]):
        with pytest.raises(DecodingIndexError):
            Bitmap.from_positions(5, np.array(places))
    with pytest.raises(DecodingIndexError):
        Bitmap.full(31) & Bitmap.full(32)
    with pytest.raises(DecodingIndexError):
        Bitmap.full(31) | Bitmap.full(32)
