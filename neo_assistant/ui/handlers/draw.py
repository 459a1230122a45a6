"""What stands around the conversation, as HTML: the shopper's lists, the comparison, earlier conversations."""

from __future__ import annotations

from collections.abc import Sequence

from catalog_db.shopper_lists import ShopperList
from neo_assistant.ui.buttons import action_button
from neo_assistant.ui.cards import short_title
from neo_assistant.ui.compare_table import FEWEST, compare_table, compare_tray
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.handlers.account import Earlier
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.session import ChatSession
from neo_assistant.ui.sidebar_view import cart_html, history_html, list_html, taste_html


def lists(chat: ChatHandlers, session: ChatSession) -> tuple[str, str, str, str, str]:
    """Cart, wishlist, what was dismissed, history and taste."""
    account, shopper = chat.shop.account, session.shopper
    past, settings = chat.shop.past(shopper), account.settings(shopper)
    on = settings.history and settings.taste
    words, rests_on = session.taste
    if session.describing:
        taste = '<p class="neo-working" role="status">The assistant is reading your history …</p>'
    else:
        taste = taste_html(words, on=on, has_history=bool(past)) + _rests_on(chat, rests_on if on else ())
    return (
        cart_html(account.cart(shopper)),
        list_html(ShopperList.WISHLIST, account.wishlist(shopper)),
        list_html(ShopperList.DISMISSED, account.dismissed(shopper)),
        history_html(past),
        taste,
    )


def comparison(chat: ChatHandlers, session: ChatSession) -> str:
    """The tray of what was picked, under the table if it is shown; empty for nothing."""
    products = chat.shop.products(session.compared)
    tray = compare_tray(products)
    if not session.comparing or len(products) < FEWEST:
        return tray
    close = action_button("compare-show", "", "Close the table", kind="neo-quiet")
    ask = action_button("compare-ask", "", "Ask the assistant", "about this comparison", "neo-main")
    sheet = f'{compare_table(products)}<div class="neo-tray-end">{ask}{close}</div>'
    return f'<div class="neo-compare-sheet">{sheet}</div>{tray}'


def earlier_html(conversations: Sequence[Earlier]) -> str:
    """The shopper's conversations, each with a button that opens it."""
    if not conversations:
        return '<p class="neo-empty">None yet. “New chat” keeps this one here.</p>'
    lines = "".join(
        f"<li>{_here(one) if one.is_open else action_button('reopen', one.id, one.title, kind='neo-link')}"
        f'<span class="neo-facts">{one.at:%d %b %Y}</span></li>'
        for one in conversations
    )
    return f'<ul class="neo-list neo-earlier">{lines}</ul>'


def _here(one: Earlier) -> str:
    return f"<b>{as_html(one.title)}</b>"


def _rests_on(chat: ChatHandlers, skus: Sequence[str]) -> str:
    if not skus:
        return ""
    titles = "".join(f"<li>{as_html(short_title(product))}</li>" for product in chat.shop.products(skus))
    return f'<p class="neo-small">It rests on:</p><ul class="neo-rests">{titles}</ul>'
