"""Which names of a list somebody wrote, forgiving one slip: a brand may stand in a want span only if it was named.

A small model that is not sure of a brand makes one up, and then nothing is found. Names are compared without case,
accents, spaces and signs ("Potluck & Co" is "potluck and co"), and those of five letters or more with one letter
missing, added, wrong, or changed places with the next one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_FORGIVING = 5
"""Letters that a name and what was written for it must have to be compared; shorter ones are too like other words."""
_WORD = re.compile(r"[^\s,;:!?()\"“”]+")
_SIGNS = re.compile(r"[\W_]+")


class Names:
    """Names that can be looked for in a text.

    Args:
        names: in any spelling; none counts twice.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._plain: dict[str, list[str]] = {}
        self._ends: dict[tuple[bool, str, int], list[str]] = {}
        self._longest = 1
        for name in sorted(set(names)):
            plain = _plain(name)
            if plain and plain not in self._plain:
                for end in _ends(plain):
                    self._ends.setdefault((*end, len(plain)), []).append(plain)
            self._plain.setdefault(plain, []).append(name)
            self._longest = max(self._longest, len(_WORD.findall(name)))

    def within(self, text: str) -> frozenset[str]:
        """The names that stand in a text as words of their own."""
        words = [_plain(word) for word in _WORD.findall(text)]
        runs = {
            "".join(words[start:end])
            for start in range(len(words))
            for end in range(start + 1, min(start + self._longest, len(words)) + 1)
        }
        return frozenset(name for run in runs for plain in self._like(run) for name in self._plain[plain])

    def _like(self, run: str) -> Iterator[str]:
        """The plain names that a run of words may be."""
        if run in self._plain and run:
            yield run
        # One slip leaves the first two letters or the last two as they were: only names that share them are compared.
        for side, letters in _ends(run):
            for length in (len(run) - 1, len(run), len(run) + 1):
                for plain in self._ends.get((side, letters, length), ()):
                    if _one_slip(run, plain):
                        yield plain


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.replace("&", "and")).casefold()
    return _SIGNS.sub("", "".join(letter for letter in letters if not unicodedata.combining(letter)))


def _ends(plain: str) -> list[tuple[bool, str]]:
    return [(True, plain[:2]), (False, plain[-2:])] if len(plain) >= _FORGIVING else []


def _one_slip(one: str, other: str) -> bool:
    """Whether two different words are one insertion, deletion, substitution or swap of neighbours apart."""
    shorter = min(len(one), len(other))
    left = next((place for place in range(shorter) if one[place] != other[place]), shorter)
    right = next((place for place in range(shorter - left) if one[-1 - place] != other[-1 - place]), shorter - left)
    one, other = one[left : len(one) - right], other[left : len(other) - right]
    return max(len(one), len(other)) == 1 or (len(one) == len(other) == 2 and one == other[::-1])
