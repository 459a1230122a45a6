"""From a search in the log and the item bought because of it to the want that the words state.

Only what the item has can be found: a condition is read when the words name one of the item's own values, so the item
meets the want by construction, and a word that is not understood adds nothing.
"""

from __future__ import annotations

import difflib
import re
from decimal import Decimal

from finetune.examples.lexicon import Lexicon
from finetune.examples.shop import BRAND, KIND, Shop, ShopItem, simple_plural
from neo_assistant.want import Want

_LIMIT = re.compile(r"([^\W\d]+|<) ?[$€£]?(\d{1,6}(?:\.\d{1,2})?)(?![\d.])")
_LIMIT_WORDS = ("under", "below", "than", "to", "max", "maximum", "most", "<")
_CLOSE = 0.75
"""Similarity from which a misspelt word counts as the word."""


class QueryReader:
    """Reads searches of one catalog."""

    def __init__(self, shop: Shop, lexicon: Lexicon) -> None:
        self._shop, self._lexicon = shop, lexicon

    def read(self, text: str, item: ShopItem) -> Want | None:
        """The want; None if the words state nothing that a want can."""
        words = _plain(text)
        chosen: dict[str, str] = {}
        # Kind and brand come first: "rain" in "rain boots" is not a wish of its own.
        spoken = sorted(self._shop.facets_of(item), key=lambda pair: pair[0] not in (KIND, BRAND))
        for facet, value in spoken:
            for form in self._forms(facet, value) if facet not in chosen else ():
                if (span := _said(words, form)) is not None:
                    chosen[facet] = value
                    if facet in (KIND, BRAND):
                        words = [*words[: span.start], "", *words[span.stop :]]
                    break
        if not chosen:
            return None
        return Want(facets=self._shop.ordered(chosen), max_price=self._limit(text, item))

    def _limit(self, text: str, item: ShopItem) -> Decimal | None:
        """The highest price that the words name, if the item keeps it."""
        for word, number in _LIMIT.findall(text.lower()):
            keeps = item.price_minor is not None and Decimal(number) * self._shop.minor_per_major >= item.price_minor
            if keeps and any(_same(word, known) for known in _LIMIT_WORDS):
                return Decimal(number)
        return None

    def _forms(self, facet: str, value: str) -> list[str]:
        if facet == KIND:
            words = self._shop.kinds.get(value)
            names = [value, self._shop.plural(value), *(words.synonyms if words else ())]
            forms = [*names, *(simple_plural(name) for name in names), *(words.needs if words else ())]
            return sorted(dict.fromkeys(forms), key=len, reverse=True)
        return self._lexicon.forms(facet, value)


def _plain(text: str) -> list[str]:
    return re.sub(r"[^a-z0-9. -]", "", text.lower().replace("-", " ")).split()


def _said(words: list[str], form: str) -> slice | None:
    """Where the words of ``form`` stand in ``words`` next to each other, each at most slightly misspelt."""
    wanted = _plain(form)
    for start in range(len(words) - len(wanted) + 1 if wanted else 0):
        if all(_same(word, other) for word, other in zip(words[start:], wanted, strict=False)):
            return slice(start, start + len(wanted))
    return None


def _same(word: str, other: str) -> bool:
    if word == other or (word and word.rstrip("s") == other.rstrip("s")):
        return True
    return len(other) > 4 and word[:1] == other[0] and difflib.SequenceMatcher(None, word, other).ratio() >= _CLOSE
