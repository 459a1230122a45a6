"""The Rules tab's HTML: the list, what a rule would do, replies side by side, the log. Pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from catalog_db.products import ProductRecord
from catalog_db.rule_log import LogEntry
from neo_assistant.events import Event, ItemFound
from neo_assistant.merchandising.preview import ItemPreview, Preview
from neo_assistant.merchandising.rule_desk import ListedRule, Looked, Phase, Replies
from neo_assistant.merchandising.rule_words import PRECEDENCE, action_words, change_rows, items_words, join_words
from neo_assistant.merchandising.wall_time import show_time
from neo_assistant.ui.desk.tables import Cell, table
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.reply_view import ReplyView, working_line
from neo_assistant.wording import price_text

_WHAT_IT_DOES = {
    "pin": "shown first",
    "boost": "made more probable",
    "bury": "made less probable",
    "exclude": "not shown any more",
}


def precedence_html() -> str:
    """Who comes first, in words."""
    steps = "".join(f"<li><b>{as_html(name)}:</b> {as_html(words)}</li>" for name, words in PRECEDENCE)
    return (
        '<details class="neo-precedence"><summary>Which rule comes first</summary>'
        f"<p>Each acts only inside what the ones before it leave:</p><ol>{steps}</ol>"
        "<p>A rule is in force from its start until before its end, and counts from the next reply on.</p></details>"
    )


def rules_html(listed: Sequence[ListedRule], titles: Mapping[str, str], currency: str, zone: str) -> str:
    """Every rule, by where it stands in time."""
    if not listed:
        return '<p class="neo-empty">There are no rules yet. Replies are the model&#39;s own.</p>'
    groups = {Phase.IN_FORCE: "In force, by precedence", Phase.COMING: "Still to come", Phase.ENDED: "Ended"}
    parts = []
    for phase, heading in groups.items():
        rows = [_rule_row(each, titles, currency, zone) for each in listed if each.phase is phase]
        if rows:
            head = ("No.", "What", "Items", "When", "Note", "Made by")
            parts.append(f"<h3>{as_html(heading)} &#40;{len(rows)}&#41;</h3>" + table(heading, head, rows))
    return f'<div class="neo-rules">{"".join(parts)}<p class="neo-small">Times are {as_html(zone)}.</p></div>'


def rule_sentence(looked: Looked, titles: Mapping[str, str], currency: str) -> str:
    """What a rule is, in one line of text: ``Boost by 2: brand: Fellstep``."""
    rule = looked.rule
    return f"{action_words(rule.action, rule.strength)}: {items_words(rule.conditions, currency, titles)}"


def looked_html(looked: Looked, titles: Mapping[str, str], currency: str, now: dt.datetime) -> str:
    """What a rule would do."""
    what = _WHAT_IT_DOES[looked.rule.action.value]
    parts = [f'<p class="neo-rule-sentence">{as_html(rule_sentence(looked, titles, currency))}</p>']
    if looked.selected:
        words = f"{_counted(looked.selected, 'item')} on sale would be {what}: {_names(looked)}."
        parts.append(f"<p>{as_html(words)}</p>")
    else:
        parts.append(_warning("No item on sale meets these conditions, so the rule would do nothing."))
    if looked.at is None:
        parts.append(_warning("Its end has passed, so the rule would do nothing."))
    elif looked.at > now:
        when = f"Looked at for {show_time(looked.at, looked.form.zone)} {looked.form.zone}, when the rule begins."
        parts.append(f"<p>{as_html(when)}</p>")
    if looked.effect is not None:
        parts.append(_effect(looked, looked.effect))
    elif looked.at is not None:
        parts.append(
            '<p class="neo-small">What it does to the test request is not shown: replies are written without a model '
            "here, and obey no rules.</p>"
        )
    return f'<section class="neo-looked"><h3>What this rule would do</h3>{"".join(parts)}</section>'


def replies_html(replies: Replies, running: bool) -> str:
    """The reply to the test request as it is, and as it would be; while it is written, too."""
    before, after = _shown(replies.before), _shown(replies.after)
    columns = (
        ("With the rules as they are", replies.before, running and not replies.after),
        ("With this rule", replies.after, running),
    )
    shown = "".join(_reply(title, events, busy) for title, events, busy in columns)
    words = "" if running else f"<p>{as_html(difference(before, after))}</p>"
    return (
        f'<section class="neo-looked"><h3>The reply to the test request</h3>{words}'
        f'<div class="neo-pair">{shown}</div></section>'
    )


def difference(before: Sequence[ProductRecord], after: Sequence[ProductRecord]) -> str:
    """What has changed among the items of two replies, in one line."""
    were, are = [product.sku for product in before], [product.sku for product in after]
    new = [product.title for product in after if product.sku not in were]
    gone = [product.title for product in before if product.sku not in are]
    parts = [f"New: {join_words(new)}."] if new else []
    parts += [f"No longer shown: {join_words(gone)}."] if gone else []
    if not parts and were != are:
        parts = ["The same items in another order."]
    return " ".join(parts) or "Both replies name the same items in the same order."


def deletion_html(listed: ListedRule, titles: Mapping[str, str], currency: str) -> str:
    """What is about to be deleted."""
    rule = listed.stored.rule
    words = f"{action_words(rule.action, rule.strength)}: {items_words(rule.conditions, currency, titles)}"
    return _warning(f"Delete rule {listed.stored.id}, {listed.phase.value}? {words}")


def log_html(entries: Sequence[LogEntry], titles: Mapping[str, str], currency: str) -> str:
    """Changes to rules, the newest first."""
    if not entries:
        return '<p class="neo-empty">No rule has been changed yet.</p>'
    rows = [
        (
            Cell(f"{entry.at:%Y-%m-%d %H:%M:%S}"),
            Cell(entry.who),
            Cell(f"{entry.change.value} rule {entry.rule_id}"),
            Cell(html=_changes(change_rows(entry, currency, titles))),
        )
        for entry in entries
    ]
    return table("Changes to rules", ("When (UTC)", "Who", "Did what", "Before and after"), rows)


def _rule_row(
    listed: ListedRule, titles: Mapping[str, str], currency: str, zone: str
) -> tuple[Cell, Cell, Cell, Cell, Cell, Cell]:
    stored, rule = listed.stored, listed.stored.rule
    start = f"From {show_time(rule.starts_at, zone)}" if rule.starts_at else ""
    until = f"until {show_time(rule.ends_at, zone)}" if rule.ends_at else ""
    when = ", ".join(filter(None, (start, until))) or "Always"
    return (
        Cell(str(stored.id)),
        Cell(html=f'<b class="neo-rule-{rule.action.value}">{as_html(action_words(rule.action, rule.strength))}</b>'),
        Cell(items_words(rule.conditions, currency, titles)),
        Cell(when[0].upper() + when[1:]),
        Cell(rule.note),
        Cell(rule.created_by),
    )


def _names(looked: Looked) -> str:
    names = [product.title for product in looked.examples]
    more = looked.selected - len(names)
    return join_words([*names, f"{more:,} more"] if more else names)


def _effect(looked: Looked, effect: Preview) -> str:
    types = f" of the type {join_words(list(looked.trial.types))}" if looked.trial.types else ""
    met = sum(each.of_request for each in effect.rules if each.stored.id == looked.number)
    words = (
        f"Before its words are read, the test request may be answered with {_counted(effect.items, 'item')}{types}; "
        f"this rule selects {met:,} of them. With every rule in force, {effect.excluded_count:,} are excluded, "
        f"{effect.pinned_count:,} pinned, and {effect.weighted_count:,} boosted or buried."
    )
    lists = (
        ("Excluded", effect.excluded, effect.excluded_count),
        ("Pinned, in this order", effect.pinned, effect.pinned_count),
        ("Boosted or buried", effect.weighted, effect.weighted_count),
    )
    shown = "".join(_items(title, items, count, looked.number) for title, items, count in lists if items)
    return f"<p>{as_html(words)}</p>{shown}"


def _items(title: str, items: Sequence[ItemPreview], count: int, number: int) -> str:
    def rules(item: ItemPreview) -> str:
        return join_words(["this rule" if each == number else f"rule {each}" for each in item.rules])

    rows = [
        (
            Cell(item.product.title),
            Cell(item.product.sku),
            Cell(price_text(item.product)),
            Cell("" if item.weight == 1 else f"× {item.weight:g}"),
            Cell(rules(item)),
        )
        for item in items
    ]
    some = f"{count:,}" if len(items) == count else f"{len(items)} of {count:,}"
    heading = f'<summary>{as_html(title)} <span class="neo-count">{some}</span></summary>'
    opened = " open" if count <= _OPEN else ""
    return f"<details{opened}>{heading}{table(title, ('Item', 'SKU', 'Price', 'Weight', 'By'), rows)}</details>"


_OPEN = 5
"""Longer lists are folded."""


def _changes(rows: Iterable[tuple[str, str, str]]) -> str:
    lines = []
    for field, before, after in rows:
        old = f"<del>{as_html(before)}</del>" if before else ""
        new = f"<ins>{as_html(after)}</ins>" if after else ""
        lines.append(f"<li>{as_html(field)}: {old}{' → ' if old and new else ''}{new}</li>")
    return f'<ul class="neo-changes">{"".join(lines)}</ul>'


def _reply(title: str, events: Sequence[Event], busy: bool) -> str:
    view = ReplyView()
    for event in events:
        view.add(event)
    blocks = view.blocks()
    blocks += [working_line("Writing")] if busy and not view.status else []
    return f"<div><h4>{as_html(title)}</h4>{''.join(blocks)}</div>"


def _shown(events: Sequence[Event]) -> list[ProductRecord]:
    return [event.product for event in events if isinstance(event, ItemFound)]


def _warning(text: str) -> str:
    return f'<p class="neo-notice">{as_html(text)}</p>'


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
