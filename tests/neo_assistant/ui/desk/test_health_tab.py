"""The Health tab's handlers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from catalog_db.conversations import add_message, start_conversation
from catalog_db.database import Database
from catalog_db.shown_items import record_shown
from neo_assistant.errors import RequestError
from neo_assistant.merchandising import health_report
from neo_assistant.ui.desk import health_tab
from neo_assistant.ui.desk.health_tab import _HealthTab, build_tab
from neo_assistant.ui.desk.logins import Merchandiser
from tests.neo_assistant.ui.desk.desks import desk_of, events_of

ANNA = Merchandiser("anna")
OWN = ("Own", "2026-03-01", "2026-03-02", "UTC")


@pytest.fixture
def tab(shop: Database, monkeypatch: pytest.MonkeyPatch) -> _HealthTab:
    """Of a shop whose one reply, on the first of March, showed three items; two to a page."""
    for module in (health_report, health_tab):
        monkeypatch.setattr(module, "PAGE", 2)
    at = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    with shop.session() as session:
        reply = add_message(session, start_conversation(session, at), "assistant", [], at, {"complete": True})
        record_shown(session, reply.id, ["MUG-1", "MUG-2", "BOOT-6"], at)
    return _HealthTab(desk_of(shop))


def test_no_handler_of_the_tab_is_public(shop: Database) -> None:
    assert {event.api_visibility for event in events_of(build_tab, shop)} == {"private"}


def test_where_nothing_happened_there_is_nothing_to_page_through(tab: _HealthTab) -> None:
    _, words, rest, *_ = tab._show(ANNA, "Last hour", "", "", "UTC")
    assert "No reply was given" in words
    assert not rest.visible


def test_pages_there_and_back(tab: _HealthTab) -> None:
    span, words, rest, most, page, never, cursors, *_ = tab._show(ANNA, *OWN)
    assert "<svg" in words
    assert rest.visible
    assert "MUG&#45;1" in most
    assert "BOOT" not in most
    most, page = tab._turn(1)(ANNA, span, page)
    assert "BOOT&#45;6" in most
    with pytest.raises(RequestError, match="no more"):
        tab._turn(1)(ANNA, span, page)
    assert tab._turn(-1)(ANNA, span, page)[1] == 0

    assert "MUG&#45;3" in never
    later, cursors = tab._forward(ANNA, span, cursors)
    assert "MUG&#45;5" in later
    assert "BOOT&#45;7" in later
    with pytest.raises(RequestError, match="no more"):
        tab._forward(ANNA, span, cursors)
    back, cursors = tab._back(ANNA, span, cursors)
    assert back == never
    with pytest.raises(RequestError, match="first page"):
        tab._back(ANNA, span, cursors)


def test_files(tab: _HealthTab) -> None:
    span = tab._show(ANNA, *OWN)[0]
    buttons = tab._make(ANNA, span)
    labels = ["Figures", "By hour", "Most shown", "Never shown", "Nothing found", "Feedback"]
    assert [button.label for button in buttons] == labels
    assert all(button.visible for button in buttons)
    paths = [Path(button.value["path"] if isinstance(button.value, dict) else button.value) for button in buttons]
    assert paths[2].read_text(encoding="utf-8-sig").splitlines()[1].startswith("MUG-1,")


@pytest.mark.parametrize("call", ["_make", "_forward", "_back", "_turn"])
def test_before_a_span_is_shown_there_is_nothing(tab: _HealthTab, call: str) -> None:
    rest: tuple[Any, ...] = () if call == "_make" else ([0, 1, 2],)
    action = tab._turn(0) if call == "_turn" else getattr(tab, call)
    with pytest.raises(RequestError, match="no time span"):
        action(ANNA, None, *((0,) if call == "_turn" else rest))


def test_an_own_span_waits_until_it_is_typed(tab: _HealthTab) -> None:
    assert tab._show_last(ANNA, "Own", "", "", "UTC") == gr.skip()
    with pytest.raises(RequestError, match="no start"):
        tab._show(ANNA, "Own", "", "", "UTC")
