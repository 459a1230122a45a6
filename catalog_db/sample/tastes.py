"""What a simulated shopper likes, and how much they like a product.

A shopper's choices follow a multinomial logit model (McFadden, 1974): utility is linear in what agrees with the taste,
and the chance of choosing an item is proportional to ``exp(utility)``. The coefficients are set so that someone who
knew the taste would often, but far from always, name the item that is chosen next.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from catalog_db.sample.shelf import Shelf, ShelfItem
from catalog_db.sample.situations import SITUATIONS, Situation

_BRAND = 1.8
_COLOUR = 1.8
_MATERIAL = 0.6
_USE = 0.5
_PRICE = 4.0
_POPULARITY = 1.1
_WRONG_AUDIENCE = -4.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Taste:
    """The lasting likes of one shopper.

    Attributes:
        situations: why they shop, the main reason first.
        budget: preferred price level within a kind, 0.0 (the cheapest) to 1.0 (the dearest).
        brands, colours, materials: favourites.
        audience: whom they mostly buy for where products are made for ``men`` or ``women``; empty for both.
        has_children: whether what is made for ``kids`` is of use.
    """

    situations: tuple[Situation, ...]
    budget: float
    brands: frozenset[str]
    colours: frozenset[str]
    materials: frozenset[str]
    audience: str
    has_children: bool

    def utility(self, item: ShelfItem) -> float:
        """How much the shopper likes the item: the logarithm of its relative chance of being chosen in its kind."""
        value = _POPULARITY * math.log(item.popularity) - _PRICE * abs(item.price_level - self.budget)
        if item.row.brand in self.brands:
            value += _BRAND
        if self.colours.intersection(item.attribute("colour")):
            value += _COLOUR
        if self.materials.intersection(item.attribute("material")):
            value += _MATERIAL
        if any(use in situation.uses for situation in self.situations for use in item.attribute("use")):
            value += _USE
        for audience in item.attribute("audience"):
            if audience == "kids":
                value += 0.0 if self.has_children else _WRONG_AUDIENCE
            elif self.audience and audience != self.audience:
                value += _WRONG_AUDIENCE
        return value


class TasteMaker:
    """Draws tastes that the store can satisfy: favourites come from what it sells for the shopper's situations."""

    def __init__(self, shelf: Shelf) -> None:
        self._counts: dict[str, dict[str, Counter[str]]] = {}
        for kind, items in shelf.items():
            counts: dict[str, Counter[str]] = {"colour": Counter(), "material": Counter(), "brand": Counter()}
            for item in items:
                counts["brand"].update([item.row.brand] if item.row.brand else [])
                counts["colour"].update(item.attribute("colour"))
                counts["material"].update(item.attribute("material"))
            self._counts[kind] = counts

    def draw(self, dice: random.Random) -> Taste:
        """A new taste."""
        situations = tuple(
            _weighted_sample(SITUATIONS, [s.weight for s in SITUATIONS], dice.choice((1, 2, 2, 3)), dice)
        )
        kinds = [kind for situation in situations for kind in situation.kinds if kind in self._counts]
        return Taste(
            situations=situations,
            budget=min(max(dice.gauss(0.45, 0.27), 0.0), 1.0),
            brands=self._favourites("brand", kinds, dice.choice((1, 2, 2, 3)), dice),
            colours=self._favourites("colour", kinds, dice.choice((1, 2, 2, 3)), dice),
            materials=self._favourites("material", kinds, dice.choice((1, 2, 3)), dice),
            audience=dice.choice(("men", "men", "women", "women", "")),
            has_children=any("child" in situation.name for situation in situations),
        )

    def _favourites(self, name: str, kinds: Sequence[str], how_many: int, dice: random.Random) -> frozenset[str]:
        """Favourite values of an attribute among the kinds, the common ones more often."""
        counts: Counter[str] = Counter()
        for kind in kinds:
            counts.update(self._counts[kind][name])
        values = sorted(counts)
        return frozenset(_weighted_sample(values, [counts[value] for value in values], how_many, dice))


def choose(items: Sequence[ShelfItem], utilities: Mapping[str, float], dice: random.Random) -> ShelfItem:
    """One of the items, by the logit model; ``utilities`` is by SKU. Never called with no items."""
    weights = [math.exp(utilities[item.row.sku]) for item in items]
    return dice.choices(items, weights)[0]


def _weighted_sample(values: Sequence[_T], weights: Sequence[float], how_many: int, dice: random.Random) -> list[_T]:
    """Up to ``how_many`` different values, drawn one after the other in proportion to their weights."""
    left = list(zip(values, weights, strict=True))
    drawn = []
    for _ in range(min(how_many, len(left))):
        place = dice.choices(range(len(left)), [weight for _, weight in left])[0]
        drawn.append(left.pop(place)[0])
    return drawn
