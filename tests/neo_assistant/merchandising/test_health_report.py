"""A time span for the desk: figures with words, files."""

from __future__ import annotations

import csv
import datetime as dt
import math
from typing import Any

import pytest

from catalog_db.conversations import add_message, start_conversation
from catalog_db.csv_export import unguard
from catalog_db.database import Database
from catalog_db.feedback import save_feedback
from catalog_db.health import Step
from catalog_db.shown_items import record_shown
from neo_assistant.errors import RequestError
from neo_assistant.merchandising import health_report as module
from neo_assistant.merchandising.health_report import (
    Figure,
    HealthReport,
    Span,
    csv_tables,
    duration,
    health_report,
    most_shown,
    never_shown,
)

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = Span(START, START + 24 * HOUR)
EMPTY = {"code": "nothing-matches", "text": "", "condition": "max_price", "phrase": "under $60"}


@pytest.fixture
def busy(shop: Database) -> Database:
    """Three replies: MUG-1 twice and BOOT-6 once; one found nothing; a thumb either way."""
    with shop.session() as session:
        chat = start_conversation(session, START)

        def reply(hours: float, skus: tuple[str, ...], *notices: dict[str, Any]) -> int:
            made_by = {"complete": True, "notices": list(notices), "timings": {"first_token_ms": 90, "total_ms": 2500}}
            at = START + hours * HOUR
            number = add_message(session, chat, "assistant", [], at, made_by).id
            record_shown(session, number, skus, at)
            return number

        first, second, _ = reply(1, ("MUG-1", "BOOT-6")), reply(2, ("MUG-1",)), reply(3, (), EMPTY)
        save_feedback(session, chat, first, True, START + HOUR)
        save_feedback(session, chat, second, False, START + 2 * HOUR, reason="=too dear")
    return shop


def figures_of(report: HealthReport) -> list[Figure]:
    return [figure for group in report.figures().values() for figure in group]


def test_every_figure_has_words_and_a_meaning(busy: Database) -> None:
    figures = {figure.name: figure for figure in figures_of(health_report(busy, DAY))}
    assert {name: figure.words for name, figure in figures.items()} == {
        "Replies": "3",
        "Nothing found": "1",
        "Thumbs up": "1",
        "Thumbs down": "1",
        "Items shown": "3",
        "Coverage": "28.6 %",
        "Never shown": "5",
        "Gini coefficient": "0.76",
        "Top 1 %": "66.7 %",
        "Top 10 %": "66.7 %",
        "First word, p50": "90 ms",
        "First word, p90": "90 ms",
        "First word, p99": "90 ms",
        "Whole reply, p50": "2.5 s",
        "Whole reply, p90": "2.5 s",
        "Whole reply, p99": "2.5 s",
    }
    assert "33.3 % of all" in figures["Nothing found"].meaning
    assert "2 of 7" in figures["Coverage"].meaning
    assert all(figure.meaning.endswith(".") for figure in figures.values())


def test_a_span_in_which_nothing_happened(busy: Database) -> None:
    report = health_report(busy, Span(START - HOUR, START))
    assert report.is_empty
    assert report.reasons == report.causes == ()
    assert {figure.words for figure in figures_of(report)} <= {"0", "–", "0.0 %", "7"}
    assert not health_report(busy, DAY).is_empty


def test_thumbs_by_reason(busy: Database) -> None:
    reasons = health_report(busy, DAY).reasons
    assert [(each.helpful, each.reason, each.times) for each in reasons] == [(False, "=too dear", 1), (True, "", 1)]


def test_pages(busy: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 1)
    assert [[item.sku for item in most_shown(busy, DAY, page)] for page in range(3)] == [["MUG-1"], ["BOOT-6"], []]
    seen, last = [], 0
    while page := never_shown(busy, DAY, last):
        seen.append(page[0].sku)
        last = page[0].product_id
    assert seen == ["MUG-2", "MUG-3", "MUG-4", "MUG-5", "BOOT-7"]


def test_everything_as_csv(busy: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    tables = csv_tables(busy, health_report(busy, DAY))
    texts = {
        name.removesuffix("_20260301-0000_20260302-0000_utc.csv"): "".join(write()) for name, write in tables.items()
    }
    assert all(text.startswith("\ufeff") for text in texts.values())
    rows = {name: list(csv.DictReader(text.removeprefix("\ufeff").splitlines())) for name, text in texts.items()}
    assert set(rows) == {"figures", "by_hour", "most_shown", "never_shown", "nothing_found", "feedback"}
    assert len(rows["figures"]) == 16
    assert math.isclose(float(rows["figures"][5]["value"]), 2 / 7)
    assert len(rows["by_hour"]) == 24
    assert rows["by_hour"][1]["start_utc"] == "2026-03-01 01:00:00"
    assert [(row["sku"], row["times_shown"]) for row in rows["most_shown"]] == [("MUG-1", "2"), ("BOOT-6", "1")]
    assert [row["sku"] for row in rows["never_shown"]] == ["MUG-2", "MUG-3", "MUG-4", "MUG-5", "BOOT-7"]
    assert [(row["condition"], row["phrase"], row["requests"]) for row in rows["nothing_found"]] == [
        ("max_price", "under $60", "1")
    ]
    down, up = rows["feedback"]
    assert (down["helpful"], unguard(down["reason"]), up["helpful"]) == ("FALSE", "=too dear", "TRUE")
    assert down["reason"].startswith("'")


def test_spans() -> None:
    assert Span.last("Last hour", START) == Span(START - HOUR, START)
    assert Span.own("2026-03-01 01:00", "", "Europe/Berlin", START + HOUR) == Span(START, START + HOUR)
    assert Span.own("2026-03-01", "2026-03-02", "UTC", START) == DAY
    steps = {hours: Span(START, START + hours * HOUR).step for hours in (1, 2, 3, 72, 73)}
    assert list(steps.values()) == [Step.MINUTE, Step.MINUTE, Step.HOUR, Step.HOUR, Step.DAY]
    for refused in (("", ""), ("2026-03-02", "2026-03-01"), ("soon", ""), ("2026-03-05", "")):
        with pytest.raises(RequestError):
            Span.own(*refused, "UTC", START)
    with pytest.raises(RequestError, match="no time span"):
        Span.last("Last year", START)


def test_durations() -> None:
    assert [duration(value) for value in (None, 0.0, 85.4, 999, 2449)] == ["–", "0", "85 ms", "999 ms", "2.4 s"]
