"""The Compose tab's HTML, and the message itself as plain text and as HTML for a mail program. Pure functions."""

from __future__ import annotations

import html
from collections.abc import Callable

from catalog_db.products import ProductRecord
from neo_assistant.merchandising.answers import Answer
from neo_assistant.merchandising.compose import Entry, Message
from neo_assistant.ui.cards import picture, stock
from neo_assistant.ui.escape import as_html, web_link
from neo_assistant.wording import availability, price_text

Escape = Callable[[str], str]


def message_text(message: Message) -> str:
    """The message as plain text, with addresses; only what is on sale."""
    parts = [message.greeting]
    for number, (product, line) in enumerate(message.offered, start=1):
        lines = [f"{number}. {_named(product)}", _facts(product), line, _address(product)]
        parts.append("\n   ".join(each for each in lines if each))
    parts.append(message.closing)
    return "\n\n".join(part for part in parts if part) + "\n"


def message_html(message: Message, escape: Escape = html.escape) -> str:
    """The message as HTML: headings, lists and links alone, so that every mail program shows it.

    Args:
        message: only what is on sale is in it.
        escape: makes text safe inside HTML and attributes. :func:`as_html` for showing it on a page of ours, whose
            templates take more characters than HTML does for their own.
    """
    items = "".join(
        f"<li><p><strong>{_linked(product, escape)}</strong><br>{escape(_facts(product))}"
        f"{f'<br>{escape(line)}' if line else ''}</p></li>"
        for product, line in message.offered
    )
    return _prose(message.greeting, escape) + (f"<ol>{items}</ol>" if items else "") + _prose(message.closing, escape)


def preview_html(message: Message) -> str:
    """The message as it will look."""
    if not message.entries:
        return note("The message shows here once it has items.")
    at = f"Prices and stock as of {message.at:%Y-%m-%d %H:%M:%S} UTC; they are looked up again when you copy."
    unlinked = sum(not _address(product) for product, _ in message.offered)
    without = (
        f"{unlinked} {'item has' if unlinked == 1 else 'items have'} no link and {'is' if unlinked == 1 else 'are'} "
        "named without one."
    )
    notes = [at, *([without] if unlinked else [])]
    return (
        f'<div class="neo-letter-look">{message_html(message, as_html)}</div>'
        f'<p class="neo-small">{as_html(" ".join(notes))}</p>'
    )


def pick_html(entry: Entry, number: int) -> str:
    """An item of the message: what it is now, and what is wrong with it."""
    product = entry.product
    if product is None:
        words = as_html(f"{entry.sku} is not in the catalog any more. Remove it.")
        return f'<div class="neo-compose-pick"><p class="neo-notice">{words}</p></div>'
    gone = "" if product.active else '<p class="neo-notice">No longer on sale. Remove or replace it before copying.</p>'
    unsure = "".join(
        f'<p class="neo-notice">{as_html(f"Check the line: the row does not bear out “{words}”.")}</p>'
        for words in entry.doubts
    )
    out = '<span class="neo-chip">out of stock</span>' if product.active and not product.in_stock else ""
    return (
        f'<div class="neo-compose-pick">{picture(product)}<div><h4>{number}. {_linked(product, as_html)}</h4>'
        f"<p>{as_html(price_text(product))} · {stock(product)} · <code>{as_html(product.sku)}</code> {out}</p>"
        f"{gone}{unsure}</div></div>"
    )


def picked_html(answer: Answer, count: int) -> str:
    """What the model made of the request."""
    chips = "".join(f'<span class="neo-chip">{as_html(phrase)}</span>' for phrase in answer.phrases)
    said = f"{count} {'item' if count == 1 else 'items'} picked." if count else "No item was picked."
    notices = "".join(f'<p class="neo-notice">{as_html(notice.text)}</p>' for notice in answer.notices)
    return note(said) + (f"<p>Read: {chips}</p>" if chips else "") + notices


def note(words: str) -> str:
    """A line that the desk says."""
    return f'<p class="neo-look-note" role="status">{as_html(words)}</p>' if words else ""


def _named(product: ProductRecord) -> str:
    brand = product.brand or ""
    return product.title if not brand or brand.lower() in product.title.lower() else f"{product.title} ({brand})"


def _facts(product: ProductRecord) -> str:
    """``$59.90, in stock``"""
    words = availability(product)
    return f"{price_text(product)}, {words[:1].lower()}{words[1:]}"


def _address(product: ProductRecord) -> str:
    """Its link if that is an http(s) address without anything that could break out of a line, else nothing."""
    link = product.link.strip()
    return link if web_link(link) and not any(character.isspace() for character in link) else ""


def _linked(product: ProductRecord, escape: Escape) -> str:
    address = _address(product)
    named = escape(_named(product))
    if not address:
        return named
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{named}</a>'


def _prose(text: str, escape: Escape) -> str:
    paragraphs = (part for part in text.split("\n\n") if part.strip())
    return "".join(f"<p>{'<br>'.join(map(escape, part.strip().split(chr(10))))}</p>" for part in paragraphs)
