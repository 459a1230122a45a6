"""What a reply leaves in the shop's records, and what of it survives when a product or the database fails meanwhile."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from catalog_db.database import Database
from catalog_db.errors import CatalogError
from catalog_db.products import save_products
from catalog_db.shown_items import shown_in
from neo_assistant import conversation
from neo_assistant.conversation import ConversationService
from neo_assistant.events import TextDelta
from neo_assistant.request import Request
from neo_assistant.scripted import ScriptedReplier
from tests.neo_assistant.ui_products import DONE, NOW, found, make_rows


@pytest.fixture
def any_shop(any_database: Database) -> Database:
    with any_database.session() as session:
        save_products(session, make_rows(), NOW)
    return any_database


@pytest.fixture
def replier(any_shop: Database) -> ScriptedReplier:
    return ScriptedReplier(any_shop)


@pytest.fixture
def service(any_shop: Database, replier: ScriptedReplier) -> ConversationService:
    return ConversationService(any_shop, replier, clock=lambda: NOW)


def noted(database: Database, service: ConversationService, conversation_id: str) -> list[list[str]]:
    """The SKUs noted of each message."""
    with database.reading() as session:
        return [shown_in(session, turn.id) for turn in service.turns(conversation_id)]


def test_what_a_reply_shows_is_noted_with_it_and_goes_with_it(
    any_shop: Database, service: ConversationService, replier: ScriptedReplier
) -> None:
    replier.enqueue(found(2), found(1), found(2), DONE)
    conversation_id = service.start()
    list(service.say(conversation_id, Request("a mug")))
    reply = service.turns(conversation_id)[1].id
    assert noted(any_shop, service, conversation_id) == [[], ["MUG-2", "MUG-1", "MUG-2"]]
    service.take_back(conversation_id)
    with any_shop.reading() as session:
        assert shown_in(session, reply) == []


def test_only_what_was_shown_is_noted(
    any_shop: Database, service: ConversationService, replier: ScriptedReplier
) -> None:
    replier.enqueue(found(2), found(1), DONE)
    conversation_id = service.start()
    events = service.say(conversation_id, Request("a mug"))
    next(events)
    events.close()
    assert noted(any_shop, service, conversation_id) == [[], ["MUG-2"]]


def test_a_product_deleted_in_mid_reply_does_not_take_the_reply_with_it(
    any_shop: Database, service: ConversationService, replier: ScriptedReplier, caplog: pytest.LogCaptureFixture
) -> None:
    replier.enqueue(TextDelta("Take "), found(2), TextDelta(" or "), found(1), DONE)
    conversation_id = service.start()
    events = service.say(conversation_id, Request("a mug"))
    next(events), next(events)
    with any_shop.session() as session:
        session.execute(text("DELETE FROM products WHERE sku = 'MUG-2'"))
    with caplog.at_level(logging.WARNING):
        list(events)
    reply = service.turns(conversation_id)[1]
    assert [item.sku for item in reply.message.items] == ["MUG-2", "MUG-1"]
    assert list(reply.products) == ["MUG-1"]
    assert noted(any_shop, service, conversation_id) == [[], ["MUG-1"]]
    assert "no longer holds: MUG-2" in caplog.text


def test_a_reply_and_what_it_showed_are_stored_both_or_neither_and_never_lost_in_silence(
    any_shop: Database,
    service: ConversationService,
    replier: ScriptedReplier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise CatalogError("the disk is full")

    monkeypatch.setattr(conversation, "record_shown", refuse)
    conversation_id = service.start()
    events = service.say(conversation_id, Request("a mug"))
    with pytest.raises(CatalogError, match="the disk is full"):
        list(events)
    assert len(service.turns(conversation_id)) == 1
    monkeypatch.undo()
    list(service.say(conversation_id, Request("again")))
    assert noted(any_shop, service, conversation_id)[-1]


@pytest.mark.parametrize("words", ["a\tb", "雨 “mug”\n\n<b>"])
def test_any_words_can_be_stored_and_asked_again(service: ConversationService, words: str) -> None:
    conversation_id = service.start()
    list(service.say(conversation_id, Request(words)))
    assert service.turns(conversation_id)[0].message.text == words
    assert service.take_back(conversation_id) == Request(words)
