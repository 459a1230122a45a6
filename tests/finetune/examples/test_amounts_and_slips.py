"""Numbers in words are read back as the numbers they are, and bad typing keeps numbers and first letters."""

from __future__ import annotations

import random

import pytest

from finetune.examples.amounts import in_words, spelled_out
from finetune.examples.slips import garbled
from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.want_context import numbers_in


def test_every_number_in_words_is_read_as_it_is() -> None:
    said = {number: in_words(number) for number in range(2, 10_000)}
    spelled = {number: words for number, words in said.items() if words is not None}
    assert len(spelled) > 110
    assert {number: in_digits(words) for number, words in spelled.items()} == {n: str(n) for n in spelled}


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("under 50 dollars", "under fifty dollars"),
        ("less than 20", "less than twenty"),
        ("between 20 and 40 bucks", "between twenty and forty bucks"),
        ("at least 4 stars", "at least four stars"),
        ("under $50", "under $50"),
        ("max 49.99", "max 49.99"),
        ("between 20 and 49.99", "between 20 and 49.99"),
        ("4+ stars", "4+ stars"),
        ("up to 173", "up to 173"),
    ],
)
def test_a_limit_is_spelled_out_where_people_would(text: str, begins: str) -> None:
    said = spelled_out(text, random.Random(text))
    assert said.startswith(begins)
    assert numbers_in(said) == numbers_in(text)


def test_bad_typing_changes_most_texts_and_no_number() -> None:
    text = "two waterproof hiking boots for women under 120 dollars"
    made = {garbled(text, random.Random(number)) for number in range(200)}
    assert len(made) > 150
    for slipped in made:
        assert "120" in slipped
        assert slipped.startswith("t")


def test_the_same_dice_make_the_same_slips() -> None:
    assert garbled("a blue mug", random.Random(1)) == garbled("a blue mug", random.Random(1))
