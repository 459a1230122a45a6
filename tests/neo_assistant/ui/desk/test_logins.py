"""Who may use the desk."""

from __future__ import annotations

import datetime as dt

import pytest

from neo_assistant.errors import LoginRefusedError, SettingsError
from neo_assistant.ui.desk.logins import SESSION, TRIES, TRIES_WITHIN, Logins

PAIRS = "anna:correct horse, ben:another:one"


class Clock:
    def __init__(self) -> None:
        self.now = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now


def test_the_right_password_begins_a_session() -> None:
    logins = Logins(PAIRS)
    token = logins.sign_in(" anna ", "correct horse")
    assert logins.who(token).name == "anna"
    assert logins.who(logins.sign_in("ben", "another:one")).name == "ben", "only the first colon separates"
    logins.sign_out(token)
    with pytest.raises(LoginRefusedError, match="not signed in"):
        logins.who(token)


@pytest.mark.parametrize(
    ("name", "password"),
    [("anna", "another:one"), ("anna", ""), ("", ""), ("carl", "correct horse"), ("anna", "\ud800")],
)
def test_wrong_ones_are_refused_alike(name: str, password: str) -> None:
    with pytest.raises(LoginRefusedError, match="wrong name or password"):
        Logins(PAIRS).sign_in(name, password)


@pytest.mark.parametrize("token", [None, "", "guess", 7, ["x"]])
def test_nobody_is_signed_in_by_a_guess(token: object) -> None:
    logins = Logins(PAIRS)
    logins.sign_in("anna", "correct horse")
    assert not logins.knows(token)  # type: ignore[arg-type]


def test_a_session_ends_by_itself() -> None:
    clock = Clock()
    logins = Logins(PAIRS, clock)
    token = logins.sign_in("anna", "correct horse")
    clock.now += SESSION - dt.timedelta(seconds=1)
    assert logins.knows(token)
    clock.now += dt.timedelta(seconds=1)
    assert not logins.knows(token)


def test_guessing_has_to_wait() -> None:
    clock = Clock()
    logins = Logins(PAIRS, clock)
    for _ in range(TRIES):
        with pytest.raises(LoginRefusedError, match="wrong"):
            logins.sign_in("anna", "a guess")
    with pytest.raises(LoginRefusedError, match="too many"):
        logins.sign_in("anna", "correct horse")
    assert logins.who(logins.sign_in("ben", "another:one")).name == "ben"
    clock.now += TRIES_WITHIN
    assert logins.sign_in("anna", "correct horse")


def test_without_logins_the_desk_is_closed() -> None:
    logins = Logins("")
    assert not logins.is_open
    with pytest.raises(LoginRefusedError, match="closed"):
        logins.sign_in("", "")


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ("anna", "name:password"),
        (":longenough", "name:password"),
        ("anna:short", "too short"),
        ("a:12345678,a:12345678", "twice"),
    ],
)
def test_settings_that_cannot_be_are_refused(pairs: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        Logins(pairs)
