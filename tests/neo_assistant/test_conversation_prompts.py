"""What is stored of a shopper's turn is what its prompt said, so that later prompts say it again, as in training."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from catalog_db.database import Database
from catalog_db.rules import StoredRule
from neo_assistant.conversation import ConversationService
from neo_assistant.events import Event
from neo_assistant.messages import ItemPart, Message
from neo_assistant.request import Request
from neo_assistant.turn import Turn
from tests.neo_assistant.asking import unplaced
from tests.neo_assistant.serving import make_assistant, scripted, sid_of
from tests.neo_assistant.ui_products import NOW


class Watched:
    """An assistant; ``turns`` are what it answered, oldest first."""

    def __init__(self, database: Database) -> None:
        self.assistant = make_assistant(database, scripted("", "Here: ", sid_of(4)))
        self.turns: list[Turn] = []

    def reply(
        self,
        messages: Sequence[Message],
        request: Request,
        stop: threading.Event,
        rules: Sequence[StoredRule] | None = None,
    ) -> Iterator[Event]:
        self.turns.append(Turn(self.assistant._catalog.snapshot(), messages, request))
        return self.assistant.reply(messages, request, stop, rules)


def bare(message: Message) -> Message:
    """Without captions, which are made with the prompt."""
    parts = (replace(part, caption="") if isinstance(part, ItemPart) else part for part in message.parts)
    return replace(message, parts=tuple(parts))


@pytest.mark.parametrize(
    "request_",
    [
        Request("compare them", count=1, about=("P-08", "P-12")),
        Request("", count=1, about=("P-08",)),
        Request("  is it good?\n", count=1, about=("P-08", "NEW")),
        Request("is it good?", count=1, about=("NEW",)),
        Request("just words", count=1),
    ],
)
def test_a_turn_is_stored_as_its_prompt_has_it(own_serving_shop: Database, request_: Request) -> None:
    unplaced(own_serving_shop, "NEW")
    replier = Watched(own_serving_shop)
    service = ConversationService(own_serving_shop, replier, lambda: NOW)
    conversation_id = service.start()
    list(service.say(conversation_id, request_))
    list(service.say(conversation_id, Request("and a cheaper one?", count=1)))

    first, later = replier.turns
    prompted = bare(first.messages[-1])
    assert service.turns(conversation_id)[0].message == prompted
    assert bare(later.messages[0]) == prompted
    assert [message.role for message in later.messages] == ["shopper", "assistant", "shopper"]
