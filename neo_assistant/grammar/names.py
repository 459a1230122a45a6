"""What of a catalog's names and values somebody wrote: what nobody did may not stand in a want span.

A small model that is not sure of a brand, a size or a feature makes one up, and then nothing is found. Two readers,
both without case, accents and signs:

:class:`Names` finds whole names ("Potluck & Co" is "potluck and co"), and those of five letters or more with one letter
missing, added, wrong, or changed places with the next one, unless an ordinary word is written so: "looking" is no slip
for "cooking". It is for brands, which people copy.

:class:`Hints` finds values of which some word begins as a word of the text does: "foldable" after "folding", "built-in
storage" after "with storage". A last word in which several values end says nothing by itself: "safe for children"
is not "oven safe" where things may be "dishwasher safe" as well, and "cotton" is not "organic cotton". A value with a
number ("40 cm") needs all its numbers instead. It is for what people describe in the shop's words or nearly so.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.plurals import plurals
from neo_assistant.spelling import ordinary_words

_FORGIVING = 5
"""Letters that a name and what was written for it must have to be compared; shorter ones are too like other words."""
_BEGINNING = 4
"""Letters at its beginning that tell a word from others, whatever its ending."""
_SAYS_NOTHING = frozenset(
    {"a", "an", "and", "at", "by", "every", "for", "from", "in", "it", "no", "non", "not", "of", "off", "on", "or"}
    | {"over", "per", "the", "to", "under", "up", "with"}
)
_WORD = re.compile(r"[^\s,;:!?()\"“”]+")
_SIGNS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")


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
        if run in ordinary_words():
            return
        # One slip leaves the first two letters or the last two as they were: only names that share them are compared.
        for side, letters in _ends(run):
            for length in (len(run) - 1, len(run), len(run) + 1):
                for plain in self._ends.get((side, letters, length), ()):
                    if _one_slip(run, plain):
                        yield plain


class Hints:
    """Values of a facet that a text may hint at.

    Args:
        values: in any spelling.
        things: what :func:`thing_words` found in the names of kinds. What begins as one of these words does is meant by
            it only if it goes on where the word ends: who asks for slippers does not ask for "non-slip".
    """

    def __init__(self, values: Iterable[str], things: frozenset[str] = frozenset()) -> None:
        known = sorted(set(values))
        self._things = things
        self._names = Names(known)
        self._numbered: dict[str, list[tuple[frozenset[str], str]]] = {}
        self._by_beginning: dict[str, list[tuple[str, str]]] = {}
        words: list[tuple[list[str], str]] = []
        for value in known:
            if numbers := frozenset(_NUMBER.findall(value)):
                self._numbered.setdefault(min(numbers), []).append((numbers, value))
            else:
                words.append((_SIGNS.split(value.strip()), value))
        ends = Counter(_plain(parts[-1]) for parts, _ in words)
        for parts, value in words:
            telling = parts[:-1] if len(parts) > 1 and ends[_plain(parts[-1])] > 1 else parts
            for word in _telling(" ".join(telling)) or _telling(value):
                self._by_beginning.setdefault(word[:_BEGINNING], []).append((word, value))

    def within(self, text: str) -> frozenset[str]:
        """The values that a text names or hints at."""
        written = frozenset(_NUMBER.findall(text)) | frozenset(_NUMBER.findall(in_digits(text)))
        found = {value for one in written for numbers, value in self._numbered.get(one, ()) if numbers <= written}
        for word in _telling(text):
            begun = self._by_beginning.get(word[:_BEGINNING], ())
            found.update(value for known, value in begun if word not in self._things or known.startswith(word))
        return frozenset(found | {value for value in self._names.within(text) if not _NUMBER.search(value)})


def thing_words(kinds: Iterable[str]) -> frozenset[str]:
    """The words of kinds' names, in singular and plural, as :class:`Hints` compares them."""
    words = {word for kind in kinds for word in _SIGNS.split(kind.lower()) if word}
    return frozenset(_plain(form) for word in words for form in (word, *plurals(word)))


def _telling(text: str) -> set[str]:
    """The words of a text that say something; one with a hyphen counts as a whole and in parts."""
    words = {part for word in _WORD.findall(text) for part in (word, *_SIGNS.split(word))}
    return {word for word in {_plain(word) for word in words} - _SAYS_NOTHING if len(word) > 1}


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
