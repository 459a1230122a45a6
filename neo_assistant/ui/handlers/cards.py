"""Actions on products: cart, wishlist, "not for me", "more like this", "why this", comparison. The value is a SKU.

Lists change at once and without the model. Whether a product may be put on them is checked where they are kept.
"""

from __future__ import annotations

from collections.abc import Callable

from catalog_db.shopper_lists import ShopperList
from neo_assistant.messages import Role
from neo_assistant.steering import Format, Task
from neo_assistant.ui.cards import short_title
from neo_assistant.ui.compare_table import FEWEST
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.handlers.shop import Outcome, done, refused
from neo_assistant.ui.session import MOST_COMPARED, ChatSession

WAIT = "A reply is being written. Wait for it, or stop it."


def add_to_cart(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """One more into the cart."""
    title = short_title(chat.shop.product(sku))
    quantity = chat.shop.account.add_to_cart(session.shopper, sku)
    more = f" {quantity} of it are in there now." if quantity > 1 else ""
    return done(f"{title} is in your cart.{more}", "lists")


def wish(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """Onto the wishlist."""
    title = short_title(chat.shop.product(sku))
    is_new = chat.shop.account.wish(session.shopper, sku)
    return done(f"{title} is on your wishlist{'' if is_new else ' already'}.", "lists")


def dismiss(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """Not to be named again."""
    title = short_title(chat.shop.product(sku))
    chat.shop.account.dismiss(session.shopper, sku)
    return done(f"{title} will not be named again. You can allow it again under “Not for me”.", "lists")


def one_more(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """One more of what is in the cart."""
    return _step(chat, session, sku, 1)


def one_less(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """One less of what is in the cart; the last one stays until it is removed."""
    return _step(chat, session, sku, -1)


def _step(chat: ChatHandlers, session: ChatSession, sku: str, step: int) -> Outcome:
    title = short_title(chat.shop.product(sku))
    entries = chat.shop.account.cart(session.shopper).entries
    quantity = next((entry.quantity for entry in entries if entry.product.sku == sku), None)
    if quantity is None:
        return refused(f"{title} is not in your cart.")
    if quantity + step < 1:
        return refused(f"To have no {title}, remove it.")
    chat.shop.account.set_quantity(session.shopper, sku, quantity + step)
    return done(f"{quantity + step} of {title} in your cart.", "lists")


def remover(kind: ShopperList, words: str) -> Callable[[ChatHandlers, ChatSession, str], Outcome]:
    """The action that takes a product off a list."""

    def remove(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
        title = short_title(chat.shop.product(sku))
        chat.shop.account.remove(session.shopper, kind, sku)
        return done(f"{title} {words}.", "lists")

    return remove


def clearer(kind: ShopperList, words: str) -> Callable[[ChatHandlers, ChatSession, str], Outcome]:
    """The action that empties a list."""

    def clear(chat: ChatHandlers, session: ChatSession, _: str) -> Outcome:
        chat.shop.account.clear(session.shopper, kind)
        return done(words, "lists")

    return clear


def similar(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """Ask for more like a product."""
    product = chat.shop.product(sku)
    if session.can_stop:
        return refused(WAIT)
    request = chat.shop.request(
        session, "More like this", task=Task.SIMILAR, about=(sku,), types=(), format=Format.MIXED
    )
    chat.shop.account.viewed(session.shopper, sku)
    chat.begin(session, request)
    return done(f"Looking for more like {short_title(product)}.", "chat", "lists")


def why(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """Show under the latest reply that names a product what speaks for it; once more hides it again."""
    product = chat.shop.product(sku)
    if session.can_stop:
        return refused(WAIT)
    turns = chat.shop.conversations.turns(session.conversation_id) if session.conversation_id else []
    replies = [turn for turn in turns if turn.message.role is Role.ASSISTANT]
    naming = [turn.id for turn in replies if any(item.sku == sku for item in turn.message.items)]
    if not naming:
        return refused(f"No reply names {short_title(product)} any more.")
    if session.explained == (sku, naming[-1]):
        session.explained = None
        return done("The explanation is closed.", "chat")
    session.explained = (sku, naming[-1])
    chat.shop.account.viewed(session.shopper, sku)
    return done(f"Why {short_title(product)}: under the reply.", "chat", "lists", focus="#neo-chat .neo-why")


def viewed(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """The shopper followed a product's link."""
    chat.shop.product(sku)
    chat.shop.account.viewed(session.shopper, sku)
    return done("", "lists")


def compare(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """Pick a product for a comparison, or put it back."""
    title = short_title(chat.shop.product(sku))
    if sku in session.compared:
        return compare_remove(chat, session, sku)
    if len(session.compared) >= MOST_COMPARED:
        return refused(f"At most {MOST_COMPARED} products stand beside each other. Take one out first.")
    session.compared.append(sku)
    missing = FEWEST - len(session.compared)
    hint = "Pick one more." if missing > 0 else "You can compare them now, above the box."
    return done(f"{title} is picked for a comparison. {hint}", "compare")


def compare_remove(chat: ChatHandlers, session: ChatSession, sku: str) -> Outcome:
    """Take a product out of the comparison."""
    title = short_title(chat.shop.product(sku))
    session.compared = [kept for kept in session.compared if kept != sku]
    session.comparing = session.comparing and len(session.compared) >= FEWEST
    return done(f"{title} is out of the comparison.", "compare")


def compare_show(chat: ChatHandlers, session: ChatSession, _: str) -> Outcome:
    """Show the table, or hide it."""
    products = chat.shop.products(session.compared)
    if len(products) < FEWEST:
        return refused("Pick two products first.")
    session.comparing = not session.comparing
    if not session.comparing:
        return done("The comparison is closed.", "compare")
    for product in products:
        chat.shop.account.viewed(session.shopper, product.sku)
    return done(f"{len(products)} products are compared above the box.", "compare", "lists", focus="#neo-compare")


def compare_clear(chat: ChatHandlers, session: ChatSession, _: str) -> Outcome:
    """Put everything back."""
    session.compared, session.comparing = [], False
    return done("Nothing is picked for a comparison any more.", "compare")


def compare_ask(chat: ChatHandlers, session: ChatSession, _: str) -> Outcome:
    """Ask the assistant what it says to the comparison."""
    skus = tuple(product.sku for product in chat.shop.products(session.compared))
    if len(skus) < FEWEST:
        return refused("Pick two products first.")
    if session.can_stop:
        return refused(WAIT)
    changes = {"task": Task.COMPARE, "about": skus, "types": (), "format": Format.MIXED}
    chat.begin(session, chat.shop.request(session, "Compare these", **changes))
    session.comparing = False
    return done("Asking the assistant.", "chat", "compare")
