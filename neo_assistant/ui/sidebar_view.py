"""What stands beside the conversation, as HTML: cart, wishlist, what was dismissed, history and taste.

Pure functions from what the shop has stored to escaped HTML on one line. What is no longer on sale stays where it was
put and is marked in words.
"""

from __future__ import annotations

from collections.abc import Sequence

from catalog_db.models import EventKind
from catalog_db.money import format_price
from catalog_db.products import ProductRecord
from catalog_db.shopper_lists import MAX_QUANTITY, ListEntry, ShopperList
from neo_assistant.shopper_account import Cart
from neo_assistant.ui.buttons import action_button, hidden, sign_button
from neo_assistant.ui.cards import can_be_bought, picture, short_title
from neo_assistant.ui.escape import as_html, web_link
from neo_assistant.ui.reasons import PastItem
from neo_assistant.wording import availability, price_text

MOST_OF_HISTORY = 20
"""Products of the history that are listed: the latest."""

_EMPTY = {
    ShopperList.CART: "Your cart is empty. Add something from a card in the conversation.",
    ShopperList.WISHLIST: "Nothing yet. The heart on a card puts it here.",
    ShopperList.DISMISSED: "Nothing. What you say is not for you is not named again.",
}
_DONE = {
    EventKind.VIEWED: "Looked at",
    EventKind.CARTED: "Put into the cart",
    EventKind.BOUGHT: "Bought",
    EventKind.DISMISSED: "Not for you",
}


def cart_html(cart: Cart) -> str:
    """Every product with its quantity, and what all that can be bought costs, for each currency."""
    if not cart.entries:
        return _empty(_EMPTY[ShopperList.CART])
    lines = "".join(map(_cart_line, cart.entries))
    totals = "".join(
        f'<div class="neo-sum"><span>{"Total" if len(cart.totals) == 1 else as_html(f"Total in {currency}")}</span>'
        f'<span class="neo-price">{as_html(format_price(minor, currency))}</span></div>'
        for currency, minor in cart.totals.items()
    )
    left_out = sum(1 for entry in cart.entries if not entry.can_be_bought)
    note = ""
    if left_out:
        words = "1 product that" if left_out == 1 else f"{left_out} products that"
        note = f'<p class="neo-small">Without {words} cannot be bought now.</p>'
    clear = action_button("cart-clear", "", "Empty the cart", kind="neo-quiet")
    return f'<ul class="neo-list">{lines}</ul><div class="neo-sums">{totals}{note}</div>{clear}'


def list_html(kind: ShopperList, entries: Sequence[ListEntry]) -> str:
    """The wishlist, or what was dismissed."""
    if not entries:
        return _empty(_EMPTY[kind])
    lines = "".join(_list_line(kind, entry.product) for entry in entries)
    clear = (
        action_button("wish-clear", "", "Clear the wishlist", kind="neo-quiet") if kind is ShopperList.WISHLIST else ""
    )
    return f'<ul class="neo-list">{lines}</ul>{clear}'


def history_html(events: Sequence[PastItem]) -> str:
    """What the shopper did lately, the latest first, each product once."""
    if not events:
        return _empty("Nothing is recorded.")
    latest: dict[str, PastItem] = {}
    for event in reversed(events):
        latest.setdefault(event.product.sku, event)
    lines = "".join(
        f'<li class="neo-entry">{picture(event.product)}<div class="neo-entry-words">{_title(event.product)}'
        f'<div class="neo-facts">{as_html(_DONE[event.kind])}</div></div></li>'
        for event in list(latest.values())[:MOST_OF_HISTORY]
    )
    rest = len(latest) - MOST_OF_HISTORY
    more = f'<p class="neo-small">and {rest:,} more</p>' if rest > 0 else ""
    clear = action_button("history-clear", "", "Delete the history", kind="neo-quiet")
    return f'<ul class="neo-list">{lines}</ul>{more}{clear}'


def taste_html(words: str, *, on: bool, has_history: bool) -> str:
    """The taste profile in words.

    Args:
        words: as the assistant put it last; empty if it was not asked yet.
        on: whether the shopper lets the shop derive one.
        has_history: whether there is anything to derive it from.
    """
    if not on:
        return _empty("Switched off. Nothing is derived from your history.")
    if not has_history:
        return _empty("Nothing to tell yet: it is read from what you look at, put into the cart and buy.")
    said = f'<blockquote class="neo-taste">{as_html(words, "<br>")}</blockquote>' if words else ""
    ask = action_button("taste", "", "Describe it again" if words else "Describe my taste")
    return said + ask


def _cart_line(entry: ListEntry) -> str:
    product, about = entry.product, short_title(entry.product)
    off = "" if entry.can_be_bought else " neo-entry-off"
    less = _step("cart-less", product.sku, "One less", about, entry.quantity > 1)
    more = _step("cart-more", product.sku, "One more", about, product.active and entry.quantity < MAX_QUANTITY)
    price = "" if entry.subtotal_minor is None else format_price(entry.subtotal_minor, product.currency)
    each = f"{price_text(product)} each" if entry.quantity > 1 and price else ""
    facts = f'<div class="neo-facts">{as_html(each)}</div>' if each else ""
    return (
        f'<li class="neo-entry{off}">{picture(product)}<div class="neo-entry-words">{_title(product)}{facts}'
        f'{_problem(entry)}<div class="neo-steps">{less}<span class="neo-quantity">{entry.quantity}'
        f"{hidden(' in the cart')}</span>{more}"
        f"{sign_button('cart-remove', product.sku, f'Remove {about}', 'neo-quiet')}"
        f'<span class="neo-price">{as_html(price)}</span></div></div></li>'
    )


def _list_line(kind: ShopperList, product: ProductRecord) -> str:
    about = short_title(product)
    wished = kind is ShopperList.WISHLIST
    facts = f"{price_text(product)} · {availability(product)}" if wished else price_text(product)
    buttons = []
    if wished and can_be_bought(product):
        buttons.append(action_button("cart", product.sku, "Add to cart", about, "neo-quiet"))
    off = ("unwish", "Remove") if wished else ("undismiss", "Allow again")
    buttons.append(action_button(off[0], product.sku, off[1], about, "neo-quiet"))
    return (
        f'<li class="neo-entry{"" if can_be_bought(product) or not wished else " neo-entry-off"}">{picture(product)}'
        f'<div class="neo-entry-words">{_title(product)}<div class="neo-facts">{as_html(facts)}</div>'
        f'<div class="neo-steps">{"".join(buttons)}</div></div></li>'
    )


def _title(product: ProductRecord) -> str:
    words, link = as_html(short_title(product)), web_link(product.link)
    named = f'<a href="{link}" target="_blank" rel="noopener noreferrer">{words}</a>' if link else words
    return f'<div class="neo-title" title="{as_html(product.title)}">{named}</div>'


def _problem(entry: ListEntry) -> str:
    """Why an entry cannot be bought as it stands; empty if it can."""
    product = entry.product
    if entry.can_be_bought:
        return ""
    enough = product.stock is None or product.stock >= entry.quantity
    words = "Price not stated" if can_be_bought(product) and enough else availability(product)
    return f'<div class="neo-stock neo-stock-none">{as_html(words)}</div>'


def _step(action: str, sku: str, words: str, about: str, possible: bool) -> str:
    """A button that cannot be pressed stays where it is, so that the line does not move under the finger."""
    button = sign_button(action, sku, f"{words}: {about}", "neo-step")
    return button if possible else button.replace("<button ", "<button disabled ", 1)


def _empty(words: str) -> str:
    return f'<p class="neo-empty">{as_html(words)}</p>'
