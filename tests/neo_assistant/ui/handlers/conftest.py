"""Fixtures of the handlers' tests."""

from __future__ import annotations

import pytest

from catalog_db.database import Database
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.ui.handlers.account import arrive
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.session import ChatSession
from tests.neo_assistant.ui.shopping import make_shop


@pytest.fixture
def chat(shop: Database, replier: ScriptedReplier) -> ChatHandlers:
    return ChatHandlers(make_shop(shop, replier))


@pytest.fixture
def session(chat: ChatHandlers) -> ChatSession:
    """The page of somebody who is here for the first time."""
    return new_page(chat)


def new_page(chat: ChatHandlers, kept: object = None) -> ChatSession:
    """Another page, in a browser that keeps ``kept``."""
    session = ChatSession()
    arrive(chat, session, kept)
    return session
