"""Facet values that a shopper states beyond doubt: "a large green towel" asks for size large and colour green.

A small model overlooks one of several conditions now and then. Where a message names one kind of the catalog and beside
it, in the catalog's own words, one value of a facet, the grammar of the want span asks for that value. As with
``neo_assistant.grammar.stated``, little is read and nothing is guessed: a message that negates, sets things side by
side or speaks of what the shopper has is left to the model, and so is a facet of which two values are named.

On 20,685 training examples whose reply has a want span, what this reads and the label agree in all but 0.6 % at most of
the cases of any facet (docs/lab-notes.md tells how that was counted).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.plurals import plurals

_WORDS = re.compile(r"[^\W_]+")
_VALUE = "#"
_DOUBTFUL = re.compile(
    r"\b(?:no|not|non|nothing|none|never|without|cannot|t|nt|instead|other|else|than|rather|except|but|or)\b"
    r"|\b(?:i|we)(?: ve)? (?:have|own|had|got|bought) "
    rf"|\b(?:with|to|like|match|matches|suits?|fits?) (?:my|our|the|this|{_VALUE})\b"
    rf"|(?:bright|dark|deep|light|off|pale) {_VALUE}"
)
"""Negations, alternatives, what the shopper has or what else it is to go with, and words that make another value of
the one they stand before; in words parted by blanks, what was found replaced."""

Entry = tuple[str, str]
"""A facet and one of its values."""


class PlainValues:
    """Finds them in messages.

    Args:
        kind: name of the facet that says what sort of thing an item is.
        facets: facet name → values.
    """

    def __init__(self, kind: str, facets: Mapping[str, Sequence[str]]) -> None:
        self._kind = kind
        self._entries: dict[tuple[str, ...], set[Entry]] = {}
        for name, values in facets.items():
            for value in values:
                for words in _forms(value) if name == kind else [_words(value)]:
                    if len("".join(words)) > 1:
                        self._entries.setdefault(words, set()).add((name, value))
        self._longest = max(map(len, self._entries), default=0)

    def within(self, text: str) -> tuple[Entry, ...]:
        """At most one value of each facet, kinds apart, sorted; empty where the message leaves any doubt."""
        found, left = self._read(_words(in_digits(text)))
        if _DOUBTFUL.search(" ".join(left)) or len(found.pop(self._kind, ())) != 1:
            return ()
        return tuple(sorted((name, value) for name, values in found.items() if len(values) == 1 for value in values))

    def _read(self, words: tuple[str, ...]) -> tuple[dict[str, set[str]], list[str]]:
        """What a message names by facet, the longest name at every place, and its words with these replaced."""
        found: dict[str, set[str]] = {}
        left: list[str] = []
        place = 0
        while place < len(words):
            longest = min(self._longest, len(words) - place)
            lengths = (length for length in range(longest, 0, -1) if words[place : place + length] in self._entries)
            length = next(lengths, 0)
            entries = self._entries[words[place : place + length]] if length else set()
            for name, value in entries:
                # A word that is a value of two facets says neither beyond doubt.
                found.setdefault(name, set()).update({value} if len(entries) == 1 else {value, ""})
            left.append(_VALUE if length else words[place])
            place += max(length, 1)
        return found, left


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(text.lower()))


def _forms(kind: str) -> set[tuple[str, ...]]:
    """The words of a kind's name, in singular and plural."""
    *before, last = _words(kind) or ("",)
    return {(*before, form) for form in (last, *plurals(last)) if form}
