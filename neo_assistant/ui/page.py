"""The chat page as Gradio blocks; what happens on it is in :mod:`neo_assistant.ui.handlers`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from neo_assistant.conversation import ConversationService
from neo_assistant.request import MAX_WORDS
from neo_assistant.services import Services
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.handlers import ChatHandlers, ChatMessages, ChatSession
from neo_assistant.ui.welcome import Welcome, make_welcome

REPLIES = "replies"
"""The queue that every reply waits in, whichever button asked for it."""
CROWDED = "Many shoppers are waiting for a reply. Please try again in a moment."


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

        _wire(_Parts(page, chat_session, chat, box, start_again, clear), handlers, settings.max_waiting)
    # The page itself keeps to ``max_waiting``; this bound is for callers who go around it, and far enough away that
    # shoppers who press Enter at the same moment do not meet it.
    page.queue(max_size=4 * settings.max_waiting + 16, api_open=False)
    return page


@dataclass(frozen=True)
class _Parts:
    """What of the page takes part in events."""

    page: gr.Blocks
    session: gr.State
    chat: gr.Chatbot
    box: gr.Textbox
    start_again: gr.Button
    clear: gr.Button


def _wire(parts: _Parts, handlers: ChatHandlers, max_waiting: int) -> None:
    """Connect what shoppers do to the handlers.

    Words are shown at once and outside the queue; only writing the reply waits in it. Every handler is private: it
    appears in no API description, and what a caller could send is words.
    """
    session, chat, box = parts.session, parts.chat, parts.box

    def buttons(session: ChatSession) -> gr.Textbox:
        return gr.Textbox(submit_btn=not session.can_stop, stop_btn=session.can_stop)

    def require_room() -> None:
        # A full queue would end the chain of events in the middle, with the words shown and no reply to come.
        if len(parts.page._queue) >= max_waiting:
            raise gr.Error(CROWDED, duration=8, print_exception=False)

    def submit(session: ChatSession, text: str) -> tuple[Any, gr.Textbox]:
        if session.is_running or not text.strip():
            return gr.skip(), buttons(session)  # the words stay in the box, and there is nothing to answer
        require_room()
        return handlers.begin(session, text), gr.Textbox(value="", submit_btn=False, stop_btn=True)

    def pick(session: ChatSession, example: gr.SelectData) -> tuple[Any, gr.Textbox]:
        return submit(session, str(example.value["text"]))

    def retry(session: ChatSession) -> tuple[ChatMessages, gr.Textbox]:
        require_room()
        return handlers.retry(session), buttons(session)

    def stop(session: ChatSession) -> tuple[Any, gr.Textbox]:
        was_running = session.is_running  # then the reply itself shows how it ended
        messages = handlers.stop(session)
        return gr.skip() if was_running else messages, buttons(session)

    def refresh(session: ChatSession) -> tuple[ChatMessages, gr.Textbox]:
        return handlers.current(session), buttons(session)

    quick: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
    slow: dict[str, Any] = {"concurrency_id": REPLIES, "api_visibility": "private", "show_progress": "hidden"}
    answers = []
    for started in (
        box.submit(submit, [session, box], [chat, box], **quick),
        chat.example_select(pick, [session], [chat, box], **quick),
        chat.retry(retry, [session], [chat, box], **quick),
    ):
        answer = started.success(handlers.answer, [session], [chat], **slow)
        answer.then(buttons, [session], [box], **quick)
        answers.append(answer)
    box.stop(stop, [session], [chat, box], **quick)
    for button, action in ((parts.start_again, handlers.start_again), (parts.clear, handlers.clear)):
        done = button.click(action, [session], [chat], cancels=answers, **quick)
        # An update of the cancelled reply may still have been on its way and have come last.
        done.then(refresh, [session], [chat, box], **quick)


def _header(store_name: str, welcome: Welcome) -> str:
    hint = '<span class="neo-sample">Simulated sample store</span>' if welcome.is_sample else ""
    return f'<div class="neo-brandline"><span class="neo-mark"></span><h1>{as_html(store_name)}</h1>{hint}</div>'


def _placeholder(store_name: str, welcome: Welcome) -> str:
    note = "<p>This is a sample store: its products and shoppers are invented.</p>" if welcome.is_sample else ""
    return f'<div class="neo-welcome"><h2>What can I find for you?</h2><p>{as_html(welcome.what)}</p>{note}</div>'


def _footer() -> str:
    return "Replies are written by a language model. Products, prices and stock come from the shop&#39;s catalog."
