"""The components of the shop page, in the order in which they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gradio as gr

from neo_assistant.request import MAX_ITEMS, MAX_WORDS
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.handlers.choices import FORMATS, RATINGS, TASKS
from neo_assistant.ui.identity import Identities
from neo_assistant.ui.session import ChatSession
from neo_assistant.ui.shop.listener import make_listener
from neo_assistant.ui.welcome import Welcome, welcome_html

STORAGE = "neo-shopper"


@dataclass(frozen=True)
class Fields:
    """Filters and steering: fields whose values are read together."""

    types: gr.Dropdown
    brands: gr.Dropdown
    lowest: gr.Number
    highest: gr.Number
    rating: gr.Radio
    in_stock: gr.Checkbox
    clear_filters: gr.Button
    task: gr.Dropdown
    item_type: gr.Dropdown
    form: gr.Radio
    count: gr.Slider
    ask: gr.Button
    changes: gr.JSON

    @property
    def told(self) -> list[gr.components.Component]:
        """What an event brings that depends on them, in the order of ``Told``."""
        return [*self.filters, *self.steering, self.changes]

    @property
    def filters(self) -> list[gr.components.Component]:
        """In the order of ``make_filters``."""
        return [self.types, self.brands, self.lowest, self.highest, self.rating, self.in_stock]

    @property
    def steering(self) -> list[gr.components.Component]:
        """In the order of ``make_steered``."""
        return [self.task, self.item_type, self.form, self.count]


@dataclass(frozen=True)
class Panels:
    """What stands beside the conversation as HTML, in the order in which ``draw.lists`` gives it."""

    cart: gr.HTML
    wishlist: gr.HTML
    dismissed: gr.HTML
    history: gr.HTML
    taste: gr.HTML
    keep_history: gr.Checkbox
    keep_taste: gr.Checkbox
    earlier: gr.HTML

    @property
    def lists(self) -> list[gr.components.Component]:
        """What an action on a list may change."""
        return [self.cart, self.wishlist, self.dismissed, self.history, self.taste]


@dataclass(frozen=True)
class Sharing:
    """Links and documents."""

    share: gr.Button
    link: gr.Textbox
    revoke: gr.Button
    as_json: gr.Button
    as_markdown: gr.Button


@dataclass(frozen=True)
class Parts:
    """Everything that takes part in events."""

    page: gr.Blocks
    session: gr.State
    kept: gr.BrowserState
    listener: gr.HTML
    chat: gr.Chatbot
    compare: gr.HTML
    choices: gr.HTML
    box: gr.Textbox
    start_again: gr.Button
    clear: gr.Button
    fields: Fields
    panels: Panels
    sharing: Sharing


def build_parts(
    page: gr.Blocks,
    store_name: str,
    welcome: Welcome,
    types: Mapping[str, int],
    brands: Sequence[str],
    identities: Identities,
    currency: str,
) -> Parts:
    """Lay the page out; called inside ``page``."""
    session = gr.State(ChatSession())
    kept = gr.BrowserState({}, storage_key=STORAGE, secret=identities.storage_secret)
    with gr.Row(elem_id="neo-header"):
        gr.HTML(_header(store_name, welcome), elem_id="neo-brand-block", padding=False)
        gr.Button("Cart and filters", size="sm", elem_id="neo-open", scale=0, min_width=0)
        start_again = gr.Button("New chat", size="sm", elem_id="neo-new", scale=0, min_width=0)
        clear = gr.Button("Clear", size="sm", elem_id="neo-clear", scale=0, min_width=0)
    with gr.Row(elem_id="neo-shop", equal_height=True):
        with gr.Column(elem_id="neo-main", min_width=0, scale=1):
            chat = _chat(welcome)
            compare = gr.HTML("", elem_id="neo-compare", padding=False)
            choices = gr.HTML("", elem_id="neo-set", padding=False)
            box = _box()
            gr.HTML(_footer(), elem_id="neo-footer", padding=False)
        with gr.Column(elem_id="neo-sidebar", min_width=0, scale=0):
            gr.Button("Close", size="sm", elem_id="neo-close")
            cart = _panel("Cart", "neo-cart", opened=True)
            fields = _fields(types, brands, currency)
            panels = _panels(cart)
            sharing = _sharing()
    listener = make_listener()
    return Parts(
        page, session, kept, listener, chat, compare, choices, box, start_again, clear, fields, panels, sharing
    )


def _chat(welcome: Welcome) -> gr.Chatbot:
    return gr.Chatbot(
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
        placeholder=welcome_html(welcome),
    )


def _box() -> gr.Textbox:
    return gr.Textbox(
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


def _panel(title: str, elem_id: str, *, opened: bool = False) -> gr.HTML:
    with gr.Accordion(title, open=opened, elem_classes="neo-panel"):
        return gr.HTML("", elem_id=elem_id, padding=False)


def _fields(types: Mapping[str, int], brands: Sequence[str], currency: str) -> Fields:
    named = [(f"{name.replace('_', ' ')} ({count:,})", name) for name, count in types.items()]
    with gr.Accordion("Filters", open=False, elem_id="neo-filters", elem_classes="neo-panel"):
        type_filter = gr.Dropdown(named, multiselect=True, label="Item types", elem_id="neo-filter-types")
        brand_filter = gr.Dropdown(
            list(brands), multiselect=True, label="Brands", elem_id="neo-filter-brands", visible=bool(brands)
        )
        with gr.Row():
            lowest = gr.Number(
                None, label=f"Price from ({currency})", minimum=0, min_width=90, elem_id="neo-filter-lowest"
            )
            highest = gr.Number(None, label=f"to ({currency})", minimum=0, min_width=90, elem_id="neo-filter-highest")
        rating = gr.Radio(list(RATINGS), value="Any", label="Rating", elem_id="neo-filter-rating")
        in_stock = gr.Checkbox(False, label="In stock only", elem_id="neo-filter-stock")
        clear = gr.Button("Clear filters", size="sm", elem_id="neo-filters-clear")
    with gr.Accordion("Steer the replies", open=False, elem_id="neo-steering", elem_classes="neo-panel"):
        task = gr.Dropdown(
            [(words, task.value) for task, words in TASKS.items()], value="chat", label="Task", elem_id="neo-task"
        )
        item_type = gr.Dropdown([("Any", ""), *named], value="", label="Item type", elem_id="neo-type")
        form = gr.Radio(
            [(words, form.value) for form, words in FORMATS.items()],
            value="mixed",
            label="Replies are",
            elem_id="neo-form",
        )
        count = gr.Slider(0, MAX_ITEMS, value=0, step=1, label="How many products (0: as usual)", elem_id="neo-count")
        ask = gr.Button("Show me something, without words", size="sm", elem_id="neo-ask")
    return Fields(
        *(type_filter, brand_filter, lowest, highest, rating, in_stock, clear, task, item_type, form, count, ask),
        # Stands in for what a script of the page counts, and is never seen.
        gr.JSON(visible=False),
    )


def _panels(cart: gr.HTML) -> Panels:
    wishlist = _panel("Wishlist", "neo-wishlist")
    dismissed = _panel("Not for me", "neo-dismissed")
    with gr.Accordion("History and taste", open=False, elem_classes="neo-panel"):
        keep_history = gr.Checkbox(True, label="Keep a history and use it", elem_id="neo-keep-history")
        history = gr.HTML("", elem_id="neo-history", padding=False)
        keep_taste = gr.Checkbox(True, label="My taste may be described", elem_id="neo-keep-taste")
        taste = gr.HTML("", elem_id="neo-taste", padding=False)
    earlier = _panel("Earlier conversations", "neo-earlier")
    return Panels(cart, wishlist, dismissed, history, taste, keep_history, keep_taste, earlier)


def _sharing() -> Sharing:
    with gr.Accordion("Share and export", open=False, elem_classes="neo-panel"):
        share = gr.Button("Make a link to this conversation", size="sm", elem_id="neo-share")
        link = gr.Textbox(
            label="Link to read this conversation",
            elem_id="neo-link",
            interactive=False,
            buttons=["copy"],
            visible=False,
        )
        revoke = gr.Button("Stop sharing", size="sm", elem_id="neo-revoke", visible=False)
        with gr.Row(elem_id="neo-export"):
            as_json = gr.Button("Export as JSON", size="sm", elem_id="neo-export-json", min_width=90)
            as_markdown = gr.Button("Export as Markdown", size="sm", elem_id="neo-export-markdown", min_width=90)
    return Sharing(share, link, revoke, as_json, as_markdown)


def _header(store_name: str, welcome: Welcome) -> str:
    hint = '<span class="neo-sample">Simulated sample store</span>' if welcome.is_sample else ""
    return f'<div class="neo-brandline"><span class="neo-mark"></span><h1>{as_html(store_name)}</h1>{hint}</div>'


def _footer() -> str:
    return "Replies are written by a language model. Products, prices and stock come from the shop&#39;s catalog."
