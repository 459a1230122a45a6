"""The Catalog tab's HTML: products found, what an edit changed, what a file would do and did. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalog_db.importers import ImportReport, Trial
from catalog_db.importers.mapping import ATTRIBUTE
from catalog_db.money import format_price
from catalog_db.product_changes import Foreseen
from catalog_db.products import ProductRecord, SaveReport
from neo_assistant.merchandising.catalog_desk import PAGE, FileLook, FoundProducts, LoggedChange
from neo_assistant.ui.cards import picture
from neo_assistant.ui.desk.tables import Cell, table
from neo_assistant.ui.escape import as_html
from neo_assistant.wording import availability, price_text

REFUSALS_SHOWN = 20
_LONGEST = 80
_NAMES = {"price_minor": "price", "item_type": "type", "active": "on sale", "created_at": "in the shop since"}


def found_html(found: FoundProducts) -> str:
    """A page of products."""
    if not found.products:
        return said("No product is like that.")
    first = found.page * PAGE + 1
    counted = f"{first:,} to {first + len(found.products) - 1:,} of {found.total:,}"
    rows = (
        (
            Cell(product.sku),
            Cell(product.title),
            Cell(product.brand or ""),
            Cell(_spaced(product.item_type)),
            Cell(price_text(product), number=True),
            Cell("not counted" if product.stock is None else f"{product.stock:,}", number=True),
            Cell("yes" if product.active else "no"),
        )
        for product in found.products
    )
    head = ("SKU", "Title", "Brand", "Type", "Price", "Stock", "On sale")
    return f'<p class="neo-small">Products {as_html(counted)}</p>{table("Products found", head, rows)}'


def opened_html(product: ProductRecord) -> str:
    """Which product is in the form."""
    facts = [product.sku, product.brand or "", _spaced(product.item_type), price_text(product), availability(product)]
    return (
        f'<div class="neo-catalog-opened">{picture(product)}<div><h4>{as_html(product.title)}</h4>'
        f"<p>{as_html(' · '.join(fact for fact in facts if fact))}</p>"
        f'<p class="neo-small">Prices in {as_html(product.currency)}. Last changed '
        f"{as_html(f'{product.updated_at:%Y-%m-%d %H:%M:%S} UTC')}.</p></div></div>"
    )


def changed_html(sku: str, changed: Mapping[str, tuple[Any, Any]], currency: str) -> str:
    """What an edit did."""
    if not changed:
        return said(f"Nothing was changed: {sku} is stored like that already.")
    return said(f"Saved {sku}. The next reply goes by it.") + _changes("What changed", sku, changed, currency)


def _changes(caption: str, sku: str, changed: Mapping[str, tuple[Any, Any]], currency: str) -> str:
    rows = ((Cell(field_name(name)), *(Cell(field_text(name, value, currency)) for value in pair))
            for name, pair in changed.items())  # fmt: skip
    return table(f"{caption}: {sku}", ("Field", "Before", "Now"), rows)


def log_html(changes: Sequence[LoggedChange]) -> str:
    """Changes made on the desk, a row for each field that changed."""
    if not changes:
        return "<p>Nothing has been changed here yet.</p>"
    rows: list[tuple[str, ...]] = []
    for entry, currency in ((each.entry, each.currency) for each in changes):
        about = (f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.who, entry.sku or entry.file)
        if entry.sku is None:
            rows.append((*about, "file", "", f"{entry.changes['added']:,} new, {entry.changes['changed']:,} changed"))
        for name, pair in entry.changes.items() if entry.sku is not None else ():
            values = (tuple(each) if isinstance(each, list) else each for each in pair)
            rows.append((*about, field_name(name), *(field_text(name, each, currency) for each in values)))
    head = ("At (UTC)", "Who", "Product or file", "Field", "Before", "Now")
    return table("Changes of products", head, ([Cell(text) for text in row] for row in rows))


def unnamed_html(count: int | None) -> str:
    """How many products the assistant cannot name yet, and what to do about it."""
    if not count:
        return ""
    are = "product has" if count == 1 else "products have"
    return (
        f'<p class="neo-notice">{count:,} {are} no semantic id yet, so the assistant cannot name '
        f"{'it' if count == 1 else 'them'}. Whoever runs the server gives one to new products, without training, by "
        "<code>python -m finetune sids --extend CODEBOOKS</code>; replies follow at once.</p>"
    )


def look_html(look: FileLook) -> str:
    """What a file is, at first sight."""
    unread = [name for name in look.columns if name not in look.likely.values() and not name.startswith(ATTRIBUTE)]
    known = "" if look.is_mapped else " Its columns are known."
    rest = f'<p class="neo-small">Not read unless you say as what: {as_html(", ".join(unread))}.</p>' if unread else ""
    return said(f"{look.name} is here. It looks like {look.format}.{known}") + rest


def trial_html(trial: Trial, name: str) -> str:
    """What taking in a file would do."""
    report = trial.report
    examples = "".join(map(_example, trial.examples))
    of_them = f"<h4>The first that are new or change</h4><ul class='neo-catalog-examples'>{examples}</ul>"
    return (
        said(f"Checked {name}; nothing is changed yet.")
        + _counts(report, True)
        + (of_them if examples else "")
        + (refusals_html(report))
    )


def report_html(report: ImportReport, name: str) -> str:
    """What taking in a file did."""
    return said(f"Took in {name}. The next reply goes by it.") + _counts(report, False) + refusals_html(report)


def _counts(report: ImportReport, would: bool) -> str:
    saved = report.saved
    changed = saved.changed if isinstance(saved, SaveReport) else 0
    figures = {
        "new": saved.added,
        "would change" if would else "changed": changed,
        "unchanged": saved.unchanged,
        "refused": len(report.refusals),
        "cut or left out": len({note.line for note in report.notes}),
    }
    cells = "".join(f"<div><dt>{as_html(name)}</dt><dd>{count:,}</dd></div>" for name, count in figures.items())
    return f'<dl class="neo-catalog-counts">{cells}</dl>'


def _example(found: Foreseen) -> str:
    row = found.row
    title = f"<b>{as_html(row.title)}</b> <code>{as_html(row.sku)}</code>"
    if found.before is None:
        price = "no price" if row.price_minor is None else format_price(row.price_minor, row.currency)
        return f"<li>{title} <span class='neo-chip'>new</span> {as_html(f'{_spaced(row.item_type)}, {price}')}</li>"
    changes = "; ".join(
        f"{field_name(name)}: {field_text(name, before, row.currency)} → {field_text(name, after, row.currency)}"
        for name, (before, after) in found.changed.items()
    )
    return f"<li>{title} {as_html(changes)}</li>"


def refusals_html(report: ImportReport) -> str:
    """The first records that are refused, or of which something is left out."""
    rows = [(each.line, "refused", each.reason) for each in report.refusals]
    rows += [(each.line, "note", each.reason) for each in report.notes]
    if not rows:
        return ""
    rows.sort()
    more = len(rows) - REFUSALS_SHOWN
    cells = (
        (Cell(f"{line:,}", number=True), Cell(what), Cell(_short(why))) for line, what, why in rows[:REFUSALS_SHOWN]
    )
    rest = f'<p class="neo-small">And {more:,} more, in the file.</p>' if more > 0 else ""
    return f"<h4>Refused, or not taken whole</h4>{table('Refusals', ('Line', 'What', 'Why'), cells)}{rest}"


def field_name(name: str) -> str:
    """A field for people: ``price``, ``colour``."""
    return _NAMES.get(name, _spaced(name.removeprefix("attributes.")))


def field_text(name: str, value: Any, currency: str) -> str:
    """A field's value for people."""
    if value is None:
        return {"stock": "not counted", "price_minor": "not stated"}.get(name, "none")
    if name == "price_minor":
        return format_price(value, currency) if currency else f"{value:,} minor units"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return _short(str(value)) or "empty"


def said(words: str) -> str:
    """A line that the desk says."""
    return f'<p class="neo-said-so" role="status">{as_html(words)}</p>'


def _short(text: str) -> str:
    return text if len(text) <= 3 * _LONGEST else f"{text[: 3 * _LONGEST]}…"


def _spaced(name: str) -> str:
    return name.replace("_", " ")
