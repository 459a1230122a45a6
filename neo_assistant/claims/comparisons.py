"""The words that set an item against others, by price or rating, and of which items they are true.

The reader of statements finds them in a finished reply and the grammar stops them in one that is being written, so
that both go by the same words and the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog_db.products import ProductRecord
from neo_assistant.claims import vocabulary as english

PRICE, RATING = "price", "rating"

Rows = tuple[ProductRecord, ...]


@dataclass(frozen=True)
class Comparison:
    """One way in which an item may differ from others.

    Args:
        name: ``price`` or ``rating``.
        sign: 1 where the better value counts, the lower price or the higher rating; -1 where the worse does.
        phrases: what says so, a single space wherever spaces or hyphens may stand.
    """

    name: str
    sign: int
    phrases: tuple[str, ...]

    def holds(self, row: ProductRecord, others: Sequence[ProductRecord]) -> bool:
        """Whether it is so of an item, given what it is compared with; the item itself may be among that."""
        others = [other for other in others if other.sku != row.sku]
        if self.name == PRICE:
            prices = [other.price_minor for other in others]
            return row.price_minor is not None and all(
                price is not None and self.sign * (price - row.price_minor) > 0 for price in prices
            )
        ratings = [other.rating for other in others]
        return row.rating is not None and all(
            rating is None or self.sign * (row.rating - rating) > 0 for rating in ratings
        )


_COSTS = ("cost", "costs", "costing")
_LESS = tuple(f"{costs} {less}" for costs in _COSTS for less in ("less", "least", "the least"))
_COSTLY = ("costlier", "costliest", "more costly", "most costly")
_MORE = (*_COSTLY, *(f"{costs} {more}" for costs in _COSTS for more in ("more", "most", "the most")))
_GOOD, _BAD = ("better", "best", "higher", "highest"), ("lower", "lowest", "worse", "worst")

COMPARISONS = (
    Comparison(PRICE, 1, ("cheaper", "cheapest", "less expensive", "least expensive", *_LESS)),
    Comparison(PRICE, -1, ("dearer", "dearest", "more expensive", "most expensive", "pricier", "priciest", *_MORE)),
    *(
        Comparison(RATING, sign, tuple(text.format(word) for word in words for text in ("{} rated", "rated {}")))
        for sign, words in ((1, _GOOD), (-1, _BAD))
    ),
)
_PATTERNS = tuple(
    re.compile(rf"\b(?:{'|'.join(english.plain(phrase) for phrase in reversed(each.phrases))})\b", re.I)
    for each in COMPARISONS
)
_THAN_AN_AMOUNT = re.compile(r"\s+than\s+[^\w\s]?[0-9]")


def find_comparisons(text: str) -> Iterator[tuple[int, int, Comparison]]:
    """Where a text compares, and how; "cheaper than $20" is a limit and no comparison."""
    for pattern, comparison in zip(_PATTERNS, COMPARISONS, strict=True):
        for match in pattern.finditer(text):
            if not _THAN_AN_AMOUNT.match(text, match.end()):
                yield match.start(), match.end(), comparison


def compared_with(items: Rows, among: Rows) -> Rows:
    """What items spoken of together are compared with: with the others, or each other where there are none.

    "The first and the third are the cheapest" is true if each of them is cheaper than the second.
    """
    spoken_of = {row.sku for row in items}
    return tuple(row for row in among if row.sku not in spoken_of) or (items if len(items) > 1 else among)
