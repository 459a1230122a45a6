"""How many of what a reply is to name: from a request's counts, or from the shopper's words."""

from __future__ import annotations

from functools import lru_cache

from catalog_db.conditions import Conditions
from neo_assistant.catalog import Snapshot
from neo_assistant.errors import RequestError
from neo_assistant.grammar.counted import CountReader, Counts
from neo_assistant.grammar.quotas import Quota
from neo_assistant.grammar.want import KIND, WantGrammar
from neo_assistant.request import MAX_ITEMS, Request
from neo_assistant.want import FIRST_FACETS

_NOT_QUALITIES = (KIND, "brand")


def counts_of(snapshot: Snapshot, request: Request) -> Counts:
    """The counts a request states beside its words, or else those in them."""
    return request.counts or _reader(snapshot.grammar, snapshot.index.scheme.types).counts_in(request.text)


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
    facets = grammar.facets
    qualities = [value for name in FIRST_FACETS if name not in _NOT_QUALITIES for value in facets.get(name, ())]
    return CountReader(facets.get(KIND, ()), types, qualities, MAX_ITEMS)
