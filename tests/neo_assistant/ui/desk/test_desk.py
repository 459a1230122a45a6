"""No handler of the desk runs for somebody who is not signed in."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from neo_assistant.errors import RequestError
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.logins import Logins, Merchandiser


class Trigger:
    """Stands in for ``button.click``: keeps what it is given."""

    def __init__(self) -> None:
        self.call: Any = None
        self.options: dict[str, Any] = {}

    def __call__(self, call: Any, inputs: Any, outputs: Any, **options: Any) -> None:
        self.call, self.options = call, options


@pytest.fixture
def logins() -> Logins:
    return Logins("anna:correct horse")


@pytest.fixture
def desk(logins: Logins) -> Desk:
    return Desk(None, logins, gr.State(None))  # type: ignore[arg-type]


def test_an_action_is_told_who_asks(desk: Desk, logins: Logins) -> None:
    trigger = Trigger()
    desk.on(trigger, lambda who, words: f"{who.name} says {words}")
    assert trigger.call(logins.sign_in("anna", "correct horse"), "hello") == "anna says hello"
    assert trigger.options["api_visibility"] == "private"


@pytest.mark.parametrize("token", [None, "forged"])
def test_without_a_session_no_action_runs(desk: Desk, token: str | None) -> None:
    def action(who: Merchandiser) -> None:
        raise AssertionError("it ran")

    def stream(who: Merchandiser) -> Any:
        raise AssertionError("it ran")
        yield

    for each in (action, stream):
        trigger = Trigger()
        desk.on(trigger, each)
        with pytest.raises(gr.Error, match="not signed in"):
            list(trigger.call(token) or [])
    opening = Trigger()
    desk.on_open(action)
    desk.connect_openings(opening)
    assert opening.call(token) == gr.skip()


def test_all_tabs_open_in_one_event(desk: Desk, logins: Logins) -> None:
    one, two, three, given = (gr.Textbox() for _ in range(4))

    def refuse(who: Merchandiser) -> None:
        raise RequestError("no such item", "look again")

    desk.on_open(lambda who, words: (who.name, words), [given], [one, two])
    desk.on_open(refuse, [], [three])
    desk.on_open(lambda who: "three", [], [three])
    opening = Trigger()
    desk.connect_openings(opening)
    with pytest.warns(UserWarning, match=r"No such item\. Look again\."):  # outside a page; on one it is a message
        found = opening.call(logins.sign_in("anna", "correct horse"), "hello")
    assert found == ["anna", "hello", gr.skip(), "three"]


def test_a_refusal_is_shown_and_a_bug_is_not_hidden(desk: Desk, logins: Logins) -> None:
    token = logins.sign_in("anna", "correct horse")
    refused, broken = Trigger(), Trigger()

    def refuse(who: Merchandiser) -> None:
        raise RequestError("no such item", "look again")

    def fail(who: Merchandiser) -> None:
        raise ZeroDivisionError

    desk.on(refused, refuse)
    desk.on(broken, fail)
    with pytest.raises(gr.Error, match=r"No such item\. Look again\."):
        refused.call(token)
    with pytest.raises(ZeroDivisionError):
        broken.call(token)
