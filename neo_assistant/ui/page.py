"""The chat page as Gradio blocks; what happens on it is in :mod:`neo_assistant.ui.handlers`."""

from __future__ import annotations

from typing import Any

import gradio as gr

from neo_assistant.conversation import ConversationService
from neo_assistant.request import MAX_WORDS
from neo_assistant.services import Services
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.handlers import ChatHandlers, ChatSession
from neo_assistant.ui.welcome import Welcome, make_welcome

REPLIES = "replies"
"""The queue that every reply waits in, whichever button asked for it."""


def build_page(services: Services) -> gr.Blocks:
    """The shop's page.

    Raises:
        EmptyCatalogError: nothing is on sale.
    """
    settings = services.settings
    with services.database.reading() as session:
        welcome = make_welcome(session)
    handlers = ChatHandlers(ConversationService(services.database, services.assistant), settings.items_per_reply)

    with gr.Blocks(title=settings.store_name, analytics_enabled=False, fill_height=True) as page:
        chat_session = gr.State(ChatSession())
        with gr.Row(elem_id="neo-header"):
            gr.HTML(_header(settings.store_name, welcome), elem_id="neo-brand-block", padding=False)
            start_again = gr.Button("New chat", size="sm", elem_id="neo-new", scale=0, min_width=0)
            clear = gr.Button("Clear", size="sm", elem_id="neo-clear", scale=0, min_width=0)
        chat = gr.Chatbot(
            elem_id="neo-chat",
            show_label=False,
            label="Conversation",
            layout="bubble",
            scale=1,
            height="100%",
            buttons=[],
            allow_tags=False,
            latex_delimiters=[],
            allow_file_downloads=False,
            placeholder=_placeholder(settings.store_name, welcome),
            examples=[{"text": example} for example in welcome.examples],
        )
        box = gr.Textbox(
            elem_id="neo-box",
            show_label=False,
            label="What are you looking for?",
            placeholder="What are you looking for?",
            lines=1,
            max_lines=6,
            max_length=MAX_WORDS,
            autofocus=True,
            submit_btn=True,
            stop_btn=False,
        )
        gr.HTML(_footer(), elem_id="neo-footer", padding=False)

        _wire(handlers, chat_session, chat, box, start_again, clear)
    page.queue(max_size=settings.max_waiting, api_open=False)
    return page


def _wire(
    handlers: ChatHandlers,
    chat_session: gr.State,
    chat: gr.Chatbot,
    box: gr.Textbox,
    start_again: gr.Button,
    clear: gr.Button,
) -> None:
    def busy(messages: Any, draft: str | None = None) -> tuple[Any, gr.Textbox]:
        return messages, gr.Textbox(value="", submit_btn=False, stop_btn=True)

    def idle() -> gr.Textbox:
        return gr.Textbox(submit_btn=True, stop_btn=False)

    def submit(session: ChatSession, text: str) -> tuple[Any, gr.Textbox]:
        return busy(handlers.begin(session, text)) if text.strip() else (gr.skip(), idle())

    def pick(session: ChatSession, example: gr.SelectData) -> tuple[Any, gr.Textbox]:
        return submit(session, str(example.value["text"]))

    def retry(session: ChatSession) -> tuple[Any, gr.Textbox]:
        return busy(handlers.retry(session))

    quick: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
    slow: dict[str, Any] = {"concurrency_id": REPLIES, "api_visibility": "private", "show_progress": "hidden"}
    answers = []
    for started in (
        box.submit(submit, [chat_session, box], [chat, box], **quick),
        chat.example_select(pick, [chat_session], [chat, box], **quick),
        chat.retry(retry, [chat_session], [chat, box], **quick),
    ):
        answered = started.then(handlers.answer, [chat_session], [chat], **slow)
        answered.then(idle, None, [box], **quick)
        answers.append(answered)
    box.stop(handlers.stop, [chat_session], None, **quick)
    start_again.click(handlers.start_again, [chat_session], [chat], cancels=answers, **quick).then(
        idle, None, [box], **quick
    )
    clear.click(handlers.clear, [chat_session], [chat], cancels=answers, **quick).then(idle, None, [box], **quick)


def _header(store_name: str, welcome: Welcome) -> str:
    hint = '<span class="neo-sample">Simulated sample store</span>' if welcome.is_sample else ""
    return f'<div class="neo-brandline"><span class="neo-mark"></span><h1>{as_html(store_name)}</h1>{hint}</div>'


def _placeholder(store_name: str, welcome: Welcome) -> str:
    note = "<p>This is a sample store: its products and shoppers are invented.</p>" if welcome.is_sample else ""
    return f'<div class="neo-welcome"><h2>What can I find for you?</h2><p>{as_html(welcome.what)}</p>{note}</div>'


def _footer() -> str:
    return "Replies are written by a language model. Products, prices and stock come from the shop&#39;s catalog."
