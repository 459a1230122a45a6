"""The Governance tab's handlers, called as the page calls them."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from catalog_db.database import Database
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.governance import Governance, State
from neo_assistant.merchandising.spare_checkpoint import SpareCheckpoint
from neo_assistant.request import Replier
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import Services
from neo_assistant.serving import Serving
from neo_assistant.settings import Settings, load_settings
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.governance_tab import _GovernanceTab
from neo_assistant.ui.desk.logins import Logins, Merchandiser
from tests.neo_assistant.serving import write_tiny_checkpoint

ADA, BO = Merchandiser("Ada"), Merchandiser("Bo")
PROGRESS, STATE, SERVED, BACK_NOTE, BACK = range(5)
"""Places in what the handlers give for the whole tab."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for number, name in enumerate(("spring", "summer")):
        write_tiny_checkpoint(folder / name, seed=number)
    return folder


@pytest.fixture
def tab(made: Path, tmp_path: Path, own_serving_shop: Database) -> _GovernanceTab:
    def load(settings: Settings, database: Database) -> Replier:
        return ScriptedReplier(database)

    settings = load_settings(checkpoint=Path(shutil.copytree(made, tmp_path / "shelf")) / "spring")
    place = threading.Lock()
    serving = Serving(settings, own_serving_shop, load, place, poll=None)
    serving.wait(20)
    services = Services(settings, own_serving_shop, serving, place)
    spare = SpareCheckpoint(settings, own_serving_shop, load, place)

    async def built() -> _GovernanceTab:
        with gr.Blocks(analytics_enabled=False):
            desk = Desk(services, Logins("Ada:correct horse"), gr.State(None))
            tab = _GovernanceTab(desk, Governance(services, spare=spare))
            tab.build()
        return tab

    return asyncio.run(built())  # outside an event loop Gradio makes one that it never closes


def look(tab: _GovernanceTab) -> tuple[Any, ...]:
    return tab._open(ADA, None)


def last(steps: Iterator[tuple[Any, ...]]) -> tuple[Any, ...]:
    *_, end = steps
    return end


def test_another_checkpoint_than_the_one_that_serves_is_chosen_first(tab: _GovernanceTab) -> None:
    shown = look(tab)
    assert isinstance(shown[STATE], State)
    assert shown[BACK].interactive is False
    choice = next(part for part in shown if isinstance(part, gr.Dropdown))
    assert choice.value == "summer"


def test_promoted_followed_and_rolled_back(tab: _GovernanceTab) -> None:
    state = look(tab)[STATE]
    steps = list(tab._put(ADA, state, "summer", "it reads sizes"))
    assert "progress" in steps[0][1]
    cleared, *shown = steps[-1]
    assert cleared == ""
    assert "summer serves from the next reply on" in shown[PROGRESS]
    assert "<b>summer</b> serves, promoted by Ada" in shown[SERVED]
    assert (shown[BACK_NOTE], shown[BACK].value) == ("Back from summer to spring", "Roll back to spring")
    assert {len(step) for step in steps} == {11}
    with pytest.raises(RequestError, match="Ada has put summer in service in the meantime"):
        list(tab._put_back(BO, state, "summer", "worse"))
    back = last(tab._put_back(BO, shown[STATE], "summer", shown[BACK_NOTE]))
    assert "<b>spring</b> serves, put back by Bo" in back[SERVED]
    assert len(back) == len(last(tab._look_again(ADA, "summer"))) == 10


def test_a_refused_change_says_so_and_shows_what_serves(tab: _GovernanceTab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(replier: Replier) -> None:
        raise MemoryError

    state = look(tab)[STATE]
    monkeypatch.setattr("neo_assistant.serving.try_out", fail)
    kept, *shown = last(tab._put(ADA, state, "summer", "it reads sizes"))
    assert kept != "", "the note stays to be used again"
    told = unescape(shown[PROGRESS])
    assert "summer was not put in service, and nothing has changed" in told
    assert "MemoryError" in told
    assert "<b>spring</b> serves" in shown[SERVED]


def test_previewed_and_compared(tab: _GovernanceTab) -> None:
    state = look(tab)[STATE]
    name, _, stop, _ = next(tab._preview(ADA, state, "summer", "a mug"))
    assert name
    assert stop.interactive is True
    *_, found = last(tab._preview(ADA, state, "summer", "a mug\na boot"))
    assert found.count("<section") == 2
    *_, compared = last(tab._compared(ADA, state, "summer", "a mug"))
    assert "Summary" in compared
    assert "Nothing is running" in tab._halt(ADA, "forged")


def test_replies_and_pages(tab: _GovernanceTab) -> None:
    assert "No reply has been given" in look(tab)[-2]
    for number in (None, 0, "9"):
        with pytest.raises(RequestError, match="no reply has been named"):
            tab._one_reply(ADA, number)
    with pytest.raises(RequestError, match="no reply 9"):
        tab._one_reply(ADA, 9.0)
    with pytest.raises(RequestError, match="no earlier"):
        tab._reply_page(ADA, 1)
    with pytest.raises(RequestError, match="no older"):
        tab._page(ADA, 1)
    assert "".join(tab._governance.history_csv()).startswith("promotion_id,at_utc")
    assert tab._csv(ADA).visible is True


def test_without_a_look_nothing_is_decided(tab: _GovernanceTab) -> None:
    for steps in (tab._put(ADA, None, "summer", "x"), tab._put_back(ADA, None, "summer", "x")):
        with pytest.raises(RequestError, match="load the page again"):
            next(steps)
