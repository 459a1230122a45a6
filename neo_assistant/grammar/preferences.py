"""What the shop would rather have named, inside what the shopper's conditions leave: items first, and weights on items.

Neither can bring in an item. A pin narrows what the next item may be, through the same masks as a condition, as long as
one of its items may be named; a weight moves scores of what may be named anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import View
from neo_assistant.decoding.weights import ViewWeights, Weights


@dataclass(frozen=True, eq=False)
class Preferences:
    """Of one reply; it remembers what it worked out for the reply's views.

    Args:
        pins: sets of items; as long as the first has one left, the next item is one of these, then of the second, ….
        weights: factors on the probability that an item is named; None for none.
    """

    pins: tuple[Bitmap, ...] = ()
    weights: Weights | None = None
    _pinned: dict[int, tuple[View, list[View]]] = field(default_factory=dict, init=False, repr=False)
    """What pins leave of a view, by the view's id; the view is kept, so that no other gets its id."""
    _weighted: dict[int, ViewWeights] = field(default_factory=dict, init=False, repr=False)

    def offered(self, view: View, blocked: np.ndarray, number: int | None = None) -> View:
        """What pins leave for the next item of all that may be named; all of it if no pinned item may be.

        Args:
            view: what may be named, but for ``blocked``.
            blocked: (k,) sorted positions that may not be.
            number: the type number, if its opener has been written: what is pinned of other types comes too late.
        """
        for part in self._parts(view):
            types = part.open_types(blocked)
            if types.any() if number is None else types[number]:
                return part
        return view

    def weighted(self, view: View) -> ViewWeights | None:
        """The weights of a view's items; None if none of them counts here."""
        if self.weights is None:
            return None
        if id(view) not in self._weighted:
            self._weighted[id(view)] = self.weights.under(view)
        found = self._weighted[id(view)]
        return found if len(found.positions) else None

    def _parts(self, view: View) -> list[View]:
        if not self.pins:
            return []
        if id(view) not in self._pinned:
            parts = [View(view.index, view.bitmap & pin) for pin in self.pins]
            self._pinned[id(view)] = (view, [part for part in parts if len(part)])
        return self._pinned[id(view)][1]
