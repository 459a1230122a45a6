"""The events of the shop page without a browser: what they take from the page."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import open_database
from catalog_db.products import save_products
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import Services
from neo_assistant.settings import load_settings
from neo_assistant.steering import Format
from neo_assistant.ui.page import build_page
from neo_assistant.ui.session import ChatSession, Steered
from tests.neo_assistant.ui_products import NOW, make_rows

CHANGES = {"filters": 1, "steering": 2}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, _migrated_sqlite_file: Path) -> Iterator[Any]:
    """Built once: what a test changes is its own session, and nothing here is asked or stored."""
    path = tmp_path_factory.mktemp("wiring") / "shop.db"
    shutil.copyfile(_migrated_sqlite_file, path)
    with open_database(f"sqlite:///{path}") as shop:
        with shop.session() as session:
            save_products(session, make_rows(), NOW)

        async def built() -> gr.Blocks:
            return build_page(Services(load_settings(database_url=shop.url), shop, ScriptedReplier(shop)))

        yield asyncio.run(built())


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


@pytest.mark.parametrize(
    ("elem_id", "event", "action", "changed"),
    [
        ("neo-filters-clear", "click", None, "neo-filter-stock"),
        ("neo-steps", "card_action", {"action": "filters-clear", "value": ""}, "neo-filter-stock"),
        ("neo-steps", "card_action", {"action": "steering-clear", "value": ""}, "neo-form"),
    ],
)
def test_what_is_cleared_stays_so_when_an_earlier_change_comes_in(
    page: Any, elem_id: str, event: str, action: object, changed: str
) -> None:
    session = ChatSession(filters=Conditions(max_price=2000), steered=Steered(count=4))
    told = {"neo-filter-stock": True, "neo-form": "ids"}
    send(page, elem_id, event, session, told, action)
    send(page, changed, "input", session, told)
    if changed == "neo-form":
        assert session.steered == Steered()
        assert session.filters == Conditions(in_stock=True), "these were not cleared, and their change is news"
    else:
        assert session.filters == Conditions()
        assert session.steered == Steered(format=Format.IDS), "this was not cleared, and its change is news"


@pytest.mark.parametrize("text", [None, 7, True, ["a mug"], {"text": "a mug"}, "\ud800"])
def test_what_is_no_text_says_nothing(page: Any, text: object) -> None:
    session = ChatSession()
    send(page, "neo-box", "submit", session, {"neo-box": text})
    assert session.waiting is None


@pytest.mark.parametrize(
    "action", [7, "cart", ["cart", "MUG-1"], {"action": ["cart"], "value": ""}, {"action": "cart", "value": ["MUG-1"]}]
)
def test_what_is_no_action_does_nothing(page: Any, action: object) -> None:
    session = ChatSession()
    send(page, "neo-steps", "card_action", session, {}, action)
    assert session.steps == 0


def test_every_choice_of_the_page_can_be_made(page: Any) -> None:
    for elem_id in ("neo-filter-types", "neo-type"):
        field = next(block for block in page.blocks.values() if block.elem_id == elem_id)
        assert len(field.choices) >= 2
        for _, value in field.choices:
            session = ChatSession()
            send(page, elem_id, "input", session, {elem_id: [value] if field.multiselect else value})
            assert session.heard == CHANGES, value


def test_what_makes_no_sense_is_not_asked(page: Any) -> None:
    session = ChatSession()
    send(page, "neo-box", "submit", session, {"neo-box": "a mug", "neo-count": 21})
    assert session.waiting is None
    send(page, "neo-box", "submit", session, {"neo-box": "a mug", "neo-count": 20})
    assert session.waiting is not None
