"""Which other words serving may take at their word: those that the examples bear out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from finetune.examples.example import HELDOUT, Example
from finetune.examples.lexicon import Lexicon
from finetune.examples.mixture import Mixture, MixtureConfig
from finetune.examples.phrases import UnsoldThings, load_phrases
from finetune.examples.terms import candidate_terms, learn_terms
from neo_assistant.grammar.said_values import SaidValues
from neo_assistant.messages import Message, TextPart, WantPart
from neo_assistant.steering import Steering
from neo_assistant.terms import Terms
from neo_assistant.want import Want
from tests.finetune.examples.small_shop import make_shop

SHOP = make_shop()
BOOK = load_phrases("en")
CANDIDATES = candidate_terms(SHOP, Lexicon(BOOK, SHOP), BOOK.families)


def example(text: str, want: str, split: str = "train") -> Example:
    reply = Message.assistant(WantPart(f" {want} found many"), TextPart("Here."))
    return Example("search", Steering(), (Message.shopper(text),), reply, split=split)


def learn(phrase: str, cases: Sequence[Example]) -> tuple[str, ...]:
    return learn_terms(Terms({"kind": {"mug": (phrase,)}}), SHOP, BOOK, cases).facets["kind"]["mug"]


def test_the_language_has_candidates_that_are_no_names_already() -> None:
    assert "tea cup" in CANDIDATES.facets["kind"]["mug"] or "coffee cup" in CANDIDATES.facets["kind"]["mug"]
    assert "gray" in CANDIDATES.facets["colour"]["grey"]
    assert "in the colour grey" not in CANDIDATES.facets["colour"]["grey"]
    assert set(CANDIDATES.facets["kind"]) == {"mug", "teapot", "towel", "bathrobe", "rain boot", "sandal"}


def test_a_name_that_holds_a_value_is_read_as_both() -> None:
    assert "rubber boot" not in CANDIDATES.facets["kind"]["rain boot"]


def test_a_phrase_that_means_something_else_now_and_then_is_left_out() -> None:
    agreeing = [example(f"a {colour} tea cup", "kind: mug;") for colour in ("red", "blue", "grey", "black")] * 12
    other = example("a tea cup", "kind: teapot;")
    assert learn("tea cup", agreeing) == ("tea cup",)
    assert learn("tea cup", [other]) == ("tea cup",), "once is a slip"
    assert learn("tea cup", [*agreeing, other, other]) == ()
    assert learn("tea cup", [*agreeing * 2, other, other]) == ("tea cup",)


def test_plurals_count_as_the_phrase() -> None:
    assert learn("tea cup", [example("tea cups", "kind: teapot;"), example("a tea cup", "kind: towel;")]) == ()


@pytest.mark.parametrize("word", ["sofa", "feet"])
def test_what_is_not_sold_or_is_said_of_another_kind_is_no_term(word: str) -> None:
    unsold = (UnsoldThings((word, f"blue {word}"), (), ()),)
    book = replace(BOOK, unsold=unsold, needs={"towel": (f"my {word}", word)})
    cases = [example(f"a {word}", "kind: towel;")]
    assert learn_terms(Terms({"kind": {"mug": (word,)}}), SHOP, book, cases).facets["kind"]["mug"] == ()


def test_doubtful_and_held_out_examples_say_nothing() -> None:
    cases = [example("no tea cup please", ""), example("a tea cup", "kind: towel;", HELDOUT)]
    assert learn("tea cup", cases) == ("tea cup",)


def test_a_word_for_a_thing_is_judged_by_what_is_read_beside_it() -> None:
    def things(cases: Sequence[Example]) -> tuple[str, ...]:
        return learn_terms(Terms({}, ("cup",)), SHOP, BOOK, cases).things

    assert things([example("a red cup", "colour: red;")]) == ("cup",)
    assert things([example("a red cup", "kind: mug;")] * 2) == ()


def test_what_is_learned_agrees_with_examples_of_another_seed() -> None:
    def made(seed: int) -> list[Example]:
        return Mixture(SHOP, BOOK, MixtureConfig(seed=seed, scale=0.5)).make()

    facets = {name: sorted(SHOP.facet_values[name]) for name in SHOP.facets}
    said = SaidValues(facets, learn_terms(CANDIDATES, SHOP, BOOK, made(1)))
    readings = [
        entry in Want.parse(each.reply.want).facets
        for each in made(2)
        if each.reply.want
        for entry in said.plain(each.messages[-1].text)
    ]
    assert len(readings) > 100
    assert sum(readings) >= 0.98 * len(readings)
