"""Reads what a reply states about items and checks each statement against the rows.

A statement is a value of a facet (colour, material, brand, kind, …), a price or a limit, a rating, stock, a comparison
("the cheaper one"), or how many items there are. It counts for the items that its sentence speaks of: those that the
words point at ("the first", "both", "the glass one", "it"), or else those it stands beside
(:mod:`neo_assistant.claims.layout`). A statement about several items is true if it is so of each.

Only English, and only what the shop's own values and a short list of other words for them can name
(:mod:`neo_assistant.claims.vocabulary`). Not read, and so neither true nor false: questions; what the shop has not got;
what goes with an item; values that the shop does not have ("fluffy"); reasons ("because you like camping" is read as a
statement about the history, if one is given). Where a sentence names one of several items in a way not listed here, a
value counts as true if any of them has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog_db.products import ProductRecord
from neo_assistant.claims import vocabulary as english
from neo_assistant.claims.comparisons import compared_with
from neo_assistant.claims.layout import Part, Sentence, sentences
from neo_assistant.claims.mentions import KIND, Mention, Mentions, has
from neo_assistant.claims.subjects import Pointers, Rows
from neo_assistant.grammar.plurals import plurals

COUNT, HISTORY = "count", "history"
_THINGS = "items?|things?|options?|products?|ideas?|picks?|suggestions?|choices?|matches"
_NOT_BETWEEN = "are|is|were|was|for|of|in|to|with|by|and|at|from|that|which|fits?|match(?:es)?|have|has|cost"
_NOT_COUNTED = "questions?|ways?|reasons?|tips|sorts?|kinds?|types?|colou?rs?|sizes?|stars?|left|remaining|of them"


@dataclass(frozen=True)
class Claim:
    """Something a reply states.

    Args:
        text: the words that state it.
        name: a facet, ``price``, ``rating``, ``stock`` or ``count``.
        subject: SKUs of the items it is said of, or ``history``.
        true: whether the rows bear it out.
    """

    text: str
    name: str
    subject: tuple[str, ...]
    true: bool


class ClaimReader:
    """Reads replies over one shop; it holds no state.

    Args:
        facets: facet name → values, as want spans state them.
        currency: in which the shop names prices.
    """

    def __init__(self, facets: Mapping[str, Sequence[str]], currency: str) -> None:
        self._mentions = Mentions(facets, currency)
        self._pointers = Pointers(facets)
        kinds = facets.get(KIND, ())
        self._kind_of = {word: kind for kind in kinds for word in (kind, *plurals(kind))}
        nouns = "|".join(english.plain(word) for word in sorted(self._kind_of, key=lambda word: (-len(word), word)))
        words = rf"(?:(?!(?:{_NOT_COUNTED}|{_NOT_BETWEEN})\b)[^\W\d]['’\w&-]*\s+){{0,6}}?"
        unit = "|".join(english.UNITS.values())
        number = rf"\b(?<!\bsize )(?P<number>{english.NUMBER})\s+(?!(?:{unit})\b)"
        self._counted = re.compile(rf"{number}{words}(?P<noun>{nouns or '(?!)'}|{_THINGS})(?![\w-])", re.I)

    def read(
        self, parts: Sequence[Part], shown: Sequence[ProductRecord] = (), history: Sequence[ProductRecord] = ()
    ) -> list[Claim]:
        """What a reply states.

        Args:
            parts: words, and rows of the items named, in the order in which they stand.
            shown: rows of the items that the shopper had before their eyes: those put into the turn, or last shown.
            history: rows of the shopper's history; "you like red" is true if one of them is red.
        """
        own: Rows = tuple(part for part in parts if not isinstance(part, str))
        last: Rows = ()
        found: list[Claim] = []
        for sentence in sentences(parts, shown):
            # A reply that names one of the items last shown again speaks of all that were shown.
            among = tuple(shown) if len(own) < 2 <= len(shown) and not sentence.heading else sentence.about or own
            # What is shown now as cheaper is so than what was shown before.
            against = tuple(shown) if sentence.heading else ()
            claims, last = self._sentence(sentence, among, last, bool(own), tuple(history), against)
            found += claims
        return found

    def _sentence(
        self, sentence: Sentence, among: Rows, last: Rows, names_items: bool, history: Rows, against: Rows
    ) -> tuple[list[Claim], Rows]:
        """Its claims, and what it spoke of in the end."""
        text = sentence.text
        if sentence.asks:
            return [], last
        pointers = self._pointers.find(text, among, last)
        silent = silent_in(text, names_items)
        mentions = [one for one in self._mentions.find(text) if not _within(one, silent)]
        kinds = [one for one in mentions if one.name == KIND]
        found = list(self._counts(sentence, names_items, {self._kind(text, one) for one in kinds}))
        for mention in mentions:
            if any(pointer.start <= mention.start < pointer.end for pointer in pointers):
                continue
            if (you := _of_shopper(text, mention)) or (not among and history):
                wished = you and english.WISHED.search(_clause(text, mention))
                if history and not wished and mention.name not in ("price", "rating", "stock"):
                    found.append(self._any(mention, text, history, (HISTORY,)))
                if you or not among:
                    continue
            before = [pointer for pointer in pointers if pointer.start <= mention.start]
            if before:
                found.append(self._each(mention, text, before[-1].items, among))
            elif pointers and not sentence.heading:
                found.append(self._each(mention, text, pointers[0].items, among))
            elif sentence.heading and len({self._kind(text, one) for one in kinds}) > 1:
                found.append(self._of_several_kinds(mention, text, kinds, sentence.about))
            elif last and not names_items:
                found.append(self._each(mention, text, last, among))
            elif names_items and sentence.about:
                found.append(self._each(mention, text, sentence.about, against or among))
            elif among:
                found.append(self._any(mention, text, among, tuple(row.sku for row in among)))
        spoken = pointers[-1].items if pointers else sentence.about if len(sentence.about) == 1 else last
        return found, spoken

    def _each(self, mention: Mention, text: str, items: Rows, among: Rows) -> Claim:
        """The statement, of each of the items."""
        asked = items[:1] if mention.of_all else items
        together = mention.of_all or (len(items) > 1 and {row.sku for row in items} <= {row.sku for row in among})
        group = compared_with(items, among) if mention.compares else items if together else among
        negated = _negated(text, mention)
        true = all(mention.holds(row, group) != negated for row in asked)
        return Claim(text[mention.start : mention.end], mention.name, tuple(row.sku for row in items), true)

    def _any(self, mention: Mention, text: str, items: Rows, subject: tuple[str, ...]) -> Claim:
        """The statement, of any of the items."""
        negated = _negated(text, mention)
        true = any(mention.holds(row, items) != negated for row in items)
        return Claim(text[mention.start : mention.end], mention.name, subject, true)

    def _of_several_kinds(self, mention: Mention, text: str, kinds: list[Mention], items: Rows) -> Claim:
        """ "A red kettle and two blue mugs": a value counts for the kind that it stands before."""
        noun = next((one for one in kinds if one.end >= mention.end), kinds[-1])
        kind = self._kind(text, noun)
        those = tuple(row for row in items if has(row, KIND, kind))
        if not those:
            return Claim(text[mention.start : mention.end], mention.name, tuple(row.sku for row in items), False)
        return self._each(mention, text, those, items)

    def _kind(self, text: str, noun: Mention) -> str:
        return self._kind_of.get(text[noun.start : noun.end].lower(), "")

    def _counts(self, sentence: Sentence, names_items: bool, kinds: set[str]) -> Iterator[Claim]:
        text = sentence.text
        silent = silent_in(text, names_items)
        matches = [one for one in self._counted.finditer(text) if not any(a <= one.start() < b for a, b in silent)]
        taken = [one.span() for one in matches]
        for match in matches:
            kind = self._kind_of.get(match["noun"].lower())
            items = sentence.about
            if kind and len(kinds) > 1:
                items = tuple(row for row in items if has(row, KIND, kind))
            if items or sentence.heading or not names_items:
                yield _count(match[0], english.number_of(match["number"]), sentence.about, len(items))
        for match in _ANNOUNCED.finditer(text):
            if not any(start <= match.start("number") < end for start, end in taken):
                yield _count(match[0], english.number_of(match["number"]), sentence.about, len(sentence.about))
        for start, end in english.counted_pieces(text):
            # Of "a desk and two pieces of cookware" these words count some only.
            if not taken and not kinds and not any(a <= start < b for a, b in silent):
                number = english.number_of(text[start:end].split()[0])
                yield _count(text[start:end], number, sentence.about, len(sentence.about))
        for match in re.finditer(r"\bboth\b", text, re.I):
            if sentence.about:
                yield _count(match[0], 2, sentence.about, len(sentence.about))


_ANNOUNCED = re.compile(
    rf"\b(?:here(?:'s| is| are)|there (?:is|are)|(?:i|we)(?:'ve)? (?:have|found|got)|all|these|those) "
    rf"(?:only |just )?(?P<number>{english.NUMBER})\b(?!['’]|\s*(?:{_NOT_COUNTED}|%)\b)"
    rf"(?!\s*-?(?:{'|'.join(english.UNITS.values())})\b)",
    re.I,
)


def _count(text: str, number: int, items: Rows, actual: int) -> Claim:
    return Claim(text, COUNT, tuple(row.sku for row in items), number == actual)


def silent_in(text: str, names_items: bool) -> list[tuple[int, int]]:
    """Stretches that speak of something else than the items."""
    spans = [match.span() for match in english.NONE_HERE.finditer(text)]
    if not names_items:
        spans += [match.span() for match in english.SHOP_HAS.finditer(text)]
    for match in english.ASIDE.finditer(text):
        end = english.CLAUSE.search(text, match.end())
        spans.append((match.start(), end.start() if end else len(text)))
    return spans


def _within(mention: Mention, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= mention.start < end for start, end in spans)


def _of_shopper(text: str, mention: Mention) -> bool:
    """Whether the clause says it of the shopper ("you like red"), not of what the shopper may like."""
    clause = _clause(text, mention)
    said = list(english.YOU.finditer(clause))
    return bool(said) and not english.MAY_LIKE.search(clause)


def _negated(text: str, mention: Mention) -> bool:
    return bool(english.NEGATION.search(_clause(text, mention)))


def _clause(text: str, mention: Mention) -> str:
    """The beginning of the clause that a mention stands in."""
    return english.CLAUSE.split(text[: mention.start])[-1]
