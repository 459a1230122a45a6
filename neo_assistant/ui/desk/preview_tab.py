"""The Preview tab: one request with everything behind its reply, and a file of requests as a file of what is shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from catalog_db.rules import StoredRule
from neo_assistant.ask_options import AskOptions
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.answers import Answer, answers, model_of
from neo_assistant.merchandising.batch_preview import EXAMPLE, IN_COLUMNS, check_requests, read_requests, result_csv
from neo_assistant.merchandising.beam_tree import BeamTree
from neo_assistant.merchandising.request_form import RequestForm
from neo_assistant.request import Replier, Request
from neo_assistant.services import Services
from neo_assistant.ui.desk import preview_view as view
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.downloads import Downloads
from neo_assistant.ui.desk.logins import Merchandiser
from neo_assistant.ui.desk.request_fields import RequestFields
from neo_assistant.ui.desk.runs import Runs
from neo_assistant.ui.queues import REPLIES

LONG = "desk-model"
"""The queue of what asks it for many, so that shoppers do not wait for the end of it."""
MOST_RANKED, MOST_BEAMS = 50, 64
_BY_TYPE = "the most probable"
_READ_FILE = """async (token, text, ...rest) => {
    const file = document.querySelector('#neo-look-file')?.files[0];
    return [token, file ? await file.text() : text, ...rest];
}"""
"""The file is read in the browser and sent like pasted text; nothing is uploaded."""

Shown = tuple[str, str, str, str, str]
"""HTML: what is being done, the reply, the ranking, the tree, the prompt."""


def build_tab(desk: Desk) -> None:
    """Add the tab's content."""
    with gr.Column(elem_id="neo-look"):
        _build_one(desk)
        _build_many(desk)


def _build_one(desk: Desk) -> None:
    fields = RequestFields(desk, "neo-look")
    with gr.Accordion("The search", open=False):
        with gr.Row():
            count = gr.Number(10, label="Items ranked", minimum=0, maximum=MOST_RANKED, precision=0)
            beams = gr.Number(desk.services.settings.beams, label="Beams", minimum=0, maximum=MOST_BEAMS, precision=0)
            number = gr.Dropdown([_BY_TYPE], value=_BY_TYPE, label="Type whose beams are shown")
        rules = gr.Checkbox(True, label="With the merchandiser's rules")
    with gr.Row(elem_classes="neo-desk-row"):
        look = gr.Button("Preview", variant="primary", scale=0, min_width=140, elem_id="neo-look-run")
    said = gr.HTML(elem_id="neo-look-status")
    with gr.Row(elem_classes="neo-look-pair"):
        with gr.Column():
            reply = gr.HTML(elem_id="neo-look-reply")
            prompt = gr.HTML(elem_id="neo-look-prompt")
        ranking = gr.HTML(elem_id="neo-look-ranking")
    tree = gr.HTML(elem_id="neo-look-tree")

    def preview(
        who: Merchandiser, count: float | None, beams: float | None, item_type: str, with_rules: bool, *values: Any
    ) -> Iterator[Shown]:
        request = RequestForm(*values).request(desk.services.database)
        chosen = None if item_type == _BY_TYPE else item_type
        tried = None if with_rules else ()
        yield from look_at(desk.services.assistant, request, tried, chosen, _whole(count, 10), _whole(beams, 8))

    def types(who: Merchandiser) -> Any:
        return gr.Dropdown(choices=[_BY_TYPE, *fields.choices().types])

    fields.connect()
    desk.on_open(types, [], [number])
    shown = [said, reply, ranking, tree, prompt]
    for trigger in (look.click, fields.text.submit):
        desk.on(trigger, preview, [count, beams, number, rules, *fields.all()], shown, queue=REPLIES)


def look_at(
    replier: Replier,
    request: Request,
    rules: Sequence[StoredRule] | None,
    item_type: str | None,
    count: int,
    beams: int,
) -> Iterator[Shown]:
    """Everything about one request: first the search, then the reply.

    Raises:
        NeoError: as a reply.
    """
    yield view.note("Asking the model"), "", "", "", ""
    count, width = max(1, min(count, MOST_RANKED)), max(1, min(beams, MOST_BEAMS))
    try:
        model = model_of(replier)
    except RequestError as error:
        # A scripted reply: there is nothing behind it.
        words = f"{error.message[0].upper()}{error.message[1:]}."
        yield view.note(words), _reply(_answered(replier, request, rules, None)), "", "", ""
        return
    why, ranking = "", ""
    try:
        tree = model.explore([], request, rules, item_type, width, count)
        ranking = _headed("Items, ranked", view.ranking_html(tree.ranking))
    except RequestError as error:
        why = f"There is no search to show: {error.message}."
        tree = BeamTree(model.prompt([], request), "", (), None)
    parts = (ranking, _tree(tree), view.prompt_html(tree.prompt))
    yield view.note("Writing the reply"), "", *parts
    yield view.note(why), _reply(_answered(model, request, rules, width)), *parts


def _answered(replier: Replier, request: Request, rules: Sequence[StoredRule] | None, beams: int | None) -> Answer:
    [answer] = answers(replier, [request], threading.Event(), rules, beams)
    return answer


def _reply(answer: Answer) -> str:
    return _headed("The reply", view.answer_html(answer) + view.made_html(answer))


def _tree(tree: BeamTree) -> str:
    return _headed("How the first item is found", view.tree_html(tree)) if tree.root else ""


def _headed(title: str, html: str) -> str:
    return f'<section class="neo-look-part"><h3>{title}</h3>{html}</section>'


def _whole(value: float | None, otherwise: int) -> int:
    return int(value) if value else otherwise


def _build_many(desk: Desk) -> None:
    runs, downloads = Runs(), Downloads()
    with gr.Accordion("Many requests: a CSV file in, a CSV file out", open=False):
        gr.HTML(
            f"<p>A line of column names, then a line for each request. Columns are "
            f"{', '.join(f'<code>{name}</code>' for name in IN_COLUMNS)}; <code>request</code> or <code>history</code> "
            "has to be there. Semicolons separate several values in one cell.</p>"
            '<p><label for="neo-look-file">CSV file, in place of the text below</label> '
            '<input type="file" id="neo-look-file" accept=".csv,text/csv"></p>'
        )
        text = gr.Textbox(EXAMPLE, label="Or pasted", lines=4, max_lines=12, elem_id="neo-look-csv")
        rules = gr.Checkbox(True, label="With the merchandiser's rules")
        with gr.Row(elem_classes="neo-desk-row"):
            start = gr.Button("Answer all", variant="primary", scale=0, min_width=140, elem_id="neo-look-all")
            stop = gr.Button("Stop", scale=0, min_width=100, interactive=False, elem_id="neo-look-stop")
            file = gr.DownloadButton(
                "Download shown.csv", scale=0, min_width=200, visible=False, elem_id="neo-look-result"
            )
        running, said = gr.State(None), gr.HTML(elem_id="neo-look-progress")

    def run(who: Merchandiser, text: str, with_rules: bool) -> Iterator[tuple[Any, ...]]:
        with runs.run() as (name, halt):
            begun = view.note("Comparing the requests with the catalog")
            yield name, begun, gr.Button(interactive=True), gr.DownloadButton(visible=False)
            progress, done = gr.Progress(), list[Answer]()
            requests = requests_of(desk.services, text)
            for answer in answers(desk.services.assistant, requests, halt, None if with_rules else ()):
                done.append(answer)
                progress((len(done), len(requests)), unit="requests")
                yield name, view.note(f"{len(done)} of {len(requests)} answered"), gr.skip(), gr.skip()
            words = f"{len(done)} of {len(requests)} requests answered{', then stopped' if halt.is_set() else ''}."
            path = downloads.write("shown.csv", result_csv(done)) if done else None
        ready = gr.DownloadButton(value=path, visible=path is not None)
        yield None, view.note(words), gr.Button(interactive=False), ready

    def halt(who: Merchandiser, name: str | None) -> str:
        return view.note("Stopping after the reply under way" if runs.stop(name) else "Nothing is running")

    outputs = [running, said, stop, file]
    started = desk.on(start.click, run, [text, rules], outputs, queue=LONG, js=_READ_FILE, show_progress="minimal")
    desk.on(
        started.failure, lambda who: (None, "", gr.Button(interactive=False)), [], [running, said, stop], queue=None
    )
    desk.on(stop.click, halt, [running], [said], queue=None)


def requests_of(services: Services, text: str) -> list[Request]:
    """The requests of a CSV file.

    Raises:
        RequestError: it is no such file, or names what the catalog does not hold.
    """
    asked = read_requests(text or "", AskOptions(count=services.settings.items_per_reply))
    return check_requests(services.database, asked)
