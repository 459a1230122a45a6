"""What the Preview and Side by side tabs do, without a browser."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from catalog_db.database import Database
from catalog_db.errors import NeoError
from catalog_db.rules import StoredRule
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.request_form import RequestForm
from neo_assistant.request import Request
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import Services
from neo_assistant.settings import Settings
from neo_assistant.steering import Format, Task
from neo_assistant.ui.desk import preview_tab, side_by_side_tab
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.logins import Logins
from neo_assistant.ui.desk.preview_tab import look_at, requests_of
from neo_assistant.ui.desk.runs import Runs
from neo_assistant.ui.desk.side_by_side_tab import BOTH, DRAFTS, NO_RULES, SideForm
from tests.neo_assistant.merchandising.ruling import Moody
from tests.neo_assistant.serving import NOW, make_assistant, random_model

REQUEST = Request("something", format=Format.IDS, count=2)


def text_of(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html)


def test_a_preview_shows_the_search_first_and_then_the_reply(serving_shop: Database) -> None:
    assistant = make_assistant(serving_shop, Moody(1))
    first, searched, whole = look_at(assistant, REQUEST, None, "shoes", 5, 4)
    assert first[1:] == ("", "", "", "")
    assert searched[1] == ""
    assert searched[2:] == whole[2:]
    _, reply, ranking, tree, prompt = whole
    assert ranking.count("<li>") == 5
    assert "Beams of shoes" in tree
    assert "something" in text_of(prompt)
    assert "tiny" in reply
    assert reply.count("neo-look-item") == 2


def test_without_a_search_the_reply_is_shown_and_why(serving_shop: Database) -> None:
    text = Request("tell me", format=Format.TEXT)
    model = random_model(2)
    *_, last = look_at(make_assistant(serving_shop, model, max_tokens=20), text, None, None, 5, 4)
    assert "There is no search to show" in text_of(last[0])
    assert (last[2], last[3]) == ("", "")
    assert "tell me" in text_of(last[4])
    *_, last = look_at(ScriptedReplier(serving_shop), REQUEST, None, None, 5, 4)
    assert "scripted" in text_of(last[0])
    assert last[1].count("neo-look-item") == 2
    assert last[2:] == ("", "", "")


def test_a_file_of_requests_is_read_and_compared(serving_shop: Database) -> None:
    services = Services(Settings(items_per_reply=4), serving_shop, ScriptedReplier(serving_shop))
    assert requests_of(services, "request\na mug\n") == [Request("a mug", count=4)]
    for text in ("", "request,history\na,NONE\n"):
        with pytest.raises(RequestError):
            requests_of(services, text)


def test_a_run_is_stopped_by_its_name_only() -> None:
    runs = Runs()
    with runs.run() as (name, stop), runs.run() as (_, other):
        assert not runs.stop(None)
        assert not runs.stop("guessed")
        assert runs.stop(name)
        assert (stop.is_set(), other.is_set()) == (True, False)
    assert other.is_set(), "what goes on elsewhere ends with its reader"
    assert not runs.stop(name)


def test_a_side_is_made_of_its_form(serving_shop: Database) -> None:
    def side(**values: Any) -> Any:
        return SideForm(**values).side("Left", Settings(), serving_shop, NOW)

    plain = side()
    assert (plain.checkpoint, plain.task, plain.format, plain.rules, plain.beams) == (None,) * 5
    assert plain.conditions.is_empty
    assert side(rules=NO_RULES).rules == ()
    for rules in (DRAFTS, BOTH):
        [tried] = side(rules=rules, drafts="exclude type shoes").rules
        assert isinstance(tried, StoredRule)
        assert tried.id < 0
    other = side(task="search", format="ids", beams=3.0, max_price=20.0, min_rating=4, in_stock=True, sql="stock > 1")
    assert (other.task, other.format, other.beams) == (Task.SEARCH, Format.IDS, 3)
    assert other.conditions.max_price == 2000
    for values in ({"checkpoint": "../../etc"}, {"sql": "DROP TABLE x"}, {"rules": DRAFTS, "drafts": "what"}):
        with pytest.raises(NeoError):
            side(**values)


@pytest.fixture
def events(serving_shop: Database) -> list[Any]:
    """The events of both tabs as Gradio has them."""
    services = Services(Settings(), serving_shop, ScriptedReplier(serving_shop))

    async def built() -> list[Any]:
        with gr.Blocks(analytics_enabled=False) as page:
            desk = Desk(services, Logins("anna:correct horse"), gr.State(None))
            for build in (preview_tab.build_tab, side_by_side_tab.build_tab):
                build(desk)
        return list(page.fns.values())

    # Outside an event loop Gradio makes one that it never closes.
    return asyncio.run(built())


def run(event: Any) -> None:
    """Call it as somebody would who is not signed in and goes around the page."""
    result = event.fn("forged", *[None] * (len(event.inputs) - 1))
    if isinstance(result, Iterator):
        list(result)


def test_no_event_runs_for_somebody_who_is_not_signed_in(events: list[Any]) -> None:
    assert len(events) > 8
    for event in events:
        assert event.api_visibility == "private"
        with pytest.raises(gr.Error, match="not signed in"):
            run(event)


def test_forms_and_components_are_in_the_same_order(events: list[Any]) -> None:
    inputs = [len(event.inputs) for event in events]
    request, side = (len(dataclasses.fields(form)) for form in (RequestForm, SideForm))
    assert 1 + 4 + request in inputs
    assert 1 + 2 * side + request in inputs
