"""A budget on a whole reply: "a desk, a chair and a lamp, 300 in all".

The model cannot add, so the grammar does. Once items that cost S are named, one more may follow only if its price is
known and S, its price and the least that the rest of the reply then costs are within the budget together. The rest is
what the quotas still lack (:mod:`neo_assistant.grammar.quotas`), so a reply that begins can always be completed.

What quotas still lack is a basis of a matroid, the transversal matroid of the quotas with the named items contracted
(Edmonds and Fulkerson 1965). From that follow, also where quotas overlap:

- The cheapest completion is found greedily: the cheapest item that helps, again and again (Edmonds 1971).
- The cheapest completion *with* an item x is the cheapest one, x in and the dearest item out that x can stand in for:
  the dearest of the circuit that x closes. Which items those are depends on the quotas that x belongs to and not on x.

So per quota there is one highest price, and what may follow is: in the quota and no dearer than that. It is one
comparison over an array of prices, once for every item named, and a bitmap; steps inside a span cost nothing more. Few
items need be looked at for the completion: of each quota the cheapest, as many as the reply may name items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import View
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.quotas import Matching, Quota

UNKNOWN = int(np.iinfo(np.int64).max)
"""The price of an item that has none, or one in another currency: above every budget."""


@dataclass(frozen=True, eq=False)
class Budget:
    """What the items of a reply may cost together.

    Args:
        most: in minor units.
        prices: (positions,) int64, minor units, by position in the index; ``UNKNOWN`` where there is none.

    Raises:
        GrammarError: if it is negative.
    """

    most: int
    prices: np.ndarray
    _within: dict[int, Bitmap] = field(default_factory=dict, init=False, repr=False)
    """Items up to a price, by the price."""

    def __post_init__(self) -> None:
        if not 0 <= self.most < UNKNOWN:
            raise GrammarError(f"{self.most} is no budget")

    def left(self, items: Sequence[int]) -> int:
        """What is left once these items, by position, are named; below 0 if they cost too much.

        Raises:
            GrammarError: if the price of one is not known.
        """
        prices = [int(self.prices[position]) for position in items]
        if UNKNOWN in prices:
            raise GrammarError("a reply with a budget names an item without a price")
        return self.most - sum(prices)

    def within(self, price: int) -> Bitmap:
        """The items that cost so much at most."""
        if price not in self._within:
            self._within[price] = Bitmap.from_bools(self.prices <= price)
        return self._within[price]

    def cheapest(self, view: View, count: int, taken: np.ndarray) -> np.ndarray:
        """The cheapest items of a view.

        Args:
            view: of the index that the prices are of.
            count: how many, if there are so many with a price.
            taken: (k,) positions that do not count.

        Returns:
            (count or fewer,) positions, the cheapest first.
        """
        bitmap = view.bitmap & self.within(UNKNOWN - 1)
        if len(taken):
            bitmap = bitmap & ~Bitmap.from_positions(len(bitmap), taken)
        positions = bitmap.positions()
        prices = self.prices[positions]
        if len(positions) > count:
            some = np.sort(np.argpartition(prices, count)[:count]) if count else np.empty(0, dtype=np.int64)
            positions, prices = positions[some], prices[some]
        return positions[np.argsort(prices, kind="stable")]


@dataclass(frozen=True)
class Offer:
    """An item that may complete a reply: its price, and the quotas it belongs to."""

    price: int
    belongs: tuple[int, ...]


@dataclass(frozen=True)
class Completion:
    """The cheapest items that fill what quotas still lack, as far as there are any.

    Attributes:
        cost: of all of them.
        saved: per quota, the price of the dearest of them that another item of the quota can stand in for; 0 where
            none can be.
    """

    cost: int
    saved: tuple[int, ...]

    def limit(self, number: int, left: int) -> int | None:
        """What an item of a quota may cost if what follows it is still to be had; None if nothing may be named.

        Args:
            number: of the quota.
            left: what there is to spend.
        """
        return left - self.cost + self.saved[number] if self.cost <= left else None


def complete(rooms: Sequence[int], named: Sequence[Sequence[int]], offers: Sequence[Offer]) -> Completion:
    """The cheapest completion of a reply.

    Args:
        rooms: the least count of each quota.
        named: for each item named already, the quotas it belongs to.
        offers: what may be named besides: at least the cheapest of each quota, as many as the reply may name items.
    """
    matching, prices = Matching(rooms), [0] * len(named)
    for numbers in named:
        matching.add(numbers)
    cost = 0
    for offer in sorted(offers, key=lambda offer: offer.price):
        if not any(matching.free):
            break
        prices.append(offer.price)
        cost += offer.price if matching.add(offer.belongs) else 0
    saved = [max((prices[item] for item in matching.movable(number)), default=0) for number in range(len(rooms))]
    return Completion(cost, tuple(saved))


class Spending:
    """What a budget leaves of a reply's items, worked out once for the items named, not for every token.

    Args:
        budget: the amount and the prices.
        quotas: of the reply.
        taken: (k,) positions that may not be named.
        lost: how many items the shop may lose while the reply is written.
    """

    def __init__(self, budget: Budget, quotas: Sequence[Quota], taken: np.ndarray, lost: int) -> None:
        self._budget, self._quotas, self._taken = budget, tuple(quotas), taken
        self._enough = sum(quota.at_most for quota in quotas) + lost
        self._cheapest: dict[tuple[str | None, int], list[int]] = {}
        self._affordable: dict[tuple[str | None, tuple[int, ...], tuple[int, ...]], View] = {}

    def affordable(
        self, view: View, want: str | None, items: tuple[int, ...], lost: np.ndarray, numbers: Sequence[int]
    ) -> View:
        """What may be named such that the budget still holds when the least counts are reached.

        Args:
            view: what conditions leave.
            want: the conditions' name; the same for the same view.
            items: positions of the items named.
            lost: (k,) positions of items that may not be named any more.
            numbers: of the quotas that one more item may belong to.
        """
        key = (want, items, tuple(lost.tolist()))
        if key not in self._affordable:
            left, completion = self._budget.left(items), self.completion(view, want, items, lost)
            part = view.bitmap & ~view.bitmap
            for number in numbers:
                limit = completion.limit(number, left)
                if limit is not None:
                    part = part | (self._quotas[number].view.bitmap & self._budget.within(limit))
            self._affordable[key] = View(view.index, view.bitmap & part)
        return self._affordable[key]

    def completion(self, view: View, want: str | None, items: tuple[int, ...], lost: np.ndarray) -> Completion:
        """The cheapest items that reach the least counts after those named; arguments as above."""
        rooms = [quota.at_least for quota in self._quotas]
        offered: set[int] = set()
        for number in range(len(rooms)) if any(rooms) else ():
            offered.update(self._cheapest_of(view, want, number))
        offered.difference_update(items, lost.tolist())
        offers = [Offer(int(self._budget.prices[place]), self._belongs(place)) for place in sorted(offered)]
        return complete(rooms, [self._belongs(position) for position in items], offers)

    def _cheapest_of(self, view: View, want: str | None, number: int) -> list[int]:
        """The cheapest items of a quota: so many that some are left whatever is named and lost."""
        if (want, number) not in self._cheapest:
            found = self._budget.cheapest(view & self._quotas[number].view, self._enough, self._taken)
            self._cheapest[want, number] = found.tolist()
        return self._cheapest[want, number]

    def _belongs(self, position: int) -> tuple[int, ...]:
        return tuple(number for number, quota in enumerate(self._quotas) if quota.view.has(position))
