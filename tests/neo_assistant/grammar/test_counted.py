"""Counts read out of what shoppers type, and above all what must not be read as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.grammar.counted import CountReader
from neo_assistant.grammar.plurals import plurals, singulars

KINDS = (
    "boot",
    "boots",
    "bookshelf",
    "dress",
    "headphones",
    "kettle",
    "knife",
    "lamp",
    "lens",
    "light bulb",
    "mug",
    "mug rack",
    "sandals",
    "T-shirt",
    "table",
    "tea towel",
    "toothbrush",
    "tent",
)
TYPES = ("home_decor", "kitchen", "lamp", "shoes")
QUALITIES = ("blue", "light blue", "ceramic", "cotton", "small", "Off White")
READER = CountReader(KINDS, TYPES, QUALITIES, most=20)

READ = {
    "two mugs and a kettle": {"mug": 2, "kettle": 1},
    "Two mugs and a kettle, please!": {"mug": 2, "kettle": 1},
    "I need 2 mugs and 1 kettle": {"mug": 2, "kettle": 1},
    "a mug and a kettle": {"mug": 1, "kettle": 1},
    "I'm looking for a kettle, two mugs and three tea towels under 60": {"kettle": 1, "mug": 2, "tea towel": 3},
    "show me two mugs, a kettle, and 3 lamps": {"mug": 2, "kettle": 1, "lamp": 3},
    "Hi! We'd like to buy two bookshelves & a lamp for our hall.": {"bookshelf": 2, "lamp": 1},
    "can you recommend me a tent plus two light bulbs?": {"tent": 1, "light bulb": 2},
    "do you have a dress and two t-shirts in blue": {"dress": 1, "T-shirt": 2},
    "two knives as well as a mug rack": {"knife": 2, "mug rack": 1},
    "I’d like a mug and two lenses": {"mug": 1, "lens": 2},
    "For my new flat, I need two mugs and a kettle": {"mug": 2, "kettle": 1},
    "please find a couple of mugs and a pair of sandals": {"mug": 2, "sandals": 1},
    "two pairs of headphones and a mug": {"headphones": 2, "mug": 1},
    "a pair of tea towels and a table": {"tea towel": 2, "table": 1},
    "a kettle and another mug": {"kettle": 1, "mug": 1},
    "5 toothbrushes and 2 mugs with handles": {"toothbrush": 5, "mug": 2},
    "an extra kettle and two other mugs": {"kettle": 1, "mug": 2},
    "2 shoes and a home decor": {"shoes": 2, "home_decor": 1},
    "I don't drink coffee, show me two mugs and a kettle": {"mug": 2, "kettle": 1},
    "two mugs": {"mug": 2},
    "2 mugs please": {"mug": 2},
    "show me exactly two mugs under $20 each": {"mug": 2},
    "I really need one kettle": {"kettle": 1},
    "two blue mugs": {"mug": 2},
    "three light blue cotton dresses that fit": {"dress": 3},
    "two more mugs": {"mug": 2},
    "another two mugs": {"mug": 2},
    "a pair of mugs": {"mug": 2},
    "twelve mugs for 6 people": {"mug": 12},
    "two small tents with room for four": {"tent": 2},
    "Hello! How about three knives?": {"knife": 3},
}
"""A message → what it counts."""

NOT_READ = [
    "",
    "hello",
    "a mug",
    "a mug for two",
    "I want a mug",
    "mugs",
    "2 litre kettle",
    "a 2 litre kettle and a mug",
    "size 8 boots",
    "boots size 8",
    "size 8 boots and a mug",
    "under 20 mugs",
    "mugs under 20",
    "set of 4 mugs",
    "a set of 4 mugs",
    "a set of mugs and a kettle",
    "2-pack mugs",
    "a 2-pack of mugs",
    "two-person tent",
    "a two person tent",
    "a tray for two mugs",
    "a mug or a kettle",
    "two mugs or a kettle",
    "either two mugs or a kettle",
    "two mugs, a kettle or a lamp",
    "two or three mugs",
    "2-3 mugs",
    "2 to 3 mugs",
    "at least two mugs",
    "at most two mugs",
    "more than two mugs",
    "up to 3 mugs",
    "two mug",
    "a mugs",
    "3 lamp",
    "two mug sets",
    "a mug and a kettle set",
    "two mugs and kettles",
    "a mug and kettle",
    "two mugs and some plates or so and a lamp",
    "two mugs and something to stir with",
    "two kinds of mugs",
    "two of those mugs",
    "not two mugs",
    "I don't need two mugs",
    "no mugs, a kettle",
    "two mugs, not a kettle",
    "two mugs instead of a kettle",
    "I have two mugs and a kettle, what goes with them?",
    "I bought a mug and a kettle last week",
    "my two mugs and a kettle broke",
    "I already have a kettle. Now I need two mugs.",
    "what is cheaper, a mug or a kettle?",
    "something that goes with a mug and a kettle",
    "a lamp for a table",
    "a table with two lamps",
    "a lid for two mugs",
    "top 10 mugs",
    "the 5 best mugs",
    "$20 mugs",
    "20% off mugs",
    "20 euro mugs",
    "iphone 12 lenses",
    "100 mugs",
    "30 mugs",
    "0 mugs",
    "12 mugs and 10 kettles",
    "twenty-one mugs",
    "two mugs and two mugs",
    "two blue mugs and a kettle",
    "two mugs of tea",
    "mug no. 2 mugs",
    "is there a mug no. 2",
    "two boots",
    "a few mugs and several kettles",
    "two mugs and three",
    "two 12 inch lamps",
    "a mug/kettle",
    "MUG 2 KETTLE 3",
    "²mugs",
    "٢ mugs",
    "a pair of mug",
]


@pytest.mark.parametrize("text", READ)
def test_plain_counts_are_read(text: str) -> None:
    assert dict(READER.counts_in(text)) == READ[text]
    assert dict(READER.counts_in(text.upper())) == READ[text]


@pytest.mark.parametrize("text", NOT_READ)
def test_nothing_is_guessed(text: str) -> None:
    assert READER.counts_in(text) == ()


def test_counts_keep_the_shoppers_order() -> None:
    assert READER.counts_in("two mugs, a kettle and a lamp") == (("mug", 2), ("kettle", 1), ("lamp", 1))


def test_a_shop_without_kinds_reads_nothing() -> None:
    assert CountReader((), (), (), most=20).counts_in("two mugs and a kettle") == ()


COMMON = "two 2 a an pair of mug mugs kettle and , or not for blue I need show me . under 20 size set %"
WORDS = st.sampled_from(COMMON.split(" "))


@given(st.text(max_size=60) | st.lists(WORDS, max_size=12).map(" ".join))
def test_whatever_is_typed_counts_are_few_and_of_what_the_shop_has(text: str) -> None:
    counts = READER.counts_in(text)
    assert {name for name, _ in counts} <= {*KINDS, *TYPES}
    assert len(dict(counts)) == len(counts)
    assert all(number > 0 for _, number in counts)
    assert sum(number for _, number in counts) <= 20


@given(st.lists(st.text(max_size=12), max_size=5), st.text(max_size=30))
def test_any_catalog_can_be_read_for(kinds: list[str], text: str) -> None:
    reader = CountReader(kinds, TYPES, kinds, most=20)
    for kind in kinds:
        assert len(reader.counts_in(f"two {kind} and {text}")) <= 20


@pytest.mark.parametrize(
    ("word", "plural"),
    [
        ("mug", "mugs"),
        ("dress", "dresses"),
        ("box", "boxes"),
        ("watch", "watches"),
        ("battery", "batteries"),
        ("tray", "trays"),
        ("shelf", "shelves"),
        ("scarf", "scarfs"),
        ("knife", "knives"),
        ("potato", "potatoes"),
        ("photo", "photos"),
        ("radio", "radios"),
        ("mouse", "mice"),
        ("snowman", "snowmen"),
        ("shoe", "shoes"),
    ],
)
def test_plurals_there_and_back(word: str, plural: str) -> None:
    assert plural in plurals(word)
    assert word in singulars(plural)


@pytest.mark.parametrize("word", ["mug", "dress", "cactus", "basis", "s", ""])
def test_words_that_are_no_plural(word: str) -> None:
    assert not singulars(word)
