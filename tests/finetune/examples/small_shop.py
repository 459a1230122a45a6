"""A small shop in memory, with everything the mixture can use: words for kinds, prices, ratings, a log."""

from __future__ import annotations

import random

from finetune.examples.shop import Journey, KindWords, LoggedQuery, Shop, ShopItem, co_purchases
from neo_assistant.sids import Sid, SidScheme

KINDS = {
    "mug": ("kitchen", ("mugs", ("cup", "beaker"), ("something for my morning coffee",), ("teapot",))),
    "teapot": ("kitchen", ("teapots", ("tea pot",), ("brew loose leaf properly",), ("mug",))),
    "towel": ("bed_bath", ("towels", ("bath towel",), ("dry off after a swim",), ("bathrobe",))),
    "bathrobe": ("bed_bath", ("bathrobes", ("robe",), ("lazy Sunday mornings",), ("towel", "mug"))),
    "rain boot": ("footwear", ("rain boots", ("wellies",), ("keep my feet dry",), ("towel",))),
    "sandal": ("footwear", ("sandals", ("slides",), ("bare feet on holiday",), ("towel",))),
}
COLOURS = ("black", "blue", "grey", "red")
MATERIALS = ("cotton", "ceramic", "rubber")
BRANDS = ("Alder & Co", "Velden Sport", "Mosswell")
USES = ("home", "rain", "gift", "sport")
FEATURES = ("handmade", "waterproof", "built-in storage")
FACETS = ("kind", "colour", "material", "brand", "audience", "use", "feature")
SCHEME = SidScheme(("bed_bath", "footwear", "kitchen"), (4, 4, 64), per_type=True)


def make_shop(per_kind: int = 20, shoppers: int = 120) -> Shop:
    """``per_kind`` items of each of six kinds, and shoppers who each like two kinds."""
    dice = random.Random("a small shop")
    items = []
    for kind, (item_type, _) in KINDS.items():
        for number in range(per_kind):
            place = len(items)
            colour, material, brand = dice.choice(COLOURS), dice.choice(MATERIALS), dice.choice(BRANDS)
            attributes = {
                "kind": (kind,),
                "colour": (colour,),
                "material": (material,),
                "use": tuple(sorted(dice.sample(USES, 2))),
                "feature": tuple(sorted(dice.sample(FEATURES, dice.choice((0, 1, 2))))),
            }
            if number % 3 == 0:
                attributes["audience"] = ("kids",)
            items.append(
                ShopItem(
                    sku=f"S{place:04d}",
                    sid=Sid(item_type, (place % 4, place // 4 % 4, place // 16)),
                    title=f"{brand} {colour.title()} {material.title()} {kind.title()} No. {number}",
                    brand=brand,
                    attributes={name: values for name, values in attributes.items() if values},
                    price_minor=None if number == 7 else dice.randrange(400, 16_000),
                    in_stock=number % 5 != 0,
                    rating=None if number % 4 == 0 else round(dice.uniform(2.5, 5.0), 1),
                    popularity=1.0 + dice.random() * 10,
                )
            )
    by_kind = {kind: [item for item in items if item.kind == kind] for kind in KINDS}
    journeys, queries = [], []
    for number in range(shoppers):
        liked = [item for kind in dice.sample(list(KINDS), 2) for item in dice.sample(by_kind[kind], 4)]
        name = f"sim-{number:03d}"
        journeys.append(Journey(name, tuple(item.sku for item in liked), tuple(map(float, range(len(liked))))))
        for time in (2, 5):
            item = liked[time]
            text = f"{item.values('colour')[0]} {item.kind} under 200"
            queries.append(LoggedQuery(name, text, item.sku, float(time)))
    values: dict[str, set[str]] = {facet: set() for facet in FACETS}
    for item in items:
        for facet in FACETS:
            values[facet].update(item.values(facet))
    return Shop(
        scheme=SCHEME,
        items=tuple(items),
        facets=FACETS,
        facet_values={facet: frozenset(known) for facet, known in values.items()},
        kinds={kind: KindWords(kind, *words) for kind, (_, words) in KINDS.items()},
        journeys=tuple(journeys),
        queries=tuple(queries),
        partners=co_purchases([journey.skus for journey in journeys]),
    )


def make_bare_shop() -> Shop:
    """A shop about which nothing is known but brand and colour: no kinds, no log, no words, no ratings."""
    items = tuple(
        ShopItem(f"B{number:03d}", Sid("kitchen", (number % 4, number // 4 % 4, number // 16)), f"Thing {number}",
                 BRANDS[number % 3], {"colour": (COLOURS[number % 4],)}, 100 * number + 99, True, None, 1.0)
        for number in range(40)
    )  # fmt: skip
    values = {"colour": frozenset(COLOURS), "brand": frozenset(BRANDS)}
    return Shop(SCHEME, items, ("colour", "brand"), values)
