"""What was stated in an earlier turn holds on in wants of the same kind, and nothing else does."""

from __future__ import annotations

import random
from functools import cache

import pytest

from neo_assistant.counts import OrderReader
from neo_assistant.errors import GrammarError
from neo_assistant.grammar import facet_values
from neo_assistant.grammar.held import Held, held_on
from neo_assistant.grammar.stated import Stated, stated_in
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.messages import ItemPart, Message, Role, WantPart
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.what_was_said import want_context
from tests.neo_assistant.grammar.test_want_grammar import accept, write
from tests.neo_assistant.strategies import tiny_tokenizer

TYPES = ("kitchen", "outdoors")
FACETS = {"kind": ("backpack", "mug", "tent"), "colour": ("blue", "red"), "feature": ("tent", "waterproof")}
TOKENIZER = tiny_tokenizer(SidScheme(TYPES, (2, 2), per_type=False))
ORDERS = OrderReader(FACETS, TYPES)
ITEM = ItemPart(Sid("outdoors", (0, 0)), "P-00")
Turns = tuple[tuple[str, str], ...]
BACKPACK: Turns = (("a backpack under 130", " kind: backpack; price < 130; found 4"),)


@cache
def grammar(most_compiled: int = facet_values.MOST_COMPILED) -> WantGrammar:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facet_values, "MOST_COMPILED", most_compiled)
        return WantGrammar(TYPES, FACETS, TOKENIZER)


def messages(turns: Turns) -> list[Message]:
    """Each question with its want, and an item where that found something of a kind."""
    found = []
    for text, want in turns:
        items = [ITEM] if "kind" in want and not want.endswith(" 0") else []
        found += [Message.shopper(text), Message.assistant(WantPart(want), "Here: ", *items)]
    return found


def held(text: str, turns: Turns = BACKPACK) -> Held | None:
    earlier = messages(turns)
    return held_on(earlier, [stated_in(one.text) for one in earlier if one.role is Role.SHOPPER], text)


def context(text: str, turns: Turns = BACKPACK, most_compiled: int = facet_values.MOST_COMPILED) -> WantContext:
    order = ORDERS.read(text)
    several = len(order.counts) > 1
    return want_context(
        grammar(most_compiled),
        ORDERS,
        messages(turns),
        text,
        order,
        shown=True,
        several=several,
        values_of=lambda kind, facet: FACETS.get(facet, ()),
    )


def refuses(words: str, context: WantContext, most_compiled: int = facet_values.MOST_COMPILED) -> None:
    with pytest.raises((AssertionError, GrammarError)):
        accept(grammar(most_compiled), TOKENIZER, context, words)


@pytest.mark.parametrize(
    "text",
    [
        "and it has to be waterproof",
        "it also needs to be waterproof, please",
        "in blue?",
        "what about red",
        "a waterproof backpack, please",
        "backpacks in blue",
        "only blue ones",
        "There'll be four of us",
        "for 4 people",
        "size 42",
        "at the earliest convenience, blue",
        "must be in stock",
        "preferably made of cotton",
        "ok, but in blue",
        "any colour",
        "any other colours",
        "for a 15 inch laptop",
    ],
)
def test_a_refinement_keeps_the_price(text: str) -> None:
    found = held(text)
    assert found == Held("kind", "backpack", Stated("130", in_stock=stated_in(text).in_stock))


@pytest.mark.parametrize(
    "text",
    [
        "show me dearer ones",
        "cheaper please",
        *(
            "raise it a bit",
            "go up a little",
            "double that",
            "ok to exceed it",
            "lose the cap",
            "not so strict",
            "skip it",
        ),
        *("scrap that", "cancel that", "start new", "new topic, backpacks", "yup", "sounds good", "of course"),
        *("what backpacks do you have?", "which ones are blue", "all your backpacks", "any backpack", "others?"),
        *("also a backpack for my wife", "my brother wants one too", "whenever it comes"),
        "money is no object now",
        "compare the first two",
        "any price",
        "any price is fine",
        "actually my budget is bigger",
        "now something for my dad instead",
        "something else",
        "do you have anything else?",
        "never mind the limit",
        "forget that",
        "start over",
        "other than that, a blue one",
        "it doesn't matter",
        "no limit",
        "I can spend more",
        "make it 150",
        "up to 200",
        "over 50",
        "200 max",
        "a hundred and fifty would be ok too",
        "$200?",
        "two hundred dollars",
        "I can afford a bit extra",
        "what does it cost?",
        "the best you have",
        "something fancier",
        "another one for my wife",
        "and a gift for my mum",
        "something like the second in blue",
        "similar ones in blue",
        "this one but in blue",
        "yes please",
        "go ahead",
        "ok",
        "I never said that",
        "remove that",
        "show me all of them",
        "without the limit",
        "higher end, blue",
        "any good deals?",
        "I changed my mind",
        "next, in blue",
        "it is a present for my dad",
        "I don't want it",
        "rated 4 or better",
    ],
)
def test_in_doubt_nothing_holds_on(text: str) -> None:
    assert held(text) is None


OTHER_SUBJECTS = (
    ("what about tents?", " kind: tent;"),
    ("and a mug", " kind: mug;"),
    ("do you have mugs too", " kind: mug; colour: red;"),
    ("something to drink from", " kind: mug;"),
    ("and a hammock", ""),
    ("tell me about your returns", ""),
    ("is it dishwasher safe?", ""),
    ("thanks!", ""),
    ("which of these are blue", " colour: blue;"),
    ("what do you have outdoors", " type: outdoors;"),
)


@pytest.mark.parametrize("most_compiled", [0, 128])
@pytest.mark.parametrize(("text", "words"), OTHER_SUBJECTS)
def test_another_kind_or_none_is_free(text: str, words: str, most_compiled: int) -> None:
    accept(grammar(most_compiled), TOKENIZER, context(text, most_compiled=most_compiled), words)


@pytest.mark.parametrize("most_compiled", [0, 4, 128])
def test_a_span_of_the_same_kind_cannot_end_without_it(most_compiled: int) -> None:
    said = context("and it has to be waterproof", most_compiled=most_compiled)
    accept(grammar(most_compiled), TOKENIZER, said, " kind: backpack; feature: waterproof; price < 130;")
    accept(grammar(most_compiled), TOKENIZER, said, " type: outdoors; kind: backpack; price < 130; in stock;")
    refuses(" kind: backpack; feature: waterproof;", said, most_compiled)
    refuses(" type: outdoors; kind: backpack; not shown;", said, most_compiled)
    for seed in range(40):
        read = grammar(most_compiled).read(write(grammar(most_compiled), said, random.Random(seed)), said)
        assert read is not None
        assert "kind: backpack" not in read[0] or "price < 130;" in read[0]


@pytest.mark.parametrize("most_compiled", [0, 128])
def test_naming_the_kind_again_is_a_refinement_and_any_other_stays_possible(most_compiled: int) -> None:
    said = context("a blue backpack", most_compiled=most_compiled)
    accept(grammar(most_compiled), TOKENIZER, said, " kind: backpack; colour: blue; price < 130;")
    accept(grammar(most_compiled), TOKENIZER, said, " kind: tent; colour: blue;")
    refuses(" kind: backpack; colour: blue;", said, most_compiled)
    refuses(" colour: blue;", said, most_compiled)


def test_a_kind_is_not_taken_for_a_value_of_another_facet() -> None:
    turns: Turns = (("a tent under 130", " kind: tent; price < 130; found 4"),)
    said = context("with a room", turns, 0)
    accept(grammar(0), TOKENIZER, said, " kind: tent; price < 130;")
    refuses(" kind: tent;", said, 0)


def test_a_want_of_a_type_alone_holds_on_in_that_type() -> None:
    turns: Turns = (("something for outdoors under 20", " type: outdoors; price < 20; found 4"),)
    for most_compiled in (0, 128):
        said = context("in blue", turns, most_compiled)
        accept(grammar(most_compiled), TOKENIZER, said, " type: outdoors; colour: blue; price < 20;")
        accept(grammar(most_compiled), TOKENIZER, said, " type: kitchen; colour: blue;")
        refuses(" type: outdoors; colour: blue;", said, most_compiled)


ALL: Turns = (
    (
        "backpacks between 50 and 130, rated 4 or better",
        " kind: backpack; price < 130; price > 50; rating > 4; found 8",
    ),
    ("in stock", " kind: backpack; price < 130; price > 50; rating > 4; in stock; found 4"),
)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("in blue", Stated("130", "50", True, "4")),
        ("under 90", Stated("90", None, True, "4")),
        ("cheaper", Stated(None, None, True, "4")),
        ("stars are unimportant", Stated("130", "50", True)),
        ("rated 3 or better", Stated(None, None, True, "3")),
        ("sold out is ok too", Stated("130", "50", False, "4")),
        ("when will it be available?", Stated("130", "50", False, "4")),
    ],
)
def test_each_sort_of_limit_goes_by_its_own_words(text: str, limits: Stated) -> None:
    found = held(text, ALL)
    assert found is not None
    assert found.limits == limits


@pytest.mark.parametrize(
    "turns",
    [
        (("a backpack for 130", " kind: backpack; price < 130; found 4"),),  # not in so many words
        (("a backpack under 130", " kind: backpack; found 4"),),  # its chip was taken away
        (("a backpack under 130", " kind: backpack; price < 130; found 0"),),  # the reply offered to give it up
        (*BACKPACK, ("a mug", " kind: mug; found 4")),
        (*BACKPACK, ("cheaper", " kind: backpack; price < shown; found 4")),
        (("under 130", " price < 130; found many"),),
        (("hello", " found many"),),
        (),
    ],
)
def test_only_what_the_last_want_held_and_somebody_stated_holds_on(turns: Turns) -> None:
    assert held("in blue", turns) is None


def test_talk_between_does_not_end_a_search() -> None:
    assert held("in blue", (*BACKPACK, ("thanks", " found many"))) == held("in blue")
    emptied = [*messages(BACKPACK), Message.shopper("in red"), Message.assistant(WantPart(" found many"), "Here", ITEM)]
    assert held_on(emptied, [stated_in("a backpack under 130")], "in blue") is None


def test_it_holds_on_when_the_message_is_too_far_back_to_be_shown() -> None:
    later = tuple((text, BACKPACK[0][1]) for text in ("in blue", "in red", "waterproof"))
    assert held("made of cotton", later) == Held("kind", "backpack", Stated("130"))
    assert held("made of cotton", later[1:]) is None


def test_a_total_or_several_kinds_begin_another_search() -> None:
    assert context("a backpack and a tent, 200 in all").held is None
    assert context("two backpacks and a tent").held is None


def test_what_the_catalog_lost_holds_nothing() -> None:
    said = context("in blue", (("a yurt under 130", " kind: yurt; price < 130; found 4"),))
    accept(grammar(), TOKENIZER, said, " kind: backpack; colour: blue;")
    bare = WantGrammar(TYPES, {"colour": ("blue",)}, TOKENIZER)
    accept(bare, TOKENIZER, said, " colour: blue;")
