"""How the assistant does over a time span: replies, what they showed, what they did not find, thumbs, latency.

Everything is computed when asked for, from ``messages``, ``shown_items`` and ``feedback``; spans are half-open,
``[start, end)``, and times UTC. Of a reply's ``made_by`` this module reads

* ``complete`` and ``timings.first_token_ms``, ``timings.total_ms``: which replies ended by themselves, and how fast;
* ``notices``: a reply with a notice of code ``nothing-matches`` found nothing. ``condition`` and ``phrase`` of that
  notice say which condition emptied it, for programs (``max_price``) and for people ("under $60"); ``condition`` is
  empty when no single one is to blame, and missing in replies that did not record it.

Figures about products count what is on sale now: a product that was shown and has gone off sale since counts in
``items_shown`` alone.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from sqlalchemy import case, func, select

from catalog_db.concentration import gini, top_share
from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.health_queries import (
    EmptyReply,
    Step,
    by_step,
    counts_by_product,
    counts_on_sale,
    stream_empty_replies,
    stream_replies,
)
from catalog_db.models import Feedback, Product, ShownItem
from catalog_db.validation import MAX_ID, check_time

__all__ = [
    *("MAX_BUCKETS", "EmptyCause", "Health", "HealthPoint", "ItemCount", "Quantiles", "Step"),
    *("empty_causes", "health", "most_shown", "never_shown", "series"),
]

MAX_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Milliseconds that so many of ``count`` replies did not exceed; each is an observed value (nearest rank)."""

    count: int
    p50: float | None
    p90: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Health:
    """A time span in figures.

    Attributes:
        replies: how many were given.
        incomplete: of these, stopped, failed, or left by their reader.
        nothing_found: of these, how many had nothing to show for the conditions.
        items_shown: items in all replies, each time counted.
        on_sale: products on sale now.
        distinct_items: of these, how many were shown at least once.
        gini: Gini coefficient of how often each product on sale was shown, never ones included: 0 if all alike, near 1
            if always the same few. None if nothing was shown.
        top_1_percent_share, top_10_percent_share: share of all showings that went to the most shown 1 % and 10 % of
            the products on sale (at least one product). None if nothing was shown.
        thumbs_up, thumbs_down: given in the span.
        first_token, total: latency of complete replies.
    """

    replies: int
    incomplete: int
    nothing_found: int
    items_shown: int
    on_sale: int
    distinct_items: int
    gini: float | None
    top_1_percent_share: float | None
    top_10_percent_share: float | None
    thumbs_up: int
    thumbs_down: int
    first_token: Quantiles
    total: Quantiles

    @property
    def coverage(self) -> float | None:
        """Share of the products on sale that were shown at least once; None if nothing is on sale."""
        return self.distinct_items / self.on_sale if self.on_sale else None

    @property
    def never_shown(self) -> int:
        """Products on sale that were not shown (see :func:`never_shown`)."""
        return self.on_sale - self.distinct_items


@dataclass(frozen=True, slots=True)
class HealthPoint:
    """One hour or day; the fields are those of :class:`Health`, ``distinct_items`` those shown, on sale now or not."""

    start: dt.datetime
    replies: int
    nothing_found: int
    items_shown: int
    distinct_items: int
    thumbs_up: int
    thumbs_down: int
    total: Quantiles


@dataclass(frozen=True, slots=True)
class ItemCount:
    """A product on sale, and how often it was shown."""

    product_id: int
    sku: str
    title: str
    item_type: str
    shown: int


@dataclass(frozen=True, slots=True)
class EmptyCause:
    """A condition that left requests with nothing.

    Attributes:
        condition: its name, empty where no single condition is to blame, None where it was not recorded.
        phrase: the same for people.
        requests: how many it emptied.
        last_at, last_message_id: the latest of them.
    """

    condition: str | None
    phrase: str
    requests: int
    last_at: dt.datetime
    last_message_id: int


def health(session: Session, start: dt.datetime, end: dt.datetime) -> Health:
    """A time span in figures.

    Raises:
        CatalogError: the span is empty, or its times have no zone.
    """
    _check_span(start, end)
    replies = list(stream_replies(session, start, end))
    complete = [reply for reply in replies if reply.complete]
    items_shown, counts = counts_on_sale(session, start, end)
    on_sale = session.execute(select(func.count()).select_from(Product).where(Product.active)).scalar_one()
    up, down = session.execute(
        select(func.count(case((Feedback.helpful, 1))), func.count(case((Feedback.helpful.is_(False), 1)))).where(
            Feedback.at >= start, Feedback.at < end
        )
    ).one()
    return Health(
        replies=len(replies),
        incomplete=len(replies) - len(complete),
        nothing_found=sum(1 for _ in stream_empty_replies(session, start, end)),
        items_shown=items_shown,
        on_sale=on_sale,
        distinct_items=len(counts),
        gini=gini(counts, on_sale),
        top_1_percent_share=top_share(counts, on_sale, 0.01),
        top_10_percent_share=top_share(counts, on_sale, 0.1),
        thumbs_up=up,
        thumbs_down=down,
        first_token=_quantiles([reply.first_token_ms for reply in complete]),
        total=_quantiles([reply.total_ms for reply in complete]),
    )


def series(session: Session, start: dt.datetime, end: dt.datetime, step: Step) -> list[HealthPoint]:
    """The span hour by hour or day by day, without gaps; the first and the last point hold only what lies in the span.

    Raises:
        CatalogError: the span is empty or longer than :data:`MAX_BUCKETS` steps, or its times have no zone.
    """
    _check_span(start, end)
    first = step.floor(start)
    count = math.ceil((end - first) / step.width)
    if count > MAX_BUCKETS:
        raise CatalogError(f"the span has {count} {step.value}s, at most {MAX_BUCKETS} are shown", "ask for days")
    replies: Counter[dt.datetime] = Counter()
    times: defaultdict[dt.datetime, list[float | None]] = defaultdict(list)
    for reply in stream_replies(session, start, end):
        bucket = step.floor(reply.at)
        replies[bucket] += 1
        if reply.complete:
            times[bucket].append(reply.total_ms)
    empty = Counter(step.floor(reply.at) for reply in stream_empty_replies(session, start, end))
    shown = by_step(
        session, ShownItem.at, step, start, end, func.count(), func.count(func.distinct(ShownItem.product_id))
    )
    thumbs = by_step(
        session,
        Feedback.at,
        step,
        start,
        end,
        func.count(case((Feedback.helpful, 1))),
        func.count(case((Feedback.helpful.is_(False), 1))),
    )
    starts = [first + place * step.width for place in range(count)]
    return [
        HealthPoint(
            at, replies[at], empty[at], *shown.get(at, (0, 0)), *thumbs.get(at, (0, 0)), _quantiles(times.get(at, []))
        )
        for at in starts
    ]


def never_shown(
    session: Session, start: dt.datetime, end: dt.datetime, *, after_id: int = 0, limit: int = 100
) -> list[ItemCount]:
    """Products on sale that no reply of the span showed, in the order of ids.

    Args:
        session: any session.
        start: of the span.
        end: of the span, exclusive.
        after_id: the ``product_id`` at which the page before ended.
        limit: at most so many.

    Raises:
        CatalogError: the span is empty, or its times have no zone.
    """
    _check_span(start, end)
    shown = select(1).where(ShownItem.product_id == Product.id, ShownItem.at >= start, ShownItem.at < end)
    query = (
        select(Product.id, Product.sku, Product.title, Product.item_type)
        .where(Product.active, Product.id > min(max(after_id, 0), MAX_ID), ~shown.exists())
        .order_by(Product.id)
        .limit(limit)
    )
    return [ItemCount(*row, shown=0) for row in session.execute(query)]


def most_shown(session: Session, start: dt.datetime, end: dt.datetime, *, limit: int = 100) -> list[ItemCount]:
    """The products on sale that were shown most often in the span, the most shown first.

    Raises:
        CatalogError: the span is empty, or its times have no zone.
    """
    _check_span(start, end)
    counts = counts_by_product(start, end)
    query = (
        select(Product.id, Product.sku, Product.title, Product.item_type, counts.c.shown)
        .join(counts, counts.c.product_id == Product.id)
        .where(Product.active)
        .order_by(counts.c.shown.desc(), Product.id)
        .limit(limit)
    )
    return [ItemCount(*row) for row in session.execute(query)]


def empty_causes(session: Session, start: dt.datetime, end: dt.datetime, *, limit: int = 100) -> list[EmptyCause]:
    """The conditions that left requests of the span with nothing, the one to blame most often first.

    A reply that looked for several things and found none of two of them counts for the cause of each.

    Raises:
        CatalogError: the span is empty, or its times have no zone.
    """
    _check_span(start, end)
    counts: Counter[tuple[str | None, str]] = Counter()
    latest: dict[tuple[str | None, str], EmptyReply] = {}
    for reply in stream_empty_replies(session, start, end):
        for cause in sorted(reply.causes, key=str):
            counts[cause] += 1
            latest[cause] = reply
    # The replies came in the order of time, so the sort below keeps a fixed order among equals.
    ranked = sorted(counts, key=lambda cause: (-counts[cause], str(cause)))
    return [EmptyCause(*cause, counts[cause], latest[cause].at, latest[cause].message_id) for cause in ranked[:limit]]


def _quantiles(values: list[float | None]) -> Quantiles:
    known = [value for value in values if value is not None]
    if not known:
        return Quantiles(0, None, None, None)
    p50, p90, p99 = np.quantile(known, [0.5, 0.9, 0.99], method="inverted_cdf").tolist()
    return Quantiles(len(known), p50, p90, p99)


def _check_span(start: dt.datetime, end: dt.datetime) -> None:
    if problem := check_time("the start", start) or check_time("the end", end):
        raise CatalogError(problem)
    if start >= end:
        raise CatalogError("the time span is empty: it ends before it starts")
