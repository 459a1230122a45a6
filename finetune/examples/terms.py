"""Which other words for kinds and values mean one thing only, so that serving may take them at their word.

The phrasings hold hundreds of names and phrases beside the catalog's own: "dressing gown", "with a dimmer", "that
sleeps four". Most say what they stand for, and some say something else as often: who wants a rug "for beside the bed"
wants no bed frame. Which is which is counted in what training says: wherever serving would read a phrase beyond
doubt (:mod:`neo_assistant.grammar.plain_values`), what is meant either has the value or has not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from finetune.examples.example import TRAIN, Example
from finetune.examples.lexicon import Lexicon
from finetune.examples.phrases import PhraseBook
from finetune.examples.shop import BRAND, KIND, Shop
from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.plain_values import PlainValues, forms
from neo_assistant.grammar.stated import without_limits
from neo_assistant.terms import Terms
from neo_assistant.want import Want

MOST_CONTRADICTED = 0.03
"""Share of a phrase's readings in which the want may lack the value."""
_PARTICLES = frozenset({"in", "off", "on", "out", "over", "up"})
_IN_NAMES = frozenset({"use"})
"""Facets whose values are often a part of a thing's name."""


def candidate_terms(shop: Shop, lexicon: Lexicon, families: Iterable[str] = ()) -> Terms:
    """What the language has for the shop's kinds and values beside the catalog's own names.

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
            # "Scented candle" is a candle that is scented, and is read as that; "winter coat" is a name. "Slip-on" and
            # "carry-on" are names as well, and what people do with other things.
            is_done = not _PARTICLES.isdisjoint(phrase.replace("-", " ").split())
            return not is_done and not any(name not in (KIND, *_IN_NAMES) for entries in read for name, _ in entries)
        return read != [frozenset({(facet, value)})]  # "in a small size" is read as the value small as it is

    known = {
        facet: {
            value: tuple(p for p in dict.fromkeys(_phrases(lexicon, facet, value)) if is_new(facet, value, p))
            for value in values
        }
        for facet, values in facets.items()
    }
    return Terms(known, tuple(sorted(set(families))))


def learn_terms(candidates: Terms, shop: Shop, book: PhraseBook, examples: Iterable[Example]) -> Terms:
    """The candidates that nothing contradicts which training says.

    That is the examples, and every need, small talk and thing not sold that the phrasings have: of these it is known
    that they name no kind, or which one they mean. A phrase goes that is contradicted more than once and in more than
    :data:`MOST_CONTRADICTED` of its readings; for a name of several kinds, what is read beside it is judged. What goes
    changes what is beyond doubt, so this is repeated until nothing more does.
    """
    cases = [
        (without_limits(example.messages[-1].text), set(Want.parse(example.reply.want).facets), True)
        for example in examples
        if example.split == TRAIN and example.reply.want is not None
    ]
    cases += [(need, {(KIND, kind)}, False) for kind in shop.by_kind for need in book.needs.get(kind, ())]
    cases += [(text.lower(), set(), True) for exchange in book.talk for text in exchange.ask]
    cases += [(f"a {thing.lstrip('~')}", set(), True) for things in book.unsold for thing in things.things]
    facets = {name: sorted(shop.facet_values[name]) for name in shop.facets}
    while (kept := _borne_out(candidates, PlainValues(KIND, facets, candidates), cases)) != candidates:
        candidates = kept
    return kept


def _borne_out(terms: Terms, reader: PlainValues, cases: Sequence[tuple[str, set[tuple[str, str]], bool]]) -> Terms:
    """The terms that the cases do not contradict: each a message, what it means, and whether that is all it means."""
    seen, wrong = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for text, meant, is_all in cases:
        read, word = set(reader.within(text)), reader.by_word(text)
        for words, entries in reader.matches(text) if read or word else ():
            judged = read if (KIND, "") in entries else entries
            if len(entries) == 1 and ((judged and judged <= read) or words == word):
                known = judged if is_all else {entry for entry in judged if entry[0] == KIND}
                seen[words] += 1
                wrong[words] += not known <= meant

    def is_borne_out(phrase: str, is_kind: bool) -> bool:
        known = list(forms(in_digits(phrase), is_kind))
        return sum(wrong[words] for words in known) <= max(1, MOST_CONTRADICTED * sum(seen[words] for words in known))

    kept = {
        facet: {value: tuple(p for p in phrases if is_borne_out(p, facet == KIND)) for value, phrases in known.items()}
        for facet, known in terms.facets.items()
    }
    return Terms(kept, tuple(name for name in terms.things if is_borne_out(name, is_kind=True)))


def _phrases(lexicon: Lexicon, facet: str, value: str) -> Iterator[str]:
    if facet == KIND:
        yield from lexicon.other_names(value)
        return
    yield from lexicon.forms(facet, value)
    number, _, unit = value.partition(" ")
    for phrase in lexicon.words["units"].get(unit, ()) if number != "1" else ():
        if not phrase.startswith("for "):  # a tent for four, and a mug for four
            yield phrase.format(n=number).strip(" ,")
