"""A product as a card: a pure function from a product to escaped HTML.

Cards are strings inside chat messages, not Gradio components: a string costs a tenth of the time per update and is
sanitised by the page. Each is one line of HTML without blank lines, so that Markdown leaves it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog_db.products import ProductRecord
from neo_assistant.ui.buttons import action_button, hidden
from neo_assistant.ui.escape import as_html, picture_source, web_link
from neo_assistant.wording import LAST_FEW, availability, price_text

MAIN_ACTIONS = {"cart": "Add to cart", "wish": "Wish"}
OTHER_ACTIONS = {"dismiss": "Not for me", "similar": "More like this", "why": "Why this", "compare": "Compare"}
"""What can be asked for from a card, and the words of its button; the value of each is the SKU."""

_NOTHING: Mapping[str, str] = {}


def product_card(product: ProductRecord, reason: str = "", *, actions: bool = True) -> str:
    """Picture, brand, title, rating with its count, price, stock, why it is here, and what can be done with it.

    Whatever is unknown is left out, and so is the cart where the product cannot be bought.

    Args:
        product: as the catalog holds it now.
        reason: one line, from :func:`neo_assistant.ui.reasons.reasons`.
        actions: whether it has buttons; without, it is to be looked at only.
    """
    brand = f'<div class="neo-brand">{as_html(product.brand)}</div>' if product.brand else ""
    why = f'<div class="neo-reason">{as_html(reason)}</div>' if reason else ""
    return (
        f'<article class="neo-card{"" if can_be_bought(product) else " neo-card-off"}">'
        f"{picture(product)}"
        f'<div class="neo-card-words">{brand}'
        f"{_title(product)}{rating(product)}"
        f'<div class="neo-offer"><span class="neo-price">{as_html(price_text(product))}</span> {stock(product)}</div>'
        f"{why}</div>{_actions(product) if actions else ''}</article>"
    )


def card_row(products: Sequence[ProductRecord], *, reasons: Mapping[str, str] = _NOTHING, actions: bool = True) -> str:
    """Several cards beside each other, or below each other where the page is narrow.

    Args:
        products: in their order.
        reasons: SKU → why it is here; a product without one has no such line.
        actions: whether the cards have buttons.
    """
    cards = (product_card(product, reasons.get(product.sku, ""), actions=actions) for product in products)
    places = "".join(f'<div class="neo-place" role="listitem">{card}</div>' for card in cards)
    return f'<div class="neo-cards" role="list">{places}</div>'


def can_be_bought(product: ProductRecord) -> bool:
    """Whether it is on sale and in stock."""
    return product.active and product.in_stock


def short_title(product: ProductRecord) -> str:
    """The title without the brand it may begin with, where the brand stands beside it."""
    return product.title.removeprefix(f"{product.brand} ").strip() or product.title


def picture(product: ProductRecord) -> str:
    """The picture over a letter, which shows where there is no picture or it cannot be loaded."""
    letter = next((character for character in product.title if character.isalnum()), "")
    source = picture_source(product.image)
    # No alternative text: the title stands beside it, and a screen reader would say it twice.
    image = f'<img class="neo-image" src="{source}" alt="" loading="lazy">' if source else ""
    return f'<div class="neo-picture"><span class="neo-letter">{as_html(letter.upper())}</span>{image}</div>'


def rating(product: ProductRecord) -> str:
    """The mean rating and how many there are; nothing for what nobody has rated."""
    if product.rating is None:
        return ""
    count = f"{product.rating_count:,}"
    ratings = "rating" if product.rating_count == 1 else "ratings"
    return (
        f'<div class="neo-rating"><span class="neo-star">★</span> {product.rating:.1f}{hidden(" of 5 stars,")} '
        f'<span class="neo-count">&#40;{count}{hidden(f" {ratings}")}&#41;</span></div>'
    )


def stock(product: ProductRecord) -> str:
    """Whether it can be bought now, in words."""
    if not can_be_bought(product):
        kind = "none"
    else:
        kind = "some" if product.stock is None or product.stock > LAST_FEW else "few"
    return f'<span class="neo-stock neo-stock-{kind}">{as_html(availability(product))}</span>'


def _title(product: ProductRecord) -> str:
    """The short title; the whole of it when pointed at."""
    whole, short = as_html(product.title), as_html(short_title(product))
    link = web_link(product.link)
    inner = f'<a href="{link}" target="_blank" rel="noopener noreferrer">{short}</a>' if link else short
    return f'<div class="neo-title" title="{whole}">{inner}</div>'


def _actions(product: ProductRecord) -> str:
    about = short_title(product)
    main = [
        action_button(action, product.sku, words, about, f"neo-{action}")
        for action, words in MAIN_ACTIONS.items()
        if product.active and (action != "cart" or product.in_stock)
    ]
    others = [action_button(action, product.sku, words, about) for action, words in OTHER_ACTIONS.items()]
    return f'<div class="neo-actions">{"".join(main)}</div><div class="neo-actions neo-more">{"".join(others)}</div>'
