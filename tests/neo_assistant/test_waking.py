from __future__ import annotations

import threading

import pytest

from neo_assistant.errors import CheckpointError
from neo_assistant.events import Done, Notice, TextDelta
from neo_assistant.request import Replier, Request
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.waking import WAKING_UP, WakingReplier
from tests.neo_assistant.ui_products import DONE


def test_the_first_reply_waits_in_sight(replier: ScriptedReplier) -> None:
    loaded = threading.Event()

    def load() -> Replier:
        assert loaded.wait(10)
        return replier

    replier.enqueue(TextDelta("Hello"), DONE)
    events = WakingReplier(load, report_every=0.01).reply([], Request("a mug"), threading.Event())
    assert next(events) == Notice(WAKING_UP, "Waking up")
    loaded.set()
    rest = [event for event in events if not isinstance(event, Notice)]
    assert rest == [TextDelta("Hello"), DONE]


def test_once_loaded_nothing_is_added(replier: ScriptedReplier) -> None:
    waking = WakingReplier(lambda: replier)
    assert waking.wait(10) is replier
    replier.enqueue(DONE)
    assert list(waking.reply([], Request("a mug"), threading.Event())) == [DONE]


def test_phrases_wait_for_the_model_and_rules_reach_it(replier: ScriptedReplier) -> None:
    loaded = threading.Event()

    class Ruled(ScriptedReplier):
        rules: object = None

        def reply(self, messages, request, stop, rules=None):  # type: ignore[no-untyped-def]
            self.rules = rules
            return super().reply(messages, request, stop, rules)

    ruled = Ruled(replier._database)

    def load() -> Replier:
        assert loaded.wait(10)
        return ruled

    waking = WakingReplier(load)
    threading.Timer(0.05, loaded.set).start()
    list(waking.reply([], Request("a mug"), threading.Event(), rules=()))
    assert ruled.rules == ()


def test_what_loading_raised_every_reply_raises() -> None:
    def load() -> Replier:
        raise CheckpointError("the checkpoint is damaged", "train it again")

    waking = WakingReplier(load)
    for _ in range(2):
        with pytest.raises(CheckpointError, match="damaged"):
            list(waking.reply([], Request("a mug"), threading.Event()))


def test_a_shopper_who_waits_may_stop(replier: ScriptedReplier) -> None:
    loaded, stop = threading.Event(), threading.Event()

    def load() -> Replier:
        loaded.wait(10)
        return replier

    waking = WakingReplier(load, report_every=0.01)
    events = waking.reply([], Request("a mug"), stop)
    next(events)
    stop.set()
    last = list(events)[-1]
    assert isinstance(last, Done)
    assert last.stopped
    with pytest.raises(TimeoutError):
        waking.wait(0.01)
    loaded.set()
    waking.wait(10)
