"""Which items the words of a sentence point at: "the first", "it", "both", "the Saltgarth one"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog_db.products import ProductRecord
from neo_assistant.claims import vocabulary as english
from neo_assistant.claims.mentions import KIND, has
from neo_assistant.grammar.plurals import plurals

Rows = tuple[ProductRecord, ...]

_ORDINALS = {"first": 0, "former": 0, "second": 1, "latter": 1, "third": 2, "fourth": 3, "fifth": 4}
_ORDINAL = re.compile(
    rf"\b(?:the|your|my|that)\s+({'|'.join(_ORDINALS)}|last)\b(?!\s+(?:time|thing|place|step|two|three|four|five)\b)"
    r"|\bnumber (one|two|three|four|five|[1-5])\b",
    re.I,
)
_FIRST_FEW = re.compile(rf"\bthe first ({'|'.join(list(english.NUMBERS)[1:5])})\b", re.I)
_NEXT = re.compile(rf"\s*(?:,|(?:,\s*)?(?:and|or|&))\s*({'|'.join(_ORDINALS)})\b", re.I)
_AND = re.compile(r"\s*(?:,\s*)?(?:and|or|&)\s+", re.I)
_OTHER = re.compile(r"\bthe other(?: one)?\b", re.I)
_ALL = re.compile(
    r"\b(?:both|all|each|every one|they|them|these|those|the (?:two|three|four|five))\b(?!\s+(?:day|week|year)s?\b)",
    re.I,
)
_ONE = re.compile(r"\b(?:it|its|it['’]s|this|that one)\b", re.I)
_COMPARED = re.compile(r"(?:\b(?:than|unlike|as|over|from|like|with|to)\s+)$", re.I)
"""Before these an item is what another one is compared with, and the sentence goes on about that other one."""


@dataclass(frozen=True)
class Pointer:
    """Words that point at items, and where they stand."""

    start: int
    end: int
    items: Rows


class Pointers:
    """Finds them.

    Args:
        facets: facet name → values.
    """

    def __init__(self, facets: Mapping[str, Sequence[str]]) -> None:
        self._facets = {name: tuple(values) for name, values in facets.items()}
        nouns = {word for kind in facets.get(KIND, ()) for word in (kind, *plurals(kind))}
        values = sorted({v for n, vs in facets.items() if n != KIND for v in vs}, key=lambda v: (-len(v), v))
        ends = "|".join(["ones?", *(english.plain(noun) for noun in sorted(nouns, key=lambda n: (-len(n), n)))])
        spelled = "|".join(english.plain(value) for value in values) or "(?!)"
        self._named = re.compile(rf"\bthe\s+(?P<value>{spelled})\s+(?:{ends})\b|\bthe\s+(?P<kind>{ends})\b", re.I)

    def find(self, text: str, pool: Rows, last: Rows) -> list[Pointer]:
        """Pointers of a sentence in their order.

        Args:
            text: the sentence.
            pool: the items that can be pointed at.
            last: what the sentence before spoke of; "it" goes on with that.
        """
        found = _joined([*_by_place(text, pool), *self._by_value(text, pool)], text)
        found += [Pointer(*match.span(), _as_many(match[0], pool, last)) for match in _ALL.finditer(text)]
        one = last if len(last) == 1 else pool if len(pool) == 1 else ()
        found += [Pointer(*match.span(), one) for match in _ONE.finditer(text) if one]
        apart = [one for one in found if one.items and not _COMPARED.search(text[: one.start])]
        for match in _OTHER.finditer(text):
            before = max((one for one in apart if one.start < match.start()), key=lambda one: one.start, default=None)
            but = before.items if before else last
            if len(but) == 1 and len(pool) == 2:
                apart.append(Pointer(*match.span(), tuple(row for row in pool if row not in but)))
        return sorted(apart, key=lambda pointer: pointer.start)

    def _by_value(self, text: str, pool: Rows) -> list[Pointer]:
        """ "the blue one", "the Saltgarth mug", "the kettle": where some items are like that and others are not."""
        found = []
        for match in self._named.finditer(text):
            word = re.sub(r"[\s-]+", " ", (match["value"] or match["kind"]).lower())
            items = tuple(row for row in pool if self._is(row, word))
            if items and len(items) < len(pool):
                found.append(Pointer(*match.span(), items))
        return found

    def _is(self, row: ProductRecord, word: str) -> bool:
        return any(
            has(row, name, value)
            for name, values in self._facets.items()
            for value in values
            if value.lower().replace("-", " ") == word or (name == KIND and word in plurals(value))
        )


def _by_place(text: str, pool: Rows) -> list[Pointer]:
    """ "The first", "number two", "the first and second", "the first two"."""
    few = [(match, english.number_of(match[1])) for match in _FIRST_FEW.finditer(text)]
    found = [Pointer(*match.span(), pool[:number]) for match, number in few]
    for match in _ORDINAL.finditer(text):
        places, end = [_place(match[1] or match[2], pool)], match.end()
        while after := _NEXT.match(text, end):
            places.append(_place(after[1], pool))
            end = after.end()
        items = tuple(row for place in places for row in pool[place : place + 1])
        found.append(Pointer(match.start(), end, items))
    return found


def _as_many(words: str, pool: Rows, last: Rows) -> Rows:
    """Whom "both", "the three" or "they" are: of another number of items those just named, or nobody that is known."""
    word = words.lower().split()[-1]
    number = 2 if word == "both" else english.NUMBERS.get(word, len(pool))
    return pool if number == len(pool) else last if number == len(last) else ()


def _place(word: str, pool: Rows) -> int:
    if word.lower() == "last":
        return len(pool) - 1
    place = _ORDINALS.get(word.lower())
    return english.number_of(word) - 1 if place is None else place


def _joined(pointers: list[Pointer], text: str) -> list[Pointer]:
    """The same, those that stand side by side as one: "the first, the second and the third", "the mug and the jug"."""
    joined: list[Pointer] = []
    for pointer in sorted((one for one in pointers if one.items), key=lambda one: one.start, reverse=True):
        after = joined[-1] if joined else None
        between = text[pointer.end : after.start] if after else ""
        # A comma alone parts them, unless the last of a list follows: "unlike the first, the second …".
        many = after is not None and len(after.items) > 1 and between.strip() == ","
        if after and (many or _AND.fullmatch(between)) and not _COMPARED.search(text[: pointer.start]):
            others = tuple(row for row in after.items if row not in pointer.items)
            joined[-1] = Pointer(pointer.start, after.end, pointer.items + others)
        else:
            joined.append(pointer)
    return joined
