"""The Health tab's HTML: figures with what they mean, charts, tables. Pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from catalog_db.health import EmptyCause, HealthPoint, ItemCount, Step
from neo_assistant.merchandising.health_report import Figure, HealthReport, ReasonCount, Span, duration
from neo_assistant.ui.desk.chart import Series, chart
from neo_assistant.ui.desk.tables import Cell, table
from neo_assistant.ui.escape import as_html

_POINT = {Step.MINUTE: "%H:%M", Step.HOUR: "%d %b\n%H:%M", Step.DAY: "%d %b"}


def report_html(report: HealthReport) -> str:
    """Figures, charts, what was not found and why thumbs were given; one sentence where nothing happened."""
    if report.is_empty:
        words = "No reply was given in this time, so there is nothing to show."
        return f'{_span_line(report.span)}<p class="neo-empty">{words}</p>'
    return (
        _span_line(report.span)
        + "".join(_figures(title, figures) for title, figures in report.figures().items())
        + f'<h3>Over time</h3><div class="neo-charts">{_charts(report)}</div>'
        + _causes(report.causes)
        + _reasons(report.reasons)
    )


def most_shown_html(items: Sequence[ItemCount], first: int) -> str:
    """A page of the most shown items; ``first`` is the rank of its first one."""
    if not items:
        return '<p class="neo-empty">No item on sale was shown.</p>' if first == 1 else _no_more()
    rows = [
        (
            Cell(f"{rank:,}", number=True),
            Cell(item.title),
            Cell(item.sku),
            Cell(_type(item)),
            Cell(f"{item.shown:,}", number=True),
        )
        for rank, item in enumerate(items, first)
    ]
    return table("Most shown items", ("Rank", "Item", "SKU", "Type", "Times shown"), rows)


def never_shown_html(items: Sequence[ItemCount], is_first: bool) -> str:
    """A page of the items that no reply showed."""
    if not items:
        return '<p class="neo-empty">Every item on sale was shown.</p>' if is_first else _no_more()
    rows = [(Cell(item.title), Cell(item.sku), Cell(_type(item))) for item in items]
    return table("Items that were never shown", ("Item", "SKU", "Type"), rows)


def _no_more() -> str:
    return '<p class="neo-empty">There are no more.</p>'


def _type(item: ItemCount) -> str:
    return item.item_type.replace("_", " ")


def _span_line(span: Span) -> str:
    words = f"{span.start.astimezone(dt.UTC):%d %B %Y %H:%M} to {span.end.astimezone(dt.UTC):%d %B %Y %H:%M} UTC"
    return f'<p class="neo-small">{as_html(words)}</p>'


def _figures(title: str, figures: Sequence[Figure]) -> str:
    return f'<h3>{as_html(title)}</h3><div class="neo-figures">{"".join(map(_figure, figures))}</div>'


def _figure(figure: Figure) -> str:
    return (
        f'<div class="neo-figure"><h4>{as_html(figure.name)}</h4><b>{as_html(figure.words)}</b>'
        f"<p>{as_html(figure.meaning)}</p></div>"
    )


def _charts(report: HealthReport) -> str:
    points = report.points
    names = [point.start.strftime(_POINT[report.span.step]) for point in points]

    def bars(name: str, field: str, colour: int) -> Series:
        return Series(name, [getattr(point, field) for point in points], colour)

    answered = Series("items found", [point.replies - point.nothing_found for point in points], 1)
    latency = [
        Series(name, [_latency(point, name) for point in points], colour, is_line=True)
        for colour, name in enumerate(("p50", "p90", "p99"), 1)
    ]
    charts = [
        chart("Replies", names, [answered, bars("nothing found", "nothing_found", 3)]),
        chart("Different items shown", names, [bars("items", "distinct_items", 1)]),
    ]
    if report.health.thumbs_up or report.health.thumbs_down:
        charts.append(chart("Thumbs", names, [bars("up", "thumbs_up", 1), bars("down", "thumbs_down", 3)]))
    if report.health.total.count:
        charts.append(chart("Time for a whole reply", names, latency, duration))
    return "".join(charts)


def _latency(point: HealthPoint, quantile: str) -> float | None:
    value: float | None = getattr(point.total, quantile)
    return value


def _causes(causes: Sequence[EmptyCause]) -> str:
    if not causes:
        return ""
    rows = [
        (
            Cell(_cause(cause)),
            Cell(f"{cause.requests:,}", number=True),
            Cell(f"{cause.last_at:%Y-%m-%d %H:%M}"),
            Cell(str(cause.last_message_id), number=True),
        )
        for cause in causes
    ]
    head = ("Condition that left nothing", "Requests", "Last time (UTC)", "Last reply")
    return f"<h3>Nothing found</h3>{table('Conditions that left requests with nothing', head, rows)}"


def _cause(cause: EmptyCause) -> str:
    if cause.condition is None:
        return "Not recorded"
    return cause.phrase or cause.condition or "No single condition: only several together"


def _reasons(reasons: Sequence[ReasonCount]) -> str:
    if not reasons:
        return ""
    rows = [
        (
            Cell("Up" if each.helpful else "Down"),
            Cell(each.reason or "No reason given"),
            Cell(f"{each.times:,}", number=True),
        )
        for each in reasons[:_REASONS]
    ]
    return f"<h3>Thumbs</h3>{table('Thumbs by reason', ('Thumb', 'Reason', 'Times'), rows)}"


_REASONS = 30
"""Reasons that are listed; the file of the feedback holds all."""
