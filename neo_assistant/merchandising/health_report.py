"""How the assistant does over a time span, for the desk: figures with what they mean, points in time, tables as CSV."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from catalog_db import health as health_table
from catalog_db.csv_export import Column, Kind, csv_lines
from catalog_db.database import Database
from catalog_db.feedback import list_feedback
from catalog_db.health import EmptyCause, Health, HealthPoint, ItemCount, Step
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.wall_time import read_time

PAGE = 20
"""Items on a page of the most, or never, shown ones."""
MOST_FEEDBACK = 100_000
"""Thumbs that are exported: the newest."""
_BATCH = 1_000
_MINUTES_UP_TO = dt.timedelta(hours=2)
_HOURS_UP_TO = dt.timedelta(days=3)

LAST = {
    "Last hour": dt.timedelta(hours=1),
    "Last 24 hours": dt.timedelta(hours=24),
    "Last 7 days": dt.timedelta(days=7),
}
"""Spans that end now."""


@dataclass(frozen=True)
class Span:
    """From ``start`` until before ``end``, both with a time zone."""

    start: dt.datetime
    end: dt.datetime

    @property
    def step(self) -> Step:
        """How wide the points of a chart are, so that there are neither few nor very many."""
        width = self.end - self.start
        return Step.MINUTE if width <= _MINUTES_UP_TO else Step.HOUR if width <= _HOURS_UP_TO else Step.DAY

    @classmethod
    def last(cls, name: str, now: dt.datetime) -> Span:
        """One of :data:`LAST`.

        Raises:
            RequestError: it is none of them.
        """
        if name not in LAST:
            raise RequestError(f"there is no time span {name!r}", f"time spans are {', '.join(LAST)}")
        return cls(now - LAST[name], now)

    @classmethod
    def own(cls, starts: str, ends: str, zone: str, now: dt.datetime) -> Span:
        """A span as it was typed; without an end it ends now.

        Raises:
            RequestError: no start, no times, or it would end before it starts.
        """
        start, end = read_time("the start", starts, zone), read_time("the end", ends, zone) or now
        if start is None:
            raise RequestError("the time span has no start", "write it like 2026-12-24 18:00")
        if start >= end:
            raise RequestError("the time span ends before it starts")
        return cls(start, end)


@dataclass(frozen=True)
class Figure:
    """One figure of a span: ``words`` is how it is shown, and ``meaning`` a sentence on it."""

    name: str
    value: float | None
    words: str
    meaning: str


@dataclass(frozen=True)
class ReasonCount:
    """How often a thumb was given for a reason; an empty reason for none."""

    helpful: bool
    reason: str
    times: int


@dataclass(frozen=True)
class HealthReport:
    """A time span as the desk shows it.

    Attributes:
        span: which.
        health: its figures.
        points: minute by minute, hour by hour or day by day.
        causes: conditions that left requests with nothing, the one to blame most often first.
        reasons: of thumbs, down before up, the most frequent first.
    """

    span: Span
    health: Health
    points: tuple[HealthPoint, ...]
    causes: tuple[EmptyCause, ...]
    reasons: tuple[ReasonCount, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened at all."""
        return not (self.health.replies or self.health.thumbs_up or self.health.thumbs_down)

    def figures(self) -> dict[str, list[Figure]]:
        """What they are about → figures with what they mean."""
        return {
            "Replies": _reply_figures(self.health),
            "What was shown": _spread_figures(self.health),
            "How long it took": _latency_figures(self.health),
        }


def health_report(database: Database, span: Span) -> HealthReport:
    """Look at a time span.

    Raises:
        CatalogError: it is too long for its charts.
    """
    with database.reading() as session:
        figures = health_table.health(session, span.start, span.end)
        points = health_table.series(session, span.start, span.end, span.step)
        causes = health_table.empty_causes(session, span.start, span.end)
        thumbs = list_feedback(session, span.start, span.end, limit=MOST_FEEDBACK)
    counts = Counter((each.feedback.helpful, each.feedback.reason) for each in thumbs)
    ranked = sorted(counts, key=lambda key: (key[0], -counts[key], key[1]))
    reasons = tuple(ReasonCount(*key, counts[key]) for key in ranked)
    return HealthReport(span, figures, tuple(points), tuple(causes), reasons)


def most_shown(database: Database, span: Span, page: int) -> list[ItemCount]:
    """A page of the items on sale that were shown most often, pages counted from 0."""
    with database.reading() as session:
        return health_table.most_shown(session, span.start, span.end, limit=(page + 1) * PAGE)[page * PAGE :]


def never_shown(database: Database, span: Span, after_id: int) -> list[ItemCount]:
    """A page of the items on sale that were not shown: those that follow a product's id."""
    with database.reading() as session:
        return health_table.never_shown(session, span.start, span.end, after_id=after_id, limit=PAGE)


def csv_tables(database: Database, report: HealthReport) -> dict[str, Callable[[], Iterator[str]]]:
    """File name → what writes its CSV, everything that the desk shows of a span."""
    span = report.span
    days = f"{span.start.astimezone(dt.UTC):%Y%m%d-%H%M}_{span.end.astimezone(dt.UTC):%Y%m%d-%H%M}"
    tables: dict[str, tuple[Sequence[Column], Callable[[], Iterator[Sequence[object]]]]] = {
        "figures": (_FIGURES, lambda: map(_figure_row, itertools.chain(*report.figures().values()))),
        f"by_{span.step.value}": (_POINTS, lambda: map(_point_row, report.points)),
        "most_shown": (_ITEMS, lambda: map(_item_row, _all_most_shown(database, report))),
        "never_shown": (_ITEMS, lambda: map(_item_row, _all_never_shown(database, span))),
        "nothing_found": (_CAUSES, lambda: map(_cause_row, report.causes)),
        "feedback": (_FEEDBACK, lambda: _feedback_rows(database, span)),
    }

    def writer(name: str) -> Callable[[], Iterator[str]]:
        columns, rows = tables[name]
        return lambda: csv_lines(columns, rows(), byte_order_mark=True)

    return {f"{name}_{days}_utc.csv": writer(name) for name in tables}


def _reply_figures(health: Health) -> list[Figure]:
    ended = f"{health.incomplete:,} of them ended early: stopped, failed, or left by the shopper."
    empty = "Replies with nothing to show, because no item on sale met the conditions"
    return [
        Figure("Replies", health.replies, f"{health.replies:,}", f"Replies given. {ended}"),
        Figure(
            "Nothing found",
            health.nothing_found,
            f"{health.nothing_found:,}",
            f"{empty}: {_share(health.nothing_found, health.replies)} of all.",
        ),
        Figure("Thumbs up", health.thumbs_up, f"{health.thumbs_up:,}", "Replies that a shopper called helpful."),
        Figure(
            "Thumbs down",
            health.thumbs_down,
            f"{health.thumbs_down:,}",
            f"Replies that were not helpful: {_share(health.thumbs_down, health.thumbs_up + health.thumbs_down)} of "
            "those with a thumb.",
        ),
    ]


def _spread_figures(health: Health) -> list[Figure]:
    top_1, top_10 = health.top_1_percent_share, health.top_10_percent_share
    return [
        Figure(
            "Items shown", health.items_shown, f"{health.items_shown:,}", "Items in all replies, each time counted."
        ),
        Figure(
            "Coverage",
            health.coverage,
            _percent(health.coverage),
            f"Share of the items on sale that were shown at least once: {health.distinct_items:,} of "
            f"{health.on_sale:,}.",
        ),
        Figure(
            "Never shown",
            health.never_shown,
            f"{health.never_shown:,}",
            "Items on sale that no reply showed.",
        ),
        Figure(
            "Gini coefficient",
            health.gini,
            "–" if health.gini is None else f"{health.gini:.2f}",
            "How unevenly showings are spread over the items on sale: 0 if all are shown alike, near 1 if always the "
            "same few.",
        ),
        Figure(
            "Top 1 %",
            top_1,
            _percent(top_1),
            "Share of all showings that went to the most shown 1 % of the items; spread evenly it would be 1 %.",
        ),
        Figure(
            "Top 10 %", top_10, _percent(top_10), "The same of the most shown 10 %; spread evenly it would be 10 %."
        ),
    ]


def _latency_figures(health: Health) -> list[Figure]:
    meanings = {
        "p50": "Half of the complete replies took no longer",
        "p90": "Nine in ten took no longer",
        "p99": "Ninety-nine in a hundred took no longer",
    }
    kinds = (
        ("First word", health.first_token, "from the request to the first word"),
        ("Whole reply", health.total, "from the request to the end"),
    )
    return [
        Figure(f"{name}, {quantile}", value, duration(value), f"{meanings[quantile]}, {what}.")
        for name, times, what in kinds
        for quantile, value in (("p50", times.p50), ("p90", times.p90), ("p99", times.p99))
    ]


def duration(milliseconds: float | None) -> str:
    """``850 ms``, ``2.4 s``, ``0``"""
    if not milliseconds:
        return "–" if milliseconds is None else "0"
    return f"{milliseconds:.0f} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.1f} s"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _share(part: int, whole: int) -> str:
    return _percent(part / whole if whole else None)


_FIGURES = (Column("figure"), Column("value", Kind.NUMBER), Column("meaning"))
_POINTS = (
    Column("start_utc", Kind.TIME),
    *(Column(name, Kind.INTEGER) for name in ("replies", "nothing_found", "items_shown", "distinct_items")),
    *(Column(name, Kind.INTEGER) for name in ("thumbs_up", "thumbs_down")),
    *(Column(name, Kind.NUMBER) for name in ("total_ms_p50", "total_ms_p90", "total_ms_p99")),
)
_ITEMS = (Column("sku"), Column("title"), Column("item_type"), Column("times_shown", Kind.INTEGER))
_CAUSES = (
    *(Column("condition"), Column("phrase"), Column("requests", Kind.INTEGER)),
    *(Column("last_at_utc", Kind.TIME), Column("last_message_id", Kind.INTEGER)),
)
_FEEDBACK = (
    *(Column("at_utc", Kind.TIME), Column("helpful", Kind.BOOLEAN), Column("reason")),
    *(Column("conversation_id"), Column("message_id", Kind.INTEGER), Column("position", Kind.INTEGER)),
)


def _figure_row(figure: Figure) -> tuple[object, ...]:
    return figure.name, figure.value, figure.meaning


def _point_row(point: HealthPoint) -> tuple[object, ...]:
    times = point.total
    shown = (point.replies, point.nothing_found, point.items_shown, point.distinct_items)
    return (point.start, *shown, point.thumbs_up, point.thumbs_down, times.p50, times.p90, times.p99)


def _item_row(item: ItemCount) -> tuple[object, ...]:
    return item.sku, item.title, item.item_type, item.shown


def _cause_row(cause: EmptyCause) -> tuple[object, ...]:
    return cause.condition, cause.phrase, cause.requests, cause.last_at, cause.last_message_id


def _all_most_shown(database: Database, report: HealthReport) -> Iterator[ItemCount]:
    with database.reading() as session:
        span = report.span
        yield from health_table.most_shown(session, span.start, span.end, limit=max(1, report.health.distinct_items))


def _all_never_shown(database: Database, span: Span) -> Iterator[ItemCount]:
    last = 0
    while True:
        with database.reading() as session:
            page = health_table.never_shown(session, span.start, span.end, after_id=last, limit=_BATCH)
        if not page:
            return
        yield from page
        last = page[-1].product_id


def _feedback_rows(database: Database, span: Span) -> Iterator[Sequence[object]]:
    with database.reading() as session:
        thumbs = list_feedback(session, span.start, span.end, limit=MOST_FEEDBACK)
    for each in thumbs:
        said = each.feedback
        yield said.at, said.helpful, said.reason, each.conversation_id, each.message_id, each.position
