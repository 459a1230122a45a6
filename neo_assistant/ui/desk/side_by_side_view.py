"""The Side by side tab's HTML: a summary, and each request's two answers with their differences marked. Pure functions.

What differs is said in words beside the colour: "only here", "3 places up".
"""

from __future__ import annotations

from collections.abc import Sequence

from neo_assistant.merchandising.answers import Answer
from neo_assistant.merchandising.side_by_side import Comparison, ItemDifference, Progress, Summary, Where
from neo_assistant.ui.desk.preview_view import note, percent, rule_words
from neo_assistant.ui.desk.tables import Cell, table
from neo_assistant.ui.escape import as_html
from neo_assistant.wording import price_text

SHOWN = 100
"""Requests whose answers are shown; all of them count in the summary."""


def progress_html(progress: Progress) -> str:
    """How far it is."""
    if not progress.done and progress.side.checkpoint is not None:
        return note(f"{progress.side.name}: loading the checkpoint, which takes some seconds")
    return note(f"{progress.side.name}: {progress.done} of {progress.of} answered")


def summary_html(summary: Summary, names: tuple[str, str]) -> str:
    """Figures over all requests."""
    of = f"of {summary.requests}"
    figures = [
        ("Items that both name, of as many as the longer answer has", _share(summary.overlap)),
        ("Places by which these stand elsewhere, on average", _number(summary.rank_change)),
        ("Same first item", f"{summary.same_first} {of}"),
        ("Same items in the same order", f"{summary.same_items} {of}"),
        ("Same conditions read", f"{summary.same_conditions} {of}"),
        ("Same words", f"{summary.same_words} {of}"),
        (f"Time of a reply, {names[0]}", f"{summary.left_ms / 1000:.2f} s"),
        (f"Time of a reply, {names[1]}", f"{summary.right_ms / 1000:.2f} s"),
    ]
    rows = [(Cell(name), Cell(value, number=True)) for name, value in figures]
    return f"<h3>Summary</h3>{table('How the two sides differ', ('Figure', 'Value'), rows)}"


def comparisons_html(found: Sequence[Comparison], names: tuple[str, str]) -> str:
    """Each request with both answers; those that differ are open."""
    parts = [comparison_html(one, names, number, open_=len(found) == 1) for number, one in enumerate(found[:SHOWN], 1)]
    if len(found) > SHOWN:
        parts.append(note(f"The first {SHOWN} of {len(found)} requests are shown."))
    return "".join(parts)


def comparison_html(one: Comparison, names: tuple[str, str], number: int = 1, open_: bool = True) -> str:
    """One request and its two answers."""
    title = one.request.text or "No words, only a history"
    sides = "".join(
        _side(answer, one.items, where, name)
        for answer, where, name in zip((one.left, one.right), (Where.LEFT, Where.RIGHT), names, strict=True)
    )
    return (
        f'<details class="neo-sides"{" open" if open_ else ""}><summary>{number}. <b>{as_html(title)}</b> '
        f'<span class="neo-look-facts">{as_html(_differences(one))}</span></summary>'
        f'<div class="neo-pair">{sides}</div>{_words(one, names)}</details>'
    )


def _side(answer: Answer, items: Sequence[ItemDifference], where: Where, name: str) -> str:
    by_sku = {item.product.sku: item for item in items}
    rows = "".join(_item(by_sku[shown.product.sku], shown.probability, where) for shown in answer.items)
    conditions = ", ".join(answer.phrases) or "none"
    rules = "; ".join(map(rule_words, (answer.made_by or {}).get("rules", ()))) or "none"
    notices = "".join(f'<p class="neo-notice">{as_html(notice.text)}</p>' for notice in answer.notices)
    checkpoint = str((answer.made_by or {}).get("checkpoint", "no model"))
    return (
        f"<section><h4>{as_html(name)}</h4>"
        f'<p class="neo-small">Conditions read: {as_html(conditions)}<br>Rules that acted: {as_html(rules)}<br>'
        f"{as_html(checkpoint)}, {answer.timings.total_ms / 1000:.2f} s</p>"
        f'<ol class="neo-sides-items">{rows}</ol>{"" if rows else note("No items.")}{notices}</section>'
    )


def _item(item: ItemDifference, probability: float, where: Where) -> str:
    product = item.product
    kind, mark = "same", ""
    if item.where is where:
        kind, mark = "only", "only here"
    elif item.moved:
        up = (item.moved > 0) == (where is Where.RIGHT)
        places = abs(item.moved)
        kind, mark = "moved", f"{places} {'place' if places == 1 else 'places'} {'up' if up else 'down'}"
    shown = f' <span class="neo-sides-mark">{as_html(mark)}</span>' if mark else ""
    facts = f"{price_text(product)} · {percent(probability)} · {product.sku}"
    return (
        f'<li class="neo-sides-{kind}"><span class="neo-look-title">{as_html(product.title)}</span>{shown}'
        f'<span class="neo-look-facts">{as_html(facts)}</span></li>'
    )


def _words(one: Comparison, names: tuple[str, str]) -> str:
    if not one.left.words and not one.right.words:
        return ""
    if one.same_words:
        return f'<p class="neo-sides-words">Both say: {as_html(one.left.words)}</p>'
    said = {Where.LEFT: f"only {names[0]}: ", Where.RIGHT: f"only {names[1]}: "}
    runs = []
    for where, words in one.words:
        if where is Where.BOTH:
            runs.append(as_html(words))
        else:
            tag = "del" if where is Where.LEFT else "ins"
            runs.append(f'<{tag}><span class="neo-hidden">{as_html(said[where])}</span>{as_html(words)}</{tag}>')
    key = f"<del>only {as_html(names[0])}</del>, <ins>only {as_html(names[1])}</ins>"
    return f'<p class="neo-sides-words">{" ".join(runs)}</p><p class="neo-small">Words: {key}</p>'


def _differences(one: Comparison) -> str:
    """What differs, in a few words."""
    items, parts = one.items, []
    if only := sum(item.where is Where.LEFT for item in items):
        parts.append(f"{only} only left")
    if only := sum(item.where is Where.RIGHT for item in items):
        parts.append(f"{only} only right")
    if moved := sum(bool(item.moved) for item in items):
        parts.append(f"{moved} moved")
    if not one.same_conditions:
        parts.append("other conditions read")
    if not parts:
        return "same items" if one.same_words else "same items, other words"
    return ", ".join(parts)


def _share(value: float | None) -> str:
    return "no items" if value is None else f"{value:.0%}"


def _number(value: float | None) -> str:
    return "none in common" if value is None else f"{value:.2f}"
