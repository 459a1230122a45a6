"""Counts that a shopper states in so many words: "two mugs and a kettle".

As with limits (``neo_assistant.grammar.stated``) a small model loses count, so where a count stands in one of the plain
forms below, the grammar of the reply holds to it. The rule is to be right rather than to be clever. A message is read
only if all of it that names a kind of goods is one list of counts ("two mugs, a kettle and 3 lamps"), said by somebody
who asks for them ("I need", "show me", or nothing before it), and nothing after it changes what was counted ("two mug
racks", "a kettle or a lamp"). "A mug for two", "2 litre kettle", "size 8 boots", "set of 4 mugs" state no count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from neo_assistant.grammar.plurals import plurals, singulars

Counts = tuple[tuple[str, int], ...]
"""Names of item types or of kinds of goods, and how many of each."""

_WORD = re.compile(r"[^\W_]+(?:['’./-][^\W_]+)*|[^\w\s]")
_SENTENCE = re.compile(r"(?<!\bno)(?<!\bnr)(?<!\bvol)(?<!\bmax)(?<!\bmin)(?<!\bapprox)(?<!\bca)\.(?=\s|$)|[!?;\n]")
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_DIGITS = re.compile(r"[1-9][0-9]?", re.ASCII)
_ARTICLES = ("a", "an", "another")
_PAIRS = {"a": 1, "one": 1, "1": 1, "two": 2, "2": 2, "three": 3, "3": 3, "four": 4, "4": 4}
"""What may stand before "pair of" or "pairs of"."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SOLD_IN_PAIRS = _set(
    "boot clog cufflink earbud earphone earring flip-flop flipper glass glasses glove headphone heel jean legging "
    "loafer mitten moccasin pant plier pump sandal scissor shoe short skate ski slipper sneaker sock speaker stocking "
    "sunglass sunglasses tight trainer trouser wellington"
)
"""Of these, "a pair" is one article."""
_PLAIN = _set("additional cheap different extra good great lovely more new nice other simple")
"""Words between a number and a kind that change neither."""
_JOINS = frozenset({",", "and", ", and", "&", "+", "plus", "and also", ", and also", "as well as", "and then"})
_AFTER = _set(
    "about above around as at below between by cheaper costing each for from in instead less made max maximum my on "
    "our over please rated thanks that to today under up which with within"
)
"""Words that may follow a list of counts without changing it; others might make it a compound ("two mug racks")."""
_FILLER = (
    "(?:actually|also|and|exactly|great|hello|hey|hi|just|maybe|now|ok|okay|only|please|really|so|thanks|then|well|yes)"
)
_WHO = "(?:i|we|she|he|they)"
_VERB = "(?:add|bring|buy|find|get|give|have|list|order|pick|purchase|recommend|see|send|show|suggest)"
_ASKING = re.compile(
    rf"(?:{_FILLER} )*"
    rf"(?:(?:{_WHO} (?:{_FILLER} )?)?(?:needs?|wants?) "
    rf"|(?:{_WHO}'d|{_WHO} would) (?:{_FILLER} )?(?:like|love) "
    rf"|(?:{_WHO}'ll|{_WHO} will) (?:take|have|need) "
    rf"|(?:(?:i'm|we're|i am|we are) (?:{_FILLER} )?)?(?:hunting|looking|searching|shopping|search|look) for "
    rf"|(?:can|could|may|would|will) (?:i|we|you) (?:{_FILLER} )?{_VERB} "
    r"|do you (?:carry|have|sell) "
    r"|(?:how|what) about "
    r"|(?:add|bring|buy|find|get|give|list|order|pick|recommend|send|show|suggest) )?"
    rf"(?:to {_VERB} )?(?:me |us )?(?:{_FILLER} )*"
)
"""What may stand in a clause before a list of counts."""
_CLAUSE_ENDS = frozenset(",:()–—-")


@dataclass(frozen=True)
class _Form:
    """A spelling of a kind's name; ``name`` is None where two kinds share the spelling."""

    name: str | None
    singular: bool
    plural: bool


@dataclass(frozen=True)
class _Phrase:
    """A count and a kind at ``begin`` to ``end`` of a sentence's words, or a kind alone (``number`` 0)."""

    begin: int
    end: int
    name: str | None
    number: int
    explicit: bool
    described: bool


class CountReader:
    """Reads the counts out of messages to one shop.

    Args:
        kinds: values of the facet ``kind``.
        types: item types; a kind of the same name comes first.
        qualities: values of facets such as colour, which may stand between a number and a kind.
        most: the most items a reply may show; who asks for more orders a quantity.
    """

    def __init__(self, kinds: Iterable[str], types: Iterable[str], qualities: Iterable[str], most: int) -> None:
        self._kinds, self._types = tuple(sorted(kinds)), tuple(sorted(types))
        self._qualities, self._most = frozenset(_phrase(value) for value in qualities), most

    def counts_in(self, text: str) -> Counts:
        """What one message counts, in its order; empty if nothing, or if it is not certain.

        Several kinds need a number or an article each; a kind alone needs a number, because who asks for "a mug" wants
        to choose among several.
        """
        found: list[tuple[list[str], list[_Phrase]]] = []
        for sentence in _SENTENCE.split(text.lower().replace("’", "'")):
            words = _WORD.findall(sentence)
            if phrases := list(self._phrases(words)):
                found.append((words, phrases))
        if len(found) != 1:
            return ()
        words, phrases = found[0]
        counts = tuple((phrase.name, phrase.number) for phrase in phrases if phrase.name is not None)
        certain = (
            len({name for name, _ in counts}) == len(phrases)
            and all(phrase.number for phrase in phrases)
            and sum(number for _, number in counts) <= self._most
            and (phrases[0].explicit if len(phrases) == 1 else not any(phrase.described for phrase in phrases))
            and _asked_for(words[: phrases[0].begin])
            and all(" ".join(words[one.end : other.begin]) in _JOINS for one, other in pairwise(phrases))
            and _ends(words[phrases[-1].end :])
        )
        return counts if certain else ()

    @cached_property
    def _forms(self) -> dict[tuple[str, ...], _Form]:
        forms: dict[tuple[str, ...], _Form] = {}
        for names in (self._kinds, self._types):
            own: dict[tuple[str, ...], _Form] = {}
            for name in names:
                for words, form in _forms_of(name):
                    shared = words in own and own[words].name != name
                    own[words] = _Form(None, False, False) if shared else form
            forms = own | forms
        return forms

    @cached_property
    def _longest(self) -> int:
        return max((len(words) for words in self._forms), default=0)

    def _phrases(self, words: Sequence[str]) -> Iterator[_Phrase]:
        """Every kind named in a sentence, with its count if it has one."""
        place = 0
        while place < len(words):
            phrase = self._counted(words, place) or self._named(words, place)
            if phrase is not None:
                yield phrase
            place = phrase.end if phrase is not None else place + 1

    def _counted(self, words: Sequence[str], begin: int) -> _Phrase | None:
        read = _number(words, begin)
        if read is None:
            return None
        place, number, explicit, pairs = read
        described = False
        while place < len(words) and (quality := self._quality(words, place)):
            described |= words[place] not in _PLAIN
            place += quality
        named = self._named(words, place)
        if named is None or named.name is None:
            return None
        form = self._forms[tuple(words[place : named.end])]
        if pairs:
            if not form.plural:
                return None
            noun = words[named.end - 1]
            in_pairs = not (singulars(noun) | {noun}).isdisjoint(_SOLD_IN_PAIRS)
            number, explicit = (pairs, pairs > 1) if in_pairs else (2 * pairs, True)
        elif not (form.plural if number > 1 else form.singular):
            return None
        return _Phrase(begin, named.end, named.name, number, explicit, described)

    def _quality(self, words: Sequence[str], place: int) -> int:
        """How many words at ``place`` describe what follows without being part of its name."""
        if self._named(words, place) is not None:
            return 0
        if words[place] in _PLAIN:
            return 1
        return next((length for length in (2, 1) if tuple(words[place : place + length]) in self._qualities), 0)

    def _named(self, words: Sequence[str], place: int) -> _Phrase | None:
        for length in range(min(self._longest, len(words) - place), 0, -1):
            form = self._forms.get(tuple(words[place : place + length]))
            if form is not None:
                return _Phrase(place, place + length, form.name, 0, False, False)
        return None


def _number(words: Sequence[str], place: int) -> tuple[int, int, bool, int] | None:
    """Where the number at ``place`` ends, its value, whether it is more than an article, and of pairs how many."""
    here, following = words[place], " ".join(words[place + 1 : place + 3])
    if following in ("pair of", "pairs of") and here in _PAIRS:
        return place + 3, 2 * _PAIRS[here], True, _PAIRS[here]
    if (here, following) == ("a", "couple of"):
        return place + 3, 2, True, 0
    if here in _ARTICLES:
        after = words[place + 1] if place + 1 < len(words) else ""
        return (place + 2, _NUMBERS[after], True, 0) if after in _NUMBERS else (place + 1, 1, False, 0)
    if here in _NUMBERS:
        return place + 1, _NUMBERS[here], True, 0
    return (place + 1, int(here), True, 0) if _DIGITS.fullmatch(here) else None


def _forms_of(name: str) -> Iterator[tuple[tuple[str, ...], _Form]]:
    """How a kind's name may be spelled, in singular and plural; nothing, if it is not made of words."""
    words = _phrase(name)
    if not words or any(not word[0].isalnum() for word in words):
        return
    *head, last = words
    alone = singulars(last)
    yield words, _Form(name, True, bool(alone))
    for form in sorted(plurals(last) - {last}):
        yield (*head, form), _Form(name, False, True)
    for form in sorted(alone - {last}):
        yield (*head, form), _Form(name, True, False)


def _phrase(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(name.lower().replace("_", " ")))


def _asked_for(before: Sequence[str]) -> bool:
    """Whether the last clause of what stands before a list asks for something, or there is none."""
    ends = [place for place, word in enumerate(before) if word in _CLAUSE_ENDS]
    clause = before[ends[-1] + 1 :] if ends else before
    return _ASKING.fullmatch("".join(f"{word} " for word in clause)) is not None


def _ends(after: Sequence[str]) -> bool:
    return not after or after[0] in _AFTER or (not after[0].isalnum() and after[0] not in "&+/%-'\"")
