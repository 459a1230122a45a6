"""Tabs of the desk as tests build them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gradio as gr

from catalog_db.database import Database
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.logins import Logins


def desk_of(database: Database) -> Desk:
    services: Any = SimpleNamespace(
        database=database, assistant=ScriptedReplier(database), settings=SimpleNamespace(time_zone="Europe/Berlin")
    )
    return Desk(services, Logins("anna:correct horse"), gr.State(None))


def events_of(build: Callable[[Desk], None], database: Database) -> list[Any]:
    """What a tab connects. It is built within an event loop: outside one, Gradio makes one that it never closes."""

    async def built() -> list[Any]:
        with gr.Blocks() as page:
            build(desk_of(database))
        return list(page.fns.values())

    return asyncio.run(built())
