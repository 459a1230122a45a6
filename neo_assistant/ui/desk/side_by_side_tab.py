"""The Side by side tab: two settings or two checkpoints on one request or on a list of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import gradio as gr

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.known_values import check_against
from catalog_db.money import to_minor
from catalog_db.overview import shop_overview
from catalog_db.rules import StoredRule, active_rules
from neo_assistant.checkpoint_shelf import ShelfEntry, list_checkpoints
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.draft_rules import read_drafts
from neo_assistant.merchandising.effects import drafts
from neo_assistant.merchandising.request_form import RequestForm
from neo_assistant.merchandising.side_by_side import Progress, Side, compare, summary_of
from neo_assistant.merchandising.spare_checkpoint import SpareCheckpoint
from neo_assistant.settings import Settings
from neo_assistant.steering import Format, Task
from neo_assistant.ui.desk import side_by_side_view as view
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.logins import Merchandiser
from neo_assistant.ui.desk.preview_tab import LONG, MOST_BEAMS
from neo_assistant.ui.desk.preview_view import note
from neo_assistant.ui.desk.request_fields import RequestFields
from neo_assistant.ui.desk.runs import Runs

NAMES = ("Left", "Right")
SERVING = "the one that serves"
AS_ASKED = "as the request"
SAVED, NO_RULES, DRAFTS, BOTH = "the saved ones", "none", "only the drafts below", "the saved ones and the drafts below"


@dataclass(frozen=True)
class SideForm:
    """What stands in the form of one side; prices are in major units. A number field that is empty may come as 0."""

    checkpoint: str = SERVING
    task: str = AS_ASKED
    format: str = AS_ASKED
    beams: float | None = None
    rules: str = SAVED
    drafts: str = ""
    max_price: float | None = None
    min_rating: float | None = None
    in_stock: bool = False
    sql: str = ""

    def side(self, name: str, settings: Settings, database: Database, now: dt.datetime) -> Side:
        """The side that the form describes.

        Raises:
            NeoError: a checkpoint that there is not, draft rules that are none, or conditions that make no sense.
        """
        folder = None
        if self.checkpoint != SERVING:
            entry = checkpoints(settings, database).get(self.checkpoint)
            if entry is None:
                raise RequestError(f"there is no checkpoint {self.checkpoint!r} to load", "load the page again")
            folder = entry.folder
        with database.reading() as session:
            currency = shop_overview(session).currency
            conditions = Conditions(
                max_price=to_minor(Decimal(repr(self.max_price)), currency) if self.max_price else None,
                min_rating=self.min_rating or None,
                in_stock=bool(self.in_stock),
                sql=(self.sql or "").strip() or None,
            )
            check_against(session, conditions)
            rules: list[StoredRule] | None = None
            if self.rules != SAVED:
                rules = active_rules(session, now) if self.rules == BOTH else []
            if self.rules in (DRAFTS, BOTH):
                rules = [*(rules or []), *drafts(read_drafts(session, self.drafts or ""), now)]
        return Side(
            name,
            checkpoint=folder,
            task=None if self.task == AS_ASKED else Task(self.task),
            format=None if self.format == AS_ASKED else Format(self.format),
            conditions=conditions,
            rules=None if rules is None else tuple(rules),
            beams=max(1, min(int(self.beams), MOST_BEAMS)) if self.beams else None,
        )


def checkpoints(settings: Settings, database: Database) -> dict[str, ShelfEntry]:
    """The checkpoints that can be loaded beside the one that serves, by name."""
    with database.reading() as session:
        return {entry.name: entry for entry in list_checkpoints(settings, session) if not entry.problem}


def build_tab(desk: Desk) -> None:
    """Add the tab's content."""
    settings, database = desk.services.settings, desk.services.database
    spare, runs = SpareCheckpoint(settings, database, place=desk.services.second_model), Runs()
    with gr.Column(elem_id="neo-sides"):
        fields = RequestFields(desk, "neo-sides", lines=True)
        with gr.Row(elem_classes="neo-look-pair"):
            sides = [_build_side(name) for name in NAMES]
        with gr.Row(elem_classes="neo-desk-row"):
            start = gr.Button("Compare", variant="primary", scale=0, min_width=140, elem_id="neo-sides-run")
            stop = gr.Button("Stop", scale=0, min_width=100, interactive=False, elem_id="neo-sides-stop")
        running, said = gr.State(None), gr.HTML(elem_id="neo-sides-status")
        summary, found = gr.HTML(elem_id="neo-sides-summary"), gr.HTML(elem_id="neo-sides-found")

    def run(who: Merchandiser, *values: Any) -> Iterator[tuple[Any, ...]]:
        per_side = len(dataclasses.fields(SideForm))
        left, right, rest = values[:per_side], values[per_side : 2 * per_side], values[2 * per_side :]
        with runs.run() as (name, halt):
            yield name, note("Comparing the requests with the catalog"), gr.Button(interactive=True), "", ""
            requests = RequestForm(*rest).requests(database)
            now = dt.datetime.now(dt.UTC)
            pair = (
                SideForm(*left).side(NAMES[0], settings, database, now),
                SideForm(*right).side(NAMES[1], settings, database, now),
            )
            progress = gr.Progress()
            for step in compare(desk.services.assistant, spare, pair, requests, halt):
                if isinstance(step, Progress):
                    progress((step.done + (step.side is pair[1]) * step.of, 2 * step.of), unit="replies")
                    yield name, view.progress_html(step), gr.skip(), gr.skip(), gr.skip()
            stopped = halt.is_set()
        assert isinstance(step, list)
        words = f"Stopped; {len(step)} of {len(requests)} requests are compared." if stopped else ""
        figures = view.summary_html(summary_of(step), NAMES) if step else ""
        yield None, note(words), gr.Button(interactive=False), figures, view.comparisons_html(step, NAMES)

    def halt(who: Merchandiser, name: str | None) -> str:
        return note("Stopping after the reply under way" if runs.stop(name) else "Nothing is running")

    def shelf(who: Merchandiser) -> tuple[Any, ...]:
        choices = [SERVING, *checkpoints(settings, database)]
        return tuple(gr.Dropdown(choices=choices) for _ in sides)

    fields.connect()
    desk.on_open(shelf, [], [side[0] for side in sides])
    outputs = [running, said, stop, summary, found]
    given = [*sides[0], *sides[1], *fields.all()]
    started = desk.on(start.click, run, given, outputs, queue=LONG, show_progress="minimal")
    desk.on(started.failure, lambda who: (None, "", gr.Button(interactive=False)), [], outputs[:3], queue=None)
    desk.on(stop.click, halt, [running], [said], queue=None)


def _build_side(name: str) -> list[Any]:
    """The components of one side, in the order of :class:`SideForm`'s fields."""
    blank, key = SideForm(), f"neo-sides-{name.lower()}"
    with gr.Column(elem_id=key):
        gr.HTML(f"<h3>{name}</h3>")
        checkpoint = gr.Dropdown([SERVING], value=SERVING, label="Checkpoint", elem_id=f"{key}-checkpoint")
        with gr.Row():
            task = gr.Dropdown([AS_ASKED, *(task.value for task in Task)], value=blank.task, label="Task")
            form = gr.Dropdown([AS_ASKED, *(form.value for form in Format)], value=blank.format, label="Format")
            beams = gr.Number(0, label="Beams", info="0: as usual", minimum=0, maximum=MOST_BEAMS, precision=0)
        rules = gr.Dropdown(
            [SAVED, NO_RULES, DRAFTS, BOTH], value=blank.rules, label="Merchandising rules", elem_id=f"{key}-rules"
        )
        tried = gr.Textbox(
            label="Draft rules",
            info="One per line, saved nowhere: pin sku MUG-7, MUG-8; boost 3 brand Acme; exclude colour red",
            lines=2,
            max_lines=8,
            elem_id=f"{key}-drafts",
        )
        with gr.Accordion("Further conditions", open=False):
            with gr.Row():
                max_price = gr.Number(0, label="Price up to", info="0: any", minimum=0)
                min_rating = gr.Number(0, label="Rated at least", info="0: any", minimum=0, maximum=5, step=0.1)
            in_stock = gr.Checkbox(False, label="Only what is in stock")
            sql = gr.Textbox(label="SQL predicate over the products table", lines=1, max_lines=4)
    return [checkpoint, task, form, beams, rules, tried, max_price, min_rating, in_stock, sql]
