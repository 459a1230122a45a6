"""What the prompt holds of a conversation: the latest turns, in today's terms."""

from __future__ import annotations

from typing import Any

import pytest

from catalog_db.database import Database
from catalog_db.errors import UnknownProductError
from neo_assistant.earlier_turns import MAX_TURNS, NO_WORDS
from neo_assistant.events import Done, Notice, WantFound
from neo_assistant.messages import ItemPart, Message, WantPart
from neo_assistant.request import Request
from neo_assistant.sids import Sid
from neo_assistant.steering import Format
from neo_assistant.turn import NO_SID
from tests.neo_assistant.asking import MUGS, ask, item, prompt_of, showed, unplaced
from tests.neo_assistant.serving import (
    items_of,
    only,
    random_model,
    scripted,
    sid_of,
)


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


@pytest.fixture
def own_shop(own_serving_shop: Database) -> Database:
    return own_serving_shop


def test_the_prompt_begins_with_a_shoppers_turn_and_holds_the_latest_ones(shop: Database) -> None:
    said = [message for number in range(8) for message in showed(number)]
    one_too_many = [Message.assistant("Welcome!"), *said]
    latest = prompt_of(shop, Request("more"), said)
    assert prompt_of(shop, Request("more"), one_too_many) == latest
    assert prompt_of(shop, Request("more"), said[-MAX_TURNS:]) == latest
    assert prompt_of(shop, Request("more"), said[1 - MAX_TURNS :]) == prompt_of(
        shop, Request("more"), said[2 - MAX_TURNS :]
    )
    assert prompt_of(shop, Request("more"), said[-2:]) != latest


def test_a_history_without_words_is_a_question_then_and_later(shop: Database) -> None:
    history = ("P-01", "P-02")
    silent = prompt_of(shop, Request("", history=history))
    assert silent == prompt_of(shop, Request("  \n", history=history))
    assert silent == prompt_of(shop, Request(NO_WORDS, history=history))
    assert silent != prompt_of(shop, Request(NO_WORDS, history=history[::-1]))
    earlier = [Message.shopper(""), Message.assistant("These.")]
    spoken = [Message.shopper(NO_WORDS), Message.assistant("These.")]
    assert prompt_of(shop, Request("more"), earlier) == prompt_of(shop, Request("more"), spoken)
    events = ask(shop, random_model(), Request("", history=history, format=Format.IDS, count=1), max_tokens=60)
    assert len(items_of(events)) == 1


def test_a_history_without_semantic_ids_is_left_out_and_said(own_shop: Database) -> None:
    unplaced(own_shop, "P-NEW", "P-NEWER")
    one = Request("a mug", history=("P-01", "P-NEW", "P-02"))
    assert prompt_of(own_shop, one) == prompt_of(own_shop, Request("a mug", history=("P-01", "P-02")))
    events = ask(own_shop, scripted(" kind: mug;", "Fine."), one)
    assert events[0] == Notice(NO_SID, "P-NEW has no semantic id yet and was left out.")
    assert isinstance(events[-1], Done)
    two = ask(own_shop, scripted("", "Fine."), Request("", history=("P-NEW", "P-NEWER")))
    assert two[0] == Notice(NO_SID, "P-NEW, P-NEWER have no semantic id yet and were left out.")
    with pytest.raises(UnknownProductError, match="nope"):
        ask(own_shop, scripted(""), Request("a mug", history=("P-NEW", "nope")))


def test_items_that_the_catalog_lost_are_left_out(shop: Database) -> None:
    def said(*parts: Any) -> list[Message]:
        return [Message.shopper("mugs"), Message.assistant(WantPart(" kind: mug; found 2"), "Two:\n", *parts)]

    lost = ItemPart(Sid("hats", (9, 9)), "HAT-1")
    expected = prompt_of(shop, Request("more"), said(item(0)))
    assert prompt_of(shop, Request("more"), said(lost, item(0))) == expected
    request = Request("others", format=Format.IDS, count=20)
    events = ask(shop, scripted(" kind: mug; not shown;"), request, said(lost, item(0)), max_tokens=150)
    assert sorted(items_of(events)) == sorted(MUGS[1:])
    alone = ask(shop, scripted(" kind: mug; not shown;", "Fine."), Request("others"), said(lost))
    assert "shown" not in only(alone, WantFound).want  # nothing that was shown is known any more


def test_an_item_stands_in_the_prompt_under_the_sid_it_has_now(shop: Database) -> None:
    """A conversation may be older than the codebooks, whose semantic ids meant other products."""
    old = ItemPart(sid_of(9), "P-03")
    said = [Message.shopper("shoes"), Message.assistant(old)]
    now = [Message.shopper("shoes"), Message.assistant(item(3))]
    assert prompt_of(shop, Request("more"), said) == prompt_of(shop, Request("more"), now)
    request = Request("others", format=Format.IDS, count=20, types=("shoes",))
    events = ask(shop, scripted(" not shown;"), request, said, max_tokens=150)
    assert "P-03" not in items_of(events)
    assert "P-09" in items_of(events)
