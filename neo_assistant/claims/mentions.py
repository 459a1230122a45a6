"""What a stretch of text states, by itself and whoever it speaks of: values, prices, ratings, stock, comparisons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog_db.facets import BRAND
from catalog_db.money import SYMBOLS, minor_per_major
from catalog_db.products import ProductRecord
from neo_assistant.claims import vocabulary as english
from neo_assistant.claims.comparisons import PRICE, RATING, find_comparisons
from neo_assistant.grammar.plurals import plurals
from neo_assistant.want import FIRST_FACETS

KIND = FIRST_FACETS[0]
STOCK = "stock"
_NEAR = Decimal("0.1")
"""How far, as a share, a price may be from one that is "about" so much."""

Rows = Sequence[ProductRecord]
Holds = Callable[[ProductRecord, Rows], bool]


@dataclass(frozen=True)
class Mention:
    """Something stated at a place in a text.

    Args:
        start, end: where.
        name: facet, ``price``, ``rating`` or ``stock``.
        holds: whether it is so of an item, given all items spoken of.
        of_all: it is said of the items together (their total); ``holds`` is then asked once, of the first.
        compares: it sets the items against others; ``holds`` is then asked with those.
    """

    start: int
    end: int
    name: str
    holds: Holds
    of_all: bool = False
    compares: bool = False


class Mentions:
    """Finds what is stated.

    Args:
        facets: facet name → values, ``kind`` and ``brand`` among them where the shop has them.
        currency: in which prices are named, ISO 4217.
    """

    def __init__(self, facets: Mapping[str, Sequence[str]], currency: str) -> None:
        self._meanings: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        patterns: dict[str, str] = {}
        for name, values in facets.items():
            for value in values:
                spellings = [value, *sorted(plurals(value))] if name == KIND else [value]
                for spelling in spellings:
                    self._add(patterns, spelling, name, (value,))
            for word, meant in english.OTHER_WORDS.get(name, {}).items():
                if known := tuple(value for value in meant if value in values):
                    self._add(patterns, word, name, known)
        ordered = sorted(patterns.values(), key=lambda pattern: (-len(pattern), pattern))
        self._values = re.compile(rf"(?<![\w-])(?:{'|'.join(ordered) or '(?!)'})(?![\w-])", re.I)
        self._measured = [name for name, values in facets.items() if any(_measure(value) for value in values)]
        self._money = _Money(currency)

    def find(self, text: str) -> list[Mention]:
        """Everything stated in a text, in its order; no two overlap."""
        found: list[Mention] = []
        readers = (self._money.find, _ratings, _comparisons, _stock, self._measures, self._facet_values)
        for one in (one for reader in readers for one in reader(text)):
            if not any(_overlap(one, other) for other in found):
                found.append(one)
        return sorted(found, key=lambda one: one.start)

    def _add(self, patterns: dict[str, str], spelling: str, name: str, values: tuple[str, ...]) -> None:
        patterns[_key(spelling)] = english.plain(spelling)
        self._meanings.setdefault(_key(spelling), []).append((name, values))

    def _facet_values(self, text: str) -> Iterator[Mention]:
        for match in self._values.finditer(text):
            meanings = [one for one in self._meanings[_key(match[0])] if _is_stated(one[0], match, text)]
            if meanings:
                yield Mention(match.start(), match.end(), meanings[0][0], _has_value(meanings))

    def _measures(self, text: str) -> Iterator[Mention]:
        units = "|".join(english.UNITS.values())
        number = rf"{'|'.join(english.NUMBERS)}|[0-9][0-9,]*(?:\.[0-9]+)?"
        counted = [start for start, _ in english.counted_pieces(text)]
        for match in re.finditer(rf"(?<![\w$€£.,])({number})[\s-]?({units})(?![\w-])", text, re.I):
            measure = _measure(match[0])
            if measure and self._measured and match.start() not in counted:
                yield Mention(match.start(), match.end(), "size", _has_measure(measure, self._measured))


class _Money:
    """Amounts of money and comparisons of prices."""

    _BOUND = (
        r"(?P<most>(?P<strictly_most>under|below|less than|cheaper than)|up to|at most|(?:no|not) more than|not over"
        r"|within|max(?:imum)?(?: of)?)"
        r"|(?P<about>around|about|roughly|approximately|nearly|almost|just (?:under|over))"
        r"|(?P<least>(?P<strictly_least>over|above|more than)|at least|from|starting at|(?:no|not) less than)"
    )
    _TOTAL = re.compile(r"\b(?:together|in total|total(?:s|ling)?|altogether|in all|sum|adds? up|comes? to)\b", re.I)

    def __init__(self, currency: str) -> None:
        self._minor = minor_per_major(currency)
        number = r"([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?|[0-9]+(?:\.[0-9]{1,2})?)"
        symbol = re.escape(SYMBOLS.get(currency, currency))
        name = {"USD": "dollars?|bucks", "EUR": "euros?", "GBP": "pounds?"}.get(currency, currency)
        amount = rf"(?:{symbol}\s?{number}|{number}\s?(?:{name}|{currency})\b)"
        self._amount = re.compile(rf"(?:\b(?:{self._BOUND})\s+(?:only )?)?{amount}", re.I)
        self._range = re.compile(rf"\b(?:between|from)\s+{amount}\s*(?:and|to|-|–)\s*{amount}", re.I)

    def find(self, text: str) -> Iterator[Mention]:
        ranges = list(self._range.finditer(text))
        for match in ranges:
            low, high = [self._read(number) for number in match.groups() if number]
            yield Mention(match.start(), match.end(), PRICE, _priced(_from_to(low, high)))
        for match in self._amount.finditer(text):
            if not any(one.start() <= match.start() < one.end() for one in ranges):
                yield self._stated(match, text)

    def _stated(self, match: re.Match[str], text: str) -> Mention:
        amount = self._read(next(number for number in match.groups()[-2:] if number))
        after = text[match.end() : match.end() + 14]
        start, end = match.span()
        if re.match(r"\s+(?:cheaper|less|more|dearer|apart|difference|off)\b", after, re.I):
            return Mention(start, end, PRICE, lambda row, others: _apart(amount, others))
        checks = self._check(match, amount)
        clause = re.split(r"[;:]", text[:start])[-1] + text[end : end + 20].split(".")[0]
        if self._TOTAL.search(clause):
            return Mention(start, end, PRICE, lambda row, others: checks(_sum(others)), of_all=True)
        return Mention(start, end, PRICE, _priced(checks))

    def _check(self, match: re.Match[str], amount: int) -> Callable[[int], bool]:
        if match["most"]:
            return (lambda price: price < amount) if match["strictly_most"] else (lambda price: price <= amount)
        if match["least"]:
            return (lambda price: price > amount) if match["strictly_least"] else (lambda price: price >= amount)
        if match["about"]:
            return lambda price: abs(price - amount) <= _NEAR * amount
        return lambda price: price == amount

    def _read(self, number: str) -> int:
        return int(Decimal(number.replace(",", "")) * self._minor)


_RATINGS = tuple(
    re.compile(pattern, re.I)
    for _bound, _stars, _up in (
        (
            r"(?P<least>at least|above|over|more than|from)\s+",
            r"(?P<stars>[0-5](?:\.[0-9])?)",
            r"(?P<up>\s+(?:or|and) (?:more|better|higher|up|above)\b|\s?\+)?",
        ),
    )
    for pattern in (
        rf"(?<![\w.])(?:{_bound})?{_stars}\s*-?(?:out of (?:5|five)|/\s?5|stars?){_up}",
        rf"\brat(?:ed|ings?)(?: of| is| are)?\s+(?:at\s+)?(?:{_bound})?{_stars}{_up}(?![\w.]*[0-9])",
    )
)


def _ratings(text: str) -> Iterator[Mention]:
    for pattern in _RATINGS:
        for match in pattern.finditer(text):
            least = bool(match["least"] or match["up"])
            yield Mention(*match.span(), RATING, _rated(float(match["stars"]), least))


def _comparisons(text: str) -> Iterator[Mention]:
    for start, end, comparison in find_comparisons(text):
        yield Mention(start, end, comparison.name, comparison.holds, compares=True)


_GONE = re.compile(
    r"\b(?:out of stock|sold out|unavailable|(?:not|no longer|n['’]t)(?: currently)? (?:in stock|available))\b", re.I
)
_LEFT = re.compile(rf"\b(?:only )?({english.NUMBER}) (?:left|remaining)\b", re.I)
_HERE = re.compile(r"\b(?:in stock|available (?:now|today|right away)|ready to (?:ship|send))\b", re.I)


def _stock(text: str) -> Iterator[Mention]:
    for match in _GONE.finditer(text):
        yield Mention(*match.span(), STOCK, lambda row, others: not row.in_stock)
    for match in _LEFT.finditer(text):
        left = english.number_of(match[1])
        yield Mention(*match.span(), STOCK, _has_left(left))
    for match in _HERE.finditer(text):
        yield Mention(*match.span(), STOCK, lambda row, others: row.in_stock)


def has(row: ProductRecord, name: str, value: str) -> bool:
    """Whether an item has a value of a facet; "cotton" is true of organic cotton too."""
    own = ((row.brand,) if row.brand else ()) if name == BRAND else row.attributes.get(name, ())
    return any(one == value or one.endswith(f" {value}") for one in own)


def _has_value(meanings: Sequence[tuple[str, tuple[str, ...]]]) -> Holds:
    return lambda row, others: any(has(row, name, value) for name, values in meanings for value in values)


def _has_measure(measure: str, names: Sequence[str]) -> Holds:
    return lambda row, others: any(_measure(own) == measure for name in names for own in row.attributes.get(name, ()))


def _priced(check: Callable[[int], bool]) -> Holds:
    return lambda row, others: row.price_minor is not None and check(row.price_minor)


def _from_to(low: int, high: int) -> Callable[[int], bool]:
    return lambda price: low <= price <= high


def _has_left(number: int) -> Holds:
    return lambda row, others: row.stock == number


def _apart(amount: int, others: Rows) -> bool:
    prices = [row.price_minor for row in others if row.price_minor is not None]
    return any(abs(one - other) == amount for one in prices for other in prices)


def _sum(rows: Rows) -> int:
    return sum(row.price_minor or 0 for row in rows)


def _rated(limit: float, least: bool) -> Holds:
    if least:
        return lambda row, others: row.rating is not None and row.rating >= limit
    return lambda row, others: row.rating is not None and round(row.rating, 1) == limit


def _is_stated(name: str, match: re.Match[str], text: str) -> bool:
    """Whether a word that is a value of a facet is meant as one here."""
    word, before, after = match[0].lower(), text[: match.start()], text[match.end() :]
    if name == "use":
        return bool(english.PURPOSE.search(english.CLAUSE.split(before)[-1]))
    if word in ("small", "medium", "large", "single", "double"):
        return not english.NOT_SIZE.match(after) and not english.NOT_SINGLE.search(before)
    if word in ("clear", "natural"):
        return not english.NOT_CLEAR.match(after)
    if word == "down":
        return bool(english.DOWN_AFTER.match(after) or english.DOWN_BEFORE.search(before))
    if name == "audience" and english.WHOSE.match(after):
        return False
    return word not in ("him", "her") or bool(english.FOR.search(before) and english.THEMSELVES.match(after))


def _measure(value: str) -> str | None:
    """``1000-piece`` and ``1,000 pieces`` alike as ``1000 pieces``; None if a value is no measure."""
    match = re.fullmatch(r"([\w.,]+?)[\s-]?([a-z″]+)", value.strip().lower())
    if match is None:
        return None
    number = str(english.NUMBERS.get(match[1], match[1])).replace(",", "")
    if not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", number):
        return None
    unit = next((unit for unit, written in english.UNITS.items() if re.fullmatch(written, match[2])), None)
    return f"{number} {unit}" if unit else None


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


def _key(spelling: str) -> str:
    return re.sub(r"[\s-]+", "", spelling.lower().replace("’", "'").replace("&", "and"))
