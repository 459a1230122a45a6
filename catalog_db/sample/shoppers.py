"""Simulated shoppers: what people with coherent tastes would have done in the sample store.

No event and no query here comes from a real person. Every shopper key starts with ``sim-``, so that nobody who sees the
data can take it for a real log. Each shopper is drawn from a random generator seeded with a fixed string, so that the
log is the same every time, and changing how many shoppers there are does not change the ones before.

A shopper comes back for sessions. In a session they follow one need: look at several products of a kind, may cart and
buy the one they like best, dismiss what does not suit them, and after a purchase turn to what goes with it.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from catalog_db.models import EventKind
from catalog_db.rows import EventRow, ProductRow, QueryRow
from catalog_db.sample.kinds import KindSpec, load_kinds
from catalog_db.sample.queries import QueryWriter
from catalog_db.sample.shelf import FIRST_DAY, LAST_DAY, Shelf, ShelfItem, make_shelf
from catalog_db.sample.situations import season_weight
from catalog_db.sample.tastes import Taste, TasteMaker, choose

SHOPPERS = 3000
FEWEST_EVENTS, MOST_EVENTS = 5, 40

_MEDIAN_EVENTS = 15.0
_CART, _BUY_FROM_CART = 0.66, 0.74
_ALSO_CART = 0.12
_DISMISS = 0.1
_SEARCH_BEFORE_BUYING, _SEARCH_IN_VAIN = 0.6, 0.08
_GO_ON_TO_COMPLEMENT, _COME_BACK_FOR_COMPLEMENT = 0.5, 0.45
_BROWSE_ANYTHING = 0.04
_KIND_AGAIN = 0.12
"""How much a kind already bought is still wanted, relative to one not yet bought."""
_BETWEEN_SESSIONS = dt.timedelta(hours=1)
_HOURS = (1, 0, 0, 0, 0, 1, 3, 5, 6, 7, 8, 8, 9, 8, 7, 7, 8, 9, 11, 14, 16, 15, 10, 4)
"""Sessions by hour of the day: a lunch-time bump and a long evening."""


@dataclass(frozen=True, slots=True)
class SampleLog:
    """What the simulated shoppers did.

    Attributes:
        events: by time, then shopper.
        queries: by time, then shopper.
    """

    events: list[EventRow]
    queries: list[QueryRow]


def simulate(
    products: Sequence[ProductRow], shoppers: int = SHOPPERS, kinds: Mapping[str, KindSpec] | None = None
) -> SampleLog:
    """Let simulated shoppers loose on the products.

    Args:
        products: the sample store's; each has a ``kind`` attribute.
        shoppers: how many; the first ones are the same whatever the number.
        kinds: what goes with what, and what people call it; None for the sample store's own.

    Raises:
        CatalogError: if there are no products, or one has no kind.
    """
    shelf = make_shelf(products)
    kinds = load_kinds() if kinds is None else kinds
    makers = TasteMaker(shelf)
    writer = QueryWriter(kinds, shelf)
    log = SampleLog([], [])
    for number in range(shoppers):
        journey = _Journey(f"sim-{number:05d}", shelf, kinds, makers, writer)
        journey.run()
        log.events.extend(journey.events)
        log.queries.extend(journey.queries)
    log.events.sort(key=lambda event: (event.at, event.shopper, event.sku, event.kind))
    log.queries.sort(key=lambda query: (query.at, query.shopper, query.text))
    return log


@dataclass(slots=True)
class _Journey:
    """One shopper's two years, as it unfolds."""

    key: str
    shelf: Shelf
    kinds: Mapping[str, KindSpec]
    makers: TasteMaker
    writer: QueryWriter
    events: list[EventRow] = field(default_factory=list)
    queries: list[QueryRow] = field(default_factory=list)
    _dice: random.Random = field(init=False)
    _taste: Taste = field(init=False)
    _utilities: dict[str, float] = field(default_factory=dict)
    _closed: set[str] = field(default_factory=set)
    """SKUs that were bought or dismissed: not looked at again."""
    _bought_kinds: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(f"sample shopper {self.key}")
        self._taste = self.makers.draw(self._dice)

    def run(self) -> None:
        """Fill ``events`` and ``queries``."""
        wanted = round(self._dice.lognormvariate(math.log(_MEDIAN_EVENTS), 0.5))
        wanted = min(max(wanted, FEWEST_EVENTS), MOST_EVENTS)
        while len(self.events) < FEWEST_EVENTS:  # A few journeys come to nothing and are begun afresh.
            self.events, self.queries = [], []
            self._closed, self._bought_kinds = set(), []
            self._sessions(wanted)
        del self.events[MOST_EVENTS:]
        last = self.events[-1].at
        bought = {event.sku for event in self.events if event.kind == EventKind.BOUGHT}
        self.queries = [q for q in self.queries if q.at <= last and (q.bought_sku is None or q.bought_sku in bought)]

    def _sessions(self, wanted: int) -> None:
        """Sessions in order until there are enough events, or the time is up."""
        for start in self._session_starts(wanted):
            if self.events and start < self.events[-1].at + _BETWEEN_SESSIONS:
                continue
            self._session(start)
            if len(self.events) >= wanted:
                return

    def _session_starts(self, wanted: int) -> list[dt.datetime]:
        """When the shopper comes, in order: more often than needed, over a stretch that the log's end may cut off."""
        sessions = math.ceil(wanted / 4) + 2
        whole = LAST_DAY - FIRST_DAY - dt.timedelta(days=2)  # Room for a session that runs past midnight.
        stretch = min(dt.timedelta(days=self._dice.expovariate(1 / (25.0 * sessions))), whole)
        # The exponent makes more shoppers join late than early, as in a shop that grows.
        first = FIRST_DAY + whole * self._dice.random() ** 0.7
        starts = []
        for _ in range(sessions):
            day = (first + stretch * self._dice.random()).replace(hour=0, minute=0, second=0, microsecond=0)
            hour = self._dice.choices(range(24), _HOURS)[0]
            starts.append(day + dt.timedelta(hours=hour, seconds=self._dice.randrange(3600)))
        return sorted(start for start in starts if start < FIRST_DAY + whole)

    def _session(self, at: dt.datetime) -> None:
        """Follow one need; after a purchase perhaps also what goes with it."""
        kind = self._next_kind(at)
        at, bought = self._visit(kind, at)
        if bought and self._dice.random() < _GO_ON_TO_COMPLEMENT:
            complements = self._complements([kind])
            if complements:
                self._visit(self._dice.choice(complements), at + self._pause(20, 240))

    def _next_kind(self, at: dt.datetime) -> str:
        """What the shopper comes for today."""
        if self._dice.random() < _BROWSE_ANYTHING:
            return self._dice.choice(list(self.shelf))
        complements = self._complements(self._bought_kinds[-2:])
        if complements and self._dice.random() < _COME_BACK_FOR_COMPLEMENT:
            return self._dice.choice(complements)
        situations = self._taste.situations
        situation = self._dice.choices(situations, [1 / (place + 1) for place in range(len(situations))])[0]
        kinds = [kind for kind in situation.kinds if kind in self.shelf] or list(self.shelf)
        weights = [
            season_weight(kind, at.month) * (_KIND_AGAIN if kind in self._bought_kinds else 1.0) / (place + 3)
            for place, kind in enumerate(kinds)
        ]
        return self._dice.choices(kinds, weights)[0]

    def _complements(self, kinds: Sequence[str]) -> list[str]:
        """What goes with the kinds and was not bought yet."""
        wanted = [other for kind in kinds for other in self.kinds[kind].goes_with]
        return [kind for kind in wanted if kind in self.shelf and kind not in self._bought_kinds]

    def _visit(self, kind: str, at: dt.datetime) -> tuple[dt.datetime, bool]:
        """Look at some products of a kind and decide; returns when that was done, and whether one was bought."""
        offered = [item for item in self.shelf[kind] if item.is_on_sale(at) and item.row.sku not in self._closed]
        if not offered:
            return at, False
        for item in offered:
            if item.row.sku not in self._utilities:
                self._utilities[item.row.sku] = self._taste.utility(item)
        liked = choose(offered, self._utilities, self._dice)
        carted = self._dice.random() < _CART
        bought = carted and self._dice.random() < _BUY_FROM_CART
        if self._dice.random() < (_SEARCH_BEFORE_BUYING if bought else _SEARCH_IN_VAIN):
            text = self.writer.write(liked, self._dice)
            self.queries.append(QueryRow(self.key, text, at, liked.row.sku if bought else None))
            at += self._pause(3, 15)
        at, others = self._look_around(liked, offered, at)
        if others and self._dice.random() < _ALSO_CART:
            at = self._record(self._dice.choice(others), EventKind.CARTED, at, 5, 40)
        if others and self._dice.random() < _DISMISS:
            worst = min(others, key=lambda item: (self._utilities[item.row.sku], item.row.sku))
            at = self._record(worst, EventKind.DISMISSED, at, 2, 15)
            self._closed.add(worst.row.sku)
        if carted:
            at = self._record(liked, EventKind.CARTED, at, 5, 60)
        if bought:
            at = self._record(liked, EventKind.BOUGHT, at, 40, 600)
            self._closed.add(liked.row.sku)
            self._bought_kinds.append(kind)
        return at, bought

    def _look_around(
        self, liked: ShelfItem, offered: Sequence[ShelfItem], at: dt.datetime
    ) -> tuple[dt.datetime, list[ShelfItem]]:
        """View the liked product, late, and others that appeal too; returns the time after and the others."""
        others: list[ShelfItem] = []
        for _ in range(self._dice.choices((0, 1, 2, 3, 4), (15, 30, 28, 18, 9))[0]):
            left = [item for item in offered if item is not liked and item not in others]
            if not left:
                break
            others.append(choose(left, self._utilities, self._dice))
        place = len(others) - min(len(others), self._dice.choice((0, 0, 0, 1, 2)))
        for item in [*others[:place], liked, *others[place:]]:
            at = self._record(item, EventKind.VIEWED, at, 10, 150)
        return at, others

    def _record(self, item: ShelfItem, kind: EventKind, at: dt.datetime, least: int, most: int) -> dt.datetime:
        """Note an event and return when the next thing may happen, between ``least`` and ``most`` seconds later."""
        self.events.append(EventRow(self.key, item.row.sku, kind.value, at))
        return at + self._pause(least, most)

    def _pause(self, least: int, most: int) -> dt.timedelta:
        """A number of whole seconds."""
        return dt.timedelta(seconds=self._dice.randint(least, most))
