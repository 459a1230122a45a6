"""What compares items side by side has to hold."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import pytest

from catalog_db.products import ProductRecord
from neo_assistant.claims.reader import ClaimReader
from neo_assistant.grammar.grounded_words import GroundedWords, grounded_words
from neo_assistant.grammar.reply_state import NO_TOKENS, Allowed
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.sids import SidScheme
from tests.neo_assistant.packaged import needs_smollm2, smollm2_tokenizer
from tests.neo_assistant.test_claims import BLUE, FACETS, KETTLE, RED, TENT, item

pytestmark = needs_smollm2
SCHEME = SidScheme(("bags", "kitchen"), (2, 2), per_type=True)
WORDS = Allowed(NO_TOKENS, words=True)
POOL = (BLUE, RED, KETTLE)
"""A blue mug at $15.99, a red one at $27 that is rated best, a white kettle at $60."""


@cache
def grammar() -> WantGrammar:
    return WantGrammar(SCHEME.types, FACETS, smollm2_tokenizer(SCHEME))


def words_beside(*pool: ProductRecord, words_only: bool = True, said: Sequence[str] = ()) -> GroundedWords:
    """Words about a pool; a tent and whatever was said are in question, too."""
    tokenizer, rows = smollm2_tokenizer(SCHEME), [*pool, TENT]
    return grounded_words(grammar(), tokenizer, said, rows, "USD", shown=pool, words_only=words_only)


def refused(words: GroundedWords, text: str) -> str | None:
    """What of a text comes before its first piece that may not be written; None if all of it may."""
    tokenizer = smollm2_tokenizer(SCHEME)
    run = tokenizer.encode(text)
    for place, token in enumerate(run):
        left = words.leave(WORDS, "", run[:place])
        if token in left.unsaid or not (left.words or token in left.tokens):
            return tokenizer.decode(run[:place])
    return None


@pytest.mark.parametrize(
    "text",
    [
        "The first is cheaper and the cheapest.",
        "The first is blue and costs $15.99; the second is red, costs $27 and is rated best.",
        "The second is better rated, the third is the most expensive.",
        "The first and the second are mugs. The first and the third are by Saltgarth.",
        "The first two are the cheapest. The third costs the most.",
        "The first is not red. The second is not cheaper. It is a mug.",
        "The third is a kettle, made of stainless steel. It is quiet.",
        "The first is listed for the office and as a gift.",
        "Unlike the first, the second is dishwasher safe.",
        "The glass one is more handy than the blue one.",
        "If you want a cheaper one, ask.",
    ],
)
def test_what_is_true_may_be_said(text: str) -> None:
    assert refused(words_beside(*POOL), text) is None


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("The second is cheaper.", "The second is"),
        ("The first is the most expensive.", "The first is the most"),
        ("The first is more expensive.", "The first is more"),
        ("The third is better rated.", "The third is better"),
        ("The third is rated best.", "The third is rated"),
        ("The second costs least.", "The second costs"),
        ("The first is not cheaper.", "The first is not"),
        ("The first and the third are the cheapest.", "The first and the third are the"),
        ("All three are cheaper.", "All three are"),
        ("Cheaper is the first.", "Che"),
        ("Which is cheaper? The second.", "Which is"),
    ],
)
def test_what_does_not_hold_may_not_be_said(text: str, before: str) -> None:
    assert refused(words_beside(*POOL), text) == before


def test_what_the_shopper_said_is_not_yet_true() -> None:
    words = words_beside(*POOL, said=("are they waterproof? and which is cheaper?",))
    assert refused(words, "The second is cheaper.") == "The second is"


def test_words_above_items_to_come_are_as_free_as_before() -> None:
    words = words_beside(*POOL, words_only=False)
    for text in ("Here are two cheaper mugs:", "These are cheaper and red:", "I found red mugs like the first:"):
        assert refused(words, text) is None
    assert refused(words, "The second is cheaper.") == "The second is"


def test_what_one_item_is_compared_with_is_unknown() -> None:
    assert refused(words_beside(BLUE), "It is a cheaper one, blue, at $15.99.") is None


def random_item(rng: random.Random, place: int) -> ProductRecord:
    return item(
        f"SKU{place}",
        rng.choice(("mug", "kettle", "tent")),
        rng.choice((10, 10, 20.5, 30)),
        brand=rng.choice(FACETS["brand"]),
        rating=rng.choice((None, 4.0, 4.5, 4.5)),
        colour=rng.choice(FACETS["colour"]),
    )


PIECES = (
    *("The first", "The second", "the third", "Both", "All three", "The first and the second", "it", "The mug"),
    *(" is", " are", " not", " and", " the", ",", ".", " than", " one", " more", " less", " costs", " rated", "-"),
    *(" cheaper", " cheapest", " expensive", " least", " most", " best", " better", " lower", " higher rated", "\n"),
    *(
        "Cheaper",
        "cheap",
        "er",
        " pric",
        "ier",
        " d",
        "earer",
        " costs the",
        " of",
        " like",
        " you",
        "?",
        " rated better",
    ),
)


@pytest.mark.parametrize("seed", range(40))
def test_no_words_that_may_be_written_compare_untruly(seed: int) -> None:
    """Random walks over what may be said, judged by the reader of finished replies; there is no dead end."""
    rng, tokenizer = random.Random(seed), smollm2_tokenizer(SCHEME)
    pool = [random_item(rng, place) for place in range(rng.choice((2, 3)))]
    words = words_beside(*pool)
    run: list[int] = []
    for _ in range(25):
        for token in tokenizer.encode(rng.choice(PIECES)):
            left = words.leave(WORDS, "", run)
            assert left.words
            assert len(left.unsaid) < tokenizer.vocabulary.first_id // 2
            if token in left.unsaid:
                break
            run.append(token)
    text = tokenizer.decode(run)
    claims = ClaimReader(FACETS, "USD").read([text], shown=pool)
    assert not [claim for claim in claims if claim.name in ("price", "rating") and not claim.true], text
