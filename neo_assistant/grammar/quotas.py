"""Counts per kind in one reply: "two mugs and a kettle".

A quota is a set of items and how many of them a reply names. An item may belong to several quotas (a travel mug is a
mug and travel gear); it then counts for one of them, and for which is never decided too early: what counts is that the
items named so far can be shared out so that no quota gets more than it may. That is a matching, and with at most a
handful of quotas and items finding one takes microseconds (augmenting paths: Kuhn 1955; Berge 1957).

From it follows what the reply needs at every step, for any overlap of the quotas:

- one more item may be named if it is in an *open* quota, one with room or from which an item can move to another;
- it is needed if it is in a *wanting* quota, the same with ``at_least`` for the room.

The sets that can be shared out are the independent sets of a transversal matroid (Edmonds and Fulkerson 1965). So as
long as some eligible item is needed, one that is needed may also be named, and a reply that ends when none is needed
names as many of the items asked for as any reply could.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neo_assistant.decoding.view import View
from neo_assistant.errors import GrammarError


@dataclass(frozen=True)
class Quota:
    """How many items of one sort a reply names.

    Args:
        name: for people: ``mug``.
        view: the items that belong to it, of the same index as the plan's view.
        at_least: holds as far as the eligible items allow.
        at_most: holds always.

    Raises:
        GrammarError: if the counts contradict each other.
    """

    name: str
    view: View
    at_least: int
    at_most: int

    def __post_init__(self) -> None:
        if not 0 <= self.at_least <= self.at_most:
            raise GrammarError(f"a reply cannot name at least {self.at_least} and at most {self.at_most} {self.name}")


@dataclass(frozen=True)
class Filling:
    """How far the items named so far fill the quotas; quotas by their number, ascending.

    Attributes:
        open: the quotas of whose items one more may be named.
        wanting: those of whose items one more brings the reply nearer to its least counts.
        missing: items that each quota still lacks for its least count.
    """

    open: tuple[int, ...]
    wanting: tuple[int, ...]
    missing: tuple[int, ...]


def fill(quotas: Sequence[Quota], belongs: Sequence[Sequence[int]]) -> Filling:
    """Share named items out over quotas.

    Args:
        quotas: all quotas of the reply.
        belongs: for each item named, the quotas it belongs to.

    Raises:
        GrammarError: if the items cannot be shared out: more were named than there may be.
    """
    most = Matching([quota.at_most for quota in quotas])
    if not all(most.add(numbers) for numbers in belongs):
        raise GrammarError("a reply names more items of one sort than it may")
    least = Matching([quota.at_least for quota in quotas])
    for numbers in belongs:
        least.add(numbers)
    return Filling(most.reached(), least.reached(), least.free)


class Matching:
    """Items shared out over quotas of a fixed size; as many are placed as can be, those that came first for good.

    Args:
        rooms: how many items go into each quota.
    """

    def __init__(self, rooms: Sequence[int]) -> None:
        self._rooms = tuple(rooms)
        self._belongs: list[Sequence[int]] = []
        self.inside: list[list[int]] = [[] for _ in rooms]
        """The items in each quota, by the order in which they came."""

    @property
    def free(self) -> tuple[int, ...]:
        """The room that is left in each quota."""
        return tuple(room - len(items) for room, items in zip(self._rooms, self.inside, strict=True))

    def add(self, belongs: Sequence[int]) -> bool:
        """Place one more item, moving others if need be; False if there is no room for it.

        Args:
            belongs: the numbers of the quotas it may go into.
        """
        self._belongs.append(belongs)
        return self._place(len(self._belongs) - 1, set())

    def reached(self) -> tuple[int, ...]:
        """Quotas with room, and those from which items can move on until one reaches room; ascending."""
        reached = {number for number, room in enumerate(self.free) if room}
        grown = True
        while grown:
            more = {
                number
                for number, items in enumerate(self.inside)
                if number not in reached and any(not reached.isdisjoint(self._belongs[item]) for item in items)
            }
            reached |= more
            grown = bool(more)
        return tuple(sorted(reached))

    def movable(self, number: int) -> list[int]:
        """The items of which one has to go for another item of a quota to be placed, if there is no room for it."""
        reached, waiting = {number}, [number]
        while waiting:
            for item in self.inside[waiting.pop()]:
                waiting += sorted(set(self._belongs[item]) - reached)
                reached.update(self._belongs[item])
        return sorted(item for quota in reached for item in self.inside[quota])

    def _place(self, item: int, seen: set[int]) -> bool:
        for number in self._belongs[item]:
            if number in seen:
                continue
            seen.add(number)
            if len(self.inside[number]) < self._rooms[number]:
                self.inside[number].append(item)
                return True
            for spot, other in enumerate(self.inside[number]):
                if self._place(other, seen):
                    self.inside[number][spot] = item
                    return True
        return False
