"""The Health tab's HTML."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re

from catalog_db.health import EmptyCause, Health, HealthPoint, ItemCount, Quantiles
from neo_assistant.merchandising.health_report import HealthReport, ReasonCount, Span
from neo_assistant.ui.desk.health_view import most_shown_html, never_shown_html, report_html

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
NOBODY = Quantiles(0, None, None, None)
TIMES = Quantiles(2, 1000.0, 2000.0, 3000.0)
EVIL = "<script>alert(1)</script>"
NOTHING = Health(0, 0, 0, 0, 9, 0, None, None, None, 0, 0, NOBODY, NOBODY)
SOME = Health(2, 0, 1, 3, 9, 2, 0.8, 0.5, 0.5, 0, 1, TIMES, TIMES)
REPORT = HealthReport(
    Span(START, START + 3 * HOUR),
    SOME,
    tuple(HealthPoint(START + hour * HOUR, 2 - hour, 0, 3, 2, 0, 1, TIMES) for hour in range(2)),
    (EmptyCause("max_price", EVIL, 3, START, 7), EmptyCause("", "", 2, START, 8), EmptyCause(None, "", 1, START, 9)),
    (ReasonCount(False, EVIL, 2),),
)
ITEM = ItemCount(1, "MUG-1", EVIL, "home_goods", 4)


def seen(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


def test_figures_charts_and_causes() -> None:
    markup = report_html(REPORT)
    words = seen(markup)
    assert EVIL in words
    assert "<script" not in markup
    assert markup.count("<svg") == 4
    assert "01 March 2026 00:00 to 01 March 2026 03:00 UTC" in words
    for cause in (f"{EVIL} 3", "No single condition: only several together 2", "Not recorded 1"):
        assert cause in words


def test_nothing_happened() -> None:
    empty = dataclasses.replace(REPORT, health=NOTHING, causes=(), reasons=())
    markup = report_html(empty)
    assert "No reply was given in this time" in seen(markup)
    assert "<svg" not in markup
    assert "<table" not in markup


def test_no_chart_without_anything_in_it() -> None:
    quiet = dataclasses.replace(SOME, thumbs_down=0, total=NOBODY)
    assert report_html(dataclasses.replace(REPORT, health=quiet)).count("<svg") == 2


def test_items() -> None:
    assert f"41 {EVIL} MUG-1 home goods 4" in seen(most_shown_html([ITEM], 41))
    assert f"{EVIL} MUG-1 home goods" in seen(never_shown_html([ITEM], True))
    assert "No item on sale was shown" in most_shown_html([], 1)
    assert "no more" in most_shown_html([], 21)
    assert "Every item on sale was shown" in never_shown_html([], True)
    assert "no more" in never_shown_html([], False)
