"""Which other words for kinds and values mean one thing only, so that serving may take them at their word.

The phrasings hold hundreds of names and phrases beside the catalog's own: "dressing gown", "with a dimmer", "that
sleeps four". Most say what they stand for, and some say something else as often: who wants a rug "for beside the bed"
wants no bed frame. Which is which is counted in the training examples: wherever serving would read a phrase beyond
doubt (:mod:`neo_assistant.grammar.plain_values`), the want of the example's reply either has the value or has not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from finetune.examples.example import TRAIN, Example
from finetune.examples.lexicon import Lexicon
from finetune.examples.shop import BRAND, KIND, Shop
from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.plain_values import PlainValues, forms
from neo_assistant.grammar.stated import without_limits
from neo_assistant.terms import Terms
from neo_assistant.want import Want

MOST_CONTRADICTED = 0.03
"""Share of a phrase's readings in which the want may lack the value."""
LIKENESS = 0.7
"""How like a value a single word has to be (difflib's ratio)."""
_IN_NAMES = frozenset({"use"})
"""Facets whose values are often a part of a thing's name."""


def candidate_terms(shop: Shop, lexicon: Lexicon, families: Iterable[str] = ()) -> Terms:
    """What the language has for the shop's kinds and values beside the catalog's own names.

    A single word is a candidate for a value only if it is that value in another spelling or form ("gray", "stretchy"),
    and for a kind it is left open which one is meant: "cream" is a colour and a food, and a cooler is something cooler.

    Args:
        shop: what is sold.
        lexicon: the words of the language.
        families: names that several kinds share.
    """
    facets = {name: sorted(shop.facet_values[name]) for name in shop.facets if name != BRAND}
    named = PlainValues(KIND, facets)

    def is_new(facet: str, value: str, phrase: str) -> bool:
        read = [entries for _, entries in named.matches(phrase)]
        if facet == KIND:
            # "Scented candle" is a candle that is scented, and is read as that; "winter coat" is a name.
            return not any(name not in (KIND, *_IN_NAMES) for entries in read for name, _ in entries)
        if read == [frozenset({(facet, value)})]:
            return False  # "in a small size" is read as the value small as it is
        return " " in phrase or SequenceMatcher(None, phrase, value).ratio() >= LIKENESS

    things = set(families)
    known: dict[str, dict[str, tuple[str, ...]]] = {}
    for facet, values in facets.items():
        for value in values:
            phrases = [
                phrase for phrase in dict.fromkeys(_phrases(lexicon, facet, value)) if is_new(facet, value, phrase)
            ]
            if facet == KIND:
                things.update(phrase for phrase in phrases if " " not in phrase)
                phrases = [phrase for phrase in phrases if " " in phrase]
            known.setdefault(facet, {})[value] = tuple(phrases)
    return Terms(known, tuple(sorted(things)))


def learn_terms(candidates: Terms, shop: Shop, examples: Iterable[Example]) -> Terms:
    """The candidates that the examples of training bear out.

    A phrase that they contradict in more than :data:`MOST_CONTRADICTED` of its readings is left out, and so is a single
    word for a thing if what is read beside it is contradicted, or if nothing ever is. What is left out changes what is
    beyond doubt, so this is repeated until nothing more is.
    """
    cases = [
        (without_limits(example.messages[-1].text), set(Want.parse(example.reply.want).facets))
        for example in examples
        if example.split == TRAIN and example.reply.want is not None
    ]
    facets = {name: sorted(shop.facet_values[name]) for name in shop.facets}
    while (kept := _borne_out(candidates, PlainValues(KIND, facets, candidates), cases)) != candidates:
        candidates = kept
    return kept


def _borne_out(terms: Terms, reader: PlainValues, cases: Sequence[tuple[str, set[tuple[str, str]]]]) -> Terms:
    """The terms that the cases, each a message and what it means, do not contradict."""
    seen, agreed = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for text, meant in cases:
        read = set(reader.within(text))
        for words, entries in reader.matches(text) if read else ():
            judged = read if (KIND, "") in entries else entries
            if len(entries) == 1 and judged <= read:
                seen[words] += 1
                agreed[words] += judged <= meant

    def is_borne_out(phrase: str, is_kind: bool) -> bool:
        known = list(forms(in_digits(phrase), is_kind))
        readings = sum(seen[words] for words in known)
        return readings - sum(agreed[words] for words in known) <= MOST_CONTRADICTED * readings

    kept = {
        facet: {value: tuple(p for p in phrases if is_borne_out(p, facet == KIND)) for value, phrases in known.items()}
        for facet, known in terms.facets.items()
    }
    shown = {words for words in seen if len(words) == 1}
    things = (name for name in terms.things if any(words in shown for words in forms(name, is_kind=True)))
    return Terms(kept, tuple(name for name in things if is_borne_out(name, is_kind=True)))


def _phrases(lexicon: Lexicon, facet: str, value: str) -> Iterator[str]:
    if facet == KIND:
        yield from lexicon.other_names(value)
        return
    yield from lexicon.forms(facet, value)
    number, _, unit = value.partition(" ")
    for phrase in lexicon.words["units"].get(unit, ()) if number != "1" else ():
        if not phrase.startswith("for "):  # a tent for four, and a mug for four
            yield phrase.format(n=number).strip(" ,")
