"""Filters and steering, from the fields and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from neo_assistant.steering import Format, Task
from neo_assistant.ui.handlers.actions import act
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.handlers.choices import (
    RATINGS,
    choices_html,
    filter_values,
    make_filters,
    make_steered,
    steered_values,
)
from neo_assistant.ui.session import CHOICES, ChatSession, Steered


@given(
    st.lists(st.sampled_from(["kitchen", "footwear"])),
    st.lists(st.sampled_from(["Claywork", "Fellstep"])),
    st.none() | st.integers(0, 500),
    st.none() | st.integers(500, 9000),
    st.sampled_from(list(RATINGS)),
    st.booleans(),
)
def test_filters_are_what_the_fields_say(
    types: list[str], brands: list[str], low: int | None, high: int | None, rating: str, stock: bool
) -> None:
    lowest, highest = (None if price is None else price / 100 for price in (low, high))
    filters = make_filters(types, brands, lowest, highest, rating, stock, currency="USD")
    assert filters.min_price == (low or None), "a field that nobody filled is sent as 0"
    assert filters.max_price == high
    assert make_filters(*filter_values(filters, "USD"), currency="USD") == filters


@pytest.mark.parametrize(
    "fields",
    [
        ([], [], 20.0, 10.0, "Any", False),
        ([], [], -1.0, None, "Any", False),
        ([], [], float("nan"), None, "Any", False),
        ([], [], float("inf"), None, "Any", False),
        ([], [], None, None, "better", False),
    ],
)
def test_filters_that_make_no_sense_are_refused(fields: tuple[object, ...]) -> None:
    with pytest.raises(ConditionError):
        make_filters(*fields, currency="USD")  # type: ignore[arg-type]


@given(st.sampled_from(CHOICES), st.sampled_from(["", "kitchen"]), st.sampled_from(list(Format)), st.integers(0, 20))
def test_steering_is_what_the_fields_say(task: Task, item_type: str, form: Format, count: int) -> None:
    steered = make_steered(task.value, item_type, form.value, count, ["kitchen"])
    assert steered == Steered(task, (item_type,) if item_type else (), form, count)
    assert make_steered(*steered_values(steered), ["kitchen"]) == steered
    assert Steered.from_dict(steered.to_dict()) == steered


@pytest.mark.parametrize(
    "fields",
    [("profile", "", "ids", 1), ("chat", "weapons", "ids", 1), ("chat", "", "pdf", 1), ("chat", "", "ids", 21)],
)
def test_steering_that_no_field_offers_is_refused(fields: tuple[str, str, str, int]) -> None:
    task, item_type, form, count = fields
    with pytest.raises(ConditionError):
        make_steered(task, item_type, form, count, ["kitchen"])


def test_what_is_set_is_shown_as_text_and_cleared(chat: ChatHandlers, session: ChatSession) -> None:
    assert choices_html(session, "USD") == ""
    session.filters = Conditions(brands=frozenset({"<b>Claywork"}), max_price=2000)
    session.steered = Steered(Task.SEARCH, ("kitchen",), Format.IDS, 5)
    shown = choices_html(session, "USD")
    assert "<b>Claywork" not in shown
    assert "Claywork" in shown
    assert "at most 5" in shown
    act(chat, session, "filters-clear", "")
    act(chat, session, "steering-clear", "")
    assert choices_html(session, "USD") == ""
    assert session == ChatSession(shopper=session.shopper, steps=session.steps)
