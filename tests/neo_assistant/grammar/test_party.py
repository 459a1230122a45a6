"""A turn that only says for how many people changes the size that says so, and no other turn does."""

from __future__ import annotations

import random

import pytest

from neo_assistant.counts import OrderReader
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.messages import Message, WantPart
from neo_assistant.sids import SidScheme
from neo_assistant.terms import Terms
from neo_assistant.want import Want
from neo_assistant.what_was_said import want_context
from tests.neo_assistant.grammar.test_want_grammar import accept, write
from tests.neo_assistant.strategies import tiny_tokenizer

TYPES = ("kitchen", "outdoors")
FACETS = {
    "kind": ("mug", "tent"),
    "colour": ("green", "red"),
    "size": ("1 person", "2 person", "4 person", "large"),
    "use": ("sleep",),
    "feature": ("waterproof",),
}
TERMS = Terms({"size": {"4 person": ("that sleeps 4",)}, "kind": {"tent": ("camping shelter",)}})
TOKENIZER = tiny_tokenizer(SidScheme(TYPES, (2, 2), per_type=False))
GRAMMAR = WantGrammar(TYPES, FACETS, TOKENIZER, terms=TERMS)
ORDERS = OrderReader(FACETS, TYPES)
TENT = " kind: tent; size: 2 person;"


def party(text: str, *wants: str) -> tuple[str, str] | None:
    return GRAMMAR.said.party(text, [Want.parse(want) for want in wants or (TENT,)])


def context(text: str, want: str = TENT) -> WantContext:
    earlier = [Message.shopper("a tent for two"), Message.assistant(WantPart(f"{want} found 3"), "Here: ")]
    order = ORDERS.read(text)
    return want_context(
        GRAMMAR,
        ORDERS,
        earlier,
        text,
        order,
        shown=True,
        several=len(order.counts) > 1,
        values_of=lambda kind, facet: GRAMMAR.facets.get(facet, ()),
    )


@pytest.mark.parametrize(
    "text",
    [
        "make that four people",
        "there'll be four of us",
        "There’ll be 4 of us now!",
        "for four instead",
        "actually, we're four",
        "a tent for the four of us",
        "tents for 4",
        "sorry, I meant four adults",
        "it should sleep four",
        "one that sleeps four",
        "a camping shelter for 4 persons",
        "the 4-person one",
        "in green, for four",
        "four people, under $200",
        "for 4, waterproof and not over 300",
    ],
)
def test_a_number_of_people_is_a_size(text: str) -> None:
    assert party(text) == ("size", "4 person")


@pytest.mark.parametrize(
    "text",
    [
        "a mug for four people",
        "something to cook on for four people",
        "two tents for four people",
        "2 adults and 3 people",
        "two adults and two kids",
        "at least four people",
        "four more people",
        "not for four",
        "for four nights",
        "for 60",
        "for $4",
        "make that 4",
        "is it big enough for four?",
        "for 4 in size 2 person",
        "large",
        "",
    ],
)
def test_what_may_be_something_else_is_not(text: str) -> None:
    assert party(text) is None


def test_the_last_thing_has_to_have_such_sizes() -> None:
    assert party("for four", " kind: mug; size: large;") is None
    assert party("for four", " kind: tent;") is None
    assert party("for four", TENT, " kind: mug;") is None
    assert party("for four", TENT, " kind: tent; colour: red;") == ("size", "4 person"), "it was said two turns ago"
    assert GRAMMAR.said.party("for four", []) is None


def test_one_is_a_number_here() -> None:
    assert party("just for one") == party("one person") == ("size", "1 person")
    assert party("that one") is None


def test_every_span_states_it() -> None:
    asked = context("make that four people")
    for seed in range(20):
        read = GRAMMAR.read(write(GRAMMAR, asked, random.Random(seed)), asked)
        assert read is not None
        assert dict(Want.parse(f"{read[0]} found many").facets)["size"] == "4 person"


def test_of_a_size_that_is_not_sold_no_other_is_stated() -> None:
    asked = context("for six instead")
    accept(GRAMMAR, TOKENIZER, asked, " kind: tent;")
    with pytest.raises((AssertionError, GrammarError)):
        accept(GRAMMAR, TOKENIZER, asked, TENT)


def test_where_nothing_is_read_the_last_size_may_stand() -> None:
    accept(GRAMMAR, TOKENIZER, context("in green"), " kind: tent; colour: green; size: 2 person;")
