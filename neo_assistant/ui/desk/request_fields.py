"""The fields of a request, as several tabs of the desk have them; their values are a :class:`RequestForm`."""

from __future__ import annotations

import dataclasses
from typing import Any

import gradio as gr

from neo_assistant.merchandising.request_form import RequestForm, example_shoppers, history_of
from neo_assistant.merchandising.rule_desk import Choices, RuleDesk
from neo_assistant.request import MAX_ITEMS, MAX_WORDS
from neo_assistant.steering import Format, Task
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.logins import Merchandiser


class RequestFields:
    """Components, in the order of :class:`RequestForm`'s fields, and what connects them.

    Args:
        desk: the desk.
        name: begins the ids of the components.
        lines: whether the text holds several requests, one per line.
        steering: whether task and format can be chosen.
    """

    def __init__(self, desk: Desk, name: str, lines: bool = False, steering: bool = True) -> None:
        self._desk, database = desk, desk.services.database
        self._rules = RuleDesk(database, desk.services.assistant)
        blank = RequestForm(count=desk.services.settings.items_per_reply)
        self.text = gr.Textbox(
            label="Requests, one per line" if lines else "Request",
            placeholder="What the shopper says",
            lines=4 if lines else 2,
            max_lines=12 if lines else 4,
            max_length=200 * MAX_WORDS if lines else MAX_WORDS,
            elem_id=f"{name}-text",
        )
        with gr.Accordion("A shopper's history", open=False):
            with gr.Row(elem_classes="neo-desk-row"):
                self._part = gr.Textbox(
                    label="Find a shopper", info="Part of the key; empty for examples", scale=3, elem_id=f"{name}-part"
                )
                self._find = gr.Button("Find", scale=0, min_width=100, elem_id=f"{name}-find")
            self.shopper = gr.Dropdown([], label="Shopper", value=None, elem_id=f"{name}-shopper")
            self.history = gr.Textbox(
                label="History",
                info="SKUs, oldest first; from the shopper above, or pasted",
                lines=2,
                max_lines=6,
                elem_id=f"{name}-history",
            )
        with gr.Row():
            self.task = gr.Dropdown([task.value for task in Task], value=blank.task, label="Task", visible=steering)
            self.format = gr.Dropdown(
                [each.value for each in Format], value=blank.format, label="Format", visible=steering
            )
            self.count = gr.Number(blank.count, label="Items, at most", minimum=0, maximum=MAX_ITEMS, precision=0)
        with gr.Accordion("Conditions", open=False):
            with gr.Row():
                self.types = gr.Dropdown([], multiselect=True, label="Types", elem_id=f"{name}-types")
                self.brands = gr.Dropdown([], multiselect=True, allow_custom_value=True, label="Brands")
                self.attributes = gr.Dropdown(
                    [], multiselect=True, allow_custom_value=True, label="Attributes", info="Like colour: blue"
                )
            with gr.Row():
                self.min_price = gr.Number(0, label="Price from", info="0: any", minimum=0)
                self.max_price = gr.Number(
                    0, label="Price up to", info="0: any", minimum=0, elem_id=f"{name}-max-price"
                )
                self.min_rating = gr.Number(0, label="Rated at least", info="0: any", minimum=0, maximum=5, step=0.1)
            self.in_stock = gr.Checkbox(False, label="Only what is in stock")
            self.sql = gr.Textbox(
                label="SQL predicate over the products table",
                info="For example: stock > 3 AND lower(title) LIKE '%wool%'",
                lines=1,
                max_lines=4,
            )

    def all(self) -> list[Any]:
        """The components whose values make the form."""
        return [getattr(self, field.name) for field in dataclasses.fields(RequestForm)]

    def connect(self) -> None:
        """Connect the search for shoppers, and fill the lists to choose from when somebody has signed in."""
        desk = self._desk
        for trigger in (self._find.click, self._part.submit):
            desk.on(trigger, self._shoppers, [self._part], [self.shopper])
        desk.on(self.shopper.input, self._history, [self.shopper], [self.history])
        lists = [self.types, self.brands, self.attributes, self.shopper]
        desk.on_open(self._open, [], lists)

    def choices(self) -> Choices:
        """What the lists offer."""
        return self._rules.choices()

    def _open(self, who: Merchandiser) -> tuple[Any, ...]:
        known = self.choices()
        lists = (known.types, known.brands, known.attributes)
        return (*(gr.Dropdown(choices=list(values)) for values in lists), self._shoppers(who, ""))

    def _shoppers(self, who: Merchandiser, part: str) -> Any:
        found = example_shoppers(self._desk.services.database, part or "")
        picks = [(f"{one.key} ({one.events:,} events)", one.key) for one in found]
        words = "None found" if not picks else f"{len(picks)} to choose from"
        return gr.Dropdown(choices=picks, value=None, info=words)

    def _history(self, who: Merchandiser, shopper: str | None) -> str:
        return ", ".join(history_of(self._desk.services.database, shopper)) if shopper else ""
