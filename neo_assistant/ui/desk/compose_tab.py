"""The Compose tab: a message to a client, with items that the model picks and a line on each, ready to be copied.

What is copied is made on the server at that moment, from SKUs and words: prices, stock and what is still on sale are
looked up then. The picks live in the session; each place on the page shows one of them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from neo_assistant.errors import RequestError
from neo_assistant.merchandising.compose import (
    LONGEST_LINE,
    LONGEST_PART,
    MOST_PICKS,
    Composer,
    Letter,
    Message,
    Pick,
    moved,
    put,
)
from neo_assistant.merchandising.request_form import RequestForm
from neo_assistant.ui.desk import compose_view as view
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.logins import Merchandiser
from neo_assistant.ui.desk.request_fields import RequestFields
from neo_assistant.ui.queues import REPLIES

_COPY = Path(__file__).with_name("copy.js").read_text("utf-8").strip()
_AT_END = "at the end"
_ARROWS = (("Up", -1), ("Down", 1))


def build_tab(desk: Desk) -> None:
    """Add the tab's content."""
    _ComposeTab(desk, Composer(desk.services.database, desk.services.assistant)).build()


class _ComposeTab:
    """Components and what connects them."""

    def __init__(self, desk: Desk, composer: Composer) -> None:
        self._desk, self._composer = desk, composer

    def build(self) -> None:
        with gr.Column(elem_id="neo-compose"):
            gr.HTML("<h3>What it is about</h3>")
            self._fields = RequestFields(self._desk, "neo-compose", steering=False)
            self._own_words = gr.Checkbox(
                False, label="The client asked for this", info="Then a line may say what it has “as you asked”"
            )
            with gr.Row(elem_classes="neo-desk-row"):
                self._ask = gr.Button(
                    "Pick items", variant="primary", scale=0, min_width=140, elem_id="neo-compose-run"
                )
                self._refresh = gr.Button("Look up again", scale=0, min_width=180, elem_id="neo-compose-refresh")
            self._said = gr.HTML(elem_id="neo-compose-said")
            self._build_letter()
            self._build_copies()
        self._connect()

    def _build_letter(self) -> None:
        gr.HTML("<h3>The message</h3>")
        self._picks: Any = gr.State(())
        self._greeting = gr.Textbox(
            "Hello,", label="Greeting", lines=2, max_lines=8, max_length=LONGEST_PART, elem_id="neo-compose-greeting"
        )
        self._places = [_Place(number) for number in range(MOST_PICKS)]
        with gr.Row(elem_classes="neo-desk-row"):
            self._words = gr.Textbox(
                label="Find an item", info="Words, brand or SKU", scale=3, elem_id="neo-compose-find"
            )
            self._find = gr.Button("Find", scale=0, min_width=100)
        with gr.Row(visible=False, elem_classes="neo-desk-row") as self._adding:
            self._found = gr.Dropdown([], label="Item", scale=3, elem_id="neo-compose-found")
            self._where = gr.Dropdown([_AT_END], value=_AT_END, label="Where", scale=1, elem_id="neo-compose-where")
            self._put = gr.Button("Put it in", scale=0, min_width=110, elem_id="neo-compose-put")
        self._closing = gr.Textbox(
            f"Kind regards,\n{self._desk.services.settings.store_name}",
            label="Closing",
            lines=2,
            max_lines=8,
            max_length=LONGEST_PART,
            elem_id="neo-compose-closing",
        )

    def _build_copies(self) -> None:
        with gr.Row(elem_classes="neo-desk-row"):
            self._copy_text = gr.Button(
                "Copy as text", variant="primary", scale=0, min_width=180, elem_id="neo-compose-copy-text"
            )
            self._copy_html = gr.Button(
                "Copy as HTML", variant="primary", scale=0, min_width=180, elem_id="neo-compose-copy-html"
            )
        gr.HTML('<p id="neo-compose-copied" class="neo-look-note" role="status"></p>')
        with gr.Row(elem_classes="neo-look-pair"):
            with gr.Column():
                gr.HTML("<h4>As it will look</h4>")
                self._look = gr.HTML(elem_id="neo-compose-look")
            with gr.Column():
                self._text = gr.Textbox(
                    label="As text", lines=8, max_lines=24, interactive=False, elem_id="neo-compose-text"
                )
                self._html = gr.Textbox(
                    label="As HTML", lines=4, max_lines=8, interactive=False, elem_id="neo-compose-html"
                )
        # What goes to the clipboard: the rich form, empty for text, and the plain one.
        self._rich, self._plain = gr.Textbox(visible=False), gr.Textbox(visible=False)

    def _connect(self) -> None:
        desk = self._desk
        self._fields.connect()
        lines = [place.line for place in self._places]
        letter = [self._picks, self._greeting, self._closing, *lines]
        shown = [self._picks, *(part for place in self._places for part in place.parts), self._where]
        shown += [self._look, self._text, self._html]

        asked = [self._greeting, self._closing, self._fields.shopper, self._own_words, *self._fields.all()]
        desk.on(self._ask.click, self._pick, asked, [self._said, *shown], queue=REPLIES)
        desk.on(self._refresh.click, self._show_again, letter, shown)
        for place in self._places:
            for button, step in zip(place.moves, (step for _, step in _ARROWS), strict=True):
                desk.on(button.click, self._move(place.number, step), letter, shown)
            desk.on(place.remove.click, self._take_out(place.number), letter, shown)
            desk.on(place.describe.click, self._describe(place.number), letter, shown, queue=REPLIES)
        edited = [field.blur for field in (self._greeting, self._closing, *lines)]
        desk.on(lambda *given, **options: gr.on(edited, *given, **options), self._show_again, letter, shown,
                show_progress="hidden")  # fmt: skip
        for trigger in (self._find.click, self._words.submit):
            desk.on(trigger, self._search, [self._words], [self._adding, self._found])
        desk.on(self._put.click, self._put_in, [self._found, self._where, self._fields.shopper, *letter], shown)
        for button, rich in ((self._copy_text, False), (self._copy_html, True)):
            made = desk.on(button.click, self._copy(rich), letter, [self._rich, self._plain, *shown])
            made.success(None, [self._rich, self._plain], None, js=_COPY, api_visibility="private")

    def _pick(
        self, who: Merchandiser, greeting: str, closing: str, shopper: Any, own_words: bool, *values: Any
    ) -> Iterator[tuple[Any, ...]]:
        still = [gr.skip()] * (2 + len(self._places) * _PARTS + 3)
        yield view.note("Asking the model"), *still
        form = replace(RequestForm(*values), format="mixed", task="chat")
        request = form.request(self._desk.services.database)
        client, stop = (shopper if isinstance(shopper, str) else None), threading.Event()
        try:
            answer, picks = self._composer.pick(request, client, bool(own_words), stop)
        finally:
            stop.set()
        yield view.picked_html(answer, len(picks)), *self._shown(_letter(picks, greeting, closing))

    def _show_again(self, who: Merchandiser, picks: Any, greeting: str, closing: str, *lines: Any) -> tuple[Any, ...]:
        return self._shown(_letter(picks, greeting, closing, lines))

    def _move(self, number: int, step: int) -> Any:
        def move(who: Merchandiser, picks: Any, greeting: str, closing: str, *lines: Any) -> tuple[Any, ...]:
            letter = _letter(picks, greeting, closing, lines)
            return self._shown(replace(letter, picks=moved(letter.picks, number, step)))

        return move

    def _take_out(self, number: int) -> Any:
        def take_out(who: Merchandiser, picks: Any, greeting: str, closing: str, *lines: Any) -> tuple[Any, ...]:
            letter = _letter(picks, greeting, closing, lines)
            return self._shown(replace(letter, picks=letter.picks[:number] + letter.picks[number + 1 :]))

        return take_out

    def _describe(self, number: int) -> Any:
        def describe(who: Merchandiser, picks: Any, greeting: str, closing: str, *lines: Any) -> tuple[Any, ...]:
            letter = _letter(picks, greeting, closing, lines)
            if number >= len(letter.picks):
                raise RequestError("there is no such item", "look up the message again")
            pick, stop = letter.picks[number], threading.Event()
            try:
                line = self._composer.describe(pick.sku, stop)
            finally:
                stop.set()
            return self._shown(replace(letter, picks=put(letter.picks, Pick(pick.sku, line), number)))

        return describe

    def _search(self, who: Merchandiser, words: str) -> tuple[Any, Any]:
        found = self._composer.find(str(words or ""))
        if not found:
            raise RequestError("no item on sale has these words", "try fewer or shorter words")
        picks = [(f"{product.title} ({product.sku})", product.sku) for product in found]
        return gr.Row(visible=True), gr.Dropdown(choices=picks, value=picks[0][1])

    def _put_in(
        self,
        who: Merchandiser,
        sku: Any,
        where: Any,
        shopper: Any,
        picks: Any,
        greeting: str,
        closing: str,
        *lines: Any,
    ) -> tuple[Any, ...]:
        if not isinstance(sku, str) or not sku:
            raise RequestError("no item has been chosen", "find one first")
        letter = _letter(picks, greeting, closing, lines)
        line = self._composer.lines(self._composer.products([sku]), shopper if isinstance(shopper, str) else None)
        place = where if isinstance(where, int) and 0 <= where < len(letter.picks) else None
        return self._shown(replace(letter, picks=put(letter.picks, Pick(sku, line.get(sku, "")), place)))

    def _copy(self, rich: bool) -> Any:
        def copy(who: Merchandiser, picks: Any, greeting: str, closing: str, *lines: Any) -> tuple[Any, ...]:
            letter = _letter(picks, greeting, closing, lines)
            message = self._composer.ready(letter)
            source = view.message_html(message)
            copied = (source, source) if rich else ("", view.message_text(message))
            return *copied, *self._shown(letter, message)

        return copy

    def _shown(self, letter: Letter, message: Message | None = None) -> tuple[Any, ...]:
        """Everything on the page that tells of the message, with the facts of now."""
        message = message or self._composer.message(letter)
        parts: list[Any] = []
        for number in range(MOST_PICKS):
            if number < len(message.entries):
                entry = message.entries[number]
                parts += [gr.Column(visible=True), view.pick_html(entry, number + 1), entry.line]
            else:
                parts += [gr.Column(visible=False), "", ""]
        named = [(f"in place of {number + 1}", number) for number in range(len(message.entries))]
        where = gr.Dropdown(choices=[(_AT_END, _AT_END), *named], value=_AT_END)
        source = view.message_html(message) if message.entries else ""
        text = view.message_text(message) if message.entries else ""
        return letter.picks, *parts, where, view.preview_html(message), text, source


_PARTS = 3
"""Components of a place that are written: whether it is there, its item, its line."""


class _Place:
    """One place of the message on the page, from 0."""

    def __init__(self, number: int) -> None:
        self.number, key = number, f"neo-compose-{number + 1}"
        with gr.Column(visible=False, elem_classes="neo-compose-place", elem_id=key) as room:
            item = gr.HTML()
            self.line = gr.Textbox(
                label=f"Line on item {number + 1}", max_lines=4, max_length=LONGEST_LINE, elem_id=f"{key}-line"
            )
            with gr.Row(elem_classes="neo-desk-row"):
                self.moves = [gr.Button(words, size="sm", scale=0, min_width=70) for words, _ in _ARROWS]
                self.describe = gr.Button("Ask the model for a line", size="sm", scale=0, min_width=180)
                self.remove = gr.Button("Remove", size="sm", scale=0, min_width=90, elem_id=f"{key}-remove")
        self.parts = [room, item, self.line]


def _letter(picks: Any, greeting: Any, closing: Any, lines: Sequence[Any] | None = None) -> Letter:
    """The message as it stands: picks of the session, with the lines that stand on the page."""
    kept: tuple[Pick, ...] = tuple(picks or ())
    if lines is not None:
        kept = tuple(replace(pick, line=str(line or "")) for pick, line in zip(kept, lines, strict=False))
    return Letter(str(greeting or ""), kept, str(closing or ""))
