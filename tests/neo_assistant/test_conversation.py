from __future__ import annotations

import threading

import pytest

from catalog_db.conditions import Conditions
from catalog_db.conversations import add_message
from catalog_db.database import Database
from catalog_db.errors import CatalogError, NeoError, UnknownProductError
from catalog_db.feedback import StoredFeedback
from catalog_db.products import set_active
from neo_assistant.conversation import ConversationService, answered
from neo_assistant.errors import GrammarError, RequestError
from neo_assistant.events import Done, Notice, TextDelta, WantFound
from neo_assistant.messages import ItemPart, Message, Role, TextPart, WantPart
from neo_assistant.request import Request
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.waking import WAKING_UP
from tests.neo_assistant.ui_products import DONE, NOW, found


@pytest.fixture
def service(shop: Database, replier: ScriptedReplier) -> ConversationService:
    return ConversationService(shop, replier, clock=lambda: NOW)


def messages(service: ConversationService, conversation_id: str) -> list[Message]:
    return [turn.message for turn in service.turns(conversation_id)]


def test_a_turn_and_its_reply_are_stored(service: ConversationService, replier: ScriptedReplier) -> None:
    want = WantFound(" kind: mug;", ("kind: mug",), 5)
    replier.enqueue(want, TextDelta("Take "), TextDelta("this: "), found(1), TextDelta(" or "), found(2), DONE)
    conversation_id = service.start()
    events = list(service.say(conversation_id, Request("a mug")))

    assert events[-1] == DONE
    asked, reply = service.turns(conversation_id)
    assert asked.message == Message.shopper("a mug")
    assert asked.made_by == {}
    kinds = [type(part) for part in reply.message.parts]
    assert kinds == [WantPart, TextPart, ItemPart, TextPart, ItemPart]
    assert reply.message.text == "Take this:  or "
    assert [item.sku for item in reply.message.items] == ["MUG-1", "MUG-2"]
    assert sorted(reply.products) == ["MUG-1", "MUG-2"]
    assert reply.made_by["complete"] is True
    assert reply.made_by["understood"] == {"phrases": ["kind: mug"], "items_left": 5}
    assert reply.made_by["timings"]["tokens"] == 7


def test_the_replier_is_shown_what_the_server_has(service: ConversationService, replier: ScriptedReplier) -> None:
    conversation_id = service.start()
    list(service.say(conversation_id, Request("a mug")))
    list(service.say(conversation_id, Request("a cheaper one")))
    earlier, request = replier.requests[-1]
    assert [message.role for message in earlier] == [Role.SHOPPER, Role.ASSISTANT]
    assert earlier[0] == Message.shopper("a mug")
    assert request.text == "a cheaper one"


@pytest.mark.parametrize(
    "conversation_id", ["", "x", "0f8fad5b-d9cb-469f-a165-70867728950e", "a\x00b", "' OR 1=1 --", "é" * 500]
)
def test_ids_from_outside_are_checked(service: ConversationService, conversation_id: str) -> None:
    asking = (service.turns, service.clear, service.take_back, service.shown, service.share, service.revoke)
    for call in asking:
        with pytest.raises(RequestError, match="no such conversation"):
            call(conversation_id)
    with pytest.raises(RequestError, match="no such conversation"):
        service.rate(conversation_id, 1, True)
    with pytest.raises(RequestError, match="no such conversation"):
        service.export(conversation_id, "json")
    assert not service.resume(conversation_id, None)
    assert not service.resume(conversation_id, "ann")
    with pytest.raises(RequestError, match="no such conversation"):
        next(service.say(conversation_id, Request("a mug")))


def test_conversations_do_not_mix(service: ConversationService) -> None:
    first, second = service.start(), service.start()
    list(service.say(first, Request("a mug")))
    assert first != second
    assert service.turns(second) == []


def test_a_closed_reply_keeps_what_was_shown(service: ConversationService, replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("Here: "), found(1), TextDelta("never shown"), found(2), DONE)
    conversation_id = service.start()
    stop = threading.Event()
    events = service.say(conversation_id, Request("a mug"), stop)
    next(events), next(events)
    events.close()

    reply = service.turns(conversation_id)[-1]
    assert reply.message.text == "Here: "
    assert [item.sku for item in reply.message.items] == ["MUG-1"]
    assert reply.made_by["complete"] is False
    assert stop.is_set(), "the engine behind the reply has to end too"


def test_a_stopped_reply_keeps_what_was_shown(service: ConversationService, replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("Here: "), TextDelta("never shown"), DONE)
    conversation_id = service.start()
    stop = threading.Event()
    events = service.say(conversation_id, Request("a mug"), stop)
    next(events)
    stop.set()
    last = list(events)[-1]

    assert isinstance(last, Done)
    assert last.stopped
    reply = service.turns(conversation_id)[-1]
    assert reply.message.text == "Here: "
    assert reply.made_by["complete"] is False


@pytest.mark.parametrize("error", [GrammarError("broken"), RuntimeError("a defect")])
def test_a_failed_reply_keeps_what_was_shown_and_fails(
    service: ConversationService, replier: ScriptedReplier, error: Exception
) -> None:
    replier.enqueue(TextDelta("Here: "), error)
    conversation_id = service.start()
    with pytest.raises(type(error)):
        list(service.say(conversation_id, Request("a mug")))
    assert messages(service, conversation_id)[-1].text == "Here: "
    list(service.say(conversation_id, Request("again")))


def test_a_reply_that_failed_before_it_said_anything_is_no_turn_for_the_model(
    service: ConversationService, replier: ScriptedReplier
) -> None:
    replier.enqueue(GrammarError("broken"))
    conversation_id = service.start()
    with pytest.raises(GrammarError):
        list(service.say(conversation_id, Request("lost")))
    list(service.say(conversation_id, Request("a mug")))
    assert [message.role for message in messages(service, conversation_id)] == [
        Role.SHOPPER,
        Role.SHOPPER,
        Role.ASSISTANT,
    ]
    assert replier.requests[-1][0] == ()


def test_notices_are_kept_but_not_shown_to_the_model(service: ConversationService, replier: ScriptedReplier) -> None:
    replier.enqueue(Notice(WAKING_UP, "Waking up"), Notice("nothing-matches", "Nothing matches."), DONE)
    conversation_id = service.start()
    list(service.say(conversation_id, Request("a green cow")))
    assert service.turns(conversation_id)[-1].made_by["notices"] == [
        {"code": "nothing-matches", "text": "Nothing matches."}
    ]
    list(service.say(conversation_id, Request("a mug")))
    assert replier.requests[-1][0] == ()


def test_one_reply_at_a_time_per_conversation(service: ConversationService) -> None:
    conversation_id, other = service.start(), service.start()
    running = service.say(conversation_id, Request("a mug"))
    next(running)
    with pytest.raises(RequestError, match="already has a reply under way"):
        next(service.say(conversation_id, Request("a boot")))
    with pytest.raises(RequestError, match="already has a reply under way"):
        service.take_back(conversation_id)
    assert list(service.say(other, Request("a boot")))
    list(running)
    assert list(service.say(conversation_id, Request("a boot")))


def test_several_conversations_at_once(shop: Database) -> None:
    service = ConversationService(shop, ScriptedReplier(shop, pause=0.002))
    ids = [service.start() for _ in range(6)]
    failures: list[BaseException] = []

    def talk(conversation_id: str) -> None:
        try:
            for turn in range(2):
                list(service.say(conversation_id, Request(f"mug {turn}")))
        except NeoError as error:
            failures.append(error)

    threads = [threading.Thread(target=talk, args=(conversation_id,)) for conversation_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [len(service.turns(conversation_id)) for conversation_id in ids] == [4] * 6


def test_a_turn_is_taken_back_with_all_after_it(service: ConversationService) -> None:
    conversation_id = service.start()
    asked = [Request("a mug", count=2), Request("a boot", conditions=Conditions(in_stock=True)), Request("another")]
    for request in asked:
        list(service.say(conversation_id, request))
    turns = service.turns(conversation_id)
    assert [turn.request for turn in turns[::2]] == asked
    assert [turn.request for turn in turns[1::2]] == [None] * 3
    assert [turn.position for turn in turns] == list(range(6))

    assert service.take_back(conversation_id) == asked[2]
    assert service.take_back(conversation_id, turns[3].id) == asked[1], "a reply stands for the turn that it answers"
    assert service.turns(conversation_id) == turns[:2]
    assert service.take_back(conversation_id, turns[0].id) == asked[0]
    with pytest.raises(RequestError, match="nothing has been said"):
        service.take_back(conversation_id)


def test_only_turns_of_the_conversation_are_taken_back_or_rated(service: ConversationService) -> None:
    mine, other = service.start(), service.start()
    for conversation_id in (mine, other):
        list(service.say(conversation_id, Request("a mug")))
    before = service.turns(other)
    for message_id in (before[0].id, before[1].id, 0, -1, 4711, 10**30):
        with pytest.raises(RequestError, match="no such turn"):
            service.take_back(mine, message_id)
        with pytest.raises(CatalogError, match="no such reply"):
            service.rate(mine, message_id, True)
    with pytest.raises(CatalogError, match="no such reply"):
        service.rate(mine, service.turns(mine)[0].id, True)
    assert service.turns(other) == before


def test_thumbs(service: ConversationService) -> None:
    conversation_id = service.start()
    list(service.say(conversation_id, Request("a mug")))
    reply = service.turns(conversation_id)[-1].id
    service.rate(conversation_id, reply, True)
    service.rate(conversation_id, reply, False, " too dear \n")
    assert service.turns(conversation_id)[-1].feedback == StoredFeedback(False, "too dear", NOW)
    assert service.turns(conversation_id)[0].feedback is None
    service.rate(conversation_id, reply, None)
    service.rate(conversation_id, reply, None)
    assert service.turns(conversation_id)[-1].feedback is None


def test_what_was_stored_before_requests_were_is_its_words(shop: Database, service: ConversationService) -> None:
    conversation_id = service.start()
    with shop.session() as session:
        add_message(session, conversation_id, "shopper", [{"type": "text", "text": "a mug"}], NOW)
    [turn] = service.turns(conversation_id)
    assert (turn.request, turn.message.text) == (None, "a mug")
    assert service.take_back(conversation_id) == Request("a mug")


def test_a_request_of_another_version_can_be_read_but_not_asked_again(
    shop: Database, service: ConversationService, caplog: pytest.LogCaptureFixture
) -> None:
    conversation_id = service.start()
    with shop.session() as session:
        text = [{"type": "text", "text": "a mug"}]
        add_message(session, conversation_id, "shopper", text, NOW, {"request": {"text": "a mug", "mood": "good"}})
    assert [(turn.request, turn.message.text) for turn in service.turns(conversation_id)] == [(None, "a mug")]
    assert "'mood' is not part of a request" in caplog.text
    with pytest.raises(RequestError, match="cannot be asked again"):
        service.take_back(conversation_id)
    assert len(service.turns(conversation_id)) == 1


def test_clear_deletes_and_stops_what_runs(service: ConversationService) -> None:
    conversation_id = service.start()
    list(service.say(conversation_id, Request("a mug")))
    stop = threading.Event()
    running = service.say(conversation_id, Request("a boot"), stop)
    next(running)
    service.clear(conversation_id)
    assert stop.is_set()
    list(running)
    assert service.turns(conversation_id) == []


def test_shown_items_are_remembered(service: ConversationService, replier: ScriptedReplier) -> None:
    replier.enqueue(found(2), found(1), DONE)
    conversation_id = service.start()
    list(service.say(conversation_id, Request("a mug")))
    list(service.say(conversation_id, Request("another", dismissed=("MUG-5", "MUG-2"))))
    assert service.shown(conversation_id)[:2] == ["MUG-2", "MUG-1"]
    assert "MUG-5" not in service.shown(conversation_id)


def test_what_a_turn_is_about_is_part_of_the_conversation(service: ConversationService) -> None:
    conversation_id = service.start()
    list(service.say(conversation_id, Request("mugs", count=2)))
    about = tuple(service.shown(conversation_id)[:2])
    list(service.say(conversation_id, Request("compare them", about=about)))
    asked = service.turns(conversation_id)[2]
    assert [type(part) for part in asked.message.parts] == [ItemPart, ItemPart, TextPart]
    assert asked.message.text == " compare them", "as a prompt has it, words after items begin with a space"
    assert tuple(item.sku for item in asked.message.items) == about
    assert sorted(asked.products) == sorted(about)
    assert asked.request == Request("compare them", about=about)


def test_a_turn_about_what_has_no_semantic_id_keeps_its_words(service: ConversationService) -> None:
    conversation_id = service.start()
    list(service.say(conversation_id, Request("how big is it?", about=("MUG-3",))))
    asked = service.turns(conversation_id)[0]
    assert asked.message == Message.shopper("how big is it?")
    assert list(asked.products) == ["MUG-3"], "the page can show it all the same"


def test_a_turn_about_what_the_shop_does_not_have_is_refused(service: ConversationService) -> None:
    conversation_id = service.start()
    with pytest.raises(UnknownProductError, match="COW-1"):
        list(service.say(conversation_id, Request("how big is it?", about=("COW-1",))))
    assert service.turns(conversation_id) == []


def test_products_of_old_replies_are_as_they_are_today(shop: Database, service: ConversationService) -> None:
    conversation_id = service.start()
    list(service.say(conversation_id, Request("a mug", count=1)))
    [product] = service.turns(conversation_id)[-1].products.values()
    with shop.session() as session:
        set_active(session, [product.id], False, NOW)
    assert not service.turns(conversation_id)[-1].products[product.sku].active


def test_answered_leaves_whole_exchanges() -> None:
    said, reply, empty = Message.shopper("a"), Message.assistant("b"), Message.assistant()
    assert answered([said, said, reply, said, empty, said]) == [said, reply]
