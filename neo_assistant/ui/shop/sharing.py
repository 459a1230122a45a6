"""The events of links to a conversation and of its documents."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr

from catalog_db.errors import NeoError
from neo_assistant.ui.handlers import account
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.queues import QUICK
from neo_assistant.ui.session import ChatSession
from neo_assistant.ui.shop.blocks import Parts
from neo_assistant.ui.shop.listener import said


def connect_sharing(parts: Parts, chat: ChatHandlers) -> None:
    """Connect what makes a link and what exports; what revokes a link changes the whole page, and is not here."""
    sharing = parts.sharing

    def share(session: ChatSession, kept: object) -> dict[Any, Any]:
        with session.guard:
            account.arrive(chat, session, kept)
            session.steps += 1
        try:
            token = account.share(chat, session)
        except NeoError as error:
            return {parts.listener: said(f"{error.message.capitalize()}.", session.steps, refused=True)}
        words = "The link is below the button. It shows what was said until now."
        return {
            parts.listener: said(words, session.steps),
            sharing.link: gr.Textbox(value=f"shared?c={token}", visible=True),
            sharing.revoke: gr.Button(visible=True),
        }

    made = sharing.share.click(
        share, [parts.session, parts.kept], [parts.listener, sharing.link, sharing.revoke], **QUICK
    )
    # Only the browser knows under which address the page is reached.
    made.success(
        None,
        [sharing.link],
        [sharing.link],
        js="(link) => link ? new URL(link, window.location.href).href : link",
        **QUICK,
    )
    _connect_export(parts, chat, sharing.as_json, "json", "conversation.json", "application/json")
    _connect_export(parts, chat, sharing.as_markdown, "markdown", "conversation.md", "text/markdown")


def _connect_export(
    parts: Parts, chat: ChatHandlers, button: gr.Button, form: Literal["json", "markdown"], name: str, media_type: str
) -> None:
    """The document goes to the browser in the answer and becomes a file there: none is left on the server."""

    def export(session: ChatSession, kept: object) -> gr.HTML:
        with session.guard:
            account.arrive(chat, session, kept)
            session.steps += 1
        try:
            text = account.export(chat, session, form)
        except NeoError as error:
            return said(f"{error.message.capitalize()}.", session.steps, refused=True)
        return said(f"{name} is saved.", session.steps, file={"name": name, "type": media_type, "text": text})

    button.click(export, [parts.session, parts.kept], [parts.listener], **QUICK)
