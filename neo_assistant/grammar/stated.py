"""Limits and stock that a shopper states in so many words: what a want span must hold, whatever the model makes of it.

A small model overlooks "under $25" now and then, or turns it round. Where a limit stands in one of the plain forms
below, the grammar of the want span asks for it: the model still writes the span, but cannot end it without. The forms
are few and English on purpose; whatever else people say is left to the model, and nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"[$€£]?\s?([0-9]{1,7}(?:\.[0-9]{1,2})?)(?![0-9])(?!\.[0-9])"
_UNITS = "stars?|cm|mm|m|l|ml|lit(?:re|er)s?|kg|g|inch(?:es)?|people|persons?|years?|months?|items?|pieces?"
_NO_UNIT = rf"(?!\s*-?\s*(?:(?:{_UNITS})\b|%))"
_PRICE = _NUMBER + _NO_UNIT
_RANGE = re.compile(rf"\b(?:between|from|for)\s+{_NUMBER}\s*(?:and|to|-|–)\s*{_PRICE}")
_AT_MOST = (
    re.compile(
        r"\b(?:under|below|less than|cheaper than|up to|at most|no more than|not more than|max(?:imum)?(?: of)?)"
        rf"\s+{_PRICE}"
    ),
    re.compile(rf"{_NUMBER}\s*(?:dollars?|euros?|pounds?|usd|eur)?\s*(?:max(?:imum)?|or less|at most|tops)\b"),
)
_AT_LEAST = (
    re.compile(rf"(?<!\bno )(?<!\bnot )\b(?:over|above|more than|at least)\s+{_PRICE}"),
    re.compile(rf"{_NUMBER}\s*(?:dollars?|euros?|pounds?|usd|eur)?\s*(?:or more|at least)\b"),
)
_IN_STOCK = re.compile(r"(?<!\bnot )\b(?:in stock|available now|(?:send|ship|deliver) (?:it )?(?:today|now))\b")
_GROUPED = re.compile(r"(?<=[0-9]),(?=[0-9]{3}\b)")


@dataclass(frozen=True)
class Stated:
    """Conditions in plain words; the numbers as they were written, less their grouping commas."""

    at_most: str | None = None
    at_least: str | None = None
    in_stock: bool = False


NOTHING_STATED = Stated()


def stated_in(text: str) -> Stated:
    """What one message states. Where it names several limits of one sort, none is taken: the model has to choose."""
    words = _GROUPED.sub("", text.lower())
    in_stock = bool(_IN_STOCK.search(words))
    ranges = _RANGE.findall(words)
    if ranges:
        lowest, highest = ranges[0]
        if len(ranges) == 1 and float(lowest) <= float(highest):
            return Stated(highest, lowest, in_stock)
        return Stated(in_stock=in_stock)
    return Stated(_only(_AT_MOST, words), _only(_AT_LEAST, words), in_stock)


def _only(patterns: tuple[re.Pattern[str], ...], words: str) -> str | None:
    found = {number for pattern in patterns for number in pattern.findall(words)}
    return found.pop() if len(found) == 1 else None
