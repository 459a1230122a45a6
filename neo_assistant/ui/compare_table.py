"""Two to four products beside each other: first in what they differ, then what they share.

A pure function from products to escaped HTML. Which rows differ is said by where they stand and in words, never by a
colour alone. The roles are stated, because on a narrow page the style sheet makes the table a grid, and a browser then
forgets that it was a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from catalog_db.products import ProductRecord
from neo_assistant.ui.buttons import action_button, hidden, sign_button
from neo_assistant.ui.cards import can_be_bought, picture, short_title
from neo_assistant.ui.escape import as_html, web_link
from neo_assistant.want import FIRST_FACETS
from neo_assistant.wording import availability, price_text

FEWEST, MOST = 2, 4
NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One thing in which products can be compared.

    Attributes:
        name: what it is.
        cells: the values of each product, in their order; none where its row states none.
        notes: a remark for each product, such as ``lowest``; empty for none.
    """

    name: str
    cells: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether two of them have other values."""
        return len(set(self.cells)) > 1

    def is_single(self, value: str) -> bool:
        """Whether one product alone has it, in a row in which others have something in common."""
        held = Counter(value for cell in self.cells for value in set(cell))
        return held[value] == 1 and max(held.values()) > 1


def compare_rows(products: Sequence[ProductRecord]) -> list[CompareRow]:
    """Price, rating, stock, brand, type and every attribute that one of them states."""
    rows = [
        _row("Price", [(price_text(product),) for product in products], _lowest_price(products)),
        _row("Rating", [_stars(product) for product in products], _highest_rating(products)),
        _row("Stock", [(availability(product),) for product in products]),
        _row("Brand", [(product.brand,) if product.brand else () for product in products]),
    ]
    if len({product.item_type for product in products}) > 1:
        rows.append(_row("Type", [(_plain(product.item_type),) for product in products]))
    rank = {name: place for place, name in enumerate(FIRST_FACETS)}
    names = sorted(
        {name for product in products for name in product.attributes},
        key=lambda name: (rank.get(name, len(rank)), name),
    )
    rows += [_row(_heading(name), [product.attributes.get(name, ()) for product in products]) for name in names]
    return [row for row in rows if any(row.cells)]


def compare_table(products: Sequence[ProductRecord], *, actions: bool = True) -> str:
    """The table as HTML on one line.

    Args:
        products: two to four.
        actions: whether each has buttons to add it to the cart and to take it out of the comparison.

    Raises:
        ValueError: they are fewer or more.
    """
    if not FEWEST <= len(products) <= MOST:
        raise ValueError(f"{FEWEST} to {MOST} products are compared, not {len(products)}")
    rows = compare_rows(products)
    heads = "".join(_head(product, actions) for product in products)
    titles = ", ".join(short_title(product) for product in products)
    parts = (
        ("Where they differ", [row for row in rows if row.differs]),
        ("What they share", [row for row in rows if not row.differs]),
    )
    bodies = "".join(_body(heading, part, len(products)) for heading, part in parts if part)
    return (
        f'<div class="neo-compare neo-compare-{len(products)}"><table role="table">'
        f'<caption class="neo-hidden">{as_html(f"Comparison of {titles}")}</caption>'
        f'<thead role="rowgroup"><tr role="row"><td role="cell" class="neo-corner"></td>{heads}</tr></thead>'
        f"{bodies}</table></div>"
    )


def compare_tray(products: Sequence[ProductRecord]) -> str:
    """What was picked for a comparison so far, with a button that shows it once there are two; empty for nothing."""
    if not products:
        return ""
    picked = "".join(map(_picked, products))
    ready = len(products) >= FEWEST
    show = action_button("compare-show", "", f"Compare {len(products)}", kind="neo-main") if ready else ""
    hint = "" if ready else '<span class="neo-hint">Pick one more to compare</span>'
    clear = action_button("compare-clear", "", "Clear", "the comparison", "neo-quiet")
    end = f'<div class="neo-tray-end">{hint}{show}{clear}</div>'
    return f'<div class="neo-tray"><ul class="neo-picks">{picked}</ul>{end}</div>'


def _picked(product: ProductRecord) -> str:
    title = short_title(product)
    remove = sign_button("compare-remove", product.sku, f"Remove {title} from the comparison")
    return (
        f'<li class="neo-picked">{picture(product)}<span class="neo-picked-title">{as_html(title)}</span>{remove}</li>'
    )


def _row(name: str, cells: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> CompareRow:
    return CompareRow(name, tuple(map(tuple, cells)), tuple(notes) or ("",) * len(cells))


def _head(product: ProductRecord, actions: bool) -> str:
    title, link = short_title(product), web_link(product.link)
    words = as_html(title)
    named = f'<a href="{link}" target="_blank" rel="noopener noreferrer">{words}</a>' if link else words
    buttons = ""
    if actions:
        cart = action_button("cart", product.sku, "Add to cart", title, "neo-cart") if can_be_bought(product) else ""
        remove = action_button("compare-remove", product.sku, "Remove", title, "neo-quiet")
        buttons = f'<div class="neo-compare-actions">{cart}{remove}</div>'
    return (
        f'<th role="columnheader" scope="col">{picture(product)}'
        f'<div class="neo-title" title="{as_html(product.title)}">{named}</div>{buttons}</th>'
    )


def _body(heading: str, rows: Sequence[CompareRow], columns: int) -> str:
    kind = "neo-differ" if rows[0].differs else "neo-same"
    lines = "".join(
        f'<tr role="row"><th role="rowheader" scope="row">{as_html(row.name)}</th>{"".join(_cells(row))}</tr>'
        for row in rows
    )
    return (
        f'<tbody role="rowgroup" class="{kind}"><tr role="row" class="neo-part"><th role="rowheader" '
        f'scope="rowgroup" colspan="{columns + 1}">{as_html(heading)}</th></tr>{lines}</tbody>'
    )


def _cells(row: CompareRow) -> Iterator[str]:
    for values, note in zip(row.cells, row.notes, strict=True):
        said = [f"<b>{as_html(value)}</b>" if row.is_single(value) else as_html(value) for value in values]
        words = ", ".join(said) or f'<span class="neo-none-stated">–{hidden(NOT_STATED)}</span>'
        mark = f' <span class="neo-note">{as_html(note)}</span>' if note else ""
        yield f'<td role="cell">{words}{mark}</td>'


def _stars(product: ProductRecord) -> tuple[str, ...]:
    return () if product.rating is None else (f"{product.rating:.1f} of 5 from {product.rating_count:,}",)


def _lowest_price(products: Sequence[ProductRecord]) -> list[str]:
    if len({product.currency for product in products}) > 1:
        return []
    return _best(products, lambda product: None if product.price_minor is None else -product.price_minor, "lowest")


def _highest_rating(products: Sequence[ProductRecord]) -> list[str]:
    return _best(products, lambda product: product.rating, "highest")


def _best(products: Sequence[ProductRecord], value: Callable[[ProductRecord], float | None], word: str) -> list[str]:
    """The word for whoever has the highest value, if not all have the same."""
    known = [number for number in map(value, products) if number is not None]
    if len(known) < FEWEST or len(set(known)) == 1:
        return []
    return [word if value(product) == max(known) else "" for product in products]


def _heading(name: str) -> str:
    words = _plain(name)
    return words[:1].upper() + words[1:]


def _plain(name: str) -> str:
    return name.replace("_", " ")
