"""What a message states beyond doubt has to stand in the span; what leaves a doubt is the model's to choose."""

from __future__ import annotations

import random

import pytest

from neo_assistant.errors import GrammarError
from neo_assistant.grammar import facet_values
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.sids import SidScheme
from neo_assistant.terms import Terms
from neo_assistant.want import Want
from tests.neo_assistant.grammar.test_want_grammar import accept, write
from tests.neo_assistant.strategies import tiny_tokenizer

SCHEME = SidScheme(("furniture", "kitchen"), (2, 2), per_type=False)
TOKENIZER = tiny_tokenizer(SCHEME)
FACETS = {
    "kind": ("mug", "foam roller", "t-shirt", "frying pan", "bookshelf"),
    "colour": ("red", "blue", "navy", "rose"),
    "material": ("foam", "steel", "stainless steel", "cotton"),
    "brand": ("Velden Sport", "Potluck & Co", "Rose"),
    "size": ("large", "30 cm", "1000 pieces"),
    "use": ("sport", "reading"),
    "feature": ("non-stick", "handmade"),
    "audience": ("men", "women"),
}
GRAMMAR = WantGrammar(SCHEME.types, FACETS, TOKENIZER)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a large red mug", {"size": "large", "colour": "red"}),
        ("Red MUGS, handmade!", {"colour": "red", "feature": "handmade"}),
        ("men's cotton t-shirt", {"audience": "men", "material": "cotton"}),
        ("a non stick frying pan of thirty cm", {"feature": "non-stick", "size": "30 cm"}),
        ("stainless steel bookshelves", {"material": "stainless steel"}),
        ("a mug by potluck & co", {"brand": "Potluck & Co"}),
        ("do you have a blue mug?", {"colour": "blue"}),
        ("frying pan with a thousand pieces", {"size": "1000 pieces"}),
        # Names hold words that say nothing by themselves.
        ("a foam roller", {}),
        ("mug by Velden Sport", {"brand": "Velden Sport"}),
        # A use is as often part of a thing's name.
        ("a reading mug", {}),
    ],
)
def test_what_is_plain_is_read(text: str, plain: dict[str, str]) -> None:
    assert dict(GRAMMAR.said.plain(text)) == plain


@pytest.mark.parametrize(
    "text",
    [
        "something red",  # no kind is named, so it may be said of anything
        "is the first one red?",
        "a mug, but not a red one",
        "a mug that needn't be red",
        "it doesn't have to be a red mug",
        "a red or blue mug",
        "a mug, red, blue",
        "a dark red mug",
        "a mug to go with my red bookshelf",
        "a red mug and a foam roller",
        "what goes with the red mug",
        "I have a red mug",
        "I've got a red mug already",
        "a mug other than red",
        "anything except a red mug",
        "a rose mug",  # a brand and a colour
        "a mug to put red wine in",
        "a rust-free steel mug",
        "I hate red mugs",
        "I already have a red mug",
        "why is this red mug so expensive?",
        "a red mug tree",
        "a brush for a red mug",
    ],
)
def test_what_leaves_a_doubt_is_not(text: str) -> None:
    assert GRAMMAR.said.plain(text) == ()


TERMS = Terms(
    {
        "kind": {
            "mug": ("coffee cup", "tea cup", "cup"),
            "bookshelf": ("shelf for books",),
            "sofa": ("sitting couch",),
        },
        "colour": {"navy": ("dark blue", "midnight"), "red": ("blue",)},
        "feature": {"handmade": ("by hand", "made by an artist")},
        "size": {"1000 pieces": ("that has 1000 pieces",)},
        "material": {"steel": ("hard",)},
        "use": {"reading": ("hard", "for my reading nook")},
    },
    things=("shelf", "roller"),
)
WITH_TERMS = WantGrammar(SCHEME.types, FACETS, TOKENIZER, terms=TERMS)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("coffee cups", {"kind": "mug"}),
        ("a tea cup, dark blue", {"kind": "mug", "colour": "navy"}),
        ("a cup, dark blue", {"colour": "navy"}),
        ("a mug in midnight", {"colour": "navy"}),  # a kind in the catalog's words is asked for without being told
        ("a mug made by an artist", {"feature": "handmade"}),
        ("a tea cup that has a thousand pieces", {"kind": "mug", "size": "1000 pieces"}),
        ("a mug for my reading nook", {"use": "reading"}),
        ("a mug for reading", {"use": "reading"}),
        ("a red mug for the reading corner", {"colour": "red"}),
        # What the catalog calls something stays what it calls it.
        ("a blue tea cup", {"kind": "mug", "colour": "blue"}),
        # A word that may be several kinds says what the values are of, and no kind; beside a kind it says nothing.
        ("a red mug for the shelf", {}),
        ("a red mug, best of the shelf", {"colour": "red"}),
        ("a red shelf", {"colour": "red"}),
        ("a red shelf for books", {"kind": "bookshelf", "colour": "red"}),
        # One phrase of two facets, a value that is not sold, two things, and all other doubts.
        ("a hard mug", {}),
        ("a red a couch", {}),
        ("a red cup and a shelf", {}),
        ("a red tea cup saucer", {}),
        ("a saucer for a tea cup", {}),
        ("looking for a red tea cup", {"kind": "mug", "colour": "red"}),
        ("something in my tea cup", {}),
        ("interested in a tea cup", {"kind": "mug"}),
        ("a red cup and a foam roller", {}),
        ("no dark blue cup", {}),
    ],
)
def test_terms_are_read_as_names_are(text: str, plain: dict[str, str]) -> None:
    assert dict(WITH_TERMS.said.plain(text)) == plain


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("a handmade non-stick frying pan", True),
        ("a frying pan, non-stick, made by an artist", True),
        ("a frying pan, non-stick or handmade", False),
        ("a frying pan that is not handmade, non-stick", False),
        ("a red and blue mug", False),
    ],
)
def test_several_features_are_all_asked_for(text: str, both: bool) -> None:
    plain = WITH_TERMS.said.plain(text)
    assert plain == ((("feature", "handmade"), ("feature", "non-stick")) if both else ())


@pytest.mark.parametrize("most_compiled", [0, 128])
def test_several_features_all_stand_in_the_span(most_compiled: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facet_values, "MOST_COMPILED", most_compiled)
    grammar = WantGrammar(SCHEME.types, FACETS, TOKENIZER, terms=TERMS)
    context = WantContext(numbers=frozenset(), shown=False, plain=(("feature", "handmade"), ("feature", "non-stick")))
    accept(grammar, TOKENIZER, context, " kind: mug; feature: handmade; feature: non-stick;")
    for less in (" kind: mug;", " kind: mug; feature: handmade;", " feature: non-stick;"):
        with pytest.raises((AssertionError, GrammarError)):
            accept(grammar, TOKENIZER, context, less)
    for number in range(20):
        want = Want.parse(TOKENIZER.decode(write(grammar, context, random.Random(number))).removesuffix(" found"))
        assert [value for name, value in want.facets if name == "feature"] == ["handmade", "non-stick"]


def test_beside_a_kind_that_is_known_no_type_stands() -> None:
    context = WantContext(numbers=frozenset(), shown=False, plain=(("kind", "mug"),))
    accept(WITH_TERMS, TOKENIZER, context, " kind: mug;")
    with pytest.raises((AssertionError, GrammarError)):
        accept(WITH_TERMS, TOKENIZER, context, " type: kitchen; kind: mug;")


@pytest.mark.parametrize("text", ["a cup", "red cup", "my favourite cup", "two cups", "show me cups", "a cup, in red"])
def test_a_single_word_says_that_a_kind_is_named(text: str) -> None:
    assert WITH_TERMS.said.names_kind(text)
    assert "kind" not in dict(WITH_TERMS.said.plain(text)), "but not which one: it may mean something else"


@pytest.mark.parametrize(
    "text", ["we cup it", "a cup holder", "no cup", "a lid for my cup", "a cup and a bowl or cups", "shelf"]
)
def test_where_it_may_be_no_thing_it_says_nothing(text: str) -> None:
    assert not WITH_TERMS.said.names_kind(text)


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("a midnight mug", True),
        ("a midnight large mug", True),
        ("a mug in midnight", True),
        ("a mug, midnight, please", True),
        ("a midnight snack in a mug", False),
        ("a mug at midnight", False),
    ],
)
def test_a_single_word_for_a_value_has_to_stand_as_one(text: str, is_read: bool) -> None:
    assert (("colour", "navy") in WITH_TERMS.said.plain(text)) is is_read


def test_a_kind_that_a_term_names_stands_in_every_span() -> None:
    context = WantContext(frozenset(), shown=False, plain=WITH_TERMS.said.plain("three coffee cups"))
    for seed in range(20):
        read = WITH_TERMS.read(write(WITH_TERMS, context, random.Random(seed)), context)
        assert read is not None
        assert dict(Want.parse(f"{read[0]} found many").facets)["kind"] == "mug"


def test_the_words_of_a_term_hint_at_nothing_else() -> None:
    facets = {**FACETS, "use": ("sleep", "reading"), "size": ("4 person",)}
    terms = Terms({"size": {"4 person": ("that sleeps 4",)}})
    said = WantGrammar(SCHEME.types, facets, TOKENIZER, terms=terms).said
    assert said.written("a mug that sleeps four by potluck & co") == {("size", "4 person"), ("brand", "Potluck & Co")}
    assert said.written("a mug to sleep with, for 4") == {("size", "4 person"), ("use", "sleep")}


def test_what_stands_beside_a_term_is_read_as_it_was_written() -> None:
    facets = {"kind": ("kettle",), "size": ("1.5 l", "5 l"), "feature": ("non-stick",)}
    said = WantGrammar(SCHEME.types, facets, TOKENIZER, terms=Terms({"kind": {"kettle": ("water boiler",)}})).said
    for text in ("no 1.5 l kettle", "not a water boiler of 1.5 l, or a non-stick one"):
        assert ("size", "1.5 l") in said.written(text)
        assert ("size", "5 l") not in said.written(text)


def test_a_colour_has_to_be_written_where_the_other_words_for_it_are_known() -> None:
    assert not GRAMMAR.said.is_written("colour")
    assert WITH_TERMS.said.is_written("colour")
    assert WITH_TERMS.said.written("a dark blue mug or a red one") == {("colour", "navy"), ("colour", "red")}


def test_what_a_term_names_was_written_even_where_it_is_doubtful() -> None:
    assert ("feature", "handmade") in WITH_TERMS.said.written("not one made by an artist")
    assert ("feature", "handmade") not in GRAMMAR.said.written("one made by an artist")


@pytest.mark.parametrize(
    "text", ["a red mug, not over $30", "a red mug for less than 20", "red mugs, 4 stars or better"]
)
def test_a_limit_is_no_doubt(text: str) -> None:
    assert dict(GRAMMAR.said.plain(text)) == {"colour": "red"}


def test_every_span_states_it_and_no_other_value_of_its_facet() -> None:
    context = WantContext(frozenset(), shown=False, plain=GRAMMAR.said.plain("a large red mug"))
    for seed in range(40):
        read = GRAMMAR.read(write(GRAMMAR, context, random.Random(seed)), context)
        assert read is not None
        facets = dict(Want.parse(f"{read[0]} found many").facets)
        assert (facets["size"], facets["colour"]) == ("large", "red")


def test_the_rest_is_free() -> None:
    context = WantContext(frozenset(), shown=False, plain=(("colour", "red"),))
    accept(GRAMMAR, TOKENIZER, context, " kind: foam roller; colour: red; material: foam;")


def test_a_value_of_a_large_facet_is_asked_for_as_well() -> None:
    brands = tuple(
        f"Brand {chr(97 + a)}{chr(97 + b)}{chr(97 + c)}" for a in range(12) for b in range(12) for c in range(12)
    )
    grammar = WantGrammar(SCHEME.types, {"kind": ("mug",), "brand": brands}, TOKENIZER)
    context = WantContext(frozenset(), shown=False, plain=grammar.said.plain("a mug by brand abc"))
    for seed in range(10):
        read = grammar.read(write(grammar, context, random.Random(seed)), context)
        assert read is not None
        assert " brand: Brand abc" in read[0]
