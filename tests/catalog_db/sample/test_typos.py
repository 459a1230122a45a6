from __future__ import annotations

import random
import string
from difflib import SequenceMatcher

from hypothesis import given
from hypothesis import strategies as st

from catalog_db.sample.typos import SHORTEST, misspell

words = st.text(string.ascii_letters, min_size=SHORTEST, max_size=14)


@given(word=words, seed=st.integers())
def test_a_slip_changes_a_word_a_little_and_never_its_first_letter(word: str, seed: int) -> None:
    slipped = misspell(word, random.Random(seed))
    assert slipped != word
    assert slipped[0] == word[0]
    assert abs(len(slipped) - len(word)) <= 1
    assert SequenceMatcher(None, word, slipped).ratio() > 0.7


@given(before=st.lists(words, max_size=3), seed=st.integers())
def test_one_word_of_a_query_is_hit_and_the_price_never(before: list[str], seed: int) -> None:
    text = " ".join([*before, "lamp", "max", "50", "30cm"])
    old, new = text.split(" "), misspell(text, random.Random(seed)).split(" ")
    assert len(old) == len(new)
    assert sum(a != b for a, b in zip(old, new, strict=True)) == 1
    assert new[-2:] == ["50", "30cm"]


def test_short_words_stay_and_the_slip_is_reproducible() -> None:
    assert misspell("a red mug", random.Random(1)) == "a red mug"
    assert misspell("hiking boots", random.Random("x")) == misspell("hiking boots", random.Random("x"))
