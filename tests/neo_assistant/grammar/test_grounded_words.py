"""Values and prices that nothing in question has cannot be said; all that is true can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.view import View
from neo_assistant.grammar.grounded_words import GroundedWords, grounded_words
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import ReplyGrammar
from neo_assistant.grammar.reply_state import NO_TOKENS, Allowed
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import Sid, SidScheme
from tests.neo_assistant.packaged import needs_smollm2, smollm2_tokenizer
from tests.neo_assistant.strategies import build_index, tiny_tokenizer

SCHEME = SidScheme(("bags", "kitchen"), (2, 2), per_type=True)
FACETS = {
    "kind": ("backpack", "kettle", "rain jacket"),
    "colour": ("blue", "burgundy", "natural", "red"),
    "material": ("recycled nylon", "recycled polyester", "stainless steel", "steel"),
    "feature": ("dishwasher safe", "induction ready", "non-slip", "non-stick"),
    "use": ("backpacking", "rain"),
    "brand": ("Italica", "Saltgarth", "Saltmarsh", "Theramed", "Zieghold"),
}
WORDS = Allowed(NO_TOKENS, words=True)


@dataclass(frozen=True)
class Item:
    title: str = "Kettle"
    brand: str | None = "Saltgarth"
    attributes: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"colour": ("red",), "material": ("steel",), "feature": ("dishwasher safe",)}
    )
    price_minor: int | None = 2499


RED = Item()
NYLON = Item("Sack", "Zieghold", {"colour": ("burgundy",), "material": ("recycled nylon",)}, 129_900)


@cache
def grammar(tokenizer: ShopTokenizer) -> WantGrammar:
    return WantGrammar(SCHEME.types, FACETS, tokenizer)


def words_of(*items: Item, said: tuple[str, ...] = (), tokenizer: ShopTokenizer | None = None) -> GroundedWords:
    tokenizer = tokenizer or smollm2_tokenizer(SCHEME)
    return grounded_words(grammar(tokenizer), tokenizer, said, items, "USD")


def refused(words: GroundedWords, text: str, want: str = "", tokenizer: ShopTokenizer | None = None) -> str | None:
    """The first piece of a text that may not be written; None if all of it may."""
    tokenizer = tokenizer or smollm2_tokenizer(SCHEME)
    run = tokenizer.encode(text)
    for place, token in enumerate(run):
        left = words.leave(WORDS, want, run[:place])
        if token in left.unsaid or not (left.words or token in left.tokens):
            return tokenizer.decode([token])
    return None


TRUE = (
    "It is red, made of steel, by Saltgarth and dishwasher safe. It costs $24.99.",
    "Red and made of steel.",
    "RED.",
    "Dishwasher safe. Red.",
    "Yes. Dishwasher safe and red.",
    "A single one is left, and the way down is clear.",
    "The Saltgarth costs $24.99, the others more.",
    "It is rather small, has a long spout and comes in a box of 30.",
    "We have rain jackets and backpacks, too. Come back soon.",
    "It is reduced, and so is the Saltine one.",
    "It does. The others do not. It may be best.",
)
UNTRUE = (
    ("It is (blue).", "blue"),
    ('It is "blue".', "blue"),
    ("Look:\nBlue", "Blue"),
    ("It is red/blue.", "blue"),
    ("The $24.99 blue one.", " blue"),
    ("It is blue.", " blue"),
    ("Blue, I believe.", "Blue"),
    ("blue", "blue"),
    ("Yes. Blue it is.", " Blue"),
    ("It is made of recycled polyester.", " polyester"),
    ("It is induction ready.", " ready"),
    ("It is for backpacking.", None),
    ("It is by Saltmarsh.", None),
    ("It is by Zieghold.", None),
    ("By Italica.", None),
    ("It is by Theramed.", None),
    ("It is burgundy.", None),
    ("It costs $24 in all.", " in"),
    ("It costs $25.", "5"),
    ("It costs $24.995.", "5"),
    ("It costs $ 24.", " "),
    ("It is €30.", "3"),
)


@needs_smollm2
@pytest.mark.parametrize("text", TRUE)
def test_what_is_true_may_be_said(text: str) -> None:
    assert refused(words_of(RED), text) is None


@needs_smollm2
@pytest.mark.parametrize(("text", "piece"), UNTRUE)
def test_what_nothing_in_question_has_may_not_be_said(text: str, piece: str | None) -> None:
    found = refused(words_of(RED), text)
    assert found is not None
    assert piece is None or found == piece


@needs_smollm2
def test_values_that_begin_alike_are_told_apart() -> None:
    words = words_of(NYLON)
    assert refused(words, "A sack of recycled nylon in burgundy by Zieghold for $1,299, or 1299 dollars.") is None
    assert refused(words, "A sack of recycled polyester.") == " polyester"
    assert refused(words, "A sack by Saltgarth.") is not None
    assert refused(words_of(Item(attributes={"feature": ("non-slip",)})), "It is non-slip.") is None
    assert refused(words_of(Item(attributes={"feature": ("non-slip",)})), "It is non-stick.") is not None


@needs_smollm2
def test_what_any_of_the_items_has_may_be_said_of_all() -> None:
    words = words_of(RED, NYLON)
    assert refused(words, "The first is burgundy and costs $1,299, the second is red and costs $24.99.") is None
    assert refused(words, "Both are blue.") == " blue"


@needs_smollm2
def test_what_was_said_or_read_may_be_said() -> None:
    assert refused(words_of(said=("have you got blue ones under 50?",)), "I have no blue ones under $50.") is None
    assert refused(words_of(said=("at most fifty dollars",)), "Nothing costs $50 or less.") is None
    assert (
        refused(words_of(), "Here are two blue kettles up to $30:", " kind: kettle; colour: blue; price < 30;") is None
    )
    assert refused(words_of(), "Here are two red kettles:", " kind: kettle; colour: blue;") == " red"
    assert refused(words_of(said=("a kettle, 1.5 l",)), "It costs $1.5.") is None  # any number that was said


@needs_smollm2
def test_an_amount_is_finished_before_anything_else() -> None:
    tokenizer = smollm2_tokenizer(SCHEME)
    left = words_of(RED).leave(
        Allowed(np.array([tokenizer.end_of_reply]), words=True), "", tokenizer.encode("It is $24.")
    )
    assert [tokenizer.decode([token]) for token in left.tokens.tolist()] == ["9"]
    assert not left.words


@needs_smollm2
def test_there_is_no_dead_end_in_money() -> None:
    """Signs of several tokens, tokens that hold more than a sign, and amounts that nothing could finish."""
    tokenizer = smollm2_tokenizer(SCHEME)
    unpriced, signs = words_of(Item(price_minor=None)), ("It costs $.", "It costs $,", "It costs $24.99.", "¥.")
    for words, texts in ((words_of(RED), signs), (unpriced, ("It costs ¥", "It costs ₹", *signs))):
        for text in texts:
            left = words.leave(WORDS, "", tokenizer.encode(text))
            assert left.words
            assert set(tokenizer.encode("7")) <= set(left.unsaid.tolist())
    assert refused(words_of(Item(price_minor=15_500)), "It costs $155.00, or $155.") is None
    assert refused(words_of(said=("9" * 5000,)), "It costs nothing.") is None


@needs_smollm2
def test_numbers_alone_are_no_values() -> None:
    tokenizer = smollm2_tokenizer(SCHEME)
    shop = WantGrammar(SCHEME.types, {"kind": ("kettle",), "size": ("4", "12", "30 cm")}, tokenizer)
    words = grounded_words(shop, tokenizer, (), [Item(price_minor=12_500)], "USD")
    assert refused(words, "Here are 4 kettles of 12 for 125 dollars, rated 4.0.") is None
    assert refused(words, "It is 30 cm wide.") == " cm"


@needs_smollm2
def test_where_no_amount_is_known_no_sign_of_money_is_written() -> None:
    assert refused(words_of(Item(price_minor=None)), "It costs $30.") == " $"
    assert refused(words_of(Item(price_minor=None)), "($30)") == "$"


@given(st.data())
def test_all_that_the_rows_say_may_be_said(data: st.DataObject) -> None:
    """With a tokenizer that takes words apart, too."""
    tokenizer = tiny_tokenizer(SCHEME)
    attributes = {
        name: tuple(data.draw(st.lists(st.sampled_from(values), max_size=2, unique=True)))
        for name, values in FACETS.items()
        if name != "brand"
    }
    item = Item("A thing", data.draw(st.sampled_from(FACETS["brand"])), attributes, data.draw(st.integers(1, 10**7)))
    values = [item.brand or "", *(value for known in attributes.values() for value in known)]
    text = data.draw(st.sampled_from((" ", ", ", ". "))).join(data.draw(st.permutations(values)))
    words = words_of(item, tokenizer=tokenizer)
    assert refused(words, text, tokenizer=tokenizer) is None
    assert refused(words, f" {text}", tokenizer=tokenizer) is None


@given(st.lists(st.integers(0, 10**6), max_size=30), st.booleans())
def test_something_may_always_follow(numbers: list[int], priced: bool) -> None:
    tokenizer = tiny_tokenizer(SCHEME)
    words = words_of(*([RED] if priced else []), tokenizer=tokenizer)
    spelled = sorted(words._catalog.spelled)
    run: list[int] = []
    for number in numbers:
        left = words.leave(WORDS, "", run)
        may = [token for token in spelled if token not in left.unsaid] if left.words else left.tokens.tolist()
        assert may
        run.append(may[number % len(may)])


def test_inside_of_spans_nothing_changes() -> None:
    codes = Allowed(np.array([5, 6]))
    assert words_of(RED, tokenizer=tiny_tokenizer(SCHEME)).leave(codes, "", [1, 2]) is codes


@needs_smollm2
def test_the_mask_of_a_reply_leaves_it_out_until_an_item_is_named() -> None:
    tokenizer, mug = smollm2_tokenizer(SCHEME), Sid("kitchen", (0, 0))
    plan = ReplyPlan(tokenizer, View(build_index(SCHEME, [mug]), np.array([True])), words=words_of(RED))
    blue, red = tokenizer.encode(" blue red")
    logits = torch.zeros(1, tokenizer.vocabulary.size)
    before = tokenizer.encode("It is")
    masked = ReplyGrammar([plan], [0]).process_logits(torch.tensor([before]), logits)[0]
    assert masked[blue] == -torch.inf
    assert masked[red] == 0
    after = [*before, *tokenizer.vocabulary.encode(mug), *before]
    assert ReplyGrammar([plan], [0]).process_logits(torch.tensor([after]), logits)[0, blue] == 0
    amount = tokenizer.encode("It is $2")
    masked = ReplyGrammar([plan], [0]).process_logits(torch.tensor([amount]), logits)[0]
    assert tokenizer.decode(torch.nonzero(masked == 0).flatten().tolist()) == "4"
