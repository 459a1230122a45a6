"""The Governance tab's HTML: what serves, the shelf, a checkpoint's figures beside those of the one that serves, a
change under way, the history, what made which reply. Pure functions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from catalog_db.promotions import Promotion
from catalog_db.reply_records import StoredReply
from neo_assistant.checkpoint_shelf import Figure, ShelfEntry
from neo_assistant.manifest import Manifest
from neo_assistant.merchandising.answers import Answer
from neo_assistant.merchandising.governance import State
from neo_assistant.merchandising.rule_words import items_words
from neo_assistant.merchandising.wall_time import UTC, show_time
from neo_assistant.serving import Change, Stage
from neo_assistant.ui.desk.preview_view import answer_html, made_html, note, rule_words
from neo_assistant.ui.desk.tables import Cell, table
from neo_assistant.ui.escape import as_html

_SHORT = 12
"""Digits of a sha256 that are shown; all of them stand in the tooltip."""


def served_html(state: State) -> str:
    """What serves, since when and why; what is wrong, if anything is."""
    problem = _problem(f"{state.problem}.") if state.problem else ""
    if state.scripted:
        return note("Replies are scripted here: no checkpoint writes them, and none can be promoted.")
    if state.served is None:
        return problem + note("The first checkpoint is still being loaded, or could not be loaded.")
    entry, promotion = state.served.entry, state.served.promotion
    if promotion is None:
        since = "as the settings say; nothing was promoted" if state.current is None else "as the settings say"
    else:
        verb = "promoted" if promotion.restores_id is None else "put back"
        since = f"{verb} by {promotion.who}, {show_time(promotion.at, UTC)} {UTC}: {promotion.note}"
    version = entry.manifest.codebook_version if entry.manifest else ""
    return (
        f'{problem}<p class="neo-govern-now"><b>{as_html(entry.name)}</b> serves, {as_html(since)}</p>'
        f'<p class="neo-small">Manifest {_digest(entry.sha256)}, codebook {_digest(version)}</p>'
    )


def shelf_html(state: State) -> str:
    """Every checkpoint with its key figures; what is wrong with one stands below its name."""
    rows = [
        (
            Cell(html=_name(entry, state)),
            Cell(html=_made(entry.manifest)),
            Cell(html=_codebook(entry, state)),
            Cell(_goals(entry)),
        )
        for entry in state.shelf
    ]
    return table("Checkpoints", ("Checkpoint", "Made", "Codebook", "Figures"), rows)


def checkpoint_html(entry: ShelfEntry, state: State) -> str:
    """One checkpoint: its manifest, and its figures beside those of the one that serves."""
    manifest = entry.manifest
    problem = _problem(_sentence(entry.problem, entry.hint)) if entry.problem else ""
    if manifest is None:
        return f'<section class="neo-looked"><h3>{as_html(entry.name)}</h3>{problem}</section>'
    return (
        f'<section class="neo-looked"><h3>{as_html(entry.name)}</h3>{problem}'
        f"{_figures(entry, state)}{_manifest(entry, manifest)}</section>"
    )


def change_html(change: Change) -> str:
    """How far a change is."""
    steps = [Stage.CHECKING, Stage.LOADING, Stage.TRYING]
    took = f"{change.seconds:.0f} s"
    if change.stage is Stage.REFUSED:
        error = change.error
        words = "" if error is None else _sentence(error.message, error.hint)
        return _problem(f"{change.checkpoint} was not put in service, and nothing has changed. {words}")
    if change.stage is Stage.IN_SERVICE:
        words = f"{change.checkpoint} serves from the next reply on; it took {took}."
        return f'<p class="neo-said-so" role="status">{as_html(words)}</p>'
    number = steps.index(change.stage) + 1 if change.stage in steps else 0
    words = f"{change.checkpoint}, for {change.who}: {change.stage.value}"
    bar = f'<progress max="{len(steps) + 1}" value="{number}" aria-label="{as_html(words)}"></progress>'
    return f'<p class="neo-govern-change" role="status">{bar} {as_html(words)}, {took}</p>'


def answers_html(answers: Sequence[Answer], checkpoint: str) -> str:
    """What a checkpoint answers to some requests."""
    parts = [
        f'<section class="neo-looked"><h3>{as_html(answer.request.text)}</h3>{answer_html(answer)}'
        f"<details><summary>How it was made</summary>{made_html(answer)}</details></section>"
        for answer in answers
    ]
    return f"<h3>What {as_html(checkpoint)} answers</h3>{''.join(parts)}" if parts else ""


def history_html(history: Sequence[Promotion]) -> str:
    """Promotions and rollbacks, the newest first."""
    if not history:
        return '<p class="neo-empty">Nothing has been promoted yet; the settings say what serves.</p>'
    rows = [
        (
            Cell(str(each.id), number=True),
            Cell(f"{each.at:%Y-%m-%d %H:%M:%S}"),
            Cell(each.who),
            Cell("promotion" if each.restores_id is None else f"rollback to no. {each.restores_id}"),
            Cell(html=f"{as_html(each.checkpoint)}<br>{_digest(each.manifest_sha256)}"),
            Cell(each.note),
        )
        for each in history
    ]
    return table("Promotions and rollbacks", ("No.", "When (UTC)", "Who", "What", "Checkpoint", "Note"), rows)


def replies_html(replies: Sequence[StoredReply], currency: str) -> str:
    """What made some replies."""
    if not replies:
        return '<p class="neo-empty">No reply has been given yet.</p>'
    rows = []
    for each in replies:
        made_by = each.made_by
        engine = str(made_by.get("checkpoint") or made_by.get("engine") or "not recorded")
        rows.append(
            (
                Cell(str(each.id), number=True),
                Cell(f"{each.at:%Y-%m-%d %H:%M:%S}"),
                Cell(html=_made_of(made_by, engine)),
                Cell(_read(made_by, currency)),
                Cell("; ".join(map(rule_words, made_by.get("rules", ()))) or "none"),
                Cell(", ".join(each.skus) or "none"),
            )
        )
    head = ("Reply", "When (UTC)", "Checkpoint", "Conditions", "Rules that acted", "Items shown")
    return table("What made which reply", head, rows)


def reply_html(reply: StoredReply, currency: str) -> str:
    """What made one reply, all of the record."""
    record = json.dumps(reply.made_by, indent=2, sort_keys=True, ensure_ascii=False)
    return (
        f'<section class="neo-looked"><h3>Reply {reply.id}</h3>{replies_html([reply], currency)}'
        f'<details class="neo-look-prompt"><summary>The whole record</summary>'
        f'<pre tabindex="0">{as_html(record, line_break=chr(10))}</pre></details></section>'
    )


def _name(entry: ShelfEntry, state: State) -> str:
    is_configured = entry == state.shelf[0]
    chips = (
        ["serves"] * state.serves(entry) + ["in the settings"] * is_configured + ["cannot serve"] * bool(entry.problem)
    )
    marks = "".join(f' <span class="neo-chip">{as_html(chip)}</span>' for chip in chips)
    problem = _problem(_sentence(entry.problem, entry.hint)) if entry.problem else ""
    return f"<b>{as_html(entry.name)}</b>{marks}<br>{_digest(entry.sha256)}{problem}"


def _made(manifest: Manifest | None) -> str:
    if manifest is None:
        return ""
    kind = " (a student of it)" if manifest.student is not None else ""
    base = Path(manifest.base_model).name
    parts = [manifest.date[:16].replace("T", " "), f"recipe {manifest.recipe}", f"base {base}{kind}"]
    return "<br>".join(map(as_html, parts))


def _codebook(entry: ShelfEntry, state: State) -> str:
    if entry.manifest is None:
        return ""
    known = "" if entry.products is None else f"<br>{entry.products:,} products have its ids, {state.products:,} sell"
    return f"{_digest(entry.manifest.codebook_version)}{known}"


def _goals(entry: ShelfEntry) -> str:
    goals = [figure for figure in entry.figures if figure.goal is not None]
    if goals:
        reached = sum(figure.value >= (figure.goal or 0) for figure in goals)
        return f"{reached} of {len(goals)} goals of the exam reached"
    return f"{len(entry.figures)} figures" if entry.figures else "none"


def _figures(entry: ShelfEntry, state: State) -> str:
    now = state.served.entry if state.served is not None and not state.serves(entry) else None
    own = {figure.name: figure for figure in entry.figures}
    others = {} if now is None else {figure.name: figure for figure in now.figures}
    names = list(dict.fromkeys((*own, *others)))
    if not names:
        return note("No figures stand in its manifest. The exam of the model writes them there.")
    goals = {name: goal for name in names if (goal := _goal(own.get(name), others.get(name))) is not None}
    head = ["Figure", entry.name, "Goal"]
    head += [] if now is None else [f"{now.name} (serves)", "Difference"]

    def rows(chosen: Sequence[str]) -> list[list[Cell]]:
        found = []
        for name in chosen:
            mine, theirs = own.get(name), others.get(name)
            row = [Cell(_figure_name(name)), _value(mine), Cell(goals.get(name, ""), number=True)]
            if now is not None:
                row += [_value(theirs), Cell(_difference(mine, theirs), number=True)]
            found.append(row)
        return found

    first = [name for name in names if name in goals]
    rest = [name for name in names if name not in goals]
    parts = []
    if first:
        words = "Shares stand with their 95% interval where the exam gives one."
        parts += [table("Figures with a goal", head, rows(first)), f'<p class="neo-small">{words}</p>']
    if rest:
        title = f"{'Further figures' if first else 'Figures'} ({len(rest)})"
        parts.append(f"<details><summary>{as_html(title)}</summary>{table(title, head, rows(rest))}</details>")
    return "".join(parts)


def _goal(*figures: Figure | None) -> str | None:
    return next((f"{each.goal:.0%}" for each in figures if each is not None and each.goal is not None), None)


def _value(figure: Figure | None) -> Cell:
    if figure is None:
        return Cell("", number=True)
    if figure.of is None:
        return Cell(f"{figure.value:,.4g}", number=True)
    between = f" ({figure.low:.0%} to {figure.high:.0%})" if figure.low is not None and figure.high is not None else ""
    return Cell(f"{figure.value:.1%}{between} of {figure.of}", number=True)


def _difference(mine: Figure | None, theirs: Figure | None) -> str:
    if mine is None or theirs is None:
        return ""
    if mine.value == theirs.value:
        return "none"
    if mine.of is None:
        return f"{mine.value - theirs.value:+,.4g}"
    return f"{100 * (mine.value - theirs.value):+.1f} points"


def _manifest(entry: ShelfEntry, manifest: Manifest) -> str:
    facts = {
        "Folder": str(entry.folder),
        "Manifest (sha256)": entry.sha256,
        "Codebook": manifest.codebook_version,
        "Base model": f"{manifest.base_model} {manifest.base_sha256}",
        "Weights": manifest.weights,
        "Recipe": manifest.recipe,
        "Written": manifest.date,
        "Data": ", ".join(f"{name} {value}" for name, value in manifest.data.items()),
    }
    rows = "".join(f"<dt>{as_html(name)}</dt><dd>{as_html(value)}</dd>" for name, value in facts.items() if value)
    training = json.dumps(dict(manifest.training), indent=2, sort_keys=True, ensure_ascii=False, default=str)
    return (
        f'<details class="neo-look-prompt"><summary>Manifest</summary><dl class="neo-look-facts-list">{rows}</dl>'
        f'<h4>Training</h4><pre tabindex="0">{as_html(training, line_break=chr(10))}</pre></details>'
    )


def _made_of(made_by: Mapping[str, Any], engine: str) -> str:
    parts = [as_html(engine)]
    for title, name in (("manifest", "manifest_sha256"), ("codebook", "codebook_version")):
        if value := str(made_by.get(name, "")):
            parts.append(f'<span class="neo-small">{title} {_digest(value)}</span>')
    return "<br>".join(parts)


def _read(made_by: Mapping[str, Any], currency: str) -> str:
    """The conditions that were read, and the filters that were set beside the words."""
    read = ", ".join(made_by.get("understood", {}).get("phrases", ()))
    filters = made_by.get("conditions")
    try:
        beside = items_words(Conditions.from_dict(filters), currency, {}) if filters else ""
    except ConditionError:
        beside = json.dumps(filters, sort_keys=True)
    return "; ".join(filter(None, (read, beside and f"filters: {beside}"))) or "none"


def _figure_name(name: str) -> str:
    words = name.replace("_", " ").split(".")
    return ": ".join(words)


def _digest(sha256: str) -> str:
    return f'<code title="{as_html(sha256)}">{as_html(sha256[:_SHORT])}</code>' if sha256 else ""


def _sentence(message: str, hint: str) -> str:
    return ". ".join(part[0].upper() + part[1:] for part in (message, hint) if part) + "."


def _problem(words: str) -> str:
    return f'<p class="neo-govern-problem" role="alert">{as_html(words)}</p>'
