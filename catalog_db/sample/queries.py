"""What simulated shoppers type into the search box for a product they are about to choose.

Every query is true of the product: its words come from the product's own attributes, its kind's name, synonyms and
needs, and a price limit is always above its price. Only the typing slips depart from that.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence

from catalog_db.errors import CatalogError
from catalog_db.sample.kinds import KindSpec
from catalog_db.sample.shelf import Shelf, ShelfItem
from catalog_db.sample.typos import misspell

_TYPOS = 0.1
_CHEAP = 0.2
_MARKS = (5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1500, 2000)
"""The round amounts people put as a limit."""
_LIMITS = ("under {}", "under {}", "under ${}", "below {}", "less than {}", "up to {}", "max {}", "for under {}")
_USES = {
    **{
        use: f"for the {use}"
        for use in ("office", "gym", "beach", "patio", "bedroom", "living room", "bathroom", "hallway")
    },
    **{use: f"for a {use}" for use in ("picnic", "party")},
    **{"gift": "as a gift", "rain": "for rainy days", "sleep": "for sleeping", "everyday": "for every day"},
}
"""How to say a use after the noun, where plain ``for …`` would not do."""
_AUDIENCES = {
    "women": ("womens", "women's", "ladies"),
    "men": ("mens", "men's"),
    "kids": ("kids", "childrens", "kids'"),
}


class QueryWriter:
    """Writes queries for products of the given kinds."""

    def __init__(self, kinds: Mapping[str, KindSpec], shelf: Shelf) -> None:
        missing = sorted(set(shelf) - set(kinds))
        if missing:
            raise CatalogError(f"no kind is described as {missing[0]!r}", "describe it beside the other kinds")
        self._kinds = kinds
        self._ways: tuple[tuple[float, Callable[[ShelfItem, random.Random], str]], ...] = (
            (3.0, self._short),
            (2.2, self._detailed),
            (2.0, self._by_need),
            (1.6, self._with_price),
            (1.0, self._by_brand),
            (1.2, self._for_use),
        )

    def write(self, item: ShelfItem, dice: random.Random) -> str:
        """One query that the item satisfies, lower case more often than not, one in ten with a typing slip."""
        way = dice.choices([way for _, way in self._ways], [weight for weight, _ in self._ways])[0]
        # A down jacket of down is not asked for as a "down down jacket".
        text = " ".join(word for word, _ in itertools.groupby(way(item, dice).split()))
        if dice.random() < _TYPOS:
            text = misspell(text, dice)
        return text[0].upper() + text[1:] if dice.random() < 0.08 else text

    def _noun(self, item: ShelfItem, dice: random.Random) -> str:
        """What people call such a thing."""
        spec = self._kinds[item.kind]
        true = [synonym for synonym in spec.synonyms if not _is_narrower(synonym, spec, item)]
        name = dice.choice([item.kind, item.kind, spec.plural, spec.plural, *true])
        return name.replace("'", "") if dice.random() < 0.5 else name

    def _short(self, item: ShelfItem, dice: random.Random) -> str:
        """``navy hiking boots``"""
        return f"{_pick(item, ('colour', 'colour', 'material', 'audience', 'size'), 1, dice)} {self._noun(item, dice)}"

    def _detailed(self, item: ShelfItem, dice: random.Random) -> str:
        """``waterproof grey hiking boots``"""
        names = ("feature", "feature", "colour", "material", "capacity", "audience", "size")
        return f"{_pick(item, names, 2, dice)} {self._noun(item, dice)}"

    def _by_need(self, item: ShelfItem, dice: random.Random) -> str:
        """``something to keep feet dry on muddy walks``"""
        return dice.choice(self._kinds[item.kind].needs)

    def _with_price(self, item: ShelfItem, dice: random.Random) -> str:
        """``desk lamp under 50``"""
        words = _pick(item, ("colour", "material", "feature"), dice.choice((0, 1)), dice)
        text = f"{words} {self._noun(item, dice)}"
        if item.price_level < _CHEAP and dice.random() < 0.3:
            return f"{dice.choice(('cheap', 'affordable', 'inexpensive'))} {text}"
        limit = price_limit(item.row.price_minor, dice)
        return text if limit is None else f"{text} {dice.choice(_LIMITS).format(limit)}"

    def _by_brand(self, item: ShelfItem, dice: random.Random) -> str:
        """``tarnwick hiking boots``, ``tarnwick green hiking boots``"""
        words = _pick(item, ("colour", "audience"), dice.choice((0, 1)), dice)
        return f"{(item.row.brand or '').lower()} {words} {self._noun(item, dice)}"

    def _for_use(self, item: ShelfItem, dice: random.Random) -> str:
        """``backpack for travel``"""
        uses = item.attribute("use")
        if not uses:
            return self._detailed(item, dice)
        use, noun = dice.choice(uses), self._noun(item, dice)
        words = _pick(item, ("colour", "feature"), dice.choice((0, 1)), dice)
        return f"{words} {noun}" if use in noun else f"{words} {noun} {_USES.get(use, f'for {use}')}"


def _is_narrower(synonym: str, spec: KindSpec, item: ShelfItem) -> bool:
    """Whether a synonym names only some of the kind (``skinny jeans``), and nothing says that the item is one of them.

    It does when it ends like the kind's name and says more before, words that the item's title and description lack.
    """
    *before, head = synonym.lower().split()
    names = {*spec.name.split(), *spec.plural.split()}
    if head not in (spec.name.split()[-1], spec.plural.split()[-1]):
        return False
    said = f"{item.row.title} {item.row.description}".lower()
    return any(word not in names and word not in said for word in before)


def price_limit(price_minor: int | None, dice: random.Random) -> int | None:
    """A round amount in whole units above the price, not absurdly so; None without a price or above the last mark."""
    if price_minor is None:
        return None
    above = [mark for mark in _MARKS if mark * 100 > price_minor]
    return dice.choice((*above[:2], above[0])) if above else None


def _pick(item: ShelfItem, names: Sequence[str], how_many: int, dice: random.Random) -> str:
    """Values of up to ``how_many`` attributes of the item, as typed; a name given twice is picked more often."""
    have = [name for name in names if item.attribute(name)]
    picked: list[str] = []
    for name in dice.sample(have, min(how_many, len(have))):
        value = dice.choice(item.attribute(name))
        words = dice.choice(_AUDIENCES[value]) if name == "audience" and value in _AUDIENCES else value
        if words not in picked:
            picked.append(words)
    return " ".join(picked)
