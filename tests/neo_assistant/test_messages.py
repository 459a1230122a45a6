"""Messages and their JSON form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.errors import RequestError
from neo_assistant.messages import ItemPart, Message, Role, TextPart, WantPart
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering, Task

MUG = Sid("kitchen", (3, 1, 0))
PARTS = st.one_of(
    st.builds(TextPart, st.text()),
    st.builds(ItemPart, st.just(MUG), st.text()),
    st.builds(WantPart, st.text()),
)
MESSAGES = st.builds(Message, st.sampled_from(Role), st.lists(PARTS).map(tuple))


@given(MESSAGES)
def test_a_message_survives_json(message: Message) -> None:
    assert Message.from_dict(json.loads(json.dumps(message.to_dict()))) == message


def test_plain_strings_are_text() -> None:
    reply = Message.assistant(WantPart(" found 1"), "One ", ItemPart(MUG, "MUG-1"), "for you.")
    assert reply.parts[1] == TextPart("One ")
    assert reply.text == "One for you."
    assert reply.items == (ItemPart(MUG, "MUG-1"),)
    assert reply.want == " found 1"
    assert Message.shopper("Hello").role is Role.SHOPPER
    assert Message.shopper("Hello").want is None


@pytest.mark.parametrize(
    "values",
    [
        {},
        [],
        "shopper",
        None,
        {"role": "shopper"},
        {"role": "system", "parts": []},
        {"role": "shopper", "parts": None},
        {"role": "shopper", "parts": ["Hello"]},
        {"role": "shopper", "parts": [{"type": "text"}]},
        {"role": "shopper", "parts": [{"type": "image", "text": ""}]},
        {"role": "shopper", "parts": [{"type": "item", "sid": "not one", "sku": ""}]},
        {"role": "shopper", "parts": [{"type": "item", "sid": 5, "sku": ""}]},
    ],
)
def test_what_is_no_message_is_refused(values: Any) -> None:
    with pytest.raises(RequestError):
        Message.from_dict(values)


def test_steering_asks_for_nothing_in_particular() -> None:
    steering = Steering()
    assert (steering.task, steering.format, steering.types, steering.history) == (Task.CHAT, Format.MIXED, (), ())
