"""The Health tab: how the assistant does over a time span, as figures, charts, tables and files."""

from __future__ import annotations

import datetime as dt
from typing import Any

import gradio as gr

from neo_assistant.errors import RequestError
from neo_assistant.merchandising.health_report import (
    LAST,
    PAGE,
    Span,
    csv_tables,
    health_report,
    most_shown,
    never_shown,
)
from neo_assistant.merchandising.wall_time import time_zones
from neo_assistant.ui.desk import health_view
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.downloads import Downloads
from neo_assistant.ui.desk.logins import Merchandiser

OWN = "Own"
_FIRST = "Last 24 hours"
_FILES = 6


def build_tab(desk: Desk) -> None:
    """Add the tab's content."""
    _HealthTab(desk).build()


class _HealthTab:
    """Components and what connects them. The span that is shown, and the pages, are kept on the server."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._database = desk.services.database
        self._downloads = Downloads()

    def build(self) -> None:
        desk = self._desk
        with gr.Column(elem_id="neo-health"):
            self._span, self._page, self._cursors = gr.State(None), gr.State(0), gr.State([0])
            span = gr.Radio([*LAST, OWN], value=_FIRST, label="Time span", elem_id="neo-health-span")
            with gr.Row(visible=False) as own:
                starts = gr.Textbox(label="From", placeholder="2026-12-24 00:00")
                ends = gr.Textbox(label="Until", info="Empty: now", placeholder="2026-12-25 00:00")
                zone = gr.Dropdown(time_zones(), value=desk.services.settings.time_zone, label="Time zone")
            show = gr.Button("Show", variant="primary", scale=0, min_width=140, elem_id="neo-health-show")
            self._report = gr.HTML(elem_id="neo-health-report")
            with gr.Column(visible=False) as self._rest:
                gr.HTML("<h3>Most shown</h3>")
                self._most = gr.HTML()
                more, less = _pager()
                gr.HTML("<h3>Never shown</h3>")
                self._never = gr.HTML()
                forward, back = _pager()
                gr.HTML("<h3>Files</h3><p>Everything above as CSV, all pages; times are UTC.</p>")
                make = gr.Button("Make CSV files", scale=0, min_width=160, elem_id="neo-health-make")
                with gr.Row(elem_classes="neo-desk-row"):
                    self._files = [gr.DownloadButton(visible=False, size="sm", scale=0) for _ in range(_FILES)]
        asked = [span, starts, ends, zone]
        shown = [self._span, self._report, self._rest, self._most, self._page, self._never, self._cursors, *self._files]
        desk.on_open(self._show, asked, shown)
        desk.on(show.click, self._show, asked, shown)
        desk.on(span.input, _choose, [span], [own], queue=None)
        desk.on(span.input, self._show_last, asked, shown)
        for button, step in ((more, 1), (less, -1)):
            desk.on(button.click, self._turn(step), [self._span, self._page], [self._most, self._page])
        desk.on(forward.click, self._forward, [self._span, self._cursors], [self._never, self._cursors])
        desk.on(back.click, self._back, [self._span, self._cursors], [self._never, self._cursors])
        desk.on(make.click, self._make, [self._span], self._files)

    def _show_last(self, who: Merchandiser, name: str, starts: str, ends: str, zone: str) -> Any:
        """A span that was picked shows at once; an own one has to be typed first."""
        return gr.skip() if name == OWN else self._show(who, name, starts, ends, zone)

    def _show(self, who: Merchandiser, name: str, starts: str, ends: str, zone: str) -> tuple[Any, ...]:
        now = dt.datetime.now(dt.UTC)
        span = Span.own(starts, ends, zone, now) if name == OWN else Span.last(name, now)
        report = health_report(self._database, span)
        shown = health_view.report_html(report)
        hidden = [gr.DownloadButton(visible=False) for _ in range(_FILES)]
        if report.is_empty:
            return (span, shown, gr.Column(visible=False), "", 0, "", [0], *hidden)
        most = health_view.most_shown_html(most_shown(self._database, span, 0), 1)
        never = never_shown(self._database, span, 0)
        pages = [0, never[-1].product_id] if never else [0]
        return (
            span, shown, gr.Column(visible=True), most, 0, health_view.never_shown_html(never, True), pages, *hidden
        )  # fmt: skip

    def _turn(self, step: int) -> Any:
        def turn(who: Merchandiser, span: Span | None, page: int) -> tuple[Any, ...]:
            page = max(0, page + step)
            items = most_shown(self._database, _known(span), page)
            if not items and page:
                raise RequestError("there are no more")
            return health_view.most_shown_html(items, page * PAGE + 1), page

        return turn

    def _forward(self, who: Merchandiser, span: Span | None, cursors: list[int]) -> tuple[Any, ...]:
        """``cursors``: the ids after which the pages begin, up to the page after the one that is shown."""
        items = never_shown(self._database, _known(span), cursors[-1])
        if not items or len(cursors) == 1:
            raise RequestError("there are no more")
        return health_view.never_shown_html(items, False), [*cursors, items[-1].product_id]

    def _back(self, who: Merchandiser, span: Span | None, cursors: list[int]) -> tuple[Any, ...]:
        if len(cursors) < 3:
            raise RequestError("this is the first page")
        items = never_shown(self._database, _known(span), cursors[-3])
        return health_view.never_shown_html(items, len(cursors) == 3), cursors[:-1]

    def _make(self, who: Merchandiser, span: Span | None) -> list[Any]:
        report = health_report(self._database, _known(span))
        tables = csv_tables(self._database, report)
        return [
            gr.DownloadButton(_label(name), value=self._downloads.write(name, write()), visible=True)
            for name, write in tables.items()
        ]


def _pager() -> tuple[gr.Button, gr.Button]:
    with gr.Row(elem_classes="neo-desk-row"):
        less = gr.Button("Previous page", size="sm", scale=0, min_width=130)
        more = gr.Button("Next page", size="sm", scale=0, min_width=130)
    return more, less


def _choose(who: Merchandiser, name: str) -> Any:
    return gr.Row(visible=name == OWN)


def _known(span: Span | None) -> Span:
    if span is None:
        raise RequestError("no time span is shown", "choose one")
    return span


def _label(name: str) -> str:
    """``most_shown`` of ``most_shown_20261122-1400_20261123-1400_utc.csv``, in words."""
    return name.split("_2")[0].replace("_", " ").capitalize()
