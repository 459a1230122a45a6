"""The part of the Catalog tab that takes in a file: sent in pieces, looked at, tried, then taken as it was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from catalog_db.importers import FORMATS
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.catalog_desk import MAPPED, CatalogDesk, Columns, refusals_csv
from neo_assistant.merchandising.uploads import LARGEST, PIECE, Uploads
from neo_assistant.ui.desk import catalog_view as view
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.downloads import Downloads
from neo_assistant.ui.desk.logins import Merchandiser

_SCRIPT = Path(__file__).with_name("send_file.js")
_CHOSEN = """(token, name, size) => {
    const file = document.querySelector('#neo-catalog-file')?.files[0];
    return [token, file ? file.name : '', file ? file.size : -1];
}"""
_PIECE = "(token, key, position, piece) => [token, key, ...window.neoCatalogPiece]"
_NOTHING_WANTED = {"position": -1, "piece": PIECE}


@dataclass(frozen=True)
class Tried:
    """A file that was tried, and how it was read; it can be taken in like that and not otherwise."""

    key: str
    columns: Columns
    records: int


def build(desk: Desk, catalog: CatalogDesk, unnamed: gr.HTML) -> None:
    """Add the part; ``unnamed`` is told anew after a file."""
    _File(desk, catalog, unnamed).build()


class _File:
    """Components and what connects them."""

    def __init__(self, desk: Desk, catalog: CatalogDesk, unnamed: gr.HTML) -> None:
        self._desk, self._catalog, self._unnamed = desk, catalog, unnamed
        self._uploads, self._downloads = Uploads(), Downloads()

    def build(self) -> None:
        gr.HTML(
            "<h3>A file of products</h3><p>CSV, JSON Lines, a Shopify export, a Google Merchant feed and more, gzipped "
            f"or not, up to {LARGEST // 2**20} MB. New SKUs are added, known ones changed, others stay as they are; "
            "nothing changes until you have seen what would and take it in.</p>"
            '<p><label for="neo-catalog-file">File</label> <input type="file" id="neo-catalog-file"></p>'
        )
        with gr.Row(elem_classes="neo-desk-row"):
            send = gr.Button("Send", scale=0, min_width=120, elem_id="neo-catalog-send")
        self._key, self._tried = gr.State(None), gr.State(None)
        name, size = gr.Textbox(visible=False), gr.Number(visible=False)
        position, piece = gr.Number(visible=False), gr.Textbox(visible=False)
        self._sender = gr.HTML("", js_on_load=_SCRIPT.read_text("utf-8"), padding=False, wanted=_NOTHING_WANTED)
        self._sent = gr.HTML(elem_id="neo-catalog-sent")
        with gr.Column(visible=False, elem_id="neo-catalog-columns") as self._room:
            self._build_columns()
            with gr.Row(elem_classes="neo-desk-row"):
                check = gr.Button("Check", variant="primary", scale=0, min_width=120, elem_id="neo-catalog-check")
                self._take = gr.Button(
                    "Take it in", interactive=False, scale=0, min_width=120, elem_id="neo-catalog-take"
                )
                self._report = gr.DownloadButton(
                    "Download refusals.csv", visible=False, scale=0, min_width=200, elem_id="neo-catalog-report"
                )
        self._result = gr.HTML(elem_id="neo-catalog-result")

        begun = [self._key, self._sender, self._sent, self._room, self._take, self._tried, self._report, self._result]
        self._desk.on(send.click, self._announce, [name, size], begun, queue=None, js=_CHOSEN)
        arrived = [self._sender, self._sent, self._room, self._mapping, *self._columns]
        self._desk.on(
            self._sender.piece, self._add, [self._key, position, piece], arrived, queue=None, js=_PIECE,
            show_progress="hidden",
        )  # fmt: skip
        outcome = [self._result, self._take, self._tried, self._report]
        self._desk.on(check.click, self._check, [self._key, *self._columns], outcome, show_progress="minimal")
        self._desk.on(
            self._take.click, self._take_in, [self._key, self._tried, *self._columns], [*outcome, self._unnamed],
            show_progress="minimal",
        )  # fmt: skip

    def _build_columns(self) -> None:
        self._format = gr.Dropdown(list(FORMATS), label="Format", value=None, elem_id="neo-catalog-format")
        with gr.Accordion("Columns", open=True, visible=False) as self._mapping:
            gr.HTML(
                '<p class="neo-small">Which column is which field. What was found is filled in; empty is not read. '
                "<code>column:conversion</code> converts: <code>minor</code> (a price in cents), <code>first</code> or "
                "<code>last</code> (of a path), <code>html</code>.</p>"
            )
            with gr.Row(elem_classes="neo-catalog-fields"):
                self._fields = [
                    gr.Dropdown([], label=view.field_name(name) if name != "price_minor" else "price in cents",
                                allow_custom_value=True, min_width=150, elem_id=f"neo-catalog-column-{name}")
                    for name in MAPPED
                ]  # fmt: skip
            self._more = gr.Textbox(
                label="Attributes and others", info="One per line, like attributes.colour=Colours:split", lines=2
            )
        self._constants = gr.Textbox(
            label="For records that say nothing",
            info="One per line, like item_type=kitchen or currency=EUR",
            lines=2,
            elem_id="neo-catalog-constants",
        )
        self._columns = [self._format, *self._fields, self._more, self._constants]

    def _announce(self, who: Merchandiser, name: Any, size: Any) -> tuple[Any, ...]:
        if not name:
            raise RequestError("no file has been chosen", "choose one, then send it")
        key = self._uploads.begin(who.name, name, int(size) if isinstance(size, int | float) else None)
        wanted = gr.HTML(wanted={"position": 0, "piece": PIECE, "key": key[:4]})
        sent = view.said("Sending the file")
        off, gone = gr.Button(interactive=False), gr.DownloadButton(visible=False)
        return key, wanted, sent, gr.Column(visible=False), off, None, gone, ""

    def _add(self, who: Merchandiser, key: Any, position: Any, piece: Any) -> tuple[Any, ...]:
        place = int(position) if isinstance(position, int | float) else -1
        received = self._uploads.add(who.name, key, place, piece)
        size = self._uploads.size(who.name, key)
        rest = [gr.skip()] * (1 + len(self._columns))
        if received < size:
            wanted = gr.HTML(wanted={"position": received, "piece": PIECE, "key": key[:4]})
            sent = f"Sent {received / 2**20:,.0f} of {size / 2**20:,.0f} MB"
            return wanted, view.said(sent), gr.skip(), *rest
        look = self._catalog.look(*self._uploads.file(who.name, key))
        columns = [
            gr.Dropdown(choices=[*look.columns], value=look.likely.get(name), allow_custom_value=True)
            for name in MAPPED
        ]
        mapping = gr.Accordion(visible=look.is_mapped)
        done = gr.HTML(wanted=_NOTHING_WANTED)
        return done, view.look_html(look), gr.Column(visible=True), mapping, look.format, *columns, "", ""

    def _check(self, who: Merchandiser, key: Any, *values: Any) -> Iterator[tuple[Any, ...]]:
        columns = read_columns(*values)
        off, gone = gr.Button(interactive=False, variant="secondary"), gr.DownloadButton(visible=False)
        yield view.said("Comparing the file with the catalog"), off, None, gone
        path, name = self._uploads.file(who.name, key)
        trial = self._catalog.try_file(path, name, columns, _progress(None))
        report = trial.report
        records = report.taken + len(report.refusals)
        on = gr.Button(interactive=report.taken > 0, variant="primary" if report.taken else "secondary")
        yield view.trial_html(trial, name), on, Tried(key, columns, records), self._refusals(report)

    def _take_in(self, who: Merchandiser, key: Any, tried: Tried | None, *values: Any) -> Iterator[tuple[Any, ...]]:
        columns = read_columns(*values)
        if tried is None or tried != Tried(key, columns, tried.records):
            raise RequestError("this is not what was checked", "check the file again, then take it in")
        off, gone = gr.Button(interactive=False, variant="secondary"), gr.DownloadButton(visible=False)
        yield view.said("Taking in the file"), off, None, gone, gr.skip()
        path, name = self._uploads.file(who.name, key)
        report = self._catalog.take_file(path, name, columns, who.name, _progress(tried.records))
        unnamed = view.unnamed_html(self._catalog.unnamed())
        yield view.report_html(report, name), off, None, self._refusals(report), unnamed

    def _refusals(self, report: Any) -> Any:
        if not report.refusals and not report.notes:
            return gr.DownloadButton(visible=False)
        return gr.DownloadButton(value=self._downloads.write("refusals.csv", refusals_csv(report)), visible=True)


def read_columns(format: Any, *values: Any) -> Columns:
    """How a file is to be read, from the components' values, whatever a browser sent in their place."""
    *fields, more, constants = (str(value or "").strip() for value in values)
    columns = {} if format not in ("csv", "jsonl") else dict(zip(MAPPED, fields, strict=True))
    return Columns(str(format or ""), columns, more if columns else "", constants)


def _progress(records: int | None) -> Callable[[int], None]:
    progress = gr.Progress()

    def seen(number: int) -> None:
        progress((number, records), unit="records")

    return seen
