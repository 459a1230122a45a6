"""Which other words for kinds and values mean one thing only, so that serving may take them at their word.

The phrasings hold hundreds of names and phrases beside the catalog's own: "dressing gown", "with a dimmer", "that
sleeps four". Most say what they stand for, and some say something else as often: who wants a rug "for beside the bed"
wants no bed frame. Which is which is counted in the training examples: wherever serving would read a phrase beyond
doubt (:mod:`neo_assistant.grammar.plain_values`), the want of the example's reply either has the value or has not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

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


def candidate_terms(shop: Shop, lexicon: Lexicon, families: Iterable[str] = ()) -> Terms:
    """Every phrase of the language for the shop's kinds and values that the catalog's own names do not cover.

    Args:
        shop: what is sold.
        lexicon: the words of the language.
        families: names that several kinds share.
    """
    facets = {name: sorted(shop.facet_values[name]) for name in shop.facets if name != BRAND}
    named = PlainValues(KIND, facets)

    def new(facet: str, value: str, phrases: Iterable[str]) -> tuple[str, ...]:
        kept = []
        for phrase in dict.fromkeys(phrases):
            read = [entries for _, entries in named.matches(phrase)]
            # "in a small size" is read as the value small as it is.
            if read != [frozenset({(facet, value)})]:
                kept.append(phrase)
        return tuple(kept)

    known = {
        facet: {value: new(facet, value, _phrases(lexicon, facet, value)) for value in values}
        for facet, values in facets.items()
    }
    return Terms(known, tuple(families))


def learn_terms(candidates: Terms, shop: Shop, examples: Iterable[Example]) -> Terms:
    """The candidates that the examples of training bear out.

    A phrase that they contradict in more than :data:`MOST_CONTRADICTED` of its readings is left out. One that they
    never show stays if it has several words: a phrase is seldom something else, and a single word often is.
    """
    reader = PlainValues(KIND, {name: sorted(shop.facet_values[name]) for name in shop.facets}, candidates)
    seen, agreed = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for example in examples:
        if example.split != TRAIN or example.reply.want is None:
            continue
        text = without_limits(example.messages[-1].text)
        read, meant = set(reader.within(text)), set(Want.parse(example.reply.want).facets)
        for words, entries in reader.matches(text):
            if len(entries) == 1 and entries <= read:
                seen[words] += 1
                agreed[words] += entries <= meant

    def is_borne_out(facet: str, phrase: str) -> bool:
        known = list(forms(phrase, facet == KIND))
        readings = sum(seen[words] for words in known)
        if not readings:
            return any(len(words) > 1 for words in known)
        return readings - sum(agreed[words] for words in known) <= MOST_CONTRADICTED * readings

    kept = {
        facet: {value: tuple(p for p in phrases if is_borne_out(facet, p)) for value, phrases in known.items()}
        for facet, known in candidates.facets.items()
    }
    return Terms(kept, candidates.families)


def _phrases(lexicon: Lexicon, facet: str, value: str) -> Iterator[str]:
    if facet == KIND:
        yield from lexicon.other_names(value)
        return
    yield from lexicon.forms(facet, value)
    number, _, unit = value.partition(" ")
    for phrase in lexicon.words["units"].get(unit, ()) if number != "1" else ():
        yield in_digits(phrase.format(n=number)).strip(" ,")
