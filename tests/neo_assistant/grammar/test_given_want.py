"""A want that is set has one span: one token may follow at every place, whatever the conversation would ask for."""

from __future__ import annotations

import pytest
from hypothesis import given

from neo_assistant.errors import GrammarError, RequestError
from neo_assistant.grammar.stated import Stated
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.want import Want
from tests.neo_assistant.grammar.test_want_grammar import TOKENIZER, grammar
from tests.neo_assistant.strategies import FACETS, TYPES, wants

MANY_BRANDS = {**FACETS, "brand": tuple(f"Brand {number}" for number in range(500))}


def context(want: Want, own: WantGrammar | None = None) -> WantContext:
    """A conversation that would ask for something quite different."""
    stated = Stated("3", "2", in_stock=True)
    set_want = (own or grammar()).given(want)
    return WantContext(frozenset({"2", "3"}), False, stated, frozenset(), (), kind_named=True, given=set_want)


@given(wants())
def test_one_token_follows_at_every_place_until_the_want_is_stated(want: Want) -> None:
    asked = context(want)
    ids: list[int] = []
    while (read := grammar().read(ids, asked)) is None:
        [token] = grammar().allowed(ids, asked).tolist()
        with pytest.raises(GrammarError, match="something else"):
            grammar().read([*ids, token + 1], asked)
        ids.append(token)
    assert read == (want.text(), len(ids))
    assert ids == TOKENIZER.encode(f"{want.text()} found")
    assert grammar().read([*ids, 5, 6], asked) == read
    with pytest.raises(GrammarError, match="ended"):
        grammar().allowed(ids, asked)


def test_conditions_are_stated_in_the_order_of_the_catalog() -> None:
    want = Want("kitchen", (("colour", "blue"), ("brand", "Acme"), ("kind", "mug")))
    assert grammar().given(want).words == " type: kitchen; brand: Acme; kind: mug; colour: blue;"
    assert list(FACETS) == ["brand", "kind", "colour"]


def test_several_features_can_be_set() -> None:
    own = WantGrammar(TYPES, {"kind": ("mug",), "feature": ("handmade", "insulated")}, TOKENIZER)
    want = Want(facets=(("feature", "insulated"), ("kind", "mug"), ("feature", "handmade")))
    assert own.given(want).words == " kind: mug; feature: handmade; feature: insulated;"


def test_values_of_large_facets_are_stated_too() -> None:
    own = WantGrammar(TYPES, MANY_BRANDS, TOKENIZER)
    want = Want(facets=(("brand", "Brand 499"),))
    assert own.read(TOKENIZER.encode(" brand: Brand 499; found"), context(want, own)) is not None
    with pytest.raises(RequestError, match="brand: Acme"):
        own.given(Want(facets=(("brand", "Acme"),)))


@pytest.mark.parametrize(
    "want",
    [
        Want("cars"),
        Want(facets=(("kind", "blue"),)),
        Want(facets=(("size", "7"),)),
        Want(facets=(("type", "mug"),)),
        Want(facets=(("colour", "Blue"),)),
    ],
)
def test_what_the_catalog_does_not_have_cannot_be_set(want: Want) -> None:
    with pytest.raises(RequestError, match="the shop has nothing with"):
        grammar().given(want)


def test_a_want_of_nothing_is_a_want() -> None:
    end = TOKENIZER.encode(" found")
    assert grammar().read(end, context(Want())) == ("", len(end))
    with pytest.raises(GrammarError):
        grammar().read(TOKENIZER.encode(" in stock;"), context(Want()))
