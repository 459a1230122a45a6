"""Facet values that a shopper states beyond doubt: "a large green towel" asks for size large and colour green.

A small model overlooks one of several conditions now and then. Where a message names one kind of the catalog and beside
it, in the catalog's own words or in one of the shop's terms (:mod:`neo_assistant.terms`), one value of a facet, the
grammar of the want span asks for that value; and for the kind, if a term names it, which the model may never have seen.
As with ``neo_assistant.grammar.stated``, little is read and nothing is guessed: a message that negates, sets things
side by side or speaks of what the shopper has is left to the model, and so is a facet of which two values are named
where an item has only one.

On 20,685 training examples whose reply has a want span, what this reads of the catalog's own words and the label agree
in all but 0.6 % at most of the cases of any facet (docs/lab-notes.md tells how that was counted).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.plurals import plurals
from neo_assistant.terms import NO_TERMS, Terms
from neo_assistant.want import SEVERAL

_WORDS, _WHOLE_WORDS = re.compile(r"[^\W_]+"), re.compile(r"[\w'-]+")
_WORDS_AND_STOPS = re.compile(r"[^\W_]+|[,;:!?()\n]|\.(?![0-9])")
STOP, THING, VALUE = ",", "@", "#"
_ASKING = ("ask", "asking", "hunting", "interested", "looking", "market", "search", "searching", "shop", "shopping")
_NOT_ASKING = "".join(f"(?<!{word} )" for word in _ASKING)
ARTICLES = ("a", "an", "my", "our", "the", "his", "her", "your", "their", "this", "that", "these", "those")
_THEIRS = f"(?:{'|'.join(ARTICLES)})"
_PLACED = "(?:in|into|inside|on|onto|under|over|behind|beside|between|from)"
_DOUBTFUL = re.compile(
    r"\b(?:no|not|non|nothing|none|never|without|cannot|t|nt|instead|other|else|than|rather|except|but|or)\b"
    r"|\b(?:free|zero|minus|sans|excluding|apart|avoid|hate|dislike|allergic|faux|fake|imitation|return|why|broken?)\b"
    r"|\bhow (?!about\b)|\bwhere is\b"
    r"|\b(?:i|we)(?: ve)?(?: [a-z]+){0,2} (?:have|own|had|got|bought) "
    r"|\b(?:with|to|like|match|matches|suits?|fits?) (?:my|our|the|this)\b"
    rf"|\b(?:with|match|matches|suits?|fits?) (?:{VALUE} )*{THING}"
    rf"|{THING} and (?:{_THEIRS} )?(?:{VALUE} )*{THING}"
    rf"|{_NOT_ASKING}\b(?:for (?:{_THEIRS} )?|{_PLACED} {_THEIRS} )(?:{VALUE} )*{THING}"
    rf"|(?:bright|dark|deep|light|low|off|pale) {VALUE}"
    rf"|{VALUE} (?:and|or) (?:her|him|me|us|his|my|our)\b"
    rf"|\b(?:sit|lie|lay|put|set|go|come|fall|wind|wipe|wash|cool|calm|slow) {VALUE}"
)
"""Negations, refusals, alternatives, what the shopper has or what it is to go with or belong to, words that make
another value of what they stand before, and verbs ("to sit down"); in words parted by blanks, the found ones replaced.
"""
FOLLOWS = frozenset(
    (
        *("about", "above", "and", "any", "are", "around", "as", "at", "available", "below", "between", "by", "can"),
        *("costing", "could", "do", "for", "from", "has", "i", "in", "is", "it", "less", "made", "make", "making"),
        *("max", "maximum", "more", "my", "near", "of", "on", "out", "over", "please", "pls", "preferably", "priced"),
        *("rated", "should", "size", "so", "that", "thanks", "they", "to", "under", "up", "what", "which", "who"),
        *("whose", "with", "you", STOP, THING, VALUE),
    )
)
"""What may come after the name of a thing. After any other word it may be a part of a longer name: a robe hook."""
_OF_PEOPLE = frozenset({"audience", "gender"})
"""Facets of which a phrase may go on to somebody else: "for her husband"."""

_NAMES_A_SORT = frozenset({"use"})
"""Facets whose values are often a part of a thing's name: "camping hammocks" need not be listed for camping. They are
stated after "for", or by a term of several words: "for camping", "to take along on a trip".
"""

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
        self._kinds = frozenset(
            words for value in facets.get(kind, ()) for words in _in_number(tuple(_WHOLE_WORDS.findall(value.lower())))
        )
        # A thing is a kind of which it is not said which: it has no value.
        things = [((kind, ""), phrase) for phrase in terms.things]
        sold = {name: frozenset(values) for name, values in facets.items()}
        others = [
            ((name, value), phrase)
            for name, known in terms.facets.items()
            for value, phrases in known.items()
            if value in sold.get(name, ())
            for phrase in phrases
        ]
        self._singular = frozenset(_words(phrase) for _, phrase in [*things, *others])
        self._terms: dict[tuple[str, ...], set[Entry]] = {}
        for entry, phrase in [*things, *others]:
            for words in forms(in_digits(phrase), entry[0] == kind):
                if words not in own:
                    self._terms.setdefault(words, set()).add(entry)
        self._entries = {words: frozenset(entries) for words, entries in {**self._terms, **own}.items()}
        self._longest = max(map(len, self._entries), default=0)
        self._longest_kind = max(map(len, self._kinds), default=0)

    def within(self, text: str) -> tuple[Entry, ...]:
        """The values of each facet, sorted, more than one of those that have several; none where there is any doubt.

        A kind is among them only where a term names it, and none of the catalog's own names does.
        """
        matches, left = self.read(text)
        if _DOUBTFUL.search(" ".join(left)):
            return ()
        found: dict[str, set[str]] = {}
        things: dict[str, set[tuple[str, ...]]] = {}
        for place, (words, entries) in zip(_places(left), matches, strict=True):
            is_term = words in self._terms
            for name, value in entries:
                if name in _NAMES_A_SORT and not ((is_term and len(words) > 1) or _is_purpose(left, place)):
                    continue
                is_open = name == self._kind or (is_term and name in _OF_PEOPLE)
                if is_open and not _may_follow(left, place):
                    return ()
                if name == self._kind:
                    things.setdefault("" if is_term and len(words) == 1 else value, set()).add(words)
                elif is_term and len(words) == 1 and not _is_adjective(left, place):
                    found.setdefault(name, set()).update({value, ""})
                else:
                    # A word that is a value of two facets says neither beyond doubt.
                    found.setdefault(name, set()).update({value} if len(entries) == 1 else {value, ""})
        # Beside a kind, a word that may be any thing is none: "a red mug for game night".
        unsure = things.pop("", set())
        if len(things or unsure) != 1:
            return ()
        if things and all(words in self._terms for known in things.values() for words in known):
            found[self._kind] = set(things)
        sure = {name: values for name, values in found.items() if len(values) == 1 or name in SEVERAL}
        return tuple(sorted((name, value) for name, values in sure.items() if "" not in values for value in values))

    def by_terms(self, text: str) -> frozenset[Entry]:
        """All values that a message names by the shop's terms, whatever else it says."""
        matches, _ = self.read(text)
        return frozenset(entry for words, entries in matches if words in self._terms for entry in entries if entry[1])

    def without_terms(self, text: str) -> str:
        """A message, in lower case and digits, without its terms, which say what they say and hint at nothing else."""
        matches, left = self.read(text)
        named = iter(words for words, _ in matches)
        plain = in_digits(text).lower()
        spans = [found.span() for found in _WORDS_AND_STOPS.finditer(plain)]
        kept, place, end = "", 0, 0
        for word in left:
            words = next(named) if word in (THING, VALUE) else (word,)
            if words in self._terms:
                kept += plain[end : spans[place][0]]
                end = spans[place + len(words) - 1][1]
            place += len(words)
        return kept + plain[end:]

    def names_kind(self, text: str) -> bool:
        """Whether a message names a kind: as it stands in the catalog, in singular or plural, or by a term."""
        words = tuple(_WHOLE_WORDS.findall(text.lower()))
        return bool(self.by_word(text)) or any(
            words[start : start + count] in self._kinds
            for start in range(len(words))
            for count in range(1, self._longest_kind + 1)
        )

    def by_word(self, text: str) -> tuple[str, ...]:
        """The single word, if it is a term for a kind, by which a message names the one thing that it is about.

        Such a word may be none ("something cooler"), so it says that a kind is named and not which.
        """
        words, entries = self._one_term(text)
        return words if len(words) == 1 and all(value for _, value in entries) else ()

    def by_family(self, text: str) -> bool:
        """Whether a message names the one thing that it is about by a name that several kinds share."""
        _, entries = self._one_term(text)
        return (self._kind, "") in entries

    def _one_term(self, text: str) -> Match:
        """The term for a thing, if it is a term and the only thing that a message names; without a doubt."""
        matches, left = self.read(text)
        things = {
            words: (place, entries)
            for place, (words, entries) in zip(_places(left), matches, strict=True)
            if left[place] == THING
        }
        if len(things) == 1 and _DOUBTFUL.search(" ".join(left)) is None:
            [(words, (place, entries))] = things.items()
            is_many = words not in self._singular
            if words in self._terms and _may_follow(left, place) and (is_many or _is_noun(left, place)):
                return words, entries
        return (), frozenset()

    def kinds(self, text: str) -> frozenset[str]:
        """The kinds that a message names, by the catalog's names or by terms."""
        return frozenset(
            value for _, entries in self.read(text)[0] for name, value in entries if name == self._kind and value
        )

    def matches(self, text: str) -> tuple[Match, ...]:
        """Every name and term in a message, the longest one at every place, in order."""
        return tuple(self.read(text)[0])

    def read(self, text: str) -> tuple[list[Match], list[str]]:
        """The names and terms in a message, and its words with these and all signs replaced: ``# , please``."""
        words = tuple(word if word.isalnum() else STOP for word in _WORDS_AND_STOPS.findall(in_digits(text).lower()))
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
                left.append(THING if any(name == self._kind for name, _ in self._entries[named]) else VALUE)
            else:
                left.append(words[place])
            place += max(length, 1)
        return matches, left


def forms(phrase: str, is_kind: bool) -> Iterator[tuple[str, ...]]:
    """The words of a phrase, those of kinds in singular and plural; none if they are a single character."""
    words = _words(phrase)
    if len("".join(words)) > 1:
        yield from _in_number(words) if is_kind else (words,)


def _in_number(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words of a name in the singular and in the plural."""
    if words:
        yield words
        yield from ((*words[:-1], form) for form in plurals(words[-1]))


def _places(left: Sequence[str]) -> Iterator[int]:
    """Where something was found in a message."""
    return (place for place, word in enumerate(left) if word in (THING, VALUE))


def _is_noun(left: Sequence[str], place: int) -> bool:
    """Whether a word stands where a thing does: first, or after an article or a number, one word between at most."""
    before = [word for word in left[:place] if word != VALUE]
    return not before or any(word in ARTICLES or word.isdigit() for word in before[-2:])


def _is_adjective(left: Sequence[str], place: int) -> bool:
    """Whether a word stands before the thing, other values between, or behind it by itself: "in turquoise"."""
    after = next((word for word in left[place + 1 :] if word != VALUE), STOP)
    before = left[place - 1] if place else ""
    return after == THING or (before in ("in", STOP, THING) and (after == STOP or after in FOLLOWS))


def _is_purpose(left: Sequence[str], place: int) -> bool:
    """Whether a word says what something is for, by itself: "for the beach" does, "for beach towels" does not."""
    before = [word for word in left[max(0, place - 2) : place] if word not in ARTICLES]
    return before[-1:] == ["for"] and _may_follow(left, place) and left[place + 1 : place + 2] not in ([THING], [VALUE])


def _may_follow(left: Sequence[str], place: int) -> bool:
    """Whether what comes after a place begins something new."""
    return place + 1 == len(left) or left[place + 1] in FOLLOWS or left[place + 1].isdigit()


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(text.lower()))
