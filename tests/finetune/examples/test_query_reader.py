"""Searches of a log are read into wants that the bought item meets."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finetune.examples.lexicon import Lexicon
from finetune.examples.phrases import load_phrases
from finetune.examples.query_reader import QueryReader
from finetune.examples.shop import KindWords, Shop, ShopItem
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.want import Want

BOOT = ShopItem(
    sku="F1",
    sid=Sid("footwear", (0, 0)),
    title="Velden Sport Wellies",
    brand="Velden Sport",
    attributes={
        "kind": ("rain boot",),
        "colour": ("grey",),
        "material": ("rubber",),
        "use": ("gym", "rain", "sport"),
        "feature": ("non-slip", "waterproof"),
        "audience": ("women",),
    },
    price_minor=4999,
    in_stock=True,
    rating=4.0,
    popularity=1.0,
)
FACETS = ("kind", "colour", "material", "brand", "audience", "use", "feature")
SHOP = Shop(
    scheme=SidScheme(("footwear",), (2, 2), per_type=True),
    items=(BOOT,),
    facets=FACETS,
    facet_values={name: frozenset(BOOT.values(name)) for name in FACETS},
    kinds={"rain boot": KindWords("rain boot", "rain boots", ("wellies", "gumboots"), ("keep my feet dry",))},
)
READER = QueryReader(SHOP, Lexicon(load_phrases(), SHOP))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rain boots", ["kind: rain boot"]),
        ("Grey Wellies", ["kind: rain boot", "colour: grey"]),
        ("gray wellys", ["kind: rain boot", "colour: grey"]),
        ("keep my feet dry", ["kind: rain boot"]),
        ("rain boots for rainy days", ["kind: rain boot", "use: rain"]),
        ("rain boots for wet weather", ["kind: rain boot", "use: rain"]),
        ("rain boots for muddy fields", ["kind: rain boot"]),
        ("womens rain boots non slip", ["kind: rain boot", "audience: women", "feature: non-slip"]),
        ("velden sport gumboots", ["kind: rain boot", "brand: Velden Sport"]),
        ("rain boot under 60", ["kind: rain boot", "price < 60"]),
        ("rain boot blow $59.50", ["kind: rain boot", "price < 59.50"]),
        ("rain boot under 40", ["kind: rain boot"]),
        ("rain boot size 40", ["kind: rain boot"]),
        ("rubbre boots", ["material: rubber"]),
    ],
)
def test_words_are_read(text: str, words: list[str]) -> None:
    want = READER.read(text, BOOT)
    assert want is not None
    assert want.words() == words


def test_what_says_nothing_is_not_read() -> None:
    assert READER.read("blue teapot", BOOT) is None


def test_a_price_is_a_decimal() -> None:
    assert READER.read("wellies under 100", BOOT) == Want(facets=(("kind", "rain boot"),), max_price=Decimal(100))
