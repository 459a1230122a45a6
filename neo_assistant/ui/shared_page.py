"""The page at ``/shared``: a conversation as whoever has a link to it may read it, with nothing to press."""

from __future__ import annotations

from typing import Any

import gradio as gr

from neo_assistant.conversation import ConversationService
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.handlers.chat import ChatMessages, read_only

PATH = "shared"
_GONE = "This link opens nothing: it was never made, or whoever made it has taken it back."


def build_shared(page: gr.Blocks, conversations: ConversationService, store_name: str) -> None:
    """Add the page; called inside its route."""
    with gr.Column(elem_id="neo-shared"):
        gr.HTML(
            f'<div class="neo-brandline"><span class="neo-mark"></span><h1>{as_html(store_name)}</h1></div>'
            '<p class="neo-shared-note">A conversation that was shared with you, to read. '
            'Products, prices and stock are as they are now. <a href="./">Begin your own</a></p>',
            padding=False,
        )
        chat = gr.Chatbot(
            elem_id="neo-chat",
            show_label=False,
            label="Shared conversation",
            layout="bubble",
            buttons=[],
            allow_tags=False,
            latex_delimiters=[],
            allow_file_downloads=False,
            height="100%",
            autoscroll=False,
            placeholder="<p>Loading</p>",
        )

        def show(request: gr.Request) -> Any:
            messages = shared_messages(conversations, str(dict(request.query_params).get("c", "")))
            return gr.Chatbot(placeholder=f"<p>{_GONE}</p>") if messages is None else messages

        page.load(show, None, [chat], queue=False, api_visibility="private", show_progress="minimal")


def shared_messages(conversations: ConversationService, token: str) -> ChatMessages | None:
    """What a link shows; None if it opens nothing."""
    turns = conversations.shared(token)
    return None if turns is None else read_only(turns)
