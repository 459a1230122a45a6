"""Which checkpoint serves, at the start and after promotions: with tiny checkpoints, and with stand-ins for models."""

from __future__ import annotations

import datetime as dt
import gc
import logging
import shutil
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog_db import promotions
from catalog_db.database import Database, Session
from catalog_db.promotions import Promotion
from neo_assistant.checkpoint import add_metrics
from neo_assistant.checkpoint_shelf import ShelfEntry, list_checkpoints
from neo_assistant.errors import CheckpointError, RequestError
from neo_assistant.events import Done, TextDelta
from neo_assistant.manifest import FULL
from neo_assistant.request import Replier, Request
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import load_assistant
from neo_assistant.serving import Serving, Stage
from neo_assistant.settings import Settings, load_settings
from neo_assistant.steering import Format
from tests.neo_assistant.serving import only, save_tiny_base, write_tiny_checkpoint
from tests.neo_assistant.ui_products import DONE

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    save_tiny_base(folder / "base")
    for number, name in enumerate(("autumn", "spring", "summer")):
        write_tiny_checkpoint(folder / "shelf" / name, folder / "base", seed=number)
    return folder


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    shutil.copytree(made / "shelf", tmp_path / "shelf")
    return load_settings(
        checkpoint=tmp_path / "shelf" / "spring",
        base_model=str(made / "base"),
        quantization="none",
        max_reply_tokens=40,
        torch_threads=1,
    )


class Loads:
    """Makes scripted repliers in place of models, and remembers them weakly."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.made: list[weakref.ref[Replier]] = []
        self.refuse: set[str] = set()
        self.before: Callable[[str], object] = lambda name: None

    def __call__(self, settings: Settings, database: Database) -> Replier:
        name = settings.checkpoint.name
        self.before(name)
        if name in self.refuse:
            raise CheckpointError(f"{name} fits another base model", "set NEO_BASE_MODEL")
        replier = Named(database, name)
        self.names.append(name)
        self.made.append(weakref.ref(replier))
        return replier

    def alive(self) -> list[str]:
        gc.collect()
        return [name for name, made in zip(self.names, self.made, strict=True) if made() is not None]


class Named(ScriptedReplier):
    """Says which checkpoint it stands for."""

    def __init__(self, database: Database, name: str) -> None:
        super().__init__(database)
        self.name = name

    def reply(self, messages: Any, request: Request, stop: threading.Event, rules: Any = None) -> Iterator[Any]:
        if request.format is not Format.TEXT:
            yield from super().reply(messages, request, stop, rules)
            return
        yield TextDelta(self.name)
        yield TextDelta(" again " + self.name)
        yield DONE


@pytest.fixture
def loads() -> Loads:
    return Loads()


@pytest.fixture
def place() -> threading.Lock:
    return threading.Lock()


@pytest.fixture
def serving(settings: Settings, own_serving_shop: Database, loads: Loads, place: threading.Lock) -> Serving:
    return start(settings, own_serving_shop, loads, place)


def start(settings: Settings, database: Database, loads: Any, place: threading.Lock | None = None) -> Serving:
    serving = Serving(settings, database, loads, place or threading.Lock(), poll=None)
    serving.wait(60)
    return serving


def entry(settings: Settings, name: str) -> ShelfEntry:
    [found] = [each for each in list_checkpoints(settings) if each.name == name]
    return found


def recorder(name: str, sha256: str) -> Callable[[Session], Promotion]:
    return lambda session: promotions.promote(session, name, sha256, note="better", who="Ada", now=NOW)


def promote(serving: Serving, settings: Settings, name: str) -> Any:
    found = entry(settings, name)
    change = serving.begin(found, "Ada", recorder(name, found.sha256))
    assert change.finished.wait(60)
    return change


def promoted_elsewhere(database: Database, name: str, sha256: str) -> None:
    with database.session() as session:
        recorder(name, sha256)(session)


def who_answers(serving: Serving) -> str:
    events = serving.reply([], Request("hello", format=Format.TEXT), threading.Event())
    return next(event.text for event in events if isinstance(event, TextDelta))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.01)


def test_before_any_promotion_the_settings_say_what_serves(serving: Serving) -> None:
    assert who_answers(serving) == "spring"
    served = serving.served
    assert served is not None
    assert (served.entry.name, served.promotion, serving.problem) == ("spring", None, "")


def test_a_promotion_is_loaded_tried_written_down_and_then_serves(
    serving: Serving, settings: Settings, own_serving_shop: Database, loads: Loads, place: threading.Lock
) -> None:
    change = promote(serving, settings, "summer")
    assert (change.stage, change.error) == (Stage.IN_SERVICE, None)
    assert who_answers(serving) == "summer"
    with own_serving_shop.reading() as session:
        assert promotions.current(session) == serving.served.promotion  # type: ignore[union-attr]
    until(lambda: loads.alive() == ["summer"])
    until(lambda: not place.locked())


def test_a_reply_under_way_ends_with_what_it_began_with_and_holds_the_place(
    serving: Serving, settings: Settings, loads: Loads, place: threading.Lock
) -> None:
    events = serving.reply([], Request("hello", format=Format.TEXT), threading.Event())
    assert next(events) == TextDelta("spring")
    promote(serving, settings, "summer")
    assert who_answers(serving) == "summer"
    assert loads.alive() == ["spring", "summer"]
    assert place.locked()
    assert next(events) == TextDelta(" again spring")
    assert list(events) == [DONE]
    del events
    until(lambda: not place.locked())
    assert loads.alive() == ["summer"]


def test_the_place_of_the_second_model_is_waited_for(
    serving: Serving, settings: Settings, place: threading.Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neo_assistant.serving.ROOM", 0.05)
    with place:
        change = promote(serving, settings, "summer")
        assert change.stage is Stage.REFUSED
        assert "somebody else is looking" in str(change.error)
        monkeypatch.setattr("neo_assistant.serving.ROOM", 30)
        found = entry(settings, "summer")
        change = serving.begin(found, "Ada", recorder(found.name, found.sha256))
        assert not change.finished.wait(0.1)
        assert change.stage is Stage.WAITING
        with pytest.raises(RequestError, match="Ada is putting summer in service"):
            serving.begin(entry(settings, "autumn"), "Bo", recorder("autumn", "0" * 64))
    assert change.finished.wait(20)
    assert who_answers(serving) == "summer"


def test_what_is_refused_changes_nothing_and_leaves_no_model(
    serving: Serving, settings: Settings, own_serving_shop: Database, loads: Loads, place: threading.Lock
) -> None:
    def told(session: Session) -> Promotion:
        raise RequestError("Bo has promoted autumn in the meantime", "look again")

    change = serving.begin(entry(settings, "summer"), "Ada", told)
    assert change.finished.wait(20)
    assert (change.stage, str(change.error)) == (
        Stage.REFUSED,
        "Bo has promoted autumn in the meantime (look again)",
    )
    loads.refuse = {"autumn"}
    assert "another base model" in str(promote(serving, settings, "autumn").error)
    damaged = settings.checkpoint_shelf / "summer" / FULL
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    assert "is damaged" in str(promote(serving, settings, "summer").error)
    with own_serving_shop.reading() as session:
        assert promotions.current(session) is None
    assert who_answers(serving) == "spring"
    until(lambda: not place.locked())
    assert loads.alive() == ["spring"]


def test_a_model_that_names_nothing_is_refused(serving: Serving, settings: Settings, loads: Loads) -> None:
    class Mute(Named):
        def reply(self, messages: Any, request: Request, stop: threading.Event, rules: Any = None) -> Iterator[Any]:
            yield DONE

    serving._load = lambda settings, database: Mute(database, "summer")
    change = promote(serving, settings, "summer")
    assert "names no item" in str(change.error)
    assert who_answers(serving) == "spring"


def test_a_folder_that_is_exchanged_while_it_is_loaded_is_refused(
    serving: Serving, settings: Settings, loads: Loads
) -> None:
    loads.before = lambda name: add_metrics(settings.checkpoint_shelf / name, {"exam": 1})
    assert "was changed" in str(promote(serving, settings, "summer").error)
    assert who_answers(serving) == "spring"


def test_the_promoted_one_serves_after_a_restart(settings: Settings, own_serving_shop: Database, loads: Loads) -> None:
    promoted_elsewhere(own_serving_shop, "summer", entry(settings, "summer").sha256)
    serving = start(settings, own_serving_shop, loads)
    assert who_answers(serving) == "summer"
    assert loads.names == ["summer"]
    assert serving.served is not None
    assert serving.served.promotion is not None
    assert serving.served.promotion.who == "Ada"


@pytest.mark.parametrize("harm", ["missing", "changed", "damaged", "refused"])
def test_a_promoted_one_that_cannot_serve_is_never_replaced_in_silence(
    settings: Settings, own_serving_shop: Database, loads: Loads, caplog: pytest.LogCaptureFixture, harm: str
) -> None:
    folder = settings.checkpoint_shelf / "summer"
    promoted_elsewhere(own_serving_shop, "summer", entry(settings, "summer").sha256)
    match harm:
        case "missing":
            shutil.rmtree(folder)
        case "changed":
            add_metrics(folder, {"loss": 1.5})
        case "damaged":
            (folder / FULL).write_bytes(b"no weights")
        case _:
            loads.refuse = {"summer"}
    with caplog.at_level(logging.ERROR):
        serving = start(settings, own_serving_shop, loads)
    assert who_answers(serving) == "spring"
    assert serving.served is not None
    assert (serving.served.entry.name, serving.served.promotion) == ("spring", None)
    assert "summer, which Ada promoted, does not serve" in serving.problem
    assert "spring serves in its place" in caplog.text
    # Promoting another one mends it.
    promote(serving, settings, "autumn")
    assert (who_answers(serving), serving.problem) == ("autumn", "")


def test_a_promotion_by_another_process_is_followed(
    serving: Serving, settings: Settings, own_serving_shop: Database, loads: Loads, caplog: pytest.LogCaptureFixture
) -> None:
    serving.look()
    assert loads.names == ["spring"]
    promoted_elsewhere(own_serving_shop, "summer", entry(settings, "summer").sha256)
    serving.look()
    assert who_answers(serving) == "summer"
    promoted_elsewhere(own_serving_shop, "summer", entry(settings, "summer").sha256)
    serving.look()
    assert loads.names == ["spring", "summer"], "what serves already is not loaded again"
    assert serving.served.promotion.id == 2  # type: ignore[union-attr]
    promoted_elsewhere(own_serving_shop, "winter", "0" * 64)
    with caplog.at_level(logging.ERROR):
        serving.look()
        serving.look()
    assert caplog.text.count("winter, which Ada promoted, does not serve") == 1
    assert who_answers(serving) == "summer"


def test_other_processes_are_watched_without_being_asked(
    settings: Settings, own_serving_shop: Database, loads: Loads
) -> None:
    with Serving(settings, own_serving_shop, loads, threading.Lock(), poll=0.02) as serving:
        serving.wait(20)
        promoted_elsewhere(own_serving_shop, "summer", entry(settings, "summer").sha256)
        until(lambda: who_answers(serving) == "summer")
    assert not any(thread.name == "watch-promotions" for thread in threading.enumerate())


def test_a_reply_that_came_before_the_model_waits_in_sight(
    settings: Settings, own_serving_shop: Database, loads: Loads
) -> None:
    go = threading.Event()
    loads.before = lambda name: go.wait(20)
    serving = Serving(settings, own_serving_shop, loads, threading.Lock(), poll=None)
    assert serving.served is None
    events = serving.reply([], Request("hello", format=Format.TEXT), threading.Event())
    assert next(events).code == "waking-up"  # type: ignore[union-attr]
    change = serving.begin(entry(settings, "summer"), "Ada", recorder("summer", entry(settings, "summer").sha256))
    go.set()
    assert next(event for event in events if isinstance(event, TextDelta)).text == "spring"
    assert change.finished.wait(20)
    assert who_answers(serving) == "summer"


def test_what_cannot_be_loaded_at_all_can_be_replaced(
    settings: Settings, own_serving_shop: Database, loads: Loads
) -> None:
    loads.refuse = {"spring"}
    serving = Serving(settings, own_serving_shop, loads, threading.Lock(), poll=None)
    with pytest.raises(CheckpointError, match="another base model"):
        who_answers(serving)
    assert serving.served is None
    promote(serving, settings, "summer")
    assert who_answers(serving) == "summer"


def test_real_models_are_exchanged_and_named_in_records(settings: Settings, own_serving_shop: Database) -> None:
    serving = start(settings, own_serving_shop, load_assistant)
    former = weakref.ref(serving.wait())
    asked = Request("a mug", format=Format.IDS, count=1)
    for name in ("spring", "summer"):
        if name == "summer":
            promote(serving, settings, name)
        made_by = only(list(serving.reply([], asked, threading.Event())), Done).made_by
        assert made_by["checkpoint"] == name
        assert made_by["manifest_sha256"] == entry(settings, name).sha256
    until(lambda: gc.collect() >= 0 and former() is None)
