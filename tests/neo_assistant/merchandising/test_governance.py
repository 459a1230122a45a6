"""Who decides which checkpoint serves, with stand-ins for models over tiny checkpoints."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from catalog_db import promotions
from catalog_db.conversations import add_message, start_conversation
from catalog_db.database import Database
from catalog_db.errors import CatalogError
from neo_assistant.errors import CheckpointError, RequestError
from neo_assistant.manifest import MANIFEST
from neo_assistant.merchandising.governance import HISTORY_COLUMNS, Governance, read_lines
from neo_assistant.merchandising.spare_checkpoint import SpareCheckpoint
from neo_assistant.request import Replier
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import Services
from neo_assistant.serving import Change, Serving, Stage
from neo_assistant.settings import Settings, load_settings
from tests.neo_assistant.serving import make_codebooks, write_tiny_checkpoint

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for number, name in enumerate(("autumn", "spring", "summer")):
        write_tiny_checkpoint(folder / name, seed=number)
    return folder


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    return load_settings(checkpoint=Path(shutil.copytree(made, tmp_path / "shelf")) / "spring")


class Loads:
    """Makes scripted repliers in place of models; loading waits for ``go``."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, settings: Settings, database: Database) -> Replier:
        assert self.go.wait(20)
        self.names.append(settings.checkpoint.name)
        return ScriptedReplier(database)


@pytest.fixture
def loads() -> Loads:
    return Loads()


@pytest.fixture
def governance(settings: Settings, own_serving_shop: Database, loads: Loads) -> Governance:
    place = threading.Lock()
    serving = Serving(settings, own_serving_shop, loads, place, poll=None)
    serving.wait(20)
    services = Services(settings, own_serving_shop, serving, place)
    spare = SpareCheckpoint(settings, own_serving_shop, loads, place)
    return Governance(services, lambda: NOW, spare)


def promote(governance: Governance, name: str, who: str = "Ada", note: str = "better") -> Change:
    state = governance.state()
    change = governance.promote(state.entry(name), note, who, state.seen)
    assert change.finished.wait(20)
    return change


def roll_back(governance: Governance, who: str = "Ada") -> Change:
    state = governance.state()
    change = governance.roll_back(state.rollback_note, who, state.seen)
    assert change.finished.wait(20)
    return change


def serves(governance: Governance) -> str:
    served = governance.state().served
    assert served is not None
    return served.entry.name


def test_the_first_promotion_can_be_rolled_back_too(governance: Governance) -> None:
    before = governance.state()
    assert (before.current, before.previous, before.seen, before.rollback_note) == (None, None, None, "")
    assert promote(governance, "summer", note=" it reads sizes ").stage is Stage.IN_SERVICE
    state = governance.state()
    assert [(p.checkpoint, p.note) for p in governance.history()] == [
        ("summer", "it reads sizes"),
        ("spring", "Served by the settings before the first promotion"),
    ]
    assert state.rollback_note == "Back from summer to spring"
    assert roll_back(governance).stage is Stage.IN_SERVICE
    assert serves(governance) == "spring"
    assert governance.history()[0].note == "Back from summer to spring"
    with pytest.raises(RequestError, match="nothing was promoted before"):
        roll_back(governance)


def test_rollbacks_go_back_step_by_step(governance: Governance) -> None:
    for name in ("summer", "autumn"):
        promote(governance, name)
    for name in ("summer", "spring"):
        roll_back(governance)
        assert serves(governance) == name
    promote(governance, "autumn")
    assert serves(governance) == "autumn"


def test_the_second_of_two_merchandisers_is_told(governance: Governance, loads: Loads) -> None:
    state = governance.state()
    loads.go.clear()
    first = governance.promote(state.entry("summer"), "better", "Ada", state.seen)
    with pytest.raises(RequestError, match="Ada is putting summer in service"):
        governance.promote(state.entry("autumn"), "best", "Bo", state.seen)
    loads.go.set()
    assert first.finished.wait(20)
    for act in (
        lambda: governance.promote(state.entry("autumn"), "best", "Bo", state.seen),
        lambda: governance.roll_back("worse", "Bo", state.seen),
    ):
        with pytest.raises(RequestError, match=r"Ada has put summer in service in the meantime \(better\)"):
            act()
    assert len(governance.history()) == 2


def test_who_was_overtaken_while_it_was_loaded_is_told(
    governance: Governance, loads: Loads, own_serving_shop: Database
) -> None:
    """As by another process, which this one's guard knows nothing of."""
    state = governance.state()
    loads.go.clear()
    change = governance.promote(state.entry("summer"), "better", "Ada", state.seen)
    with own_serving_shop.session() as session:
        autumn = state.entry("autumn")
        promotions.promote(session, autumn.name, autumn.sha256, note="best", who="Bo", now=NOW)
    loads.go.set()
    assert change.finished.wait(20)
    assert change.stage is Stage.REFUSED
    assert "Bo has put autumn in service in the meantime" in str(change.error)
    assert serves(governance) == "spring"
    assert [each.checkpoint for each in governance.history()] == ["autumn"]


def test_what_cannot_serve_is_refused_at_once(governance: Governance, settings: Settings, loads: Loads) -> None:
    state, shelf = governance.state(), settings.checkpoint_shelf
    about = json.loads((shelf / "summer" / MANIFEST).read_text())
    about["codebook_version"] = make_codebooks(seed=5).fingerprint
    (shelf / "summer" / MANIFEST).write_text(json.dumps(about))
    with pytest.raises(CheckpointError, match="was changed"):
        governance.promote(state.entry("summer"), "better", "Ada", state.seen)
    again = governance.state()
    with pytest.raises(CheckpointError, match="are of codebooks") as caught:
        governance.promote(again.entry("summer"), "better", "Ada", again.seen)
    assert "python -m neo_assistant adopt --checkpoint" in caught.value.hint
    with pytest.raises(RequestError, match="serves already"):
        governance.promote(again.entry("spring"), "again", "Ada", again.seen)
    for note in ("", "  ", "x" * 513):
        with pytest.raises(CatalogError, match="note"):
            governance.promote(again.entry("autumn"), note, "Ada", again.seen)
    for name in ("winter", None, ["autumn"], ""):
        with pytest.raises(RequestError, match="no checkpoint has been chosen"):
            again.entry(name)
    assert (loads.names, governance.history()) == (["spring"], [])


def test_a_rollback_to_what_is_gone_is_refused(governance: Governance, settings: Settings) -> None:
    promote(governance, "summer")
    promote(governance, "autumn")
    shutil.rmtree(settings.checkpoint_shelf / "summer")
    with pytest.raises(CheckpointError, match="no checkpoint summer"):
        roll_back(governance)
    assert serves(governance) == "autumn"


def test_a_checkpoint_is_looked_at_and_compared_without_serving(governance: Governance, loads: Loads) -> None:
    state = governance.state()
    answers = list(governance.preview(state.entry("summer"), "a mug\n\n  a boot \n", threading.Event()))
    assert [answer.request.text for answer in answers] == ["a mug", "a boot"]
    assert all(answer.items for answer in answers)
    assert len(list(governance.preview(state.entry("spring"), "a mug", threading.Event()))) == 1
    *_, found = governance.compare(state.entry("autumn"), "a mug", threading.Event())
    assert isinstance(found, list)
    assert len(found) == 1
    assert loads.names == ["spring", "summer", "autumn"]
    with pytest.raises(RequestError, match="is the one that serves"):
        list(governance.compare(state.entry("spring"), "a mug", threading.Event()))
    assert (serves(governance), governance.history()) == ("spring", [])


@pytest.mark.parametrize(
    ("words", "problem"), [("", "no request"), (" \n ", "no request"), ("a\n" * 21, "21 requests")]
)
def test_too_few_or_too_many_requests_are_refused(words: str, problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        read_lines(words)


def test_without_a_model_nothing_is_promoted(settings: Settings, own_serving_shop: Database) -> None:
    replier = ScriptedReplier(own_serving_shop)
    governance = Governance(Services(settings, own_serving_shop, replier))
    state = governance.state()
    assert (state.scripted, state.served, len(state.shelf)) == (True, None, 3)
    entry = state.entry("summer")
    for act in (
        lambda: governance.promote(entry, "better", "Ada", None),
        lambda: governance.roll_back("worse", "Ada", None),
        lambda: list(governance.preview(entry, "a mug", threading.Event())),
    ):
        with pytest.raises(RequestError, match="scripted"):
            act()


def test_the_history_is_a_file(governance: Governance) -> None:
    promote(governance, "summer", who="=1+1", note="better\nin all")
    roll_back(governance)
    lines = list(csv.DictReader(io.StringIO("".join(governance.history_csv()))))
    assert list(lines[0]) == [column.name for column in HISTORY_COLUMNS]
    found: list[tuple[Any, ...]] = [
        (line["promotion_id"], line["who"], line["what"], line["checkpoint"], line["restores_promotion_id"])
        for line in lines
    ]
    assert found == [
        ("3", "Ada", "rollback", "spring", "1"),
        ("2", "'=1+1", "promotion", "summer", ""),
        ("1", "'=1+1", "promotion", "spring", ""),
    ]
    assert (lines[1]["note"], lines[1]["at_utc"]) == ("better\nin all", "2026-03-01 12:00:00")


def test_replies_tell_what_made_them(governance: Governance, own_serving_shop: Database) -> None:
    with own_serving_shop.session() as session:
        chat = start_conversation(session, NOW)
        number = add_message(session, chat, "assistant", [], NOW, {"checkpoint": "spring"}).id
    assert [reply.id for reply in governance.replies()] == [number]
    assert governance.reply(number).made_by == {"checkpoint": "spring"}
    assert governance.replies(number) == []
    with pytest.raises(RequestError, match="no reply 99"):
        governance.reply(99)
