"""Misspelled words in a conversation: the model and the grammar read what is meant, the record keeps what was typed."""

from __future__ import annotations

import threading

import pytest

from catalog_db.database import Database
from neo_assistant.catalog import Catalog
from neo_assistant.events import Done, Notice, WantFound
from neo_assistant.messages import Message
from neo_assistant.request import Request
from neo_assistant.turn import MISSPELLED, Turn
from tests.neo_assistant.serving import CODEBOOKS, make_assistant, only, reply, scripted, tokenizer


@pytest.fixture
def catalog(serving_shop: Database) -> Catalog:
    return Catalog(serving_shop, CODEBOOKS, tokenizer())


def test_the_prompt_holds_what_is_meant_in_every_turn(catalog: Catalog) -> None:
    said = [Message.shopper("whitte boots"), Message.assistant("whitte is what the model wrote")]
    turn = Turn(catalog.snapshot(), said, Request("a sandall, please"))
    assert [message.text for message in turn.messages] == [
        "white boots",
        "whitte is what the model wrote",
        "a sandal, please",
    ]
    assert turn.request.text == "a sandall, please"


def test_the_shopper_is_told_and_the_record_says_so(serving_shop: Database) -> None:
    assistant = make_assistant(serving_shop, scripted(" kind: sandal;", "Here:"))
    events = reply(assistant, Request("a sandall and a sandall"))
    [notice] = [event for event in events if isinstance(event, Notice) and event.code == MISSPELLED]
    assert notice.text == "I read “sandall” as “sandal”."
    assert only(events, WantFound).phrases == ("kind: sandal",)
    assert only(events, Done).made_by["read_as"] == "a sandal and a sandal"


def test_what_is_spelt_well_is_not_remarked_upon(serving_shop: Database) -> None:
    assistant = make_assistant(serving_shop, scripted(" kind: sandal;", "Here:"))
    events = list(assistant.reply([], Request("a sandal"), threading.Event()))
    assert not [event for event in events if isinstance(event, Notice) and event.code == MISSPELLED]
    assert "read_as" not in only(events, Done).made_by
