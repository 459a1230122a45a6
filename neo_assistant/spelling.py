"""Misspelled words of the shop, read as what they most likely are: "bluetoth speker" as "bluetooth speaker".

A small model reads what it has seen written, and nobody has seen every slip. So words that stand in no dictionary are
compared with the shop's own (the values of its facets) before the model reads them; what was typed is what is stored
and shown. Only a word of the shop is ever put in the place of another, and only where the choice is clear: within one
edit (two from ``LONG`` letters on), with the same first letter, and nearer than any other.

Edits are those of Damerau and Levenshtein, found by symmetric deletes (Garbe 2012, SymSpell; the library symspellpy).
The dictionary of ordinary words is SymSpell's English one; a shop in another language corrects only towards words that
its catalog holds, and takes English ones for known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from symspellpy import SymSpell, Verbosity

from neo_assistant.grammar.plurals import plurals

SHORTEST, LONG = 4, 7
"""Letters a word needs to be looked at, and to have two slips in it."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_POSSESSIVE = re.compile(r"['’]s$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is read, and what in it was read otherwise: pairs of the word as typed and as read."""

    text: str
    changes: tuple[tuple[str, str], ...] = ()


class Speller:
    """Reads misspelled words. Safe to share between threads.

    Args:
        terms: what the shop calls things: kinds, colours, brands; several words each, or one.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._near = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        self._written = {word.lower(): word for term in terms for word in _WORD.findall(term)}
        self._known = set(self._written).union(*(plurals(word) for word in self._written if not word.endswith("s")))
        for word in sorted(self._known):
            if len(word) >= SHORTEST:
                self._near.create_dictionary_entry(word, 1)

    def read(self, text: str) -> Reading:
        """The text with misspelled words of the shop put right; every other character stays."""
        changes: list[tuple[str, str]] = []

        def right(found: re.Match[str]) -> str:
            typed = found[0]
            meant = self._meant(typed)
            if meant is None:
                return typed
            changes.append((typed, meant))
            return meant

        return Reading(_WORD.sub(right, text), tuple(changes))

    def _meant(self, typed: str) -> str | None:
        word = typed.lower()
        known = any(form in self._known or form in ordinary_words() for form in (word, _POSSESSIVE.sub("", word)))
        if len(word) < SHORTEST or known or typed[1:] != word[1:]:
            return None  # capitals inside a word are a name's
        slips = 2 if len(word) >= LONG else 1
        near = [each for each in self._near.lookup(word, Verbosity.CLOSEST, slips) if each.term[0] == word[0]]
        # A word and its plural are one choice, and the first in the alphabet is the singular.
        meant = sorted(each.term for each in near)
        if not meant or any(other not in plurals(meant[0]) for other in meant[1:]):
            return None
        chosen = meant[-1 if word.endswith("s") else 0]
        return self._written.get(chosen, chosen)


@lru_cache(maxsize=1)
def ordinary_words() -> frozenset[str]:
    """English words, which are meant as they are written; even rare ones, as shops sell trivets and hassocks."""
    listed = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig")
    return frozenset(line.split()[0] for line in listed.splitlines())
