"""What of a catalog's facet values a text names, read in five ways for five questions.

``written`` asks what may stand in a want span at all. It is generous: a slip or another ending costs the shopper
nothing, and the model still chooses among what is found. ``spoken`` asks what may stand where the model may choose
nothing by itself, because several kinds are counted. It is strict, and reads the facets that people rephrase as well.
``names_kind`` asks whether a kind has to stand there, ``names_family`` whether a kind or a type has to, ``plain``
which other values have to, and ``taken_back`` which may not, although somebody wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from neo_assistant.grammar.names import Hints, Names, thing_words
from neo_assistant.grammar.party import party
from neo_assistant.grammar.plain_values import Entry, PlainValues
from neo_assistant.grammar.stated import without_limits
from neo_assistant.grammar.taken_back import TakenBack, TakenBackReader
from neo_assistant.terms import NO_TERMS, Terms
from neo_assistant.want import FIRST_FACETS, Want

FacetValues = tuple[tuple[str, str], ...]
"""Names of facets and a value of each."""
Written = frozenset[tuple[str, str]]
"""The same, of facets of which only what somebody wrote may stand in a span."""
KIND = FIRST_FACETS[0]
"""The facet that says what sort of thing an item is."""
BRAND = "brand"
REPHRASED = frozenset({KIND, "colour", "audience"})
"""Facets that people put in words of their own ("somewhere to sit", "gray", "for my daughter"): a model may read any
value out of those. Values of all others have to be written, at least in part. Of those in the sample store's training
examples nearly all are (brand and capacity 100 %, material 99.9, size 99.8, feature 98.5), of these here fewer (colour
98, kind 77, audience 69). A use may be put so, too ("as a present"), but a small model that may read one out of
anything made one up for 7 of 150 requests, and most of these then found nothing (docs/lab-notes.md)."""
_COLOURS = frozenset({"colour", "color"})
"""Of these the exception where the shop's terms say in which other words: nobody means beige and says no colour."""


class SaidValues:
    """Looks for the values of one catalog's facets in texts.

    Args:
        facets: facet name → values.
        terms: other words for them.
    """

    def __init__(self, facets: Mapping[str, Sequence[str]], terms: Terms = NO_TERMS) -> None:
        self._facets = facets
        things = thing_words(facets.get(KIND, ()))
        self._readers: dict[str, Names | Hints] = {
            name: Names(values) if name == BRAND else Hints(values, things)
            for name, values in facets.items()
            if name not in REPHRASED or (name in _COLOURS and terms.facets.get(name))
        }
        self._plain = PlainValues(KIND, facets, terms)
        others = {name: values for name, values in facets.items() if name != KIND}
        self._taken_back = TakenBackReader(self._plain, others, proper=(BRAND,))

    def is_written(self, name: str) -> bool:
        """Whether values of this facet have to be written by somebody."""
        return name in self._readers

    def spoken(self, text: str) -> FacetValues:
        """The values, kinds apart, that somebody wrote as they stand in the catalog, in any case."""
        said = text.lower()
        return tuple(
            (name, value)
            for name, values in self._facets.items()
            if name != KIND
            for value in values
            if len(value) > 1 and value.lower() in said and _alone(value.lower(), said)
        )

    def names_kind(self, text: str) -> bool:
        """Whether somebody named a kind as it stands in the catalog, in singular or plural."""
        return self._plain.names_kind(text)

    def names_family(self, text: str) -> bool:
        """Whether somebody named a thing by a name that several kinds share, and nothing else: "lamps"."""
        return self._plain.by_family(text)

    def plain(self, text: str) -> FacetValues:
        """What a message states beyond doubt."""
        return self._plain.within(without_limits(text))

    def named(self, text: str) -> Written:
        """The values that a message names, by the catalog's names or by terms, whatever else it says."""
        return frozenset(entry for _, entries in self._plain.matches(text) for entry in entries)

    def kinds(self, text: str) -> frozenset[str]:
        """The kinds that a message names."""
        return self._plain.kinds(text)

    def party(self, text: str, wants: Sequence[Want]) -> Entry | None:
        """For how many people a message says that the thing of the last want shall be: a facet and a value."""
        return party(without_limits(text), wants, self._plain, KIND)

    def taken_back(self, text: str) -> TakenBack:
        """What a message takes back or refuses."""
        return self._taken_back.within(text)

    def written(self, text: str) -> Written:
        """What somebody wrote of the facets that people do not rephrase; slips and other endings are forgiven."""
        # "That sleeps four" is the size of a tent, and no hint that it is for sleeping.
        rest = self._plain.without_terms(text)
        found = frozenset(
            (name, value)
            for name, reader in self._readers.items()
            for value in reader.within(text if name == BRAND else rest)
        )
        return found.union(entry for entry in self._plain.by_terms(text) if self.is_written(entry[0]))


def _alone(value: str, text: str) -> bool:
    """Whether a value stands in a text as words of its own."""
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None
