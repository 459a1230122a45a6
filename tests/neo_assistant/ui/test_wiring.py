"""The events of the shop page without a browser: what they take from the page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import gradio as gr
import pytest

from catalog_db.database import Database
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import Services
from neo_assistant.settings import load_settings
from neo_assistant.ui.page import build_page
from neo_assistant.ui.session import ChatSession

CHANGES = {"filters": 1, "steering": 2}


@pytest.fixture
def page(shop: Database, replier: ScriptedReplier) -> Any:
    async def built() -> gr.Blocks:
        return build_page(Services(load_settings(database_url=shop.url), shop, replier))

    return asyncio.run(built())


def send(
    page: Any, elem_id: str, event: str, session: ChatSession, said: Mapping[str, object], action: object = None
) -> None:
    """Have an event handled as it comes from a page whose fields say ``said``, by their ids, and else nothing."""
    sender = next(block for block in page.blocks.values() if block.elem_id == elem_id)
    [connected] = [fn for fn in page.fns.values() if (sender._id, event) in fn.targets and fn.fn is not None]
    values: list[Any] = [session, {}]
    for field in connected.inputs[2:]:
        values.append(CHANGES if isinstance(field, gr.JSON) else said.get(field.elem_id, field.value))
    if action is not None:
        values.insert(2, gr.EventData(None, action))
    connected.fn(*values)


@pytest.mark.parametrize(
    ("elem_id", "event", "action"),
    [
        ("neo-ask", "click", None),
        ("neo-box", "submit", None),
        ("neo-steps", "card_action", {"action": "ask", "value": "a mug"}),
    ],
)
def test_what_asks_need_not_wait_for_what_was_set(page: Any, elem_id: str, event: str, action: object) -> None:
    session = ChatSession()
    send(page, elem_id, event, session, {"neo-box": "a mug", "neo-filter-stock": True, "neo-count": 2}, action)
    assert session.waiting is not None
    assert (session.waiting.count, session.waiting.conditions.in_stock) == (2, True)
    send(page, "neo-filter-stock", "input", session, {})
    assert session.filters.in_stock, "what was overtaken is no news"


def test_what_makes_no_sense_is_not_asked(page: Any) -> None:
    session = ChatSession()
    send(page, "neo-box", "submit", session, {"neo-box": "a mug", "neo-count": 21})
    assert session.waiting is None
    send(page, "neo-box", "submit", session, {"neo-box": "a mug", "neo-count": 20})
    assert session.waiting is not None
