"""The index of token sequences, against a plain list of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.errors import GrammarError
from neo_assistant.grammar.value_index import ROOT, ValueIndex

END = 9
SEQUENCES = st.lists(
    st.lists(st.integers(0, 8), max_size=5).map(lambda body: (*body, END)), min_size=1, max_size=20, unique=True
)


@given(SEQUENCES)
def test_what_may_follow_is_what_some_value_has_there(values: list[tuple[int, ...]]) -> None:
    index = ValueIndex(values)
    assert len(index) == len({value[:length] for value in values for length in range(len(value) + 1)})
    for value in values:
        place = ROOT
        for length, token in enumerate(value):
            following = {other[length] for other in values if len(other) > length and other[:length] == value[:length]}
            assert index.tokens_after(place).tolist() == sorted(following)
            assert not index.is_end(place)
            for stranger in set(range(12)) - following:
                assert index.next(place, stranger) is None
            after = index.next(place, token)
            assert after is not None
            place = after
        assert index.is_end(place)
        assert not len(index.tokens_after(place))
        assert index.next(place, END) is None


@pytest.mark.parametrize("values", [[], [()], [(1,), ()], [(1, 2), (1,)], [(1, 2), (1, 2)], [(3,), (1, 2), (1, 2, 3)]])
def test_values_that_could_not_be_told_apart_are_refused(values: list[tuple[int, ...]]) -> None:
    with pytest.raises(GrammarError):
        ValueIndex(values)


def test_tokens_of_any_vocabulary() -> None:
    index = ValueIndex([(151_000, 5), (151_000, 150_999), (0,)])
    assert index.tokens_after(ROOT).tolist() == [0, 151_000]
    assert index.next(ROOT, 2**31 - 1) is None
    assert index.nbytes == 8 * len(index) + 4
