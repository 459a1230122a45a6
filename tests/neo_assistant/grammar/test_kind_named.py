"""Who names a kind gets it read: a span must then state one, and which one is left to the model."""

from __future__ import annotations

import random

import pytest

from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.sids import SidScheme
from neo_assistant.terms import Terms
from tests.neo_assistant.grammar.test_want_grammar import accept, write
from tests.neo_assistant.strategies import tiny_tokenizer

SCHEME = SidScheme(("furniture", "kitchen"), (2, 2), per_type=False)
TOKENIZER = tiny_tokenizer(SCHEME)
KINDS = ("mug", "kettle", "chef's knife", "bookshelf", "dining chair", "mouse")
GRAMMAR = WantGrammar(SCHEME.types, {"kind": KINDS, "colour": ("red", "blue")}, TOKENIZER)
NAMED = WantContext(frozenset(), shown=False, kind_named=True)


@pytest.mark.parametrize(
    "text",
    [
        "a mug",
        "MUGS?",
        "just one good chef's knife.",
        "two bookshelves",
        "any dining chairs",
        "wireless mice",
        "a mug, red",
    ],
)
def test_a_kind_is_named(text: str) -> None:
    assert GRAMMAR.said.names_kind(text)


@pytest.mark.parametrize("text", ["", "a muggy day", "smug", "dining", "a chair", "something to drink from", "knife"])
def test_no_kind_is_named(text: str) -> None:
    assert not GRAMMAR.said.names_kind(text)


def test_where_one_is_named_every_span_states_a_kind() -> None:
    for seed in range(40):
        read = GRAMMAR.read(write(GRAMMAR, NAMED, random.Random(seed)), NAMED)
        assert read is not None
        assert " kind: " in read[0]


def test_which_one_is_free() -> None:
    for kind in KINDS:
        accept(GRAMMAR, TOKENIZER, NAMED, f" kind: {kind}; colour: red;")


def test_a_name_of_several_kinds_asks_for_a_type_or_a_kind() -> None:
    grammar = WantGrammar(
        SCHEME.types, {"kind": KINDS, "colour": ("red", "blue")}, TOKENIZER, terms=Terms(things=("lamp",))
    )
    assert all(grammar.said.names_family(text) for text in ("lamps", "a red lamp", "lamp", "show me lamps"))
    assert not any(grammar.said.names_family(text) for text in ("a lamp shade", "no lamp", "a lamp and a mug", "mugs"))
    context = WantContext(frozenset(), shown=False, family_named=True)
    for seed in range(40):
        read = grammar.read(write(grammar, context, random.Random(seed)), context)
        assert read is not None
        assert " kind: " in read[0] or " type: " in read[0]
    for span in (" type: kitchen;", " type: kitchen; kind: mug; colour: red;", " kind: mug;"):
        accept(grammar, TOKENIZER, context, span)


def test_where_none_is_named_a_span_may_leave_it_out() -> None:
    accept(GRAMMAR, TOKENIZER, WantContext(frozenset(), shown=False), " colour: red;")


def test_a_shop_without_kinds_asks_for_none() -> None:
    grammar = WantGrammar(SCHEME.types, {"colour": ("red",)}, TOKENIZER)
    assert not grammar.said.names_kind("a red mug")
    accept(grammar, TOKENIZER, NAMED, " colour: red;")


def test_kinds_by_the_thousand_are_asked_for_as_well() -> None:
    kinds = tuple(f"thing {number}" for number in range(3000))
    grammar = WantGrammar(SCHEME.types, {"kind": kinds}, TOKENIZER)
    assert grammar.said.names_kind("a thing 77, please")
    read = grammar.read(write(grammar, NAMED, random.Random(0)), NAMED)
    assert read is not None
    assert read[0].startswith(" kind: thing ")
