"""A catalog and its log as plain values in memory: what the examples are made from.

Examples ask the same questions over and over ("which items meet this want?"), tens of thousands of times, so the
catalog is indexed here by condition. Everything is in a fixed order (items by SKU), so that a seed fixes the examples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from finetune.examples.known import Known
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.want import SHOWN, Want

KIND, BRAND = "kind", "brand"


@dataclass(frozen=True, slots=True, eq=False)
class ShopItem:
    """One product on sale that has a semantic id; compared by identity, as a shop holds each once."""

    sku: str
    sid: Sid
    title: str
    brand: str | None
    attributes: Mapping[str, tuple[str, ...]]
    """Facet name → values, ``brand`` not among them."""
    price_minor: int | None
    in_stock: bool
    rating: float | None
    popularity: float
    """How much it is wanted, relative to others; above 0."""

    @property
    def item_type(self) -> str:
        return self.sid.item_type

    @property
    def kind(self) -> str | None:
        """What sort of thing it is, where the catalog says so."""
        kinds = self.attributes.get(KIND, ())
        return kinds[0] if kinds else None

    def values(self, facet: str) -> tuple[str, ...]:
        """Its values of a facet, ``brand`` included."""
        if facet == BRAND:
            return (self.brand,) if self.brand else ()
        return self.attributes.get(facet, ())


@dataclass(frozen=True, slots=True)
class KindWords:
    """How people name a kind, what they say when they need it, and what they buy with it."""

    name: str
    plural: str
    synonyms: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    goes_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Journey:
    """What one shopper did, oldest first: items they took an interest in, each once, and when."""

    shopper: str
    skus: tuple[str, ...]
    times: tuple[float, ...]
    """Seconds since 1970, one per SKU."""


@dataclass(frozen=True, slots=True)
class LoggedQuery:
    """Words somebody searched with and the item they bought because of them."""

    shopper: str
    text: str
    sku: str
    time: float


@dataclass(frozen=True)
class Shop:
    """The catalog, how it is spoken of, and its log.

    Args:
        scheme: of the items' semantic ids.
        items: those on sale, by SKU.
        facets: names of the facets a want may state, in their order.
        facet_values: facet → values a want may state; values beside these are never asked for.
        kinds: words for kinds, by name; empty where nobody wrote them down.
        journeys: by shopper.
        queries: by shopper and time.
        partners: SKU → SKUs often bought by the same people, most often first.
        currency: ISO 4217 code.
        minor_per_major: 100 for dollars and cents.
        known: sequences and judged queries of a benchmark, for shops that have one.
    """

    scheme: SidScheme
    items: tuple[ShopItem, ...]
    facets: tuple[str, ...]
    facet_values: Mapping[str, frozenset[str]]
    kinds: Mapping[str, KindWords] = field(default_factory=dict)
    journeys: tuple[Journey, ...] = ()
    queries: tuple[LoggedQuery, ...] = ()
    partners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    currency: str = "USD"
    minor_per_major: int = 100
    known: Known = field(default_factory=Known)

    @cached_property
    def by_sku(self) -> dict[str, ShopItem]:
        return {item.sku: item for item in self.items}

    @cached_property
    def by_type(self) -> dict[str, tuple[ShopItem, ...]]:
        grouped: dict[str, list[ShopItem]] = {}
        for item in self.items:
            grouped.setdefault(item.item_type, []).append(item)
        return {name: tuple(grouped[name]) for name in sorted(grouped)}

    @cached_property
    def by_kind(self) -> dict[str, tuple[ShopItem, ...]]:
        """Kind → its items; only kinds that a want may state."""
        grouped: dict[str, list[ShopItem]] = {}
        for item in self.items:
            if item.kind in self.facet_values.get(KIND, frozenset()):
                grouped.setdefault(str(item.kind), []).append(item)
        return {name: tuple(grouped[name]) for name in sorted(grouped)}

    @cached_property
    def popular(self) -> dict[str | None, tuple[ShopItem, ...]]:
        """Item type, or None for all of them, → its items by popularity."""
        groups: list[tuple[str | None, Sequence[ShopItem]]] = [(None, self.items), *self.by_type.items()]
        return {name: tuple(sorted(items, key=lambda item: (-item.popularity, item.sku))) for name, items in groups}

    @cached_property
    def _having(self) -> dict[tuple[str, str], frozenset[str]]:
        having: dict[tuple[str, str], set[str]] = {}
        for item in self.items:
            having.setdefault(("type", item.item_type), set()).add(item.sku)
            for facet in self.facets:
                for value in item.values(facet):
                    having.setdefault((facet, value), set()).add(item.sku)
        return {key: frozenset(skus) for key, skus in having.items()}

    def facets_of(self, item: ShopItem) -> list[tuple[str, str]]:
        """Every (facet, value) of the item that a want may state, in facet order."""
        return [
            (facet, value)
            for facet in self.facets
            for value in item.values(facet)
            if value in self.facet_values.get(facet, frozenset())
        ]

    def named_by_others(self, item: ShopItem, value: str) -> bool:
        """Whether a value is but a part of the item's kind or brand, as ``rain`` is of a rain boot."""
        words = set(value.lower().split())
        return any(words <= set((name or "").lower().split()) for name in (item.kind, item.brand))

    def ordered(self, facets: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Facets of a want in the catalog's order."""
        return tuple((name, facets[name]) for name in self.facets if name in facets)

    def plural(self, kind: str) -> str:
        """The kind in the plural."""
        words = self.kinds.get(kind)
        return words.plural if words else simple_plural(kind)

    def matching(
        self,
        want: Want,
        *,
        types: Sequence[str] = (),
        shown: Sequence[ShopItem] = (),
        named: Sequence[ShopItem] = (),
    ) -> list[ShopItem]:
        """Every item that meets the want, by SKU.

        Args:
            want: the conditions.
            types: item types that may be named; empty means any.
            shown: items of the last reply, which ``price < shown`` refers to.
            named: all items named in the conversation, which ``not shown`` refers to.
        """
        if want == Want() and not types:
            return list(self.items)
        keys = [*want.facets, *([("type", want.item_type)] if want.item_type else [])]
        pool: list[ShopItem] = list(self.items)
        if keys:
            sets = sorted((self._having.get(key, frozenset()) for key in keys), key=len)
            pool = [self.by_sku[sku] for sku in sorted(frozenset.intersection(*sets))]
        highest, lowest = self._limits(want, shown)
        hidden = {item.sku for item in named} if want.not_shown else set()
        return [
            item
            for item in pool
            if (not types or item.item_type in types)
            and (highest is None or (item.price_minor is not None and item.price_minor <= highest))
            and (lowest is None or (item.price_minor is not None and item.price_minor >= lowest))
            and (want.min_rating is None or (item.rating is not None and item.rating >= want.min_rating))
            and (not want.in_stock or item.in_stock)
            and item.sku not in hidden
        ]

    def _limits(self, want: Want, shown: Sequence[ShopItem]) -> tuple[int | None, int | None]:
        """Highest and lowest price in minor units, ``shown`` resolved as :meth:`Want.conditions` does."""
        prices = [item.price_minor for item in shown if item.price_minor is not None]
        highest = self._minor(want.max_price)
        lowest = self._minor(want.min_price)
        if want.max_price == SHOWN and prices:
            highest = max(min(prices) - 1, 0)
        if want.min_price == SHOWN and prices:
            lowest = max(prices) + 1
        return highest, lowest

    def _minor(self, limit: Decimal | str | None) -> int | None:
        return int(limit * self.minor_per_major) if isinstance(limit, Decimal) else None


def simple_plural(word: str) -> str:
    """The regular English plural, for kinds nobody wrote a plural down for; kayaking and jeans stay as they are."""
    if word.endswith("ing") or (word.endswith("s") and not word.endswith("ss")):
        return word
    if word.endswith(("ss", "x", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith("fe"):
        return word[:-2] + "ves"
    return word + "s"


def co_purchases(baskets: Sequence[Sequence[str]], most: int = 8) -> dict[str, tuple[str, ...]]:
    """SKU → the SKUs found most often in the same basket, at least twice; ties by SKU."""
    together: dict[str, Counter[str]] = {}
    for basket in baskets:
        unique = sorted(set(basket))
        for sku in unique:
            together.setdefault(sku, Counter()).update(other for other in unique if other != sku)
    return {
        sku: tuple(other for other, count in sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:most] if count > 1)
        for sku, counts in sorted(together.items())
    }
