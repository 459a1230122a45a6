"""What a shopper wants, as typed conditions and as the words of a want span.

A want span opens every reply that may name items. The model writes into it what it read out of the conversation, one
condition after the other in a fixed order, then the shop tells it how many items that leaves:

    <|want|> type: kitchen; kind: mug; colour: blue; price < 20; in stock; found 7<|/want|>

Conditions are written in ordinary words, because a value then has the same tokens as in the shopper's own sentence and
can be copied. ``price < shown`` (cheaper than what was shown) and ``not shown`` (something else) refer to the items of
the last reply. ``found N`` is forced by the grammar, never chosen by the model; it is ``many`` above nine.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog_db.conditions import Conditions
from catalog_db.facets import BRAND
from catalog_db.validation import MAX_PRICE_MINOR
from neo_assistant.errors import RequestError

_log = logging.getLogger(__name__)

SHOWN = "shown"
MANY = 9
"""Above this the model is told ``many``."""

MAX_FACET_VALUES = 100_000
"""A facet of more values is not offered to want spans."""

FIRST_FACETS = ("kind", "colour", "material", "brand", "size", "use", "feature")
"""These come first, in this order; all others follow by name."""
SEVERAL = frozenset({"feature"})
"""Facets of which items have several values, so that a want may ask for more than one: waterproof and insulated."""

_FACET_NAME = re.compile(r"(?!found)[a-z](?:[a-z0-9_ ]{0,62}[a-z0-9_])?")
"""A name that began with ``found`` could not be told from the end of a span's conditions."""
_OWN_WORDS = frozenset({"type", "price", "rating"})
_FACET_VALUE = re.compile(r"[^;\x00-\x1f\x7f\ud800-\udfff]+")
_NUMBER = r"[0-9]{1,7}(?:\.[0-9]{1,2})?"
_FACET = re.compile(r"(?P<name>[a-z][a-z0-9_ ]*): (?P<value>[^;]+)")
_PRICE = re.compile(rf"price (?P<sign>[<>]) (?P<limit>{_NUMBER}|{SHOWN})")
_RATING = re.compile(r"rating > (?P<rating>[1-4](?:\.[0-9])?)")
_FOUND = re.compile(r"found (?:[0-9]|many)")


@dataclass(frozen=True)
class Want:
    """Conditions read out of a conversation.

    Args:
        item_type: the type asked for, if one was.
        facets: facet name and value, in the catalog's facet order; ``brand`` is one of them. One of :data:`SEVERAL`
            may stand there more than once; an item must have all its values.
        max_price: at most this, in major units; ``"shown"`` means less than the cheapest item last shown.
        min_price: at least this, in major units; ``"shown"`` means more than the dearest item last shown.
        min_rating: mean rating of at least this.
        in_stock: only what can be sent now.
        not_shown: none of the items already shown in this conversation.
    """

    item_type: str | None = None
    facets: tuple[tuple[str, str], ...] = ()
    max_price: Decimal | str | None = None
    min_price: Decimal | str | None = None
    min_rating: float | None = None
    in_stock: bool = False
    not_shown: bool = False

    def words(self) -> list[str]:
        """The conditions in the order in which a want span states them."""
        words = [f"type: {self.item_type}"] if self.item_type else []
        words += [f"{name}: {value}" for name, value in self.facets]
        words += [f"price < {_plain(self.max_price)}"] if self.max_price is not None else []
        words += [f"price > {_plain(self.min_price)}"] if self.min_price is not None else []
        words += [f"rating > {self.min_rating:g}"] if self.min_rating is not None else []
        words += ["in stock"] if self.in_stock else []
        words += ["not shown"] if self.not_shown else []
        return words

    def text(self) -> str:
        """The span's words without ``found``, e.g. `` kind: mug; price < 20;``; empty if nothing is wanted."""
        return "".join(f" {word};" for word in self.words())

    def single(self) -> list[Want]:
        """A want for each condition, in the order of :meth:`words`."""
        return [Want.parse(word) for word in self.words()]

    @classmethod
    def parse(cls, text: str) -> Want:
        """Read what :meth:`text` wrote; a trailing ``found N`` is ignored.

        Raises:
            RequestError: if a condition is not one.
        """
        item_type, facets, min_rating, in_stock, not_shown = None, [], None, False, False
        limits: dict[str, Decimal | str] = {}
        for word in filter(None, (word.strip() for word in text.split(";"))):
            if word == "in stock":
                in_stock = True
            elif word == "not shown":
                not_shown = True
            elif _FOUND.fullmatch(word):
                continue
            elif price := _PRICE.fullmatch(word):
                limit = price["limit"]
                limits[price["sign"]] = SHOWN if limit == SHOWN else Decimal(limit)
            elif rating := _RATING.fullmatch(word):
                min_rating = float(rating["rating"])
            elif facet := _FACET.fullmatch(word):
                if facet["name"] == "type":
                    item_type = facet["value"]
                else:
                    facets.append((facet["name"], facet["value"]))
            else:
                raise RequestError(f"{word!r} is not a condition of a want span")
        return cls(item_type, tuple(facets), limits.get("<"), limits.get(">"), min_rating, in_stock, not_shown)

    def conditions(self, shown_prices: Sequence[int] = (), minor_per_major: int = 100) -> Conditions:
        """The typed conditions, with ``shown`` resolved; ``not shown`` is left to the grammar.

        Args:
            shown_prices: prices of the items last shown, in minor units; without any, ``shown`` limits nothing.
            minor_per_major: 100 for dollars and cents.

        Conditions that contradict each other (above 60 and below 20) are simply met by nothing.
        """
        highest = _minor(self.max_price, minor_per_major)
        lowest = _minor(self.min_price, minor_per_major)
        if self.max_price == SHOWN and shown_prices:
            highest = max(min(shown_prices) - 1, 0)
        if self.min_price == SHOWN and shown_prices:
            lowest = max(shown_prices) + 1
        # One value of each name goes here, as two of one name would be alternatives to each other.
        single = {name: value for name, value in reversed(self.facets) if name != BRAND}
        conditions = Conditions(
            item_types=frozenset({self.item_type} if self.item_type else ()),
            brands=frozenset(value for name, value in self.facets if name == BRAND),
            attributes=tuple(sorted((name, (value,)) for name, value in single.items())),
            max_price=highest,
            min_rating=self.min_rating,
            in_stock=self.in_stock,
        )
        for name, value in self.facets:
            if name != BRAND and single[name] != value:
                conditions = conditions.both(Conditions(attributes=((name, (value,)),)))
        return conditions if lowest is None else conditions.both(Conditions(min_price=lowest))


def want_facets(offered: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The facets a want span may state, in the one order in which spans state them, with sorted values.

    The order does not depend on counts, so that it stays when the catalog changes. Names and values that a span could
    not hold (a semicolon, a line break, a word of the span's own) are left out: see :func:`is_facet_name` and
    :func:`is_facet_value`. How many values that are is logged.

    Args:
        offered: facet name → values.
    """
    given = {name: frozenset(values) for name, values in offered.items() if is_facet_name(name)}
    usable = {name: tuple(sorted(filter(is_facet_value, values))) for name, values in given.items()}
    if odd := sum(map(len, given.values())) - sum(map(len, usable.values())):
        _log.warning("%d facet values hold what a want span cannot (such as a semicolon) and are left out of it", odd)
    rank = {name: place for place, name in enumerate(FIRST_FACETS)}
    order = sorted(usable, key=lambda name: (rank.get(name, len(rank)), name))
    return {name: usable[name] for name in order if usable[name]}


def is_facet_name(name: str) -> bool:
    """Whether a facet of this name can be told apart in a want span: from other conditions, and from their end."""
    return _FACET_NAME.fullmatch(name) is not None and name not in _OWN_WORDS


def is_facet_value(value: str) -> bool:
    """Whether a want span can state this value, and be read again."""
    return _FACET_VALUE.fullmatch(value) is not None and value == value.strip()


def found_words(items_left: int) -> str:
    """How the shop tells the model what a want leaves: `` found 7``, `` found many``."""
    return f" found {items_left if items_left <= MANY else 'many'}"


def _plain(limit: Decimal | str | None) -> str:
    return limit if isinstance(limit, str) else f"{limit:f}"


def _minor(limit: Decimal | str | None, minor_per_major: int) -> int | None:
    # A limit that no price reaches is no mistake of the shopper's: "under a billion" leaves all that has one.
    return min(int(limit * minor_per_major), MAX_PRICE_MINOR) if isinstance(limit, Decimal) else None
