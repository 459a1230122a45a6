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
from neo_assistant.grammar.said_values import KIND
from neo_assistant.grammar.totals import total_in
from neo_assistant.grammar.want import WantGrammar
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


class OrderReader:
    """Reads counts and totals out of messages to one shop.

    Several kinds may also be counted by their last words alone: in a shop of office chairs and dining chairs "a desk
    and a chair" counts one chair of either kind.

    Args:
        facets: of the shop, with their values.
        types: item types.
    """

    def __init__(self, facets: Mapping[str, Sequence[str]], types: Sequence[str]) -> None:
        qualities = [value for name in FIRST_FACETS if name not in _NOT_QUALITIES for value in facets.get(name, ())]
        self._kinds = tuple(facets.get(KIND, ()))
        self._exact = CountReader(self._kinds, types, qualities, MAX_ITEMS)
        self._loose = CountReader([*self._kinds, *_last_words(self._kinds)], types, qualities, MAX_ITEMS)

    def read(self, text: str, counts: Counts = ()) -> Ordered:
        """What a message counts and what it may cost; ``counts`` are given beside it and take its counts' place."""
        total = total_in(text, kinds=self._kinds)
        rest = text if total is None else total.rest
        counts = counts or self._counts_in(rest)
        if total is not None and not counts:
            # "a desk setup: a desk and a lamp", "for a desk and a lamp"
            counts = self._counts_in(rest.partition(":")[2]) or self._counts_in(rest.removeprefix("for "))
        if total is None and len(counts) > 1:
            total = total_in(text, several=True, kinds=self._kinds)
        return Ordered(counts, None, text) if total is None else Ordered(counts, total.amount, total.rest)

    def _counts_in(self, text: str) -> Counts:
        exact = self._exact.counts_in(text)
        loose = () if exact else self._loose.counts_in(text)
        return loose if len(loose) > 1 else exact


def order_reader(snapshot: Snapshot) -> OrderReader:
    """The reader of messages to the shop."""
    return _reader(snapshot.grammar, snapshot.index.scheme.types)


def kinds_called(name: str, kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds that a name counts: the one of this name, or else those of which it is the last word."""
    known = sorted(kinds)
    return (name,) if name in known else tuple(kind for kind in known if kind.endswith(f" {name}"))


def quotas_of(snapshot: Snapshot, counts: Counts) -> tuple[Quota, ...]:
    """Quotas of exactly so many items each.

    Raises:
        RequestError: if the shop has nothing on sale of such a name.
    """
    return tuple(Quota(name, snapshot.view(_sort(snapshot, name)), number, number) for name, number in counts)


def _sort(snapshot: Snapshot, name: str) -> Conditions:
    """The condition that an item is of a sort: of a kind of this name, or else of a type, or of a kind so called."""
    known, types = snapshot.grammar.facets.get(KIND, ()), snapshot.index.scheme.types
    if name not in known and name in types:
        return Conditions(item_types=frozenset({name}))
    kind = Conditions(attributes=((KIND, kinds_called(name, known) or (name,)),))
    if not len(snapshot.view(kind)):
        raise RequestError(f"the shop has neither an item type nor a kind {name!r}", f"types are {', '.join(types)}")
    return kind


def _last_words(kinds: Iterable[str]) -> list[str]:
    """Last words of kinds that are no kinds themselves: ``chair`` of ``office chair``."""
    known = set(kinds)
    return sorted({kind.split()[-1] for kind in known if " " in kind.strip()} - known)


@lru_cache(maxsize=1)
def _reader(grammar: WantGrammar, types: tuple[str, ...]) -> OrderReader:
    return OrderReader(grammar.facets, types)
