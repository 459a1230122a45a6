"""Limits and stock that a shopper states in so many words: what a want span must hold, whatever the model makes of it.

A small model overlooks "under $25" now and then, or turns it round. Where a limit stands in one of the plain forms
below, the grammar of the want span asks for it: the model still writes the span, but cannot end it without. The forms
are few and English on purpose; whatever else people say is left to the model, and nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from neo_assistant.grammar.number_words import in_digits

_NUMBER = r"[$€£]?\s?(?<![\d.,])([0-9]{1,7}(?:\.[0-9]{1,2})?)(?![0-9])(?!\.[0-9])"
_UNITS = (
    "stars?|cm|mm|m|l|ml|lit(?:re|er)s?|kg|g|inch(?:es)?|people|persons?|years?|months?|hours?|degrees?|items?|pieces?|"
    "w|watts?|v|volts?|amps?|mah|lumens?"
)
_NO_UNIT = rf"(?!\s*-?\s*(?:(?:{_UNITS})\b|%))"
_PRICE = _NUMBER + _NO_UNIT
_RANGE = re.compile(rf"\b(?:between|from|for)\s+{_NUMBER}\s*(?:and|to|-|–)\s*{_PRICE}")
_UNDER, _OVER = r"(?:under|below|less than|cheaper than)", r"(?:over|above|more than)"
_GAP = (
    "am|an?|anything|be|budget|cost|costing|costs|do|exceed|go|going|have|is|it|its|just|me|must|necessarily|need|pay|paying|"
    "price|priced|really|should|spend|spending|that|the|to|want|wants|which|willing|would"
)
"""Words that may stand between a negation and what it turns round: "I do not want to spend more than 30"."""
_CONTRACTED = "(?:do|does|did|is|are|was|were|wo|ca|could|should|would|must|need|has|have|had)n['’]?t"
_NOT = rf"\b(?:no|not|nothing|none|never|without|cannot|{_CONTRACTED})\s+(?:(?:{_GAP})\s+){{0,6}}"
_NOT_OVER, _NOT_UNDER = re.compile(rf"{_NOT}{_OVER}\s+{_PRICE}"), re.compile(rf"{_NOT}{_UNDER}\s+{_PRICE}")
_MONEY = r"\s*(?:dollars?|euros?|pounds?|bucks|usd|eur)?\s*"
_NO_NUMBER = r"(?!\s*[$€£]?\s?[0-9])"
"""So that in "under 250, at least 3 stars" and "over 20 max 50" each number goes with the words before it."""
_RATINGS = (
    *("rating", "ratings", "rating of", "rating is", "rated", "rated at", "reviews", "reviews of"),
    *("score", "scores", "scoring"),
)
_RATED = "".join(f"(?<!{words} )" for words in _RATINGS)
"""So that "with a rating above 4" and "rated 4 or more" are no prices."""
_AT_MOST = (
    re.compile(rf"{_RATED}\b(?:{_UNDER}|up to|at most|max(?:imum)?(?: of)?)\s+{_PRICE}"),
    re.compile(rf"{_NUMBER}{_MONEY}(?:max(?:imum)?|or less|at most|tops)\b{_NO_NUMBER}"),
)
_AT_LEAST = (
    re.compile(rf"{_RATED}\b(?:{_OVER}|at least)\s+{_PRICE}"),
    re.compile(rf"{_RATED}(?<![0-9.])(?=\S){_NUMBER}{_MONEY}(?:or more|at least)\b{_NO_NUMBER}"),
)
_STARS = r"(?<![\d.,-])([1-4](?:\.[0-9])?)(?![0-9]|[.,][0-9])"
_OR_BETTER = r"(?:or (?:better|more|higher|above)|and (?:up|above))"
_OF_FIVE = r"(?: stars?(?! ?(?:wars|hotels?)\b|-))?(?: out of (?:5|five))?"
_GOES_ON = "and|at|below|but|for|from|in|less|max|or|over|please|thanks|under|up|with"
_RATING_ENDS = rf"(?=\s*(?:$|[,;:!?)]|\.(?![0-9])|(?:{_GOES_ON})\b))"
_RATES = r"\b(?:rated|ratings?(?: of)?|reviews|scor(?:es?|ing))"
_AT_LEAST_RATED = (
    re.compile(rf"{_RATES} (?:over|above|at least) {_STARS}{_OF_FIVE}{_RATING_ENDS}"),
    re.compile(rf"{_RATES} {_STARS}{_OF_FIVE} {_OR_BETTER}{_RATING_ENDS}"),
    re.compile(rf"\b(?:at least|minimum(?: of)?|min) {_STARS} stars?{_RATING_ENDS}"),
    re.compile(rf"{_STARS}(?: stars? (?:{_OR_BETTER}|minimum|min)|\+ stars?){_RATING_ENDS}"),
)
_NO_RATING = re.compile(
    rf"\b(?:no|not|nothing|none|never|without|cannot|{_CONTRACTED}|avoid|hardly|fewer|gave|give|why|how|worth|hotels?|flags?)\b"
)
"""Negations, and words of somebody who speaks of stars and asks for none."""
_SENDABLE = r"\b(?:in stock|available now|(?:send|ship|deliver) (?:it )?(?:today|now))\b"
_IN_STOCK, _NOT_IN_STOCK = re.compile(_SENDABLE), re.compile(rf"{_NOT}{_SENDABLE}")
_MONEY_WORDS = re.compile(r"(?:[a-z]+[ -]){1,5}(?=(?:dollars?|euros?|pounds?|bucks|usd|eur)\b)")
"""What stands before a currency may be an amount in words; elsewhere a number in words mostly counts something else."""
_GROUPED = re.compile(r"(?<=[0-9]),(?=[0-9]{3}\b)")


@dataclass(frozen=True)
class Stated:
    """Conditions in plain words; the numbers as they were written, less their grouping commas."""

    at_most: str | None = None
    at_least: str | None = None
    in_stock: bool = False
    rated: str | None = None
    """Stars out of five, or more."""


NOTHING_STATED = Stated()


def stated_in(text: str) -> Stated:
    """What one message states. Where it names several limits of one sort, none is taken: the model has to choose."""
    words = _plain(text)
    in_stock = bool(_IN_STOCK.search(_NOT_IN_STOCK.sub(" ", words)))
    doubtful = _NO_RATING.search(_NOT_OVER.sub(" ", words)) is not None
    rated = None if doubtful else _only({number for pattern in _AT_LEAST_RATED for number in pattern.findall(words)})
    ranges = _RANGE.findall(words)
    if ranges:
        lowest, highest = ranges[0]
        if len(ranges) == 1 and float(lowest) <= float(highest):
            return Stated(highest, lowest, in_stock, rated)
        return Stated(in_stock=in_stock, rated=rated)
    at_most = set(_NOT_OVER.findall(words))
    # "Nothing under 30" is a limit, and "is there nothing under 30?" is its contrary: that is left to the model.
    words = _NOT_UNDER.sub(" ", _NOT_OVER.sub(" ", words))
    at_most |= {number for pattern in _AT_MOST for number in pattern.findall(words)}
    at_least = {number for pattern in _AT_LEAST for number in pattern.findall(words)}
    return Stated(_only(at_most), _only(at_least), in_stock, rated)


def without_limits(text: str) -> str:
    """A message in lower case without the words of the limits that it states: "not more than 30" negates nothing."""
    words = _plain(text)
    for pattern in (_RANGE, _NOT_OVER, *_AT_LEAST_RATED, *_AT_MOST, *_AT_LEAST):
        words = pattern.sub(" ", words)
    return words


def _plain(text: str) -> str:
    return _MONEY_WORDS.sub(lambda found: in_digits(found[0]), _GROUPED.sub("", " ".join(text.lower().split())))


def _only(found: set[str]) -> str | None:
    return found.pop() if len(found) == 1 else None
