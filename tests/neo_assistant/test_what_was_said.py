"""What a conversation allows and asks for: what depends on more than the words."""

from __future__ import annotations

import pytest

from neo_assistant.counts import Ordered, OrderReader
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.sids import SidScheme
from neo_assistant.terms import Terms
from neo_assistant.what_was_said import want_context
from tests.neo_assistant.strategies import tiny_tokenizer

SCHEME = SidScheme(("kitchen", "outdoor"), (2, 2), per_type=False)
SOLD = {
    "tent": {"size": ("2 person", "4 person")},
    "teapot": {"size": ("large",), "capacity": ("750 ml",), "brand": ("3B",)},
}
FACETS = {
    "kind": tuple(SOLD),
    "brand": ("3B", "7A"),
    "size": ("2 person", "4 person", "large"),
    "capacity": ("1.5 l", "750 ml"),
    "feature": ("self-watering", "waterproof", "windproof"),
}
TERMS = Terms({"size": {"4 person": ("for 4 people",)}})
GRAMMAR = WantGrammar(SCHEME.types, FACETS, tiny_tokenizer(SCHEME), terms=TERMS)


def context_of(text: str) -> WantContext:
    return want_context(
        GRAMMAR,
        OrderReader(GRAMMAR.facets, SCHEME.types),
        (),
        text,
        Ordered((), None, text),
        shown=False,
        several=False,
        values_of=lambda kind, facet: SOLD[kind].get(facet, ()),
    )


def test_a_measure_of_other_things_may_not_stand() -> None:
    for text, may_stand in (("a teapot for four people", False), ("a tent for four people", True)):
        written = context_of(text).written
        assert written is not None
        assert (("size", "4 person") in written) == may_stand


def test_what_is_taken_back_hints_at_nothing_else() -> None:
    context = context_of("it needn't be waterproof, but windproof")
    assert context.written is not None
    assert {value for name, value in context.written if name == "feature"} == {"waterproof", "windproof"}
    assert not context.taken_back.leaves("feature", "waterproof")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a tent for four people", (("size", "4 person"),)),
        ("a teapot for four people", ()),  # no teapot is measured in persons
        ("a large teapot for four people", ()),  # two sizes are named, of which it is not said which is meant
        ("a large tent", (("size", "large"),)),  # there is none, which the reply is to say
        ("a teapot of 750 ml", (("capacity", "750 ml"),)),
        ("a teapot of 1.5 l", (("capacity", "1.5 l"),)),  # there is none, and litres are what teapots are measured in
        ("a tent by 7A", (("brand", "7A"),)),
        ("a tent and a teapot for four people", ()),
    ],
)
def test_a_measure_is_asked_for_of_what_has_one(text: str, plain: tuple[tuple[str, str], ...]) -> None:
    assert context_of(text).plain == plain
