"""The Rules tab: the list of rules, the form, the preview that has to come before saving, the log.

What was previewed stays on the server (a ``gr.State``); saving compares it with the form as it stands then, so that a
form that was changed in the meantime, by whatever means, is not saved.
"""

from __future__ import annotations

import dataclasses
import functools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from catalog_db.models import RuleAction
from catalog_db.rules import StoredRule
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.rule_desk import Choices, ListedRule, Looked, Replies, RuleDesk
from neo_assistant.merchandising.rule_form import STRONGEST, RuleForm
from neo_assistant.merchandising.rule_words import action_words
from neo_assistant.merchandising.wall_time import time_zones
from neo_assistant.request import MAX_ITEMS, MAX_WORDS, Request
from neo_assistant.ui.desk import rules_view
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.downloads import Downloads
from neo_assistant.ui.desk.logins import Merchandiser
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.queues import REPLIES

UPDATES = 8
"""Events of a reply between two updates of the page."""

_ACTIONS = [
    ("Pin: show first", RuleAction.PIN.value),
    ("Boost: more probable", RuleAction.BOOST.value),
    ("Bury: less probable", RuleAction.BURY.value),
    ("Exclude: never show", RuleAction.EXCLUDE.value),
]


@dataclass(frozen=True)
class _Fields:
    """The form's components, in the order of :class:`RuleForm`'s fields."""

    action: gr.Radio
    skus: gr.CheckboxGroup
    types: gr.Dropdown
    brands: gr.Dropdown
    attributes: gr.Dropdown
    min_price: gr.Textbox
    max_price: gr.Textbox
    min_rating: gr.Textbox
    in_stock: gr.Checkbox
    sql: gr.Textbox
    everything: gr.Checkbox
    strength: gr.Number
    starts: gr.Textbox
    ends: gr.Textbox
    zone: gr.Dropdown
    note: gr.Textbox

    def all(self) -> list[Any]:
        return [getattr(self, field.name) for field in dataclasses.fields(self)]


def build_tab(desk: Desk) -> None:
    """Add the tab's content."""
    _RulesTab(desk, RuleDesk(desk.services.database, desk.services.assistant)).build()


class _RulesTab:
    """Components and what connects them."""

    def __init__(self, desk: Desk, rules: RuleDesk) -> None:
        self._desk = desk
        self._rules = rules
        self._zone = desk.services.settings.time_zone
        self._downloads = Downloads()

    def build(self) -> None:
        with gr.Column(elem_id="neo-rules"):
            self._build_list()
            self._build_form()
            self._build_preview()
            self._build_log()
        self._connect()

    def _build_list(self) -> None:
        gr.HTML(rules_view.precedence_html())
        self._list = gr.HTML()
        with gr.Row(elem_classes="neo-desk-row"):
            self._pick = gr.Dropdown([], label="Rule", value=None, scale=3, elem_id="neo-rule-pick")
            self._change = gr.Button("Change", size="md", scale=0, min_width=100, elem_id="neo-rule-change")
            self._remove = gr.Button("Delete", size="md", scale=0, min_width=100, elem_id="neo-rule-delete")
            self._new = gr.Button("Make a new rule", size="md", scale=0, min_width=190, elem_id="neo-rule-new")
        self._doomed = gr.State(None)
        with gr.Column(visible=False) as self._sure:
            self._doomed_words = gr.HTML()
            with gr.Row(elem_classes="neo-desk-row"):
                self._really = gr.Button("Delete this rule", variant="stop", scale=0, min_width=150)
                self._keep = gr.Button("Keep it", scale=0, min_width=100)
        self._said = gr.HTML(elem_id="neo-rule-said")

    def _build_form(self) -> None:
        self._opened = gr.State(None)
        self._heading = gr.HTML(_heading(None), elem_id="neo-rule-heading")
        blank = RuleForm()
        action = gr.Radio(_ACTIONS, value=blank.action, label="What to do", elem_id="neo-rule-action")
        strength = gr.Number(
            blank.strength,
            label="Strength",
            info=f"How many times as probable, or as improbable; above 1, at most {STRONGEST:g}",
            elem_id="neo-rule-strength",
        )
        with gr.Column(elem_classes="neo-desk-group"):
            gr.HTML(
                "<h4>With which items</h4><p>All conditions have to hold; of several values of one, any will do.</p>"
            )
            with gr.Row(elem_classes="neo-desk-row"):
                self._words = gr.Textbox(
                    label="Find items",
                    info="Words of the title, brand or SKU; or several SKUs with commas between them",
                    scale=3,
                    elem_id="neo-rule-find",
                )
                self._find = gr.Button("Find", scale=0, min_width=100)
            skus = gr.CheckboxGroup([], label="Items", visible=False, elem_id="neo-rule-items")
            with gr.Row():
                types = gr.Dropdown([], multiselect=True, label="Types", elem_id="neo-rule-types")
                brands = gr.Dropdown([], multiselect=True, allow_custom_value=True, label="Brands")
                attributes = gr.Dropdown(
                    [], multiselect=True, allow_custom_value=True, label="Attributes", info="Like colour: blue"
                )
            with gr.Row():
                min_price = gr.Textbox(label="Price from", placeholder="20", max_lines=1)
                max_price = gr.Textbox(label="Price up to", placeholder="59.90", max_lines=1)
                min_rating = gr.Textbox(label="Rated at least", placeholder="4.5", max_lines=1)
            in_stock = gr.Checkbox(False, label="Only what is in stock")
            with gr.Accordion("Any other condition", open=False):
                sql = gr.Textbox(
                    label="SQL predicate over the products table",
                    info="For example: stock > 3 AND lower(title) LIKE '%wool%'",
                    lines=2,
                )
                everything = gr.Checkbox(False, label="Every item on sale (no condition at all)")
        with gr.Row():
            starts = gr.Textbox(label="Start", info="Empty: at once", placeholder="2026-12-24 18:00")
            ends = gr.Textbox(label="End", info="Empty: never", placeholder="2027-01-06 00:00")
            zone = gr.Dropdown(time_zones(), value=self._zone, label="Time zone", info="Of start and end")
        note = gr.Textbox(label="Note", info="Why, for colleagues", lines=1, max_lines=4, max_length=512)
        self._fields = _Fields(
            *(action, skus, types, brands, attributes, min_price, max_price, min_rating, in_stock, sql, everything),
            *(strength, starts, ends, zone, note),
        )

    def _build_preview(self) -> None:
        self._looked = gr.State(None)
        with gr.Column(elem_classes="neo-desk-group"):
            gr.HTML("<h4>Try it on a request</h4>")
            self._trial = gr.Textbox(
                "What do you have that is popular?",
                label="Test request",
                max_length=MAX_WORDS,
                elem_id="neo-rule-trial",
            )
            with gr.Row():
                self._trial_types = gr.Dropdown([], multiselect=True, label="Types of the test request")
                self._trial_count = gr.Number(3, label="Items in the reply", minimum=1, maximum=MAX_ITEMS, precision=0)
        with gr.Row(elem_classes="neo-desk-row"):
            self._look = gr.Button("Preview", variant="primary", scale=0, min_width=140, elem_id="neo-rule-preview")
            self._save = gr.Button("Save", interactive=False, scale=0, min_width=140, elem_id="neo-rule-save")
        self._seen = gr.HTML(_unseen(), elem_id="neo-rule-seen")
        self._replies = gr.HTML(elem_id="neo-rule-replies")

    def _build_log(self) -> None:
        self._oldest = gr.State(None)
        with gr.Accordion("Audit log", open=False):
            self._log = gr.HTML()
            with gr.Row(elem_classes="neo-desk-row"):
                self._older = gr.Button("Older changes", size="sm", scale=0, min_width=130)
                self._newest = gr.Button("Newest changes", size="sm", scale=0, min_width=130)
                self._export = gr.Button("Make a CSV file", size="sm", scale=0, min_width=130)
                self._file = gr.DownloadButton(
                    "Download rule_log.csv", size="sm", scale=0, min_width=180, visible=False
                )

    def _connect(self) -> None:
        desk, fields = self._desk, self._fields.all()
        listing = [self._list, self._pick, self._log, self._oldest]
        choices = [self._fields.types, self._fields.brands, self._fields.attributes, self._trial_types]
        form = [self._heading, self._opened, *fields, self._looked, self._save, self._seen, self._replies]
        desk.on_open(self._open, [], [*listing, *choices])
        desk.on(self._new.click, self._begin, [], form, queue=None)
        desk.on(self._change.click, self._edit, [self._pick], form)
        desk.on(self._remove.click, self._ask, [self._pick], [self._doomed, self._doomed_words, self._sure])
        desk.on(
            self._keep.click, lambda who: (None, gr.Column(visible=False)), [], [self._doomed, self._sure], queue=None
        )
        desk.on(self._really.click, self._delete, [self._doomed], [self._said, self._doomed, self._sure, *listing])

        found = [self._words, self._fields.skus]
        for trigger in (self._find.click, self._words.submit):
            desk.on(trigger, self._search, found, [self._fields.skus])
        desk.on(self._fields.action.change, _strength, [self._fields.action], [self._fields.strength], queue=None)
        # A Textbox tells of a text that was put into it in one go as a change, and not as input.
        changes = [field.change if isinstance(field, gr.Textbox) else field.input for field in fields]
        changed = functools.partial(gr.on, changes)
        stale = [self._looked, self._save, self._seen]
        desk.on(changed, _forget, [], stale, queue=None, trigger_mode="always_last", show_progress="hidden")

        trial = [self._trial, self._trial_types, self._trial_count]
        preview = [self._looked, self._save, self._seen, self._replies]
        looked = desk.on(self._look.click, self._preview, [self._opened, *trial, *fields], preview)
        desk.on(looked.success, self._write, [self._looked], [self._replies], queue=REPLIES, show_progress="hidden")
        saved = [self._said, *form, *listing]
        desk.on(self._save.click, self._keep_rule, [self._looked, *fields], saved)

        desk.on(self._older.click, self._page, [self._oldest], [self._log, self._oldest])
        desk.on(self._newest.click, lambda who: self._page(who, None), [], [self._log, self._oldest])
        desk.on(self._export.click, self._csv, [], [self._file])

    def _open(self, who: Merchandiser) -> tuple[Any, ...]:
        known = self._rules.choices()
        return (*self._listing(known), *_choices(known))

    def _listing(self, known: Choices | None = None) -> tuple[Any, ...]:
        currency = known.currency if known else self._rules.currency()
        listed, entries = self._rules.rules(), self._rules.log()
        titles = self._rules.titles_of([each.stored.rule for each in listed], entries)
        picks = [(_pick_label(each), each.stored.id) for each in listed]
        return (
            rules_view.rules_html(listed, titles, currency, self._zone),
            gr.Dropdown(choices=picks, value=picks[0][1] if picks else None),
            rules_view.log_html(entries, titles, currency),
            entries[-1].id if entries else None,
        )

    def _begin(self, who: Merchandiser) -> tuple[Any, ...]:
        return self._form(RuleForm(zone=self._zone), None)

    def _edit(self, who: Merchandiser, number: Any) -> tuple[Any, ...]:
        opened = self._rules.open(_number(number))
        return self._form(RuleForm.of(opened.rule, self._rules.currency(), self._zone), opened)

    def _form(self, form: RuleForm, opened: StoredRule | None) -> tuple[Any, ...]:
        titles = self._rules.titles(set(form.skus))
        values = [list(value) if isinstance(value, tuple) else value for value in dataclasses.astuple(form)]
        fields = dict(zip([field.name for field in dataclasses.fields(form)], values, strict=True))
        fields["skus"] = _items([(_item_label(titles[sku], sku), sku) for sku in form.skus if sku in titles], form.skus)
        fields["strength"] = gr.Number(value=form.strength, visible=form.is_weighing)
        ordered = [fields[field.name] for field in dataclasses.fields(_Fields)]
        return (_heading(opened), opened, *ordered, *_forget(), "")

    def _ask(self, who: Merchandiser, number: Any) -> tuple[Any, ...]:
        opened = self._rules.open(_number(number))
        [listed] = [each for each in self._rules.rules() if each.stored.id == opened.id]
        titles = self._rules.titles_of([opened.rule])
        words = rules_view.deletion_html(listed, titles, self._rules.currency())
        return opened, words, gr.Column(visible=True)

    def _delete(self, who: Merchandiser, doomed: StoredRule | None) -> tuple[Any, ...]:
        if doomed is None:
            raise RequestError("no rule has been chosen", "choose one, then delete it")
        self._rules.delete(doomed, who.name)
        said = _said(f"Rule {doomed.id} is deleted. The next reply no longer obeys it.")
        return said, None, gr.Column(visible=False), *self._listing()

    def _search(self, who: Merchandiser, words: str, chosen: list[str]) -> Any:
        found = self._rules.find_items(words)
        titles = self._rules.titles(set(chosen)) | {product.sku: product.title for product in found}
        if not found:
            raise RequestError("no item on sale has these words", "try fewer or shorter words")
        shown = dict.fromkeys([*chosen, *(product.sku for product in found)])
        return _items([(_item_label(titles[sku], sku), sku) for sku in shown if sku in titles], chosen)

    def _preview(
        self, who: Merchandiser, opened: StoredRule | None, words: str, types: list[str], count: Any, *values: Any
    ) -> tuple[Any, ...]:
        trial = Request(words, types=tuple(types), count=int(count or 0))
        looked = self._rules.look(_read(values), opened, who.name, trial)
        titles = self._rules.titles_of([looked.rule])
        shown = rules_view.looked_html(looked, titles, self._rules.currency(), self._rules.clock())
        return looked, gr.Button(interactive=True, variant="primary"), shown, ""

    def _write(self, who: Merchandiser, looked: Looked | None) -> Iterator[Any]:
        if looked is None or looked.at is None or not self._rules.obeys_rules:
            yield ""
            return
        replies, stop = Replies(), threading.Event()
        yield rules_view.replies_html(replies, running=True)
        try:
            for number, replies in enumerate(self._rules.replies(looked, stop)):
                if number % UPDATES == 0:
                    yield rules_view.replies_html(replies, running=True)
        finally:
            stop.set()
        yield rules_view.replies_html(replies, running=False)

    def _keep_rule(self, who: Merchandiser, looked: Looked | None, *values: Any) -> tuple[Any, ...]:
        number = self._rules.save(looked, _read(values), who.name)
        said = _said(f"Saved as rule {number}. The next reply obeys it, from its start until its end.")
        return said, *self._form(RuleForm(zone=self._zone), None), *self._listing()

    def _page(self, who: Merchandiser, before: int | None) -> tuple[str, int | None]:
        entries = self._rules.log(before)
        if before is not None and not entries:
            raise RequestError("there are no older changes")
        titles = self._rules.titles_of(entries=entries)
        return rules_view.log_html(entries, titles, self._rules.currency()), entries[-1].id if entries else None

    def _csv(self, who: Merchandiser) -> Any:
        return gr.DownloadButton(value=self._downloads.write("rule_log.csv", self._rules.log_csv()), visible=True)


def _read(values: tuple[Any, ...]) -> RuleForm:
    """The form from the components' values, whatever a browser sent in their place."""
    given = dict(zip([field.name for field in dataclasses.fields(_Fields)], values, strict=True))
    for name in ("skus", "types", "brands", "attributes"):
        given[name] = tuple(sorted(map(str, given[name] or ())))
    for name in ("min_price", "max_price", "min_rating", "sql", "starts", "ends", "note", "zone", "action"):
        given[name] = str(given[name] or "")
    for name in ("in_stock", "everything"):
        given[name] = bool(given[name])
    if given["action"] not in (RuleAction.BOOST, RuleAction.BURY):
        given["strength"] = None
    return RuleForm(**given)


def _choices(known: Choices) -> tuple[Any, ...]:
    types = [(name.replace("_", " "), name) for name in known.types]
    return (
        gr.Dropdown(choices=types),
        gr.Dropdown(choices=list(known.brands)),
        gr.Dropdown(choices=list(known.attributes)),
        gr.Dropdown(choices=types),
    )


def _items(choices: list[tuple[str, str]], chosen: Any) -> Any:
    return gr.CheckboxGroup(choices=choices, value=list(chosen), visible=bool(choices))


def _forget(who: Merchandiser | None = None) -> tuple[Any, ...]:
    return None, gr.Button(interactive=False, variant="secondary"), _unseen()


def _strength(who: Merchandiser, action: str) -> Any:
    return gr.Number(visible=action in (RuleAction.BOOST, RuleAction.BURY))


def _unseen() -> str:
    return '<p class="neo-small">A rule can be saved when it has been previewed as it stands.</p>'


def _heading(opened: StoredRule | None) -> str:
    return f"<h3>{'A new rule' if opened is None else f'Change rule {opened.id}'}</h3>"


def _said(words: str) -> str:
    return f'<p class="neo-said-so" role="status">{as_html(words)}</p>'


def _item_label(title: str, sku: str) -> str:
    return f"{title} ({sku})"


def _pick_label(listed: ListedRule) -> str:
    rule = listed.stored.rule
    about = f": {rule.note.splitlines()[0]}" if rule.note else ""
    return f"{listed.stored.id}, {action_words(rule.action, rule.strength)}, {listed.phase.value}{about}"


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise RequestError("no rule has been chosen", "choose one from the list")
    return value
