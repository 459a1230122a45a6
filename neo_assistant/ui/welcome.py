"""What the page says before anybody has said anything: what the shop is, and requests to start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from catalog_db.database import Database, Session
from catalog_db.errors import EmptyCatalogError
from catalog_db.money import format_price, minor_per_major
from catalog_db.overview import best_known, newest, popular, shop_overview
from catalog_db.products import ProductRecord
from catalog_db.revisions import revision
from neo_assistant.ui.buttons import action_button, sign_button
from neo_assistant.ui.cards import picture, rating, short_title
from neo_assistant.ui.escape import as_html
from neo_assistant.wording import price_text

ON_A_SHELF = 4

_STEPS = (5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1500, 2000)
"""Round amounts that people put as a limit."""


_NOTHING = '<div class="neo-welcome"><h2>Nothing is on sale at the moment</h2><p>Please come back later.</p></div>'


@dataclass(frozen=True, slots=True)
class Welcome:
    """The empty page.

    Attributes:
        what: the shop in one line.
        examples: requests that this catalog can answer.
        is_sample: whether the page has to say that products and shoppers are invented.
        popular: what most people have rated.
        new: what came last and is not popular yet.
    """

    what: str
    examples: tuple[str, ...]
    is_sample: bool
    popular: tuple[ProductRecord, ...] = ()
    new: tuple[ProductRecord, ...] = ()


class LiveWelcome:
    """The empty page as HTML, made anew when the catalog has changed. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._made: tuple[int, str] | None = None

    def html(self) -> str:
        """Of the catalog as it is now; says so if nothing is on sale any more."""
        with self._lock, self._database.reading() as session:
            now = revision(session)
            if self._made is None or self._made[0] != now:
                try:
                    self._made = now, welcome_html(make_welcome(session))
                except EmptyCatalogError:
                    self._made = now, _NOTHING
            return self._made[1]


def make_welcome(session: Session) -> Welcome:
    """Read it off the catalog.

    Raises:
        EmptyCatalogError: nothing is on sale.
    """
    shop = shop_overview(session)
    types = [name.replace("_", " ") for name in shop.item_types]
    named = ", ".join(types[:3]) + (" and more" if len(types) > 3 else "")
    best = [best_known(session, item_type) for item_type in list(shop.item_types)[:3]]
    asks = (_under_a_price, _in_a_colour, _goes_with)
    examples = [ask(product) for ask, product in zip(asks, best, strict=False)]
    known, latest = popular(session, ON_A_SHELF), newest(session, 2 * ON_A_SHELF)
    gift = format_price(30 * minor_per_major(shop.currency), shop.currency)
    return Welcome(
        what=f"{shop.products:,} products: {named}. Say what you need, as you would to a shop assistant.",
        examples=(*examples, f"A gift for a friend under {gift}"),
        is_sample=shop.is_sample,
        popular=tuple(known),
        new=tuple([product for product in latest if product.id not in {each.id for each in known}][:ON_A_SHELF]),
    )


def welcome_html(welcome: Welcome) -> str:
    """What the shop is, requests to start from, and shelves, on one line.

    The button of a request is called ``ask``; its value is the words.
    """
    note = "<p>This is a sample store: its products and shoppers are invented.</p>" if welcome.is_sample else ""
    asks = "".join(f"<li>{action_button('ask', words, words, kind='neo-ask')}</li>" for words in welcome.examples)
    shelves = shelf("Popular", welcome.popular) + shelf("New", welcome.new)
    return (
        f'<div class="neo-welcome"><h2>What can I find for you?</h2><p>{as_html(welcome.what)}</p>{note}</div>'
        f'<ul class="neo-asks">{asks}</ul><div class="neo-shelves">{shelves}</div>'
    )


def shelf(heading: str, products: Sequence[ProductRecord]) -> str:
    """Products under a heading, each as a picture, a title, a price and a way to see more like it; empty for none."""
    if not products:
        return ""
    tiles = "".join(map(_tile, products))
    return f'<section class="neo-shelf"><h3>{as_html(heading)}</h3><ul class="neo-tiles">{tiles}</ul></section>'


def _tile(product: ProductRecord) -> str:
    title = short_title(product)
    return (
        f'<li class="neo-tile">{picture(product)}<div class="neo-title" title="{as_html(product.title)}">'
        f'{as_html(title)}</div><div class="neo-offer"><span class="neo-price">{as_html(price_text(product))}</span>'
        f"{rating(product)}</div>"
        f'<div class="neo-actions">{action_button("cart", product.sku, "Add to cart", title)}'
        f"{sign_button('similar', product.sku, f'More like {title}')}</div></li>"
    )


def _under_a_price(product: ProductRecord) -> str:
    if product.price_minor is None:
        return f"A {_kind(product)} that lasts"
    per_major = minor_per_major(product.currency)
    limit = next((step for step in _STEPS if step * per_major >= product.price_minor), None)
    above = limit * per_major if limit else product.price_minor
    return f"{_kind(product)} under {format_price(above, product.currency)}".capitalize()


def _in_a_colour(product: ProductRecord) -> str:
    colours = product.attributes.get("colour", ()) or product.attributes.get("color", ())
    return f"{colours[0]} {_kind(product)}".capitalize() if colours else f"{_kind(product)}, in stock".capitalize()


def _goes_with(product: ProductRecord) -> str:
    return f"What goes well with a {_kind(product)}?"


def _kind(product: ProductRecord) -> str:
    """What people call it: the shop's ``kind`` attribute, or else its type."""
    return product.attributes.get("kind", (product.item_type.replace("_", " "),))[0]
