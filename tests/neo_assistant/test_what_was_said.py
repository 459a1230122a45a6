"""What a conversation allows and asks for: what depends on more than the words."""

from __future__ import annotations

import pytest

from neo_assistant.counts import Ordered, OrderReader
from neo_assistant.grammar.want import WantGrammar
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
}
TERMS = Terms({"size": {"4 person": ("for 4 people",)}})
GRAMMAR = WantGrammar(SCHEME.types, FACETS, tiny_tokenizer(SCHEME), terms=TERMS)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a tent for four people", (("size", "4 person"),)),
        ("a teapot for four people", ()),  # no teapot is measured in persons
        ("a large teapot for four people", ()),  # two sizes are named, of which it is not said which is meant
        ("a large tent", (("size", "large"),)),  # there is none, which the reply is to say
        ("a teapot of 750 ml", (("capacity", "750 ml"),)),
        ("a teapot of 1.5 l", ()),
        ("a tent by 7A", (("brand", "7A"),)),
        ("a tent and a teapot for four people", ()),
    ],
)
def test_a_measure_is_asked_for_of_what_has_one(text: str, plain: tuple[tuple[str, str], ...]) -> None:
    context = want_context(
        GRAMMAR,
        OrderReader(GRAMMAR.facets, SCHEME.types),
        (),
        text,
        Ordered((), None, text),
        shown=False,
        several=False,
        values_of=lambda kind, facet: SOLD[kind].get(facet, ()),
    )
    assert context.plain == plain
