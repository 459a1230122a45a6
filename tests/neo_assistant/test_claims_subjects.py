"""Whom a statement is about: several items together, whose birthday it is, and whom unwritten words will speak of."""

from __future__ import annotations

import pytest

from neo_assistant.claims.reader import ClaimReader
from neo_assistant.claims.so_far import SoFar, Subject
from tests.neo_assistant.test_claims import BLUE, FACETS, KETTLE, RED, SHIRT


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return ClaimReader(FACETS, "USD")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("The first and the second are mugs.", [("mugs", "BLUE RED", True)]),
        ("The first and the second are blue.", [("blue", "BLUE RED", False)]),
        ("The first and second are blue.", [("blue", "BLUE RED", False)]),
        ("The first two are ceramic.", [("ceramic", "BLUE RED", False)]),
        ("The first, the second and the third are blue.", [("blue", "BLUE RED KETTLE", False)]),
        ("The ceramic mug and the kettle are mugs.", [("mugs", "BLUE KETTLE", False)]),
        ("Unlike the first, the second is red.", [("red", "RED", True)]),
        ("The first is blue and the second red.", [("blue", "BLUE", True), ("red", "RED", True)]),
        ("The first and the second are the cheapest.", [("cheapest", "BLUE RED", True)]),
        ("The first and the third are the cheapest.", [("cheapest", "BLUE KETTLE", False)]),
        ("The first costs least and the third costs the most.", [("least", "BLUE", True), ("most", "KETTLE", True)]),
        ("The second costs the least.", [("least", "RED", False)]),
        ("All three are cheaper.", [("three", "BLUE RED KETTLE", True), ("cheaper", "BLUE RED KETTLE", False)]),
    ],
)
def test_several_that_are_pointed_at_together(
    reader: ClaimReader, words: str, expected: list[tuple[str, str, bool]]
) -> None:
    claims = reader.read([words], shown=[BLUE, RED, KETTLE])
    assert [(claim.text.split()[-1], " ".join(claim.subject), claim.true) for claim in claims] == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("I found three pieces of furniture:\n", [("three pieces", "count", False)]),
        ("I found two pieces of cookware:\n", [("two pieces", "count", True)]),
        ("Two pieces of glass:\n", [("Two pieces", "count", True), ("glass", "material", False)]),
        ("Here are 2 pieces:\n", [("2 pieces", "count", True)]),
        ("A bookshelf and two pieces of cookware:\n", [("bookshelf", "kind", False)]),
        ("Two sets of 12 pieces:\n", [("12 pieces", "size", False)]),
        ("Three-piece sets:\n", [("Three-piece", "size", False)]),
        ("24 pieces each:\n", [("24 pieces", "size", False)]),
        ("It comes in 3 pieces:\n", [("3 pieces", "size", False)]),
    ],
)
def test_pieces_are_items_or_what_one_consists_of(
    reader: ClaimReader, words: str, expected: list[tuple[str, str, bool]]
) -> None:
    assert [(one.text, one.name, one.true) for one in reader.read([words, BLUE, RED])] == expected


@pytest.mark.parametrize(
    ("words", "stated"),
    [
        ("Here are jeans for her:\n", True),
        ("Here are jeans for her under $90:\n", True),
        ("Jeans for her, and a good pair:\n", True),
        ("Women's jeans:\n", True),
        ("Here are jeans for a woman:\n", True),
        ("Here are jeans for her birthday:\n", False),
        ("Here are jeans for her new job:\n", False),
        ("Here are jeans for women's birthdays:\n", False),
        ("Here are jeans for a woman's first wedding anniversary:\n", False),
    ],
)
def test_whose_birthday_it_is_says_nothing_of_whom_an_item_is_for(
    reader: ClaimReader, words: str, stated: bool
) -> None:
    claims = [claim for claim in reader.read([words, SHIRT]) if claim.name == "audience"]
    assert [claim.true for claim in claims] == [True] * stated
    assert [claim.true for claim in reader.read([words, BLUE]) if claim.name == "audience"] == [False] * stated


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The first is", Subject((BLUE,), True, False)),
        ("The first is blue, the second", Subject((RED,), True, False)),
        ("The first and second are", Subject((BLUE, RED), True, False)),
        ("Both the first and the third are not", Subject((BLUE, KETTLE), True, True)),
        ("Both are", Subject((), False, False)),
        ("The first and the third are mugs. Both are", Subject((BLUE, KETTLE), True, False)),
        ("The three are", Subject((BLUE, RED, KETTLE), True, False)),
        ("They are", Subject((BLUE, RED, KETTLE), True, False)),
        ("The second is red. It is", Subject((RED,), True, False)),
        ("The second is red. Also", Subject((RED,), False, False)),
        ("The second is red.", Subject((RED,), False, False)),
        ("Is the second red? Then", Subject((), False, False)),
        ("Here are", Subject((), False, False)),
        ("We have no", None),
        ("The first goes well with a", None),
        ("The first is what you like,", Subject((BLUE,), True, False)),
        ("If you like the first, you are", None),
    ],
)
def test_whom_the_next_words_speak_of(text: str, expected: Subject | None) -> None:
    assert SoFar((BLUE, RED, KETTLE), words_only=True).subject(text) == expected


def test_words_above_items_speak_of_those_shown_once_they_have_named_them() -> None:
    so_far = SoFar((BLUE, RED), words_only=False)
    assert so_far.subject("These are") is None
    assert so_far.subject("The first is blue. These are") == Subject((BLUE, RED), True, False)
    assert SoFar((), words_only=True).subject("It is") is None
    assert SoFar((RED,), words_only=True).subject("Yes,") == Subject((RED,), True, False)
