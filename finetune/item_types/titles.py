"""Find the phrase in a title that says what the product is.

A title names its product and much else: ``StarTech.com USB to PS/2 Adapter - Keyboard and Mouse`` is an adapter, and
``HP notebook case 15.4"`` a case. What English (and most shops) do:

* what comes after ``for``, ``with``, ``-``, ``(`` or ``,`` is about the product and seldom its name, so the title is
  cut into segments there, and the first segment that holds a known phrase decides;
* in a row of nouns the last one is the head: ``notebook power adapter``, ``keyboard/mouse cable``. Of known phrases
  that follow each other without a word between them the last one counts;
* of phrases that overlap, the longer is meant: ``notebook case`` and not ``notebook``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_SEGMENT_END = re.compile(
    r"\s[-–—|+]\s|[(,;:]|\b(?:for|with|w|without|inc|incl|including|from|by|f)\b/?", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")


def segments(title: str) -> list[list[str]]:
    """The words of a title in small letters, cut where something else begins than the product's name."""
    found = [words(part) for part in _SEGMENT_END.split(title)]
    return [part for part in found if part]


def words(text: str) -> list[str]:
    """The words of a text in small letters; a hyphen or slash parts words."""
    return _WORD.findall(text.lower())


def plurals(word: str) -> tuple[str, ...]:
    """How an English noun may look in the plural."""
    forms = [f"{word}s"]
    if word.endswith(("s", "x", "z", "ch", "sh")):
        forms.append(f"{word}es")
    if word.endswith("y"):
        forms.append(f"{word[:-1]}ies")
    return tuple(forms)


class KindFinder:
    """Says which kind a title names.

    Args:
        kinds: phrase → kind. Phrases are compared by their words, in singular and plural, whatever their case.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds: dict[tuple[str, ...], str] = {}
        for phrase, kind in kinds.items():
            *before, last = words(phrase)
            for form in (last, *plurals(last)):
                self._kinds.setdefault((*before, form), kind)
        for phrase, kind in kinds.items():  # what is written down goes before a plural that was made up
            self._kinds[tuple(words(phrase))] = kind
        self._longest = max(map(len, self._kinds), default=0)

    def find(self, title: str) -> str | None:
        """The kind, or None where the title names none."""
        for part in segments(title):
            if (spot := self._locate(part)) is not None:
                return self._kinds[tuple(part[spot[0] : spot[1]])]
        return None

    def without(self, title: str) -> str:
        """The title's words without any phrase that names a kind."""
        left: list[str] = []
        for part in segments(title):
            start = 0
            while start < len(part):
                end = self._end_of_phrase(part, start)
                left += [] if end else part[start : start + 1]
                start = end or start + 1
        return " ".join(left)

    def _locate(self, part: list[str]) -> tuple[int, int] | None:
        """Where the last phrase of the first row of phrases stands."""
        found: tuple[int, int] | None = None
        start = 0
        while start < len(part):
            end = self._end_of_phrase(part, start)
            if end:
                found = (start, end)
            elif found:
                break
            start = end or start + 1
        return found

    def _end_of_phrase(self, part: list[str], start: int) -> int:
        """Where the longest phrase that begins here ends; 0 if none does."""
        longest = min(self._longest, len(part) - start)
        return next((start + n for n in range(longest, 0, -1) if tuple(part[start : start + n]) in self._kinds), 0)


def phrases_in(title: str, longest: int) -> Iterable[tuple[str, ...]]:
    """Every run of up to ``longest`` words of a segment that are made of letters; each once."""
    found: dict[tuple[str, ...], None] = {}
    for part in segments(title):
        for start in range(len(part)):
            for end in range(start + 1, min(start + longest, len(part)) + 1):
                if not part[end - 1].isalpha():
                    break
                found[tuple(part[start:end])] = None
    return found
