"""A product as a card: a pure function from a product to escaped HTML.

Cards are strings inside chat messages, not Gradio components: a string costs a tenth of the time per update and is
sanitised by the page. Each is one line of HTML without blank lines, so that Markdown leaves it alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from catalog_db.products import ProductRecord
from neo_assistant.ui.escape import as_html, picture_source, web_link
from neo_assistant.wording import LAST_FEW, availability, price_text


def product_card(product: ProductRecord) -> str:
    """Picture, brand, title, rating with its count, price and stock; whatever is unknown is left out."""
    sold_out = not (product.active and product.in_stock)
    brand = f'<div class="neo-brand">{as_html(product.brand)}</div>' if product.brand else ""
    return (
        f'<article class="neo-card{" neo-card-off" if sold_out else ""}" role="listitem">'
        f"{_picture(product)}"
        f'<div class="neo-card-words">{brand}'
        f"{_title(product)}{_rating(product)}"
        f'<div class="neo-price">{as_html(price_text(product))}</div>'
        f'<div class="neo-stock {_stock_class(product)}">{as_html(availability(product))}</div>'
        "</div></article>"
    )


def card_row(products: Sequence[ProductRecord]) -> str:
    """Several cards beside each other, or below each other where the page is narrow."""
    return f'<div class="neo-cards" role="list">{"".join(map(product_card, products))}</div>'


def _picture(product: ProductRecord) -> str:
    """The picture over a letter, which shows where there is no picture or it cannot be loaded."""
    letter = next((character for character in product.title if character.isalnum()), "")
    source = picture_source(product.image)
    # No alternative text: the title stands beside it, and a screen reader would say it twice.
    image = f'<img class="neo-image" src="{source}" alt="" loading="lazy">' if source else ""
    return f'<div class="neo-picture"><span class="neo-letter">{as_html(letter.upper())}</span>{image}</div>'


def _title(product: ProductRecord) -> str:
    """The title without the brand it may begin with, which stands above it; the whole of it when pointed at."""
    whole = as_html(product.title)
    short = as_html(product.title.removeprefix(f"{product.brand} ").strip() or product.title)
    link = web_link(product.link)
    inner = f'<a href="{link}" target="_blank" rel="noopener noreferrer">{short}</a>' if link else short
    return f'<div class="neo-title" title="{whole}">{inner}</div>'


def _rating(product: ProductRecord) -> str:
    if product.rating is None:
        return ""
    count = f"{product.rating_count:,}"
    spoken = f"{product.rating:.1f} of 5 stars from {count} {'rating' if product.rating_count == 1 else 'ratings'}"
    return (
        f'<div class="neo-rating" title="{as_html(spoken)}"><span class="neo-star">★</span> {product.rating:.1f} '
        f'<span class="neo-count">&#40;{count}&#41;</span></div>'
    )


def _stock_class(product: ProductRecord) -> str:
    if not (product.active and product.in_stock):
        return "neo-stock-none"
    return "neo-stock-some" if product.stock is None or product.stock > LAST_FEW else "neo-stock-few"
