"""Misspelled words of the shop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.spelling import Speller

TERMS = ("bluetooth speaker", "running shoe", "coffee mug", "water bottle", "candle", "green", "grey", "Lumenhythe")
SPELLER = Speller(TERMS)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("bluetoth speker under $50!", "bluetooth speaker under $50!"),
        ("Ruuning shos", "running shoes"),  # swapped, doubled and dropped letters
        ("two candels", "two candles"),
        ("a watter botle", "a water bottle"),
        ("something by lumenhyth", "something by Lumenhythe"),
    ],
)
def test_slips_are_read_as_words_of_the_shop(typed: str, read: str) -> None:
    assert SPELLER.read(typed).text == read


def test_what_was_read_otherwise_is_told() -> None:
    assert SPELLER.read("bluetoth speker").changes == (("bluetoth", "bluetooth"), ("speker", "speaker"))


@pytest.mark.parametrize(
    "typed",
    [
        "carafes, trivets and a blank muse",  # words that mean something else
        "gren",  # green or grey: unclear
        "eandle",  # the first letter is seldom the slip
        "spekr",  # two slips in a short word
        "cAndel SPEKER",  # a name's spelling
        "usb tv xl 4k",
        "men's, candle's and the muse’s",
        "",
    ],
)
def test_what_may_be_meant_stays(typed: str) -> None:
    assert SPELLER.read(typed).changes == ()


@given(st.text(max_size=60))
def test_nothing_but_words_changes(typed: str) -> None:
    reading = SPELLER.read(typed)
    assert (reading.text == typed) == (not reading.changes)
    assert SPELLER.read(reading.text).text == reading.text
    for was, now in reading.changes:
        assert was in typed
        assert now[0].lower() == was[0].lower()


@given(st.lists(st.sampled_from([word for term in TERMS for word in term.split()]), max_size=6))
def test_words_of_the_shop_are_never_touched(words: list[str]) -> None:
    assert SPELLER.read(" ".join(words)).changes == ()


def test_an_empty_shop_reads_everything_as_it_is() -> None:
    assert Speller(()).read("bluetoth speker").changes == ()
