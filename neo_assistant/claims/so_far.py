"""Of which items the next words of a reply will say something, while it is being written.

It is what :class:`neo_assistant.claims.reader.ClaimReader` finds in the finished reply, as far as that can be told from
its beginning: of whom "is blue" or "is cheaper" will be said if it comes next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog_db.facets import BRAND
from neo_assistant.claims import vocabulary as english
from neo_assistant.claims.layout import split
from neo_assistant.claims.reader import silent_in
from neo_assistant.claims.subjects import Pointers, Rows

_NEW_SENTENCE = re.compile(r"(?:[.!?][\"'”’)]*\s*|\n\s*)$")
_OF_THESE = re.compile(
    r"\b(?:the|your|my|that) (?:first|second|third|fourth|fifth|last|former|latter)\b|\bboth\b"
    r"|\ball (?:two|three|four|five)\b",
    re.I,
)


@dataclass(frozen=True)
class Subject:
    """Of whom the next words speak.

    Args:
        items: those; empty where that is open, as at the beginning of a sentence.
        named: the sentence itself has said of whom.
        negated: "not" or the like stands before what comes next.
    """

    items: Rows
    named: bool
    negated: bool


class SoFar:
    """Reads the beginnings of one reply's words.

    Args:
        pool: the items that the words may point at, in the order in which the shopper saw them.
        words_only: no items will follow these words, so that "they" can be no others than the pool.
    """

    def __init__(self, pool: Rows, *, words_only: bool) -> None:
        self._pool, self._words_only = pool, words_only
        self._pointers = Pointers(_values_of(pool))
        self._spoken_of: dict[str, Rows] = {}

    def subject(self, text: str) -> Subject | None:
        """Of whom what comes next is said; None where it is said of no item, or of others than these.

        Args:
            text: the words so far.
        """
        if not self._pool or not (self._words_only or _OF_THESE.search(text)):
            return None
        sentences = split(text)
        sentence = "" if _NEW_SENTENCE.search(text) or not sentences else sentences.pop()
        last = self._last(sentences)
        if any(end == len(sentence) > start for start, end in silent_in(sentence, names_items=False)):
            return None
        clause = english.CLAUSE.split(sentence)[-1]
        if english.YOU.search(clause) and not english.MAY_LIKE.search(clause):
            return None
        negated = bool(english.NEGATION.search(clause))
        if pointers := self._pointers.find(sentence, self._pool, last):
            return Subject(pointers[-1].items, True, negated)
        return Subject(last or (self._pool if len(self._pool) == 1 else ()), len(self._pool) == 1, negated)

    def _last(self, sentences: Iterable[str]) -> Rows:
        """What the last of some sentences spoke of."""
        last: Rows = ()
        before = ""
        for sentence in sentences:
            before += f"{sentence}\n"
            if before not in self._spoken_of:
                pointers = [] if sentence.endswith("?") else self._pointers.find(sentence, self._pool, last)
                alone = self._pool if len(self._pool) == 1 and not sentence.endswith("?") else last
                self._spoken_of[before] = pointers[-1].items if pointers else alone
            last = self._spoken_of[before]
        return last


def _values_of(pool: Rows) -> Mapping[str, list[str]]:
    """The facets as far as these items go: what none of them has points at none."""
    values: dict[str, list[str]] = {BRAND: sorted({row.brand for row in pool if row.brand})}
    for name in {name for row in pool for name in row.attributes}:
        values[name] = sorted({value for row in pool for value in row.attributes.get(name, ())})
    return values
