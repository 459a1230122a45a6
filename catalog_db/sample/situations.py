"""Why a simulated shopper comes to the sample store: life situations, the kinds each calls for, and when.

A situation lists kinds from most to least typical; a shopper works through the list over many sessions. The month
tables make rain boots sell in autumn and hammocks in summer, as they would (northern hemisphere).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Situation:
    """A reason to shop.

    Attributes:
        name: in words, for reports and tests.
        weight: how common it is among shoppers, relative to the others.
        kinds: the kinds it calls for, the most typical first.
        uses: values of an item's ``use`` attribute that suit it; such an item is liked more.
    """

    name: str
    weight: float
    kinds: tuple[str, ...]
    uses: tuple[str, ...]


SITUATIONS: tuple[Situation, ...] = (
    Situation(
        "moving into a first flat",
        1.4,
        (
            *("frying pan", "duvet cover", "pillow", "towel", "mug", "kettle", "bed frame", "saucepan", "fitted sheet"),
            *("chopping board", "chef's knife", "curtain", "pendant light", "bath mat", "side table", "floor lamp"),
            *("dining chair", "bookshelf", "plant pot"),
        ),
        ("everyday", "home", "cooking", "dining"),
    ),
    Situation(
        "weekend hiker",
        1.2,
        (
            *("hiking boot", "backpack", "rain jacket", "trekking poles", "base layer", "water bottle", "trail shoe"),
            *("head torch", "down jacket", "sleeping bag", "camp stove"),
        ),
        ("hiking", "backpacking", "camping", "rain"),
    ),
    Situation(
        "runner",
        1.1,
        (
            *("running shoe", "base layer", "t-shirt", "water bottle", "earbuds", "foam roller", "trail shoe"),
            *("belt bag", "head torch", "resistance band", "rain jacket"),
        ),
        ("running", "sport", "gym"),
    ),
    Situation(
        "home office",
        1.2,
        (
            *("desk", "office chair", "keyboard", "mouse", "desk lamp", "webcam", "headphones", "laptop sleeve"),
            *("charger", "mug", "bookshelf", "storage bench", "plant pot"),
        ),
        ("office", "video calls", "study"),
    ),
    Situation(
        "gardener",
        1.0,
        (
            *("secateurs", "gardening gloves", "trowel", "watering can", "plant pot", "garden hose", "bird feeder"),
            *("hanging basket", "rain boot", "lantern"),
        ),
        ("gardening", "patio"),
    ),
    Situation(
        "parent of small children",
        1.2,
        (
            *("wooden blocks", "soft toy", "night light", "toy train", "doll", "jigsaw puzzle", "craft kit", "towel"),
            *("rain boot", "water bottle", "throw blanket", "board game", "kite", "storage bench"),
        ),
        ("learning", "family time", "crafts", "school"),
    ),
    Situation(
        "camper",
        0.9,
        (
            *("tent", "sleeping bag", "sleeping mat", "camp stove", "cool box", "head torch", "lantern", "hammock"),
            *("water bottle", "power bank", "mug", "duffel bag"),
        ),
        ("camping", "backpacking", "picnic"),
    ),
    Situation(
        "cycling to work",
        0.8,
        (
            *("bike helmet", "messenger bag", "rain jacket", "water bottle", "base layer", "power bank", "earbuds"),
            *("laptop sleeve", "backpack", "head torch"),
        ),
        ("cycling", "commuting", "rain"),
    ),
    Situation(
        "frequent traveller",
        1.0,
        (
            *("suitcase", "power bank", "headphones", "duffel bag", "laptop sleeve", "wallet", "belt bag", "charger"),
            *("backpack", "sneaker", "earbuds", "water bottle"),
        ),
        ("travel", "commuting"),
    ),
    Situation(
        "keen home cook",
        1.1,
        (
            *("chef's knife", "frying pan", "chopping board", "saucepan", "kettle", "mug", "teapot", "plant pot"),
            *("dining chair", "pendant light"),
        ),
        ("cooking", "baking", "dining"),
    ),
    Situation(
        "tea and quiet evenings",
        1.0,
        (
            *(
                "teapot",
                "mug",
                "candle",
                "throw blanket",
                "slipper",
                "bathrobe",
                "kettle",
                "string lights",
                "table lamp",
            ),
            *("jigsaw puzzle", "pillow", "side table"),
        ),
        ("hot drinks", "reading", "relaxing"),
    ),
    Situation(
        "student",
        0.9,
        (
            *("desk lamp", "backpack", "hoodie", "laptop sleeve", "headphones", "mug", "desk", "jeans", "sneaker"),
            *("power bank", "duvet cover", "string lights", "kettle", "bluetooth speaker", "tote bag"),
        ),
        ("study", "school", "everyday", "music"),
    ),
    Situation(
        "training at home",
        1.0,
        (
            *("dumbbell", "yoga mat", "resistance band", "foam roller", "jump rope", "t-shirt", "water bottle"),
            *("earbuds", "bluetooth speaker", "towel", "sneaker"),
        ),
        ("gym", "sport"),
    ),
    Situation(
        "yoga",
        0.7,
        (
            *(
                "yoga mat",
                "foam roller",
                "water bottle",
                "resistance band",
                "tote bag",
                "candle",
                "hoodie",
                "base layer",
            ),
            *("throw blanket", "bluetooth speaker"),
        ),
        ("yoga", "relaxing"),
    ),
    Situation(
        "redoing the living room",
        1.0,
        (
            *("coffee table", "floor lamp", "throw blanket", "bookshelf", "curtain", "side table", "table lamp"),
            *("pendant light", "plant pot", "candle", "storage bench", "bluetooth speaker"),
        ),
        ("living room", "home", "reading"),
    ),
    Situation(
        "a better bedroom",
        1.0,
        (
            *("duvet cover", "pillow", "bed frame", "fitted sheet", "curtain", "side table", "table lamp"),
            *("throw blanket", "slipper", "night light", "storage bench", "bathrobe"),
        ),
        ("bedroom", "sleep"),
    ),
    Situation(
        "a fresh bathroom",
        0.7,
        ("towel", "bath mat", "bathrobe", "slipper", "candle", "plant pot", "storage bench", "night light"),
        ("bathroom", "relaxing"),
    ),
    Situation(
        "balcony and terrace",
        0.8,
        (
            *("string lights", "plant pot", "lantern", "hanging basket", "watering can", "hammock", "bird feeder"),
            *("candle", "trowel", "cool box", "side table", "throw blanket"),
        ),
        ("patio", "gardening", "party"),
    ),
    Situation(
        "team sports and the park",
        0.8,
        (
            *("football", "tennis racket", "kite", "t-shirt", "water bottle", "duffel bag", "sneaker", "jump rope"),
            *("cool box", "bike helmet", "hoodie"),
        ),
        ("sport", "picnic", "family time"),
    ),
    Situation(
        "gaming and films",
        0.8,
        (
            *("headphones", "keyboard", "mouse", "office chair", "bluetooth speaker", "desk", "string lights"),
            *("board game", "throw blanket", "charger", "hoodie", "webcam"),
        ),
        ("gaming", "music", "living room"),
    ),
    Situation(
        "walks in any weather",
        0.9,
        (
            *("rain boot", "rain jacket", "jumper", "hiking boot", "down jacket", "head torch", "base layer"),
            *("water bottle", "belt bag", "slipper", "chelsea boot"),
        ),
        ("rain", "winter", "hiking"),
    ),
    Situation(
        "presents for children",
        0.8,
        (
            *("board game", "jigsaw puzzle", "soft toy", "craft kit", "kite", "wooden blocks", "toy train", "doll"),
            *("football", "bike helmet", "night light"),
        ),
        ("gift", "learning", "family time"),
    ),
    Situation(
        "everyday wardrobe",
        1.2,
        (
            *("t-shirt", "jeans", "sneaker", "jumper", "shirt", "hoodie", "chelsea boot", "tote bag", "wallet"),
            *("sandal", "down jacket", "belt bag"),
        ),
        ("everyday",),
    ),
    Situation(
        "clothes for the office",
        0.8,
        (
            *("shirt", "chelsea boot", "jumper", "messenger bag", "jeans", "wallet", "laptop sleeve", "rain jacket"),
            *("tote bag", "sneaker"),
        ),
        ("office", "commuting"),
    ),
    Situation(
        "summer and festivals",
        0.8,
        (
            *("sandal", "tent", "belt bag", "t-shirt", "cool box", "sleeping mat", "hammock", "power bank", "lantern"),
            *("bluetooth speaker", "tote bag", "towel", "rain jacket"),
        ),
        ("beach", "camping", "party", "travel"),
    ),
)

_SEASONS: tuple[tuple[tuple[int, ...], tuple[str, ...]], ...] = (
    ((3, 4, 5, 6), ("secateurs", "trowel", "plant pot", "hanging basket", "gardening gloves", "running shoe")),
    ((4, 5, 6, 7, 8), ("watering can", "garden hose", "tent", "sleeping mat", "camp stove", "kite", "tennis racket")),
    ((5, 6, 7, 8), ("sandal", "hammock", "cool box", "t-shirt", "lantern")),
    ((9, 10, 11), ("rain boot", "rain jacket", "hiking boot", "chelsea boot", "head torch", "desk lamp", "backpack")),
    (
        (10, 11, 12, 1, 2),
        ("down jacket", "base layer", "jumper", "slipper", "throw blanket", "bathrobe", "bird feeder"),
    ),
    (
        (11, 12),
        ("string lights", "candle", "board game", "jigsaw puzzle", "soft toy", "doll", "toy train", "craft kit"),
    ),
    ((1, 2), ("dumbbell", "yoga mat", "foam roller", "resistance band", "jump rope")),
)
_IN_SEASON: dict[str, frozenset[int]] = {kind: frozenset(months) for months, kinds in _SEASONS for kind in kinds}


def season_weight(kind: str, month: int) -> float:
    """How much a kind is wanted in a month (1 to 12): 1.0 for kinds without a season, else 1.8 in it and 0.5 out."""
    months = _IN_SEASON.get(kind)
    if months is None:
        return 1.0
    return 1.8 if month in months else 0.5
