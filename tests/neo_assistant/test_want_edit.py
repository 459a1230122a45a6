"""Conditions for people: one phrase each, and one taken away by its phrase."""

from __future__ import annotations

import pytest
from hypothesis import given

from neo_assistant.errors import RequestError
from neo_assistant.want import Want
from neo_assistant.want_edit import without_phrase
from neo_assistant.want_phrases import want_phrases
from tests.neo_assistant.strategies import wants


def describe(want: str) -> tuple[str, ...]:
    return want_phrases(Want.parse(want), "USD")


def test_phrases_stand_in_the_order_of_the_span() -> None:
    want = " type: home_office; kind: desk; brand: Acme; price < 20; price > 7.50; rating > 4; in stock; not shown;"
    assert describe(want) == (
        "type: home office",
        "kind: desk",
        "brand: Acme",
        "under $20",
        "from $7.50",
        "rated 4 or better",
        "in stock",
        "not shown before",
    )
    assert describe(" price < shown; price > shown;") == ("cheaper than those shown", "dearer than those shown")
    assert describe(" found 5") == ()
    assert want_phrases(Want.parse("price < 1299"), "JPY") == ("under ¥1,299",)


@given(wants())
def test_any_condition_can_be_taken_away_by_its_phrase(want: Want) -> None:
    words, phrases = want.words(), describe(want.text())
    assert len(set(phrases)) == len(words)
    for place, phrase in enumerate(phrases):
        left = without_phrase(f"{want.text()} found 3", phrase, "USD")
        assert Want.parse(left).words() == words[:place] + words[place + 1 :]
        assert left == Want.parse(left).text()
        assert describe(left) == phrases[:place] + phrases[place + 1 :]


def test_of_two_that_are_called_the_same_one_goes() -> None:
    assert without_phrase(" a_1: x; a 1: x;", "a 1: x", "USD") == " a 1: x;"


@pytest.mark.parametrize("want", ["", " kind: mug; found 3", " price < shown;"])
def test_what_is_not_there_cannot_be_taken_away(want: str) -> None:
    with pytest.raises(RequestError, match="no condition 'under \\$60' was read"):
        without_phrase(want, "under $60", "USD")


def test_what_is_no_want_is_refused() -> None:
    with pytest.raises(RequestError, match="not a condition"):
        without_phrase(" cheap;", "cheap", "USD")
