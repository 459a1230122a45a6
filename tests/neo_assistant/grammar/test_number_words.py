"""Numbers written in words."""

from __future__ import annotations

import pytest

from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.stated import Stated, stated_in
from neo_assistant.grammar.want_context import numbers_in


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("under fifty dollars", "under 50 dollars"),
        ("Twenty-five or less", "25 or less"),
        ("two hundred and fifty", "250"),
        ("a thousand pieces", "1000 pieces"),
        ("between twenty and forty", "between 20 and 40"),
        ("the second one", "the second one"),
        ("six four", "six four"),
        ("someone often tends to atone", "someone often tends to atone"),
        ("thousand thousand", "thousand thousand"),
    ],
)
def test_words_become_digits(text: str, digits: str) -> None:
    assert in_digits(text) == digits


def test_a_span_may_copy_a_number_that_was_written_in_words() -> None:
    assert numbers_in("a lamp under fifty dollars, or 1,200") == {"50", "1200"}


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("a lamp for less than thirty dollars", Stated(at_most="30")),
        ("over one hundred bucks", Stated(at_least="100")),
        ("between twenty and forty dollars", Stated(at_most="40", at_least="20")),
        ("a pan that scores at least 4.2", Stated(rated="4.2")),
        ("a mug that will not cost me more than 20", Stated(at_most="20")),
        ("more than two of them", Stated()),
        ("a tent for at least two", Stated()),
    ],
)
def test_an_amount_in_words_is_a_limit_before_a_currency_only(text: str, stated: Stated) -> None:
    assert stated_in(text) == stated
