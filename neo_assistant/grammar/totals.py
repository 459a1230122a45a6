"""Totals that a shopper states in so many words: "a tent and a sleeping bag, 200 in all".

A limit is on each item ("mugs under $20") unless the words say otherwise. They do in one of the forms below: a word for
a sum beside the amount ("in all", "for everything", "total budget"), one amount for a set that is to be put together
("everything for a picnic under 80", "complete the set for under 100"), or one amount for several kinds of goods that
were counted ("a desk and a lamp under 300"). As with limits and counts the forms are English, few and plain, and where
it is not certain nothing is read: "all under 20", "under 20 each" and "4 in total" state no total.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

MOST_COUNTED = 20
"""A bare number up to this may be a count of items ("4 in total"), so it is money only beside a word or sign for it."""

_UNITS = (
    "stars?|cm|mm|m|l|ml|lit(?:re|er)s?|kg|g|lbs?|oz|inch(?:es)?|ft|feet|metres?|meters?|watts?|w|lumens?|mah|people|"
    "persons?|guests?|adults?|kids|children|nights?|days?|weeks?|hours?|years?|months?|items?|pieces?|things?|products?|"
    "pairs?|sets?|of"
)
_SURELY_MONEY = (
    "under|below|less than|cheaper than|within|(?:nothing|not) above"
    "|(?:not|n't|cannot) (?:to )?(?:cost|spend|pay|come to) (?:any )?more than"
)
_MAYBE_MONEY = "up to|at most|no more than|not more than|max(?:imum)?(?: of)?|(?:nothing|not) over"
_LIMIT = rf"(?:(?:for|with) )?(?P<limit>{_SURELY_MONEY}|{_MAYBE_MONEY})"
_NUMBER = r"(?P<amount>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,7})(?:\.[0-9]{1,2})?)(?![0-9])(?![.,][0-9])"
_MONEY = (
    rf"(?P<sign>[$€£]\s?)?(?<![0-9.,]){_NUMBER}"
    r"(?P<word>\s?(?:[$€£]|(?:dollars?|bucks|euros?|pounds?|quid|usd|eur|gbp)\b))?"
    rf"(?!\s*-?\s*(?:(?:{_UNITS})\b|%))(?:\s*(?:max(?:imum)?|or less|at most|tops)\b)?"
)
_BUDGET = r"(?:\b(?:(?:my|our|the|a|with a|on a) )?budget(?: is| of|:)? )"
_PUT = r"[^.!?;:]{0,50}?"
"""What may stand between what is put together and its price."""
_PRICED = rf"(?P<cut>[\s,]*\b(?:{_LIMIT} |for |with )(?:a budget of )?{_MONEY})"
_ONE_THING = "(?:whole|entire|full|complete) (?:set|set-?up|lot|bundle|thing|kit|outfit|order|basket|room)"
_IN_ALL = (
    r"(?:in all|in total|all[- ]together|altogether|together(?! with)|overall|all told|combined|all in(?![- ]one)"
    r"|total(?! (?:length|weight|height|width|size|capacity))"
    r"|for (?:everything|it all|all of (?:it|them|these|this)|(?:all|the) (?:two|three|four|five|six|[2-6])|both"
    rf"|the (?:lot|set|bundle|{_ONE_THING})))\b"
)
_SUM = (
    r"(?:in all|in total|all[- ]together|altogether|(?:(?<=[,;:] )|^)together|all told"
    r"|(?:total|overall|combined)(?: (?:budget|price|cost|sum|amount|limit|spending|spend))?"
    r"|for everything|for all (?:of (?:it|them)|two|three|four|five|six|[2-6])|for the lot)"
)
_COMES_TO = (
    r"(?:[\s,:]+(?:is|of|at|about|around|must be|should be|has to be|to be|costs?|costing|coming to|comes? to|stays?"
    r"|staying|keeping|to spend|spending))*[\s,:]+"
)
_SUMS = (
    # 200 in all
    re.compile(rf"(?P<cut>(?:\bfor )?{_BUDGET}?(?:\b{_LIMIT} )?{_MONEY}\s*,?\s*{_IN_ALL})"),
    # in total under 200
    re.compile(rf"(?P<cut>\b(?:(?:my|our|the|a|with a) )?{_SUM}{_COMES_TO}(?:{_LIMIT} )?{_MONEY})(?P<after> [a-z]+)?"),
)
_PUT_TOGETHER = (
    # everything for a picnic under 80
    re.compile(
        r"\beverything (?:(?:i|we|you|they|one|he|she)(?:'d|'ll| will| would)? needs?\b|for (?:an?|my|our) )"
        rf"{_PUT}{_PRICED}"
    ),
    # complete the set for under 100
    re.compile(
        r"\b(?:complete|finish|round off|build|put together|assemble|make up|create) "
        rf"{_PUT}\b(?P<set>set|set-?up|outfit|bundle|kit|collection|hamper|basket)\b{_PUT}{_PRICED}"
    ),
    # a desk setup for under 300, the whole set under 100
    re.compile(
        rf"\b(?P<set>set-?up|bundle|starter (?:kit|set)|gift (?:set|basket|box)|hamper|{_ONE_THING})\b{_PUT}{_PRICED}"
    ),
)
_ONE_AMOUNT = (
    re.compile(rf"(?P<cut>\b{_LIMIT} (?:a budget of )?{_MONEY})"),
    re.compile(rf"(?P<cut>{_BUDGET}{_MONEY})"),
    re.compile(rf"(?P<cut>\b(?:i|we) (?:have|can spend|want to spend) {_MONEY}(?: to spend\b)?)"),
    re.compile(rf"(?P<cut>\b(?:for|with) {_MONEY})"),
)
_EACH = re.compile(r"\b(?:each|apiece|a piece|per (?:item|piece|one|unit)|individually|respectively)\b")
_AT_LEAST = re.compile(
    r"(?:^|[\s,])(?:over|above|more than|at least|min(?:imum)?(?: of)?|from|between [$€£]?[0-9]\S* (?:and|to))\s*$"
)
_STRAY_COMMA = re.compile(r",\s*(?=[:;.!?])")
_MAY_FOLLOW = frozenset(
    ("for", "please", "or", "in", "on", "and", "but", "so", "to", "is", "at", "as", "if", "thanks", "i")
)


@dataclass(frozen=True)
class Total:
    """A total.

    Attributes:
        amount: as it was written, less grouping commas.
        rest: the message without the words that state it.
    """

    amount: str
    rest: str


def total_in(text: str, several: bool = False, kinds: Iterable[str] = ()) -> Total | None:
    """What a message states that everything may cost together; None if nothing, or if it is not certain.

    Args:
        text: the message.
        several: whether it counts several kinds of goods.
        kinds: of goods that the shop sells; a "gift set" that is one of them is an item and not a set to be made.
    """
    words = text.lower().replace("’", "'")
    if len(words) != len(text):  # a letter that becomes two in lower case: no English word has one
        return None
    found = list(_matches(words, _SUMS))
    if not found and not _EACH.search(words):
        sold = tuple(kind.lower() for kind in kinds)
        found = [match for match in _matches(words, _PUT_TOGETHER) if not _is_sold(match, sold)]
        if not found and several:
            found = list(_matches(words, _ONE_AMOUNT))
    amounts = sorted({match["amount"].replace(",", "") for match in found})
    if len(amounts) != 1:
        return None
    rest, end = "", 0
    for begin, after in sorted(match.span("cut") for match in found):
        rest += text[end:begin].rstrip(" ,") + ", " if begin > end else ""
        end = max(end, after)
    rest = _STRAY_COMMA.sub("", rest + text[end:].lstrip(" ,"))
    return Total(amounts[0], rest.strip(" ,"))


def _matches(words: str, patterns: Iterable[re.Pattern[str]]) -> Iterator[re.Match[str]]:
    """Every place where one of the patterns states an amount of money that something may cost at most."""
    for pattern in patterns:
        for match in pattern.finditer(words):
            if _is_money(match) and not _AT_LEAST.search(words[: match.start("cut")]):
                yield match


def _is_money(match: re.Match[str]) -> bool:
    amount, stated = Decimal(match["amount"].replace(",", "")), match["sign"] or match["word"]
    if stated or re.fullmatch(_SURELY_MONEY, match["limit"] or "" if "limit" in match.re.groupindex else ""):
        return amount > 0
    counted = "after" in match.re.groupindex and match["after"] and match["after"].strip() not in _MAY_FOLLOW
    return amount > MOST_COUNTED and not counted


def _is_sold(match: re.Match[str], kinds: Iterable[str]) -> bool:
    """Whether the set that a match speaks of is a kind of goods."""
    named = match.groupdict().get("set")
    return named is not None and any(kind == named or kind.endswith(f" {named}") for kind in kinds)
