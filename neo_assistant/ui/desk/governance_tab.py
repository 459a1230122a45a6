"""The Governance tab: what serves, which checkpoints there are, promotions and rollbacks, what made which reply.

What was seen when somebody decides (which promotion was in service, and the sha256 of the checkpoint's manifest) stays
on the server in a ``gr.State``, so that nobody decides about anything other than what stood on their page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from neo_assistant.errors import RequestError
from neo_assistant.merchandising.answers import Answer
from neo_assistant.merchandising.governance import Governance, State
from neo_assistant.merchandising.side_by_side import summary_of
from neo_assistant.serving import Change
from neo_assistant.ui.desk import governance_view as view
from neo_assistant.ui.desk import side_by_side_view
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.downloads import Downloads
from neo_assistant.ui.desk.logins import Merchandiser
from neo_assistant.ui.desk.preview_tab import LONG
from neo_assistant.ui.desk.preview_view import note
from neo_assistant.ui.desk.runs import Runs

CHANGES = "desk-changes"
"""The queue of those who watch a change, so that nobody waits for the end of it."""
UPDATE = 0.5
"""Seconds between two updates while a change is under way."""
_EXAMPLES = "A blue mug under $20\nSomething for a long walk\nWhat is popular?"


def build_tab(desk: Desk) -> None:
    """Add the tab's content."""
    _GovernanceTab(desk, Governance(desk.services)).build()


class _GovernanceTab:
    """Components and what connects them."""

    def __init__(self, desk: Desk, governance: Governance) -> None:
        self._desk, self._governance = desk, governance
        self._downloads, self._runs = Downloads(), Runs()

    def build(self) -> None:
        with gr.Column(elem_id="neo-govern"):
            self._state = gr.State(None)
            self._build_served()
            self._build_shelf()
            self._build_history()
            self._build_replies()
        self._connect()

    def _build_served(self) -> None:
        gr.HTML("<h3>What serves</h3>")
        self._served = gr.HTML(elem_id="neo-govern-served")
        with gr.Row(elem_classes="neo-desk-row"):
            self._back_note = gr.Textbox(
                label="Note on a rollback", max_lines=3, max_length=512, scale=3, elem_id="neo-govern-back-note"
            )
            self._back = gr.Button(
                "Roll back", size="md", interactive=False, scale=0, min_width=200, elem_id="neo-govern-back"
            )
            self._refresh = gr.Button("Look again", size="md", scale=0, min_width=150, elem_id="neo-govern-refresh")
        self._progress = gr.HTML(elem_id="neo-govern-progress")

    def _build_shelf(self) -> None:
        gr.HTML("<h3>Checkpoints</h3>")
        self._shelf = gr.HTML(elem_id="neo-govern-shelf")
        self._pick = gr.Dropdown([], label="Checkpoint", elem_id="neo-govern-pick")
        self._about = gr.HTML(elem_id="neo-govern-about")
        with gr.Column(elem_classes="neo-desk-group"):
            gr.HTML("<h4>Try it</h4>")
            self._asked = gr.Textbox(
                _EXAMPLES, label="Requests", info="One a line", lines=3, max_lines=20, elem_id="neo-govern-asked"
            )
            with gr.Row(elem_classes="neo-desk-row"):
                self._look = gr.Button("Preview", size="md", scale=0, min_width=120, elem_id="neo-govern-preview")
                self._compare = gr.Button(
                    "Compare with what serves", size="md", scale=0, min_width=260, elem_id="neo-govern-compare"
                )
                self._stop = gr.Button(
                    "Stop", size="md", interactive=False, scale=0, min_width=100, elem_id="neo-govern-stop"
                )
            self._running = gr.State(None)
            self._said = gr.HTML(elem_id="neo-govern-said")
            self._found = gr.HTML(elem_id="neo-govern-found")
        with gr.Column(elem_classes="neo-desk-group"):
            gr.HTML("<h4>Put it in service</h4>")
            with gr.Row(elem_classes="neo-desk-row"):
                self._note = gr.Textbox(
                    label="Note", info="Why, for colleagues", max_lines=3, max_length=512, scale=3,
                    elem_id="neo-govern-note",
                )  # fmt: skip
                self._promote = gr.Button(
                    "Promote", variant="primary", scale=0, min_width=140, elem_id="neo-govern-promote"
                )

    def _build_history(self) -> None:
        self._oldest = gr.State(None)
        gr.HTML("<h3>Promotions and rollbacks</h3>")
        self._history = gr.HTML(elem_id="neo-govern-history")
        with gr.Row(elem_classes="neo-desk-row"):
            self._older = gr.Button("Older", size="sm", scale=0, min_width=100)
            self._newest = gr.Button("Newest", size="sm", scale=0, min_width=100)
            self._export = gr.Button("Make a CSV file", size="sm", scale=0, min_width=130, elem_id="neo-govern-export")
            self._file = gr.DownloadButton("Download promotions.csv", size="sm", scale=0, min_width=200, visible=False)

    def _build_replies(self) -> None:
        self._last_reply = gr.State(None)
        with gr.Accordion("What made which reply", open=False, elem_id="neo-govern-replies"):
            with gr.Row(elem_classes="neo-desk-row"):
                self._number = gr.Number(None, label="Reply", info="Its message id", precision=0)
                self._find = gr.Button("Show", scale=0, min_width=100, elem_id="neo-govern-find")
            self._one = gr.HTML()
            self._replies = gr.HTML(elem_id="neo-govern-latest")
            with gr.Row(elem_classes="neo-desk-row"):
                self._earlier = gr.Button("Earlier replies", size="sm", scale=0, min_width=130)
                self._latest = gr.Button("Latest replies", size="sm", scale=0, min_width=130)

    def _connect(self) -> None:
        desk = self._desk
        served = [self._state, self._served, self._back_note, self._back, self._shelf, self._pick, self._about]
        history = [self._history, self._oldest]
        replies = [self._replies, self._last_reply]
        everything = [self._progress, *served, *history]
        desk.on_open(self._open, [self._pick], [*everything, *replies])
        own = {"queue": CHANGES, "show_progress": "hidden"}  # the change shows its own
        desk.on(self._refresh.click, self._look_again, [self._pick], everything, **own)
        desk.on(self._pick.input, self._show, [self._pick], [self._state, self._about])
        given = [self._state, self._pick]
        desk.on(self._promote.click, self._put, [*given, self._note], [self._note, *everything], **own)
        desk.on(self._back.click, self._put_back, [*given, self._back_note], everything, **own)

        outputs = [self._running, self._said, self._stop, self._found]
        for button, run in ((self._look, self._preview), (self._compare, self._compared)):
            started = desk.on(button.click, run, [*given, self._asked], outputs, queue=LONG)
            desk.on(started.failure, _ended, [], outputs[:3], queue=None)
        desk.on(self._stop.click, self._halt, [self._running], [self._said], queue=None)

        desk.on(self._older.click, self._page, [self._oldest], history)
        desk.on(self._newest.click, lambda who: self._page(who, None), [], history)
        desk.on(self._export.click, self._csv, [], [self._file])
        desk.on(self._find.click, self._one_reply, [self._number], [self._one])
        desk.on(self._earlier.click, self._reply_page, [self._last_reply], replies)
        desk.on(self._latest.click, lambda who: self._reply_page(who, None), [], replies)

    def _open(self, who: Merchandiser, picked: Any) -> tuple[Any, ...]:
        state = self._governance.state()
        return (*self._listing(state, picked), *self._reply_page(who, None))

    def _listing(self, state: State, picked: Any, progress: str | None = None) -> tuple[Any, ...]:
        """Everything but the replies; ``picked`` stays chosen if it is still there."""
        names = [entry.name for entry in state.shelf]
        other = next((entry.name for entry in state.shelf if not state.serves(entry) and not entry.problem), names[0])
        picked = picked if picked in names else other
        if progress is None:
            busy = state.change is not None and not state.change.finished.is_set()
            progress = view.change_html(state.change) if busy and state.change else ""
        back = f"Roll back to {state.previous.checkpoint}" if state.previous else "Roll back"
        history = self._governance.history()
        return (
            progress,
            state,
            view.served_html(state),
            state.rollback_note,
            gr.Button(back, interactive=state.previous is not None and not state.scripted),
            view.shelf_html(state),
            gr.Dropdown(choices=names, value=picked),
            view.checkpoint_html(state.entry(picked), state),
            view.history_html(history),
            history[-1].id if history else None,
        )

    def _look_again(self, who: Merchandiser, picked: Any) -> Iterator[tuple[Any, ...]]:
        state = self._governance.state()
        yield self._listing(state, picked)
        if state.change is not None and not state.change.finished.is_set():
            yield from self._follow(state.change, picked)

    def _show(self, who: Merchandiser, picked: Any) -> tuple[State, str]:
        state = self._governance.state()
        return state, view.checkpoint_html(state.entry(picked), state)

    def _put(self, who: Merchandiser, state: State | None, picked: Any, words: str) -> Iterator[tuple[Any, ...]]:
        seen = _known(state)
        change = self._governance.promote(seen.entry(picked), words or "", who.name, seen.seen)
        for step in self._follow(change, picked):
            yield ("" if change.finished.is_set() and change.error is None else gr.skip(), *step)

    def _put_back(self, who: Merchandiser, state: State | None, picked: Any, words: str) -> Iterator[tuple[Any, ...]]:
        change = self._governance.roll_back(words or "", who.name, _known(state).seen)
        yield from self._follow(change, picked)

    def _follow(self, change: Change, picked: Any) -> Iterator[tuple[Any, ...]]:
        """Show a change until it has ended, which it does whether or not anybody looks."""
        others = (gr.skip(),) * 9
        yield (view.change_html(change), *others)
        while not change.finished.wait(UPDATE):
            yield (view.change_html(change), *others)
        yield self._listing(self._governance.state(), picked, view.change_html(change))

    def _preview(self, who: Merchandiser, state: State | None, picked: Any, words: str) -> Iterator[tuple[Any, ...]]:
        entry = _known(state).entry(picked)
        with self._runs.run() as (name, halt):
            yield name, note(f"Loading {entry.name}, which takes some seconds"), gr.Button(interactive=True), ""
            done: list[Answer] = []
            for answer in self._governance.preview(entry, words or "", halt):
                done.append(answer)
                yield name, note(f"{len(done)} answered"), gr.skip(), view.answers_html(done, entry.name)
        yield None, "", gr.Button(interactive=False), view.answers_html(done, entry.name)

    def _compared(self, who: Merchandiser, state: State | None, picked: Any, words: str) -> Iterator[tuple[Any, ...]]:
        entry = _known(state).entry(picked)
        with self._runs.run() as (name, halt):
            yield name, note("Asking the one that serves"), gr.Button(interactive=True), ""
            names = ("What serves", entry.name)
            shown = ""
            for step in self._governance.compare(entry, words or "", halt):
                if isinstance(step, list):
                    shown = side_by_side_view.summary_html(summary_of(step), names) if step else ""
                    shown += side_by_side_view.comparisons_html(step, names)
                else:
                    yield name, side_by_side_view.progress_html(step), gr.skip(), gr.skip()
        yield None, "", gr.Button(interactive=False), shown

    def _halt(self, who: Merchandiser, name: str | None) -> str:
        return note("Stopping after the reply under way" if self._runs.stop(name) else "Nothing is running")

    def _page(self, who: Merchandiser, before: int | None) -> tuple[str, int | None]:
        history = self._governance.history(before)
        if before is not None and not history:
            raise RequestError("there are no older ones")
        return view.history_html(history), history[-1].id if history else None

    def _csv(self, who: Merchandiser) -> Any:
        path = self._downloads.write("promotions.csv", self._governance.history_csv())
        return gr.DownloadButton(value=path, visible=True)

    def _one_reply(self, who: Merchandiser, number: Any) -> str:
        if not isinstance(number, int | float) or not number:
            raise RequestError("no reply has been named", "its message id stands in exports and in the table below")
        return view.reply_html(self._governance.reply(int(number)), self._governance.currency())

    def _reply_page(self, who: Merchandiser, before: int | None) -> tuple[str, int | None]:
        replies = self._governance.replies(before)
        if before is not None and not replies:
            raise RequestError("there are no earlier ones")
        return view.replies_html(replies, self._governance.currency()), replies[-1].id if replies else None


def _known(state: State | None) -> State:
    if state is None:
        raise RequestError("no checkpoint has been chosen", "load the page again")
    return state


def _ended(who: Merchandiser) -> tuple[Any, ...]:
    return None, "", gr.Button(interactive=False)
