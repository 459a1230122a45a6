"""Replies of the assistant as part of a stored conversation: what is kept, and what later turns refer to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from catalog_db.database import Database
from catalog_db.products import save_products
from catalog_db.rows import ProductRow
from neo_assistant.assistant import Assistant
from neo_assistant.conversation import ConversationService
from neo_assistant.events import Done, Event, WantFound
from neo_assistant.messages import Message, Role
from neo_assistant.request import Request
from neo_assistant.sids import Sid
from neo_assistant.steering import Format
from tests.neo_assistant.asking import MUGS, ask
from tests.neo_assistant.serving import (
    RETIRED,
    SKUS,
    Watched,
    items_of,
    make_assistant,
    only,
    random_model,
    retire,
    scripted,
    sid_of,
    text_of,
    until,
)
from tests.neo_assistant.ui_products import NOW


@pytest.fixture
def own_shop(own_serving_shop: Database) -> Database:
    return own_serving_shop


class _GoneError(Exception):
    """What a broken accelerator raises."""


def stored_reply(service: ConversationService, conversation: str) -> Message | None:
    turns = service.turns(conversation)
    return turns[-1].message if turns and turns[-1].message.role is Role.ASSISTANT else None


def record_of(events: Sequence[Event]) -> tuple[list[str], list[str], str]:
    wants = [event.want for event in events if isinstance(event, WantFound)]
    return wants, items_of(events), text_of(events)


def parts_of(message: Message | None) -> tuple[list[str], list[str], str]:
    if message is None:
        return [], [], ""
    return [message.want] if message.want is not None else [], [part.sku for part in message.items], message.text


def test_wherever_the_model_fails_what_was_shown_is_stored_whole(own_shop: Database) -> None:
    def fail() -> None:
        raise _GoneError

    total = Watched(random_model(1))
    ask(own_shop, total, Request("a mug"), max_tokens=24)
    assistant = make_assistant(own_shop, random_model(1), max_tokens=24)
    service = ConversationService(own_shop, assistant, lambda: NOW)
    for call in range(1, total.calls + 1, 2):
        assistant._engine._model = Watched(random_model(1), call, fail)
        conversation = service.start()
        seen: list[Event] = []
        with pytest.raises(_GoneError):
            seen.extend(service.say(conversation, Request("a mug")))
        stored = stored_reply(service, conversation)
        assert parts_of(stored) == record_of(seen)
        if stored:
            assert all(part.sid == sid_of(SKUS.index(part.sku)) for part in stored.items)
    # The conversation goes on.
    assistant._engine._model = random_model(1)
    assert isinstance(list(service.say(conversation, Request("go on")))[-1], Done)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_reader_who_goes_away_leaves_what_was_shown(own_shop: Database, count: int) -> None:
    service = ConversationService(own_shop, make_assistant(own_shop, random_model(1), max_tokens=24), lambda: NOW)
    conversation = service.start()
    events = service.say(conversation, Request("a mug"))
    seen = until(events, count)
    events.close()
    assert parts_of(stored_reply(service, conversation)) == record_of(seen)
    assert service.turns(conversation)[-1].made_by["complete"] is False
    assert isinstance(list(service.say(conversation, Request("go on")))[-1], Done)


def test_a_conversation_refers_to_what_was_shown_in_it(own_shop: Database) -> None:
    class Changing:
        """An assistant whose model the test changes between turns."""

        assistant: Assistant

        def reply(self, *given: Any) -> Iterator[Event]:
            return self.assistant.reply(*given)

    replier = Changing()
    service = ConversationService(own_shop, replier, lambda: NOW)
    conversation = service.start()

    def say(text: str, want: str, *parts: str | Sid, **changes: Any) -> list[Event]:
        replier.assistant = make_assistant(own_shop, scripted(want, *parts))
        return list(service.say(conversation, Request(text, **changes)))

    assert items_of(say("a mug", " kind: mug;", "Two: ", sid_of(8), sid_of(12))) == ["P-08", "P-12"]
    cheaper = say("cheaper ones", " kind: mug; price < shown;", sid_of(8), sid_of(4), count=1)
    assert only(cheaper, WantFound).items_left == 2
    assert items_of(cheaper)
    assert set(items_of(cheaper)) <= {"P-00", "P-04"}
    others = say("something else", " kind: mug; not shown;", format=Format.IDS, count=20, dismissed=("P-24",))
    assert set(items_of(others)) == set(MUGS) - {"P-08", "P-12", "P-24", *items_of(cheaper)}
    wants = [turn.message.want for turn in service.turns(conversation) if turn.message.want]
    assert wants[0] == " kind: mug; found 7"  # as the model wrote and the shop ended it, and as examples show it


def test_an_import_between_two_turns_does_not_disturb_a_conversation(own_shop: Database) -> None:
    service = ConversationService(own_shop, make_assistant(own_shop, scripted("", sid_of(0))), lambda: NOW)
    conversation = service.start()
    assert items_of(list(service.say(conversation, Request("this", count=1)))) == ["P-00"]
    with own_shop.session() as session:
        save_products(session, [ProductRow(sku="P-00", title="A shoe now", item_type="shoes")], NOW)
    retire(own_shop, "P-02")
    events = list(service.say(conversation, Request("that", count=1)))
    assert isinstance(events[-1], Done)
    assert RETIRED not in items_of(events)
    assert "P-02" not in items_of(events)
