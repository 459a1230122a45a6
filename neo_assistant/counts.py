"""How many of what a reply is to name, and what that may cost in all: from a request, or from the shopper's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from catalog_db.conditions import Conditions
from neo_assistant.catalog import Snapshot
from neo_assistant.errors import RequestError
from neo_assistant.grammar.counted import CountReader, Counts
from neo_assistant.grammar.quotas import Quota
from neo_assistant.grammar.totals import total_in
from neo_assistant.grammar.want import KIND, WantGrammar
from neo_assistant.request import MAX_ITEMS
from neo_assistant.want import FIRST_FACETS

_NOT_QUALITIES = (KIND, "brand")


@dataclass(frozen=True)
class Ordered:
    """What a message counts, and what it says that all of it may cost.

    Attributes:
        counts: kinds or item types, and how many of each.
        total: in major units, as it was written; None where there is none.
        rest: the message without the words that state the total, so that no limit on each item is read from them.
    """

    counts: Counts
    total: str | None
    rest: str


def ordered_in(snapshot: Snapshot, text: str, counts: Counts = ()) -> Ordered:
    """What a message to the shop counts and what it may cost; ``counts`` are given beside it and take its counts'
    place.
    """
    reader = _reader(snapshot.grammar, snapshot.index.scheme.types)
    return read_order(text, reader, snapshot.grammar.facets.get(KIND, ()), counts)


def read_order(text: str, reader: CountReader, kinds: Iterable[str], counts: Counts = ()) -> Ordered:
    """What a message counts and what it may cost.

    Args:
        text: the message.
        reader: of the shop's counts.
        kinds: of goods that the shop sells.
        counts: what is counted beside the words, if anything is.
    """
    total = total_in(text, kinds=kinds)
    rest = text if total is None else total.rest
    counts = counts or reader.counts_in(rest)
    if total is not None and not counts:
        # "a desk setup: a desk and a lamp", "for a desk and a lamp"
        counts = reader.counts_in(rest.partition(":")[2]) or reader.counts_in(rest.removeprefix("for "))
    if total is None and len(counts) > 1:
        total = total_in(text, several=True, kinds=kinds)
    return Ordered(counts, None, text) if total is None else Ordered(counts, total.amount, total.rest)


def quotas_of(snapshot: Snapshot, counts: Counts) -> tuple[Quota, ...]:
    """Quotas of exactly so many items each.

    Raises:
        RequestError: if the shop has nothing on sale of such a name.
    """
    return tuple(Quota(name, snapshot.view(_sort(snapshot, name)), number, number) for name, number in counts)


def _sort(snapshot: Snapshot, name: str) -> Conditions:
    """The condition that an item is of a sort: of a kind of this name, or else of a type."""
    kind, types = Conditions(attributes=((KIND, (name,)),)), snapshot.index.scheme.types
    if name not in snapshot.grammar.facets.get(KIND, ()) and name in types:
        return Conditions(item_types=frozenset({name}))
    if not len(snapshot.view(kind)):
        raise RequestError(f"the shop has neither an item type nor a kind {name!r}", f"types are {', '.join(types)}")
    return kind


@lru_cache(maxsize=1)
def _reader(grammar: WantGrammar, types: tuple[str, ...]) -> CountReader:
    return count_reader(grammar.facets, types)


def count_reader(facets: Mapping[str, Sequence[str]], types: Sequence[str]) -> CountReader:
    """What reads the counts out of messages to a shop with these facets and item types."""
    qualities = [value for name in FIRST_FACETS if name not in _NOT_QUALITIES for value in facets.get(name, ())]
    return CountReader(facets.get(KIND, ()), types, qualities, MAX_ITEMS)
