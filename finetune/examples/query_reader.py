"""From a search in the log and the item bought because of it to the want that the words state.

Only what the item has can be found: a condition is read when the words name one of the item's own values, so the item
meets the want by construction, and a word that is not understood adds nothing.
"""

from __future__ import annotations

import difflib
import re
from decimal import Decimal

from finetune.examples.lexicon import Lexicon
from finetune.examples.shop import KIND, Shop, ShopItem, simple_plural
from neo_assistant.want import Want

_MAX = re.compile(
    r"(?:under|below|less than|up to|max(?:imum)?|at most|cheaper than|<)\s*[$€£]?\s*(\d{1,6}(?:\.\d{1,2})?)(?![\d.])"
)
_CLOSE = 0.8
"""Similarity from which a misspelt word counts as the word."""


class QueryReader:
    """Reads searches of one catalog."""

    def __init__(self, shop: Shop, lexicon: Lexicon) -> None:
        self._shop, self._lexicon = shop, lexicon

    def read(self, text: str, item: ShopItem) -> Want | None:
        """The want; None if the words state nothing that a want can."""
        words = _plain(text)
        chosen: dict[str, str] = {}
        for facet, value in self._shop.facets_of(item):
            if facet not in chosen and any(_says(words, form) for form in self._forms(facet, value)):
                chosen[facet] = value
        if not chosen:
            return None
        highest = None
        if (limit := _MAX.search(text.lower())) and item.price_minor is not None:
            number = Decimal(limit[1])
            highest = number if number * self._shop.minor_per_major >= item.price_minor else None
        return Want(facets=self._shop.ordered(chosen), max_price=highest)

    def _forms(self, facet: str, value: str) -> list[str]:
        if facet == KIND:
            words = self._shop.kinds.get(value)
            names = [value, self._shop.plural(value), *(words.synonyms if words else ())]
            return [*names, *(simple_plural(name) for name in names), *(words.needs if words else ())]
        return self._lexicon.forms(facet, value)


def _plain(text: str) -> list[str]:
    return re.sub(r"[^a-z0-9. -]", "", text.lower().replace("-", " ")).split()


def _says(words: list[str], form: str) -> bool:
    """Whether the words of ``form`` stand in ``words`` next to each other, each at most slightly misspelt."""
    wanted = _plain(form)
    return bool(wanted) and any(
        all(_same(word, other) for word, other in zip(words[start:], wanted, strict=False))
        for start in range(len(words) - len(wanted) + 1)
    )


def _same(word: str, other: str) -> bool:
    if word == other or word.rstrip("s") == other.rstrip("s"):
        return True
    return len(other) > 4 and word[0] == other[0] and difflib.SequenceMatcher(None, word, other).ratio() >= _CLOSE
