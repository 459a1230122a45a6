from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.grammar.stated import Stated, stated_in, without_limits
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext, numbers_in
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidScheme
from tests.neo_assistant.strategies import tiny_tokenizer


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("gift under 25", Stated("25")),
        ("a pair of dumbbells max $60", Stated("60")),
        ("headphones, 99.99 max", Stated("99.99")),
        ("furniture above $500", Stated(None, "500")),
        ("not more than 120 dollars", Stated("120")),
        ("no more than $70", Stated("70")),
        ("something under 1,000 dollars", Stated("1000")),
        ("mugs rated at least 4 stars under $25", Stated("25", rated="4")),
        ("headphones between 50 and 150", Stated("150", "50")),
        ("desks from 200 to 500 dollars", Stated("500", "200")),
        ("running shoes more than 100 but under 160", Stated("160", "100")),
        ("anything for the garden in stock", Stated(None, None, True)),
        ("trail shoes that you can send today", Stated(None, None, True)),
        ("nothing over 30 bucks", Stated("30")),
        ("a mug, and it should not cost more than 40", Stated("40")),
        ("I don't want to spend more than $25", Stated("25")),
        ("is there nothing under 90?", Stated()),
        ("do you not have anything under 90?", Stated()),
        ("not red but under 30", Stated("30")),
        ("a tent under 75", Stated("75")),
        ("less than 250 at least 3 stars", Stated("250", rated="3")),
        ("over 20 max 50", Stated("50", "20")),
        ("I want under 20", Stated("20")),
        ("you cant go over 20", Stated("20")),
        ("mugs with a rating above 3.5, over 20 dollars", Stated(None, "20", rated="3.5")),
        ("towels rated 4.5 or more", Stated(rated="4.5")),
        ("rated 4.3 or better", Stated(rated="4.3")),
        ("a kettle with 4+ stars", Stated(rated="4")),
        ("lamps, 3.5 stars and up, under 40", Stated("40", rated="3.5")),
        ("minimum 4 stars", Stated(rated="4")),
        ("not over 40, rated above 4", Stated("40", rated="4")),
        ("it needn't be rated 4 or better", Stated()),
        ("at least 4 stars or at least 3 stars", Stated()),
        ("why is it rated 4.3?", Stated()),
        ("rated at least 4 out of 5, please", Stated(rated="4")),
        ("headphones rated at least 4 hours", Stated()),
        ("a sleeping bag rated above 3 degrees", Stated()),
        ("rated at least 4 out of 10", Stated()),
        ("at least 2 star wars posters", Stated()),
        ("a hotel with at least 3 stars", Stated()),
        ("avoid mugs rated above 4", Stated()),
        ("I gave it at least 4 stars, now I need a lamp", Stated()),
        ("fewer than 4 stars and up", Stated()),
        ("a power bank with at least 10000 mah", Stated()),
        ("a charger up to 65 w", Stated()),
        ("mug 12.345 max", Stated()),
        ("1234567890 max", Stated()),
        ("٣4 stars or better", Stated()),
        ("a hotel of 4 stars", Stated()),
        ("mugs under 20, reviews above 4.2", Stated("20", rated="4.2")),
        ("is it not in stock?", Stated()),
        ("it doesn't have to be in stock", Stated()),
        ("curtains under 200 cm", Stated()),
        ("a tent for 2 people", Stated()),
        ("five towels", Stated()),
        ("under 20 or under 30", Stated()),
        ("between 90 and 10", Stated()),
        ("", Stated()),
    ],
)
def test_plain_limits_are_read_and_nothing_is_guessed(text: str, stated: Stated) -> None:
    assert stated_in(text) == stated


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("a red mug, not over $30", "a red mug,"),
        ("no more than 20, and not red", ", and not red"),
        ("for less than 180 dollars", "for dollars"),
        ("between 20 and 30 or so", "or so"),
        ("rated 4 or better", ""),
        ("a red mug", "a red mug"),
    ],
)
def test_limits_can_be_left_out(text: str, rest: str) -> None:
    assert " ".join(without_limits(text).split()) == rest


_PIECES = ["under", "max", "over", "at least", "rated", "stars", "or better", "+", "$", ".", ",", " ", "٣", "-", "mug"]
_TEXTS = st.lists(st.sampled_from(_PIECES) | st.text("0123456789", max_size=8), max_size=9).map(" ".join)


@given(_TEXTS | _TEXTS.map(lambda text: text.replace(" ", "")) | st.text(max_size=60))
def test_any_text_can_be_read_and_what_is_stated_was_said(text: str) -> None:
    stated = stated_in(text)
    assert {number for number in (stated.at_most, stated.at_least, stated.rated) if number} <= numbers_in(text)


def tokenizer() -> ShopTokenizer:
    return tiny_tokenizer(SidScheme(("kitchen",), (2, 2), True))


@pytest.mark.parametrize(
    ("text", "words", "refused"),
    [
        ("mug under 25", " kind: mug; price < 25;", (" kind: mug;", " price > 25;")),
        ("over 500", " price > 500;", ("", " price < 500;")),
        ("in stock", " in stock;", ("", " kind: mug;")),
        ("rated 4.3 or better", " rating > 4.3;", ("", " rating > 4;", " kind: mug;")),
        ("between 5 and 9, in stock", " price < 9; price > 5; in stock;", (" price < 9;", " price < 9; price > 5;")),
    ],
)
def test_a_span_cannot_end_without_what_was_stated(text: str, words: str, refused: tuple[str, ...]) -> None:
    grammar = WantGrammar(["kitchen"], {"kind": ["mug"]}, tokenizer())
    context = WantContext(numbers_in(text), False, stated_in(text))
    assert accepts(grammar, words, context)
    assert not any(accepts(grammar, other, context) for other in refused)


def accepts(grammar: WantGrammar, words: str, context: WantContext) -> bool:
    ids = tokenizer().encode(words + " found")
    return all(token in grammar.allowed(ids[:place], context) for place, token in _until_refused(grammar, ids, context))


def _until_refused(grammar: WantGrammar, ids: list[int], context: WantContext) -> list[tuple[int, int]]:
    steps = []
    for place, token in enumerate(ids):
        steps.append((place, token))
        if token not in grammar.allowed(ids[:place], context):
            break
    return steps
