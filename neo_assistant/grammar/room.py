"""What may still be named in a reply: of what conditions leave, the part that quotas and a budget leave as well.

It follows from the items named and from nothing else that was written. Every token of every beam asks for it again, so
it is worked out once for the same items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.grammar.budget import Budget, Completion, Spending
from neo_assistant.grammar.quotas import Filling, Quota, fill


class Room:
    """The room that the quotas and the budget of one reply leave.

    A view is always given with the name of the conditions that left it, the same name for the same view.

    Args:
        quotas: of the reply; every item counts for one of them.
        everything: the quota of all items, which holds where there are no others.
        budget: what all items may cost together.
        taken: (k,) positions that may not be named.
        lost: (k,) sorted positions that the shop has lost since the reply began.
        lost_after: how many items had been named when each of these was lost, by its position; 0 if missing.
    """

    def __init__(
        self,
        quotas: Sequence[Quota],
        everything: Quota,
        budget: Budget | None,
        taken: np.ndarray,
        lost: np.ndarray,
        lost_after: Mapping[int, int],
    ) -> None:
        self._quotas, self._everything, self._budget = tuple(quotas), everything, budget
        self._taken, self._lost, self._lost_after = taken, lost, lost_after
        self._parts: dict[tuple[str | None, tuple[int, ...]], View] = {}
        self._fillings: dict[tuple[int, ...], Filling] = {}

    def filling(self, items: Sequence[int]) -> Filling:
        """How far these items, by position, fill the quotas.

        Raises:
            GrammarError: if they are more than there may be.
        """
        named = tuple(items)
        if named not in self._fillings:
            self._fillings[named] = fill(self._quotas, [self._belongs(position) for position in named])
        return self._fillings[named]

    def open(self, items: Sequence[int]) -> tuple[int, ...]:
        """The quotas of whose items one more may be named, the budget apart; without any, 0 stands for all items."""
        if self._quotas:
            return self.filling(items).open
        return (0,) if len(items) < self._everything.at_most else ()

    def left(self, view: View, want: str | None, items: Sequence[int], lost: np.ndarray | None = None) -> View:
        """Of what conditions leave: what quotas and budget leave as well once these items are named.

        Args:
            view: what conditions leave.
            want: the conditions.
            items: positions of those named.
            lost: those that the shop had lost by then; found out if left out.
        """
        if self._budget is not None:
            gone = self._lost_by(len(items)) if lost is None else lost
            return self._spending.affordable(view, want, tuple(items), gone, self.open(items))
        return self._part(view, want, self.filling(items).open) if self._quotas else view

    def needed(self, view: View, want: str | None, items: Sequence[int], left: View) -> View | None:
        """The items of which one brings the reply nearer to its least counts; None if those are reached.

        Args:
            view: what conditions leave.
            want: the conditions.
            items: positions of those named.
            left: what may be named next.
        """
        if not self._quotas:
            return left if len(items) < self._everything.at_least else None
        filling = self.filling(items)
        if filling.wanting == filling.open:
            return left
        part = self._part(view, want, filling.wanting)
        return part if self._budget is None else part & left

    def completion(self, view: View, want: str | None) -> Completion:
        """The cheapest items that reach the least counts, by what conditions leave; only where there is a budget."""
        return self._spending.completion(view, want, (), NOTHING)

    @cached_property
    def _spending(self) -> Spending:
        assert self._budget is not None
        return Spending(self._budget, self._quotas or (self._everything,), self._taken, len(self._lost))

    def _lost_by(self, named: int) -> np.ndarray:
        """The items that had been lost when the reply had so many items and went on."""
        if not len(self._lost):
            return self._lost
        return np.array([place for place in self._lost.tolist() if self._lost_after.get(place, 0) <= named], np.int64)

    def _belongs(self, position: int) -> tuple[int, ...]:
        """The numbers of the quotas that an item may count for."""
        return tuple(number for number, quota in enumerate(self._quotas) if quota.view.has(position))

    def _part(self, view: View, want: str | None, numbers: tuple[int, ...]) -> View:
        """The items of a view that belong to one of some quotas."""
        if (want, numbers) not in self._parts:
            part = view & ~view
            for number in numbers:
                part = part | self._quotas[number].view
            self._parts[want, numbers] = view & part
        return self._parts[want, numbers]
