"""Facets of many values: the index of values and the automaton mean the same language."""

from __future__ import annotations

import logging
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.errors import GrammarError
from neo_assistant.grammar import facet_values
from neo_assistant.grammar.facet_values import compiled_facets, spelled
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.want import Want
from tests.neo_assistant.grammar.test_want_grammar import (
    BARE,
    CATALOG_FACETS,
    CONTEXTS,
    EVERYTHING,
    TOKENIZER,
    accept,
    check,
    write,
)
from tests.neo_assistant.strategies import FACETS, TYPES, seeds, wants

SPOKEN = (("brand", "Acme"), ("colour", "blue"), ("colour", "off white"))
COUNTED = WantContext(EVERYTHING.numbers, shown=True, only=SPOKEN)


def indexed(facets: dict[str, tuple[str, ...]], most_compiled: int = 0, types: tuple[str, ...] = TYPES) -> WantGrammar:
    """A grammar that compiles only so many values."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facet_values, "MOST_COMPILED", most_compiled)
        return WantGrammar(types, facets, TOKENIZER)


@given(CATALOG_FACETS, st.integers(0, 6), st.data(), seeds(), CONTEXTS)
def test_the_index_and_the_automaton_mean_the_same_language(
    facets: dict[str, tuple[str, ...]],
    most: int,
    data: st.DataObject,
    choice: random.Random,
    context: WantContext,
) -> None:
    whole, lean = WantGrammar(("a", "ab"), facets, TOKENIZER), indexed(facets, most, ("a", "ab"))
    assert lean.facets == whole.facets
    accept(lean, TOKENIZER, EVERYTHING, data.draw(wants(("a", "ab"), facets)).text())
    # What one of them writes, in whatever tokens, is for the other to write in the canonical ones.
    for writer, reader in ((whole, lean), (lean, whole)):
        read = writer.read(write(writer, context, choice), context)
        assert read is not None
        check(read[0], context, ("a", "ab"), facets)
        accept(reader, TOKENIZER, context, read[0])


@given(CATALOG_FACETS, seeds())
def test_the_index_never_allows_what_the_automaton_would_not(
    facets: dict[str, tuple[str, ...]], choice: random.Random
) -> None:
    whole, lean = WantGrammar(("a", "ab"), facets, TOKENIZER), indexed(facets, types=("a", "ab"))
    ids: list[int] = []
    while lean.read(ids, EVERYTHING) is None:
        assert whole.read(ids, EVERYTHING) is None
        allowed = set(lean.allowed(ids, EVERYTHING).tolist())
        assert allowed <= set(whole.allowed(ids, EVERYTHING).tolist())
        others = set(range(TOKENIZER.vocabulary.size + 8)) - allowed
        for token in choice.sample(sorted(others), 5):
            with pytest.raises(GrammarError):
                lean.allowed([*ids, token], EVERYTHING)
        ids.append(choice.choice(sorted(allowed)))
    assert whole.read(ids, EVERYTHING) == lean.read(ids, EVERYTHING)


@pytest.mark.parametrize("most_compiled", [0, 128])
def test_only_some_values_may_stand(most_compiled: int) -> None:
    grammar = indexed(FACETS, most_compiled)
    for seed in range(30):
        read = grammar.read(write(grammar, COUNTED, random.Random(seed)), COUNTED)
        assert read is not None
        want = Want.parse(read[0])
        assert want.item_type is None
        assert set(want.facets) <= set(SPOKEN)
    for words in (" brand: Acme; colour: off white; price < 20; not shown;", " colour: blue;", ""):
        accept(grammar, TOKENIZER, COUNTED, words)
    for words in (" kind: mug;", " type: kitchen;", " brand: 3M;", " colour: blue (dark);"):
        with pytest.raises(GrammarError):
            grammar.read(TOKENIZER.encode(words + " found"), COUNTED)
    nothing = WantContext(EVERYTHING.numbers, shown=False, only=())
    accept(grammar, TOKENIZER, nothing, " price < 20; in stock;")
    with pytest.raises(GrammarError):
        grammar.read(TOKENIZER.encode(" colour: blue; found"), nothing)


@pytest.mark.parametrize("most_compiled", [0, 128])
def test_only_what_somebody_wrote_may_stand(most_compiled: int) -> None:
    grammar = indexed({**FACETS, "size": ("20 cm", "40 cm")}, most_compiled)
    written = grammar.said.written("a blue mug of 20 by 30 from bohm & shone, or ACME")
    assert written == {("brand", "Acme"), ("brand", "Böhm & Söhne"), ("size", "20 cm")}
    context = WantContext(EVERYTHING.numbers, shown=True, written=written)
    for words in (" type: kitchen; brand: Acme; kind: mug set; colour: off white; in stock;", " size: 20 cm;"):
        accept(grammar, TOKENIZER, context, words)
    for words in (" brand: 3M;", " brand: Price Co.;", " size: 40 cm;"):
        with pytest.raises(GrammarError):
            grammar.read(TOKENIZER.encode(words + " found"), context)
    nothing = WantContext(EVERYTHING.numbers, shown=True, written=grammar.said.written("a mug"))
    accept(grammar, TOKENIZER, nothing, " colour: blue;")
    with pytest.raises(GrammarError):
        grammar.read(TOKENIZER.encode(" brand: Acme; found"), nothing)


def test_values_that_somebody_wrote() -> None:
    grammar = WantGrammar(TYPES, {**FACETS, "size": ("L", "XL", "set of 4")}, TOKENIZER)
    assert grammar.said.spoken("two MUGS, off White or blue (dark), by böhm & söhne; a set of 4 XL") == (
        ("brand", "Böhm & Söhne"),
        ("colour", "blue"),
        ("colour", "blue (dark)"),
        ("colour", "off white"),
        ("size", "XL"),
        ("size", "set of 4"),
    )
    assert grammar.said.spoken("bluetooth l mug, offwhite") == ()


def test_thousands_of_values() -> None:
    brands = tuple(
        f"{letter}{word} {number}" for letter in "ABC" for word in ("rk & co.", "ümlaut") for number in range(500)
    )
    grammar = WantGrammar(TYPES, {"kind": ("mug",), "brand": brands}, TOKENIZER)
    assert grammar.facets["brand"] == brands
    for brand in brands[::97]:
        accept(grammar, TOKENIZER, BARE, f" kind: mug; brand: {brand}; in stock;")
    for wrong in (" brand: Ark & co. 500;", " brand: Ark & co.;", " brand: Dark & co. 1;", " brand: Ark  & co. 1;"):
        with pytest.raises(GrammarError):
            grammar.read(TOKENIZER.encode(wrong + " found"), BARE)


def test_small_facets_are_compiled_before_large_ones() -> None:
    sizes = {"colour": 20, "brand": 5000, "kind": 100, "size": 20, "material": 30}
    assert compiled_facets(sizes) == {"colour", "size", "material"}
    assert compiled_facets({"kind": 129}) == frozenset()


def test_values_that_the_vocabulary_cannot_write_are_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    # Every byte of the tiny tokenizer's alphabet is there; a real one lacks some.
    def decode(ids: list[int]) -> str:
        return type(TOKENIZER).decode(TOKENIZER, ids).replace("é", "?")

    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(TOKENIZER, "decode", decode, raising=False)
        grammar = WantGrammar(TYPES, {"kind": ("mug", "pâté"), "brand": ("Café", "René")}, TOKENIZER)
    assert grammar.facets == {"kind": ("mug",)}
    assert "3 facet values" in caplog.text
    accept(grammar, TOKENIZER, BARE, " kind: mug;")


def test_what_is_known_is_not_taken_apart_again() -> None:
    first = WantGrammar(TYPES, FACETS, TOKENIZER)
    more = {**FACETS, "kind": (*FACETS["kind"], "pot")}
    encoded: list[str] = []
    encode = TOKENIZER.encode

    def watched(text: str) -> list[int]:
        encoded.append(text)
        return encode(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TOKENIZER, "encode", watched, raising=False)
        second = WantGrammar(TYPES, more, TOKENIZER, first)
    assert [text for text in encoded if text.endswith("; found")] == [" kind: pot; found"]
    assert second.facets == more
    accept(second, TOKENIZER, BARE, " kind: pot;")


def test_values_are_split_where_they_stand_alone() -> None:
    [ids] = spelled(TOKENIZER, "brand", ["Price Co."], " found", {}).values()
    assert TOKENIZER.decode(ids) == " Price Co.;"
