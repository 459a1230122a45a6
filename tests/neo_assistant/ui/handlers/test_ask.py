from __future__ import annotations

from catalog_db.database import Database
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.ui.handlers.actions import act
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.session import ChatSession
from tests.neo_assistant.ui.shopping import make_shop


def test_a_request_to_start_from_is_said_as_if_it_had_been_typed(shop: Database, replier: ScriptedReplier) -> None:
    chat, session = ChatHandlers(make_shop(shop, replier)), ChatSession(shopper="s")
    assert not act(chat, session, "ask", "A mug & more").refused
    assert session.waiting is not None
    assert session.waiting.text == "A mug & more"
    list(chat.answer(session))
    assert [request.text for _, request in replier.requests] == ["A mug & more"]
    assert act(chat, session, "ask", " ").refused
