"""What a message takes back may not stand in the want of its reply; what it only speaks of may."""

from __future__ import annotations

import random
from functools import cache
from itertools import product

import pytest

from neo_assistant.counts import OrderReader
from neo_assistant.errors import GrammarError
from neo_assistant.grammar import facet_values
from neo_assistant.grammar.taken_back import NOTHING_TAKEN_BACK, TakenBack
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
    "kind": ("backpack", "mug", "wool sock"),
    "colour": ("blue", "red"),
    "material": ("cotton", "leather", "merino wool", "organic cotton", "wool"),
    "brand": ("Potluck & Co", "Rose", "Velden Rose"),
    "size": ("30 cm", "large"),
    "use": ("camping",),
    "feature": ("dimmable", "foldable", "waterproof"),
    "audience": ("kids",),
}
TERMS = Terms({"feature": {"foldable": ("that folds away",)}, "audience": {"kids": ("for my son",)}})
TOKENIZER = tiny_tokenizer(SidScheme(TYPES, (2, 2), per_type=False))
ORDERS = OrderReader(FACETS, TYPES)
EARLIER = (
    "a large red leather mug by potluck & co",
    " kind: mug; colour: red; material: leather; brand: Potluck & Co; size: large;",
)


@cache
def grammar(most_compiled: int = facet_values.MOST_COMPILED) -> WantGrammar:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facet_values, "MOST_COMPILED", most_compiled)
        return WantGrammar(TYPES, FACETS, TOKENIZER, terms=TERMS)


def taken_back(text: str) -> TakenBack:
    return grammar().said.taken_back(text)


def context(text: str, most_compiled: int = facet_values.MOST_COMPILED) -> WantContext:
    """That of a message after a search for what :data:`EARLIER` says."""
    earlier = [Message.shopper(EARLIER[0]), Message.assistant(WantPart(f"{EARLIER[1]} found 4"), "Here: ")]
    order = ORDERS.read(text)
    return want_context(
        grammar(most_compiled),
        ORDERS,
        earlier,
        text,
        order,
        shown=True,
        several=False,
        values_of=lambda kind, facet: FACETS.get(facet, ()),
    )


def stated(context: WantContext, most_compiled: int, spans: int = 10) -> list[set[tuple[str, str]]]:
    """The values in spans of which every token is drawn evenly."""
    found = []
    for seed in range(spans):
        read = grammar(most_compiled).read(write(grammar(most_compiled), context, random.Random(seed)), context)
        assert read is not None
        found.append(set(Want.parse(f"{read[0]} found many").facets))
    return found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("it doesn't have to be leather", {"leather"}),
        ("It doesn’t really need to be made of leather, but 30 cm", {"leather"}),
        ("it needn't be waterproof, but 30 cm", {"waterproof"}),
        ("it need not be a large red one", {"large", "red"}),
        ("no need for it to be dimmable", {"dimmable"}),
        ("not necessarily leather or cotton", {"leather", "cotton", "organic cotton"}),
        ("I don't need it in red any more", {"red"}),
        ("I don't care if it is red", {"red"}),
        ("waterproof isn't necessary", {"waterproof"}),
        ("red is no longer important", {"red"}),
        ("forget the red", {"red"}),
        ("ok, drop the waterproof requirement please", {"waterproof"}),
        ("I know I said leather, but it doesn't have to be leather", {"leather"}),
        ("not for camping", {"camping"}),
        ("forget about by Potluck & Co", {"Potluck & Co"}),
        # What is not wanted.
        ("I hate leather, show me a backpack", {"leather"}),
        ("I don't want a red mug", {"red"}),
        ("it must not be red", {"red"}),
        ("anything but blue", {"blue"}),
        ("cotton rather than leather", {"leather"}),
        ("one that's not red", {"red"}),
        ("something waterproof but not red", {"red"}),
        ("a mug, not red", {"red"}),
        ("not the leather one", {"leather"}),
        ("neither red nor blue", {"red", "blue"}),
        ("no leather please", {"leather"}),
        ("and no more leather", {"leather"}),
        ("I'd rather not have leather", {"leather"}),
        ("I changed my mind about the red", {"red"}),
        # Sorts of it by their names, if these are no proper names; the shop's terms for it.
        ("not necessarily wool", {"wool", "merino wool"}),
        ("merino wool rather than wool", {"wool"}),
        ("not by rose", {"Rose"}),
        ("it needn't be one that folds away", {"foldable"}),
        ("it doesn't have to be for my son", {"kids"}),
    ],
)
def test_values_that_are_taken_back(text: str, values: set[str]) -> None:
    assert {value for _, value in taken_back(text).values} == values
    assert not taken_back(text).facets


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("any colour", {"colour"}),
        ("forget the red, any color will do", {"colour"}),
        ("in any size above 30 cm", {"size"}),
        ("the brand doesn't matter", {"brand"}),
        ("the brand and the colour are not that important", {"brand", "colour"}),
        ("I don't care about the brand any more", {"brand"}),
        ("I don't mind what size", {"size"}),
        ("whatever material", {"material"}),
        ("regardless of size", {"size"}),
        ("other colours are fine too", {"colour"}),
        ("from a different brand", {"brand"}),
        ("all materials please", {"material"}),
        ("no particular brand", {"brand"}),
        ("no colour preference", {"colour"}),
        ("never mind the size", {"size"}),
        ("the size can be anything", {"size"}),
    ],
)
def test_facets_that_are_freed(text: str, facets: set[str]) -> None:
    assert taken_back(text).facets == facets


@pytest.mark.parametrize(
    "text",
    [
        "in red",
        "it has to be leather",
        "don't forget the red",
        "I can't do without leather",
        "nothing but leather",
        "not only leather",
        "I don't just want red",
        "why is it not red",
        "is it not waterproof?",
        "isn't there a red one",
        "do you have no red ones?",
        "there are no red ones",
        "it is not red",
        "this is not leather",
        "it's not waterproof enough",
        "if it needn't be leather, what else is there",
        "I don't mind if it's red",
        "no, red",
        "no that's red",
        "not the large red one",
        "I don't want a red mug that leaks",
        "I drop large mugs all the time",
        "I don't want to spend more than 30 on a red mug",
        "not wool socks",  # a kind
        "not a mug",
        "I don't want any other colour",
        "do you have any sizes?",
        "no more than 30 cm",
        "would you rather not wear large red socks",
        "which colours are there",
        "the colour matters",
        "what size is it",
    ],
)
def test_what_is_not_plain_is_left_to_the_model(text: str) -> None:
    assert taken_back(text) == NOTHING_TAKEN_BACK


def test_what_the_message_names_elsewhere_may_stand() -> None:
    assert taken_back("not the red one, the other red one") == NOTHING_TAKEN_BACK
    freed = taken_back("any colour but blue, red would be nice")
    assert freed.leaves("colour", "red")
    assert not freed.leaves("colour", "blue")
    assert taken_back("whatever brand, Rose for example").leaves("brand", "Rose")
    assert not taken_back("whatever brand").leaves("brand", "Rose")


_REFUSALS = (
    *("it doesn't have to be {}", "needn't be {}", "forget the {} one", "not necessarily {}", "no need for {}"),
    *("I hate {}", "anything but {}", "not {}", "I don't want one in {}", "it can't be {}"),
)


def test_whatever_may_stand_in_a_span_is_not_what_was_taken_back() -> None:
    others = {name: values for name, values in FACETS.items() if name not in ("kind", "use")}
    for refusal, (name, values) in product(_REFUSALS, others.items()):
        for value in values:
            text = refusal.format(value)
            assert not taken_back(text).leaves(name, value), text
            assert taken_back(f"don't say that {text}") == NOTHING_TAKEN_BACK, "the words are turned round"
            assert taken_back(f"if {text}") == NOTHING_TAKEN_BACK


@pytest.mark.parametrize("most_compiled", [facet_values.MOST_COMPILED, 0])
@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("forget the red", "colour", "red"),
        ("it needn't be by potluck & co", "brand", "Potluck & Co"),
        ("anything but leather", "material", "leather"),
    ],
)
def test_a_value_of_an_earlier_turn_is_not_stated_again(text: str, name: str, value: str, most_compiled: int) -> None:
    accept(grammar(most_compiled), TOKENIZER, context("hm, well", most_compiled), EARLIER[1])
    assert not any((name, value) in span for span in stated(context(text, most_compiled), most_compiled))
    with pytest.raises((AssertionError, GrammarError)):
        accept(grammar(most_compiled), TOKENIZER, context(text, most_compiled), EARLIER[1])


@pytest.mark.parametrize("most_compiled", [facet_values.MOST_COMPILED, 0])
def test_a_facet_that_is_freed_has_no_value(most_compiled: int) -> None:
    text = "any brand and whatever size, I don't care about the colour"
    for span in stated(context(text, most_compiled), most_compiled):
        assert not {"brand", "colour", "size"} & set(dict(span))
    accept(grammar(most_compiled), TOKENIZER, context(text, most_compiled), " kind: mug; material: leather;")


def test_the_rest_of_the_want_stays() -> None:
    accept(grammar(), TOKENIZER, context("forget the red"), EARLIER[1].replace(" colour: red;", ""))
    accept(grammar(), TOKENIZER, context("forget the red, in blue"), EARLIER[1].replace("red", "blue"))


def test_it_is_not_asked_for_as_plain() -> None:
    """ "Forget" leaves no doubt of itself: what stands after it is named beside one kind."""
    assert ("colour", "red") in grammar().said.plain("forget the red mug")
    assert context("forget the red mug").plain == ()
    assert context("forget the leather, a mug in red").plain == (("colour", "red"),)
    accept(grammar(), TOKENIZER, context("forget the red mug"), " kind: mug;")


def test_a_catalog_without_facets_reads_nothing() -> None:
    assert WantGrammar(TYPES, {}, TOKENIZER).said.taken_back("forget the red, any colour") == NOTHING_TAKEN_BACK
