"""The grammar of want spans and the wants themselves mean the same language."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.errors import GrammarError
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext, numbers_in
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidScheme, SidVocabulary
from neo_assistant.want import SHOWN, Want, found_words
from tests.neo_assistant.packaged import needs_smollm2, smollm2_tokenizer
from tests.neo_assistant.strategies import CHATML, FACETS, SPECIAL, TYPES, seeds, tiny_tokenizer, wants

SCHEME = SidScheme(TYPES, (2, 2), per_type=False)
TOKENIZER = tiny_tokenizer(SCHEME)
EVERYTHING = WantContext(frozenset({"7", "20", "59.99", "1299", "4", "4.5"}), shown=True)
BARE = WantContext(frozenset(), shown=False)
NUMBERS = ("0", "3", "4", "4.5", "4.55", "5", "007", "59.9", "59.99", "60", "1299", "1299.00", "12345678", "٣", "")
CONTEXTS = st.builds(WantContext, st.frozensets(st.sampled_from(NUMBERS)), st.booleans())


@cache
def grammar() -> WantGrammar:
    return WantGrammar(TYPES, FACETS, TOKENIZER)


def write(grammar: WantGrammar, context: WantContext, choice: random.Random) -> list[int]:
    """A span's conditions, every token drawn evenly from what may follow. The language is finite, so this ends."""
    ids: list[int] = []
    while grammar.read(ids, context) is None:
        assert len(ids) < 500
        ids.append(choice.choice(grammar.allowed(ids, context).tolist()))
    return ids


def accept(grammar: WantGrammar, tokenizer: ShopTokenizer, context: WantContext, words: str) -> None:
    """The canonical tokens of a span's words may follow one another, and are read as these words."""
    ids = tokenizer.encode(f"{words} found")
    for place, token in enumerate(ids):
        assert grammar.read(ids[:place], context) is None
        assert token in grammar.allowed(ids[:place], context), tokenizer.decode(ids[: place + 1])
    assert grammar.read(ids, context) == (words, len(ids))


def allowed_or_none(ids: list[int], context: WantContext) -> list[int]:
    """What may follow; nothing where the ids themselves are refused."""
    try:
        return grammar().allowed(ids, context).tolist()
    except GrammarError:
        return []


def check(words: str, context: WantContext, types: Sequence[str], facets: Mapping[str, Sequence[str]]) -> None:
    """The words are a want of the catalog and limit nothing by what was not said."""
    want = Want.parse(words)
    assert want.item_type is None or want.item_type in types
    assert all(value in facets[name] for name, value in want.facets)
    order = [list(facets).index(name) for name, _ in want.facets]
    assert order == sorted(set(order))
    said = {Decimal(number) for number in context.numbers if number}
    for limit in (want.max_price, want.min_price):
        assert limit is None or (context.shown if limit == SHOWN else limit in said)
    assert want.min_rating is None or Decimal(str(want.min_rating)) in said
    assert context.shown or not want.not_shown


@given(wants())
def test_every_want_can_be_written(want: Want) -> None:
    accept(grammar(), TOKENIZER, EVERYTHING, want.text())


@given(seeds(), CONTEXTS)
def test_whatever_can_be_written_is_a_want(choice: random.Random, context: WantContext) -> None:
    read = grammar().read(write(grammar(), context, choice), context)
    assert read is not None
    check(read[0], context, TYPES, FACETS)


VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=";"), min_size=1, max_size=12)
CATALOG_FACETS = st.dictionaries(
    st.sampled_from(["brand", "kind", "colour", "in stock", "not shown", "a_1"]),
    st.lists(VALUES.map(str.strip).filter(bool), min_size=1, max_size=3, unique=True).map(tuple),
    max_size=3,
)


@given(CATALOG_FACETS, st.data(), seeds())
def test_any_catalog(facets: dict[str, tuple[str, ...]], data: st.DataObject, choice: random.Random) -> None:
    own = WantGrammar(("a", "ab"), facets, TOKENIZER)
    accept(own, TOKENIZER, EVERYTHING, data.draw(wants(("a", "ab"), facets)).text())
    read = own.read(write(own, BARE, choice), BARE)
    assert read is not None
    check(read[0], BARE, ("a", "ab"), facets)


@given(seeds(), st.integers(0, 40), CONTEXTS)
def test_no_other_token_goes_in(choice: random.Random, length: int, context: WantContext) -> None:
    ids = write(grammar(), context, choice)
    ids = ids[: min(length, len(ids) - 1)]
    allowed = set(grammar().allowed(ids, context).tolist())
    assert all(token < TOKENIZER.vocabulary.first_id for token in allowed)
    assert TOKENIZER.control_ids.isdisjoint(allowed)
    others = [token for token in range(TOKENIZER.vocabulary.size) if token not in allowed]
    for token in choice.sample(others, 20):
        with pytest.raises(GrammarError):
            grammar().allowed([*ids, token], context)
        with pytest.raises(GrammarError):
            grammar().read([*ids, token], context)


@pytest.mark.parametrize(
    "words",
    [
        " price < 80;",
        " price < 5;",
        " price < 59.9;",
        " price > 6;",
        " price < 600;",
        " rating > 2;",
        " rating > 4.5; price < 20;",
        " price < 20; price < 20;",
        " colour: blue; kind: mug;",
        " colour: purple;",
        " type: cars;",
        " size: 4;",
        " cheap;",
        "price < 20;",
    ],
)
def test_what_nobody_said_and_the_catalog_does_not_have_cannot_be_written(words: str) -> None:
    context = WantContext(frozenset({"20", "59.99", "60", "4.5"}), shown=True)
    ids = TOKENIZER.encode(words + " found")
    places = [place for place, token in enumerate(ids) if token not in allowed_or_none(ids[:place], context)]
    assert places, "every token was allowed"
    with pytest.raises(GrammarError):
        grammar().read(ids, context)


@pytest.mark.parametrize("words", [" price < shown;", " price > shown;", " not shown;"])
def test_shown_needs_something_shown(words: str) -> None:
    accept(grammar(), TOKENIZER, WantContext(frozenset(), shown=True), words)
    with pytest.raises(GrammarError):
        grammar().read(TOKENIZER.encode(words + " found"), WantContext(frozenset({"5"}), shown=False))


def test_a_rating_is_not_begun_that_cannot_be_finished() -> None:
    # 4.55 begins like a rating and is none.
    context = WantContext(frozenset({"4.55", "3"}), shown=False)
    begun = TOKENIZER.encode(" rating >")
    for seed in range(20):
        choice, ids = random.Random(seed), list(begun)
        while grammar().read(ids, context) is None:
            ids.append(choice.choice(grammar().allowed(ids, context).tolist()))
        assert " rating > 3;" in TOKENIZER.decode(ids)


def test_after_the_conditions_it_is_the_shops_turn() -> None:
    ids = TOKENIZER.encode(" kind: mug; found")
    more = [*ids, *grammar().found(3)]
    assert TOKENIZER.decode(more) == " kind: mug; found 3"
    assert grammar().read(more, BARE) == (" kind: mug;", len(ids))
    for written in (ids, more):
        with pytest.raises(GrammarError):
            grammar().allowed(written, BARE)


@pytest.mark.parametrize("left", [0, 1, 9, 10, 5000])
def test_found_is_spelled_as_in_training(left: int) -> None:
    whole = TOKENIZER.encode(" kind: mug;" + found_words(left))
    assert whole == TOKENIZER.encode(" kind: mug; found") + grammar().found(left)


@pytest.mark.parametrize(
    "facets",
    [
        {"type": ["a"]},
        {"price": ["a"]},
        {"rating": ["a"]},
        {"Kind": ["a"]},
        {"kind ": ["a"]},
        {"": ["a"]},
        {"kind:": ["a"]},
        {"found": ["a"]},
        {"found in": ["a"]},
        {"foundation": ["a"]},
        {"kind": []},
        {"kind": [""]},
        {"kind": [" a"]},
        {"kind": ["a "]},
        {"kind": ["a;b"]},
        {"kind": ["a\nb"]},
        {"kind": ["a\tb"]},
        {"kind": ["a\x7fb"]},
        {"kind": ["a\ud800"]},
    ],
)
def test_facets_that_could_not_be_told_apart_are_refused(facets: dict[str, list[str]]) -> None:
    with pytest.raises(GrammarError):
        WantGrammar(TYPES, facets, TOKENIZER)


def test_a_tokenizer_that_is_not_byte_level_is_refused() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {word: number for number, word in enumerate([*SPECIAL, "unknown", "kind", "price", "found"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="unknown"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(list(SPECIAL))
    base: Any = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    base.chat_template = CHATML
    with pytest.raises(GrammarError, match="byte-level"):
        WantGrammar(TYPES, {}, ShopTokenizer(base, SidVocabulary(SCHEME, len(base))))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", set()),
        ("under 60", {"60"}),
        ("under $5.00, please", {"5.00", "5"}),
        ("between 20 and 59.99.", {"20", "59.99"}),
        ("1,299 or 1,299,000", {"1299", "1299000"}),
        ("4.5 stars; 10% off", {"4.5", "10"}),
        ("12345678 and 3.14159", {"3"}),
        ("٣ and ３", set()),
        ("A4 paper, size 42", {"4", "42"}),
        ("5.", {"5"}),
    ],
)
def test_numbers_somebody_wrote(text: str, numbers: set[str]) -> None:
    assert numbers_in(text) == numbers


@given(st.text())
def test_every_number_found_may_be_a_price(text: str) -> None:
    context = WantContext(numbers_in(text), shown=False)
    assert context.prices == context.numbers


@needs_smollm2
def test_smollm2_speaks_the_same_language() -> None:
    tokenizer = smollm2_tokenizer(SCHEME)
    own = WantGrammar(TYPES, FACETS, tokenizer)
    want = Want(
        "kitchen", (("brand", "Böhm & Söhne"), ("colour", "50% grey")), Decimal("59.99"), SHOWN, 4.5, True, True
    )
    for words in ("", " colour: blue;", " price < 1299;", want.text()):
        accept(own, tokenizer, EVERYTHING, words)
    for seed in range(20):
        read = own.read(write(own, EVERYTHING, random.Random(seed)), EVERYTHING)
        assert read is not None
        check(read[0], EVERYTHING, TYPES, FACETS)
    whole = tokenizer.encode(" kind: mug;" + found_words(3))
    assert whole == tokenizer.encode(" kind: mug; found") + own.found(3)


@given(CATALOG_FACETS, seeds())
def test_leaving_out_tokens_that_cannot_occur_changes_nothing(
    facets: dict[str, tuple[str, ...]], choice: random.Random
) -> None:
    lean = WantGrammar(("a", "ab"), facets, TOKENIZER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("neo_assistant.grammar.want.usable", lambda spelled, terms, end: dict(spelled))
        whole = WantGrammar(("a", "ab"), facets, TOKENIZER)
    ids: list[int] = []
    while whole.read(ids, EVERYTHING) is None:
        allowed = whole.allowed(ids, EVERYTHING).tolist()
        assert lean.allowed(ids, EVERYTHING).tolist() == allowed
        ids.append(choice.choice(allowed))
    assert lean.read(ids, EVERYTHING) == whole.read(ids, EVERYTHING)
