"""Facet values that a shopper states beyond doubt: "a large green towel" asks for size large and colour green.

A small model overlooks one of several conditions now and then. Where a message names one kind of the catalog and beside
it, in the catalog's own words or in one of the shop's terms (:mod:`neo_assistant.terms`), one value of a facet, the
grammar of the want span asks for that value; and for the kind, if a term names it, which the model may never have seen.
As with ``neo_assistant.grammar.stated``, little is read and nothing is guessed: a message that negates, sets things
side by side or speaks of what the shopper has is left to the model, and so is a facet of which two values are named.

On 20,685 training examples whose reply has a want span, what this reads of the catalog's own words and the label agree
in all but 0.6 % at most of the cases of any facet (docs/lab-notes.md tells how that was counted).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.plurals import plurals
from neo_assistant.terms import NO_TERMS, Terms

_WORDS = re.compile(r"[^\W_]+")
_VALUE = "#"
_DOUBTFUL = re.compile(
    r"\b(?:no|not|non|nothing|none|never|without|cannot|t|nt|instead|other|else|than|rather|except|but|or)\b"
    r"|\b(?:i|we)(?: ve)? (?:have|own|had|got|bought) "
    rf"|\b(?:with|to|like|match|matches|suits?|fits?) (?:my|our|the|this|{_VALUE})\b"
    rf"|(?:bright|dark|deep|light|off|pale) {_VALUE}"
    rf"|\b(?:sit|lie|lay|put|set|go|come|fall|wind|wipe|wash|cool|calm|slow) {_VALUE}"
)
"""Negations, alternatives, what the shopper has or what else it is to go with, words that make another value of the one
they stand before, and verbs ("to sit down"); in words parted by blanks, what was found replaced."""

Entry = tuple[str, str]
"""A facet and one of its values."""
Match = tuple[tuple[str, ...], frozenset[Entry]]
"""Words of a message that name something, and what they may name."""


class PlainValues:
    """Finds them in messages.

    Args:
        kind: name of the facet that says what sort of thing an item is.
        facets: facet name → values.
        terms: other words for these; those of other values are passed over, and so are those that are a name already.
    """

    def __init__(self, kind: str, facets: Mapping[str, Sequence[str]], terms: Terms = NO_TERMS) -> None:
        self._kind = kind
        own: dict[tuple[str, ...], set[Entry]] = {}
        for name, values in facets.items():
            for value in values:
                for words in forms(value, name == kind):
                    own.setdefault(words, set()).add((name, value))
        self._kinds = frozenset(words for words, entries in own.items() if any(name == kind for name, _ in entries))
        # A family is a kind of which it is not said which: it has no value.
        families = [((kind, ""), phrase) for phrase in terms.families]
        others = [
            ((name, value), phrase)
            for name, known in terms.facets.items()
            for value, phrases in known.items()
            if value in facets.get(name, ())
            for phrase in phrases
        ]
        self._terms: dict[tuple[str, ...], set[Entry]] = {}
        for entry, phrase in [*families, *others]:
            for words in forms(phrase, entry[0] == kind):
                if words not in own:
                    self._terms.setdefault(words, set()).add(entry)
        self._entries = {words: frozenset(entries) for words, entries in {**self._terms, **own}.items()}
        self._longest = max(map(len, self._entries), default=0)
        self._longest_kind = max(map(len, self._kinds), default=0)

    def within(self, text: str) -> tuple[Entry, ...]:
        """At most one value of each facet, sorted; empty where the message leaves any doubt.

        A kind is among them only where a term names it, and none of the catalog's own names does.
        """
        matches, left = self._read(text)
        found: dict[str, set[str]] = {}
        for _, entries in matches:
            for name, value in entries:
                # A word that is a value of two facets says neither beyond doubt.
                found.setdefault(name, set()).update({value} if len(entries) == 1 else {value, ""})
        kinds = found.pop(self._kind, set())
        if _DOUBTFUL.search(" ".join(left)) or len(kinds) != 1:
            return ()
        if "" not in kinds and not any(words in self._kinds for words, _ in matches):
            found[self._kind] = kinds
        return tuple(sorted((name, value) for name, values in found.items() if len(values) == 1 for value in values))

    def by_terms(self, text: str) -> frozenset[Entry]:
        """All that a message names by the shop's terms, families apart, whatever else it says."""
        matches, _ = self._read(text)
        return frozenset(entry for words, entries in matches if words in self._terms for entry in entries if entry[1])

    def names_kind(self, text: str) -> bool:
        """Whether a message names a kind as it stands in the catalog, in singular or plural."""
        words = _words(in_digits(text))
        return any(
            words[start : start + count] in self._kinds
            for start in range(len(words))
            for count in range(1, self._longest_kind + 1)
        )

    def matches(self, text: str) -> tuple[Match, ...]:
        """Every name and term in a message, the longest one at every place, in order."""
        return tuple(self._read(text)[0])

    def _read(self, text: str) -> tuple[list[Match], list[str]]:
        """The matches, and the words of the message with these replaced."""
        words = _words(in_digits(text))
        matches: list[Match] = []
        left: list[str] = []
        place = 0
        while place < len(words):
            longest = min(self._longest, len(words) - place)
            lengths = (length for length in range(longest, 0, -1) if words[place : place + length] in self._entries)
            length = next(lengths, 0)
            if length:
                named = words[place : place + length]
                matches.append((named, self._entries[named]))
            left.append(_VALUE if length else words[place])
            place += max(length, 1)
        return matches, left


def forms(phrase: str, is_kind: bool) -> Iterator[tuple[str, ...]]:
    """The words of a phrase, those of kinds in singular and plural; none if they are a single character."""
    words = _words(in_digits(phrase))
    if len("".join(words)) > 1:
        yield words
        if is_kind:
            yield from ((*words[:-1], form) for form in plurals(words[-1]))


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(text.lower()))
