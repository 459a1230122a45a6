"""Tables of the desk as HTML: beside each other where the page is wide, cells under their names where it is narrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neo_assistant.ui.escape import as_html


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: text, or HTML that has been made safe; ``number`` sets it to the right."""

    text: str = ""
    html: str = ""
    number: bool = False


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table; its caption is for who hears the page, since a heading stands above it.

    Args:
        caption: what it is about.
        head: names of the columns, as text.
        rows: with a cell for each of them.
    """
    names = [as_html(name) for name in head]
    columns = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(f"<tr>{''.join(map(_cell, row, names))}</tr>" for row in rows)
    return (
        f'<table class="neo-table"><caption class="neo-hidden">{as_html(caption)}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(cell: Cell, name: str) -> str:
    content = cell.html or as_html(cell.text)
    kind = ' class="neo-number"' if cell.number else ""
    return f'<td{kind} data-label="{name}">{content}</td>'
