"""Checks of what the teacher wrote: whatever cannot be found in the rows is refused, and the text with it.

Statements are read by :mod:`neo_assistant.claims`. Beside them every number and every name (a word with a capital
within a sentence) must stand in the rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog_db.products import ProductRecord
from finetune.errors import TeacherError
from finetune.teacher.questions import COMPARISON, REASON, Question, Rows
from neo_assistant.claims.layout import split
from neo_assistant.claims.mentions import Mentions
from neo_assistant.claims.reader import ClaimReader

SHORTEST, LONGEST = 20, 700
"""Characters of a text that may be used."""

_REFERENCE = re.compile(r"\[(\d+)\]")
_MARKUP = re.compile(r"<\||\|>|https?:|www\.|[<>{}*_#`|\[\]]|\n")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][\w'’-]+")
_ALWAYS = frozenset({"I"})


class RefusalError(TeacherError):
    """A text that must not be learnt from; the message says why."""


class Checker:
    """Checks texts over one catalog."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._claims = ClaimReader(rows.facets, rows.currency)
        self._mentions = Mentions(rows.facets, rows.currency)

    def parts(self, question: Question, text: str) -> list[str | int]:
        """The text as words and the places of the items it names (0 is the question's first).

        Raises:
            RefusalError: if it is no answer to the question, or states what the rows do not.
        """
        text = text.strip()
        if not SHORTEST <= len(text) <= LONGEST:
            raise RefusalError(f"{len(text)} characters")
        if text[-1] not in ".!" or "?" in text:
            raise RefusalError("it does not end as a statement, or asks")
        pieces = _REFERENCE.split(text)
        parts: list[str | int] = [int(one) - 1 if place % 2 else one for place, one in enumerate(pieces) if one]
        self._check_references(question, parts)
        words = "".join(part for part in parts if isinstance(part, str))
        if found := _MARKUP.search(words):
            raise RefusalError(f"markup: {found[0]!r}")
        items, history = self._rows.of(question.items), self._rows.of(question.history)
        self._check_words(words, [*items, *history], described=question.task != COMPARISON)
        read = [items[part] if isinstance(part, int) else part for part in parts]
        shown = items if question.task == COMPARISON else []
        for claim in self._claims.read(read, shown, history):
            if not claim.true:
                raise RefusalError(f"not so: {claim.text!r}")
        return parts

    def _check_references(self, question: Question, parts: Sequence[str | int]) -> None:
        named = [part for part in parts if isinstance(part, int)]
        wanted = list(range(len(question.items))) if question.task == REASON else []
        if sorted(named) != wanted:
            raise RefusalError(
                "it does not name each item once by its number" if wanted else "it names items by number"
            )

    def _check_words(self, words: str, rows: Sequence[ProductRecord], described: bool) -> None:
        """Every value, number and name must stand in one of the rows."""
        known = "\n".join(self._rows.row(row, described) for row in rows)
        lowered = known.lower()
        for mention in self._mentions.find(words):
            if mention.name in self._rows.facets and not any(mention.holds(row, rows) for row in rows):
                raise RefusalError(f"in no row: {words[mention.start : mention.end]!r}")
        for number in _NUMBER.findall(words):
            if not re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d]|[.,]\d)", known):
                raise RefusalError(f"number in no row: {number}")
        for sentence in split(words):
            for name in _NAME.findall(sentence):
                if name not in _ALWAYS and name.lower() not in lowered:
                    raise RefusalError(f"name in no row: {name!r}")
