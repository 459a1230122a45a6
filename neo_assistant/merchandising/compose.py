"""A message to a client: items that the model picks, a line on each, and what both are at the moment of copying.

A line is never free invention: it is made from the row and the client's history (``ui/reasons.py``), or it is what the
model says of the item, taken only if no statement in it contradicts the row. The merchandiser may change every line;
statements that the rows do not bear out are pointed out. Price and stock are looked up when the message is made.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from catalog_db.database import Database
from catalog_db.facets import facets
from catalog_db.overview import shop_overview
from catalog_db.product_search import search_products
from catalog_db.products import ProductRecord, get_products, ids_by_sku
from catalog_db.revisions import revision
from catalog_db.shopper_settings import usable_history
from neo_assistant.claims.reader import Claim, ClaimReader
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.answers import Answer, answers
from neo_assistant.request import Replier, Request
from neo_assistant.steering import Format, Task
from neo_assistant.ui.reasons import NOTHING_ASKED, Asked, PastItem, reasons
from neo_assistant.want import MAX_FACET_VALUES, Want, want_facets

MOST_PICKS = 8
LONGEST_LINE = 400
LONGEST_PART = 2_000
"""Characters of a line, and of the greeting or the closing."""
_ABOUT_ONE = "What is this like?"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Pick:
    """An item of the message, and what is said of it."""

    sku: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it is being written: words and SKUs, no facts."""

    greeting: str = ""
    picks: tuple[Pick, ...] = ()
    closing: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A pick as it is now.

    Attributes:
        sku: as picked.
        product: its row; None if the catalog does not hold it any more.
        line: what is said of it, without what no page can show.
        doubts: words of the line that the row does not bear out.
    """

    sku: str
    product: ProductRecord | None
    line: str
    doubts: tuple[str, ...] = ()

    @property
    def is_offered(self) -> bool:
        """Whether it can be named in a message: it is on sale."""
        return self.product is not None and self.product.active


@dataclass(frozen=True, slots=True)
class Message:
    """A letter with the facts of a moment."""

    greeting: str
    entries: tuple[Entry, ...]
    closing: str
    at: dt.datetime

    @property
    def retired(self) -> tuple[str, ...]:
        """SKUs that are no longer on sale, and keep the message from being sent."""
        return tuple(entry.sku for entry in self.entries if not entry.is_offered)

    @property
    def offered(self) -> tuple[tuple[ProductRecord, str], ...]:
        """The items that are on sale, with their lines."""
        return tuple((entry.product, entry.line) for entry in self.entries if entry.product and entry.product.active)


class Composer:
    """Makes messages. Safe to share between threads.

    Args:
        database: the shop's database.
        replier: picks the items, and describes one.
        clock: what time it is, with a time zone.
    """

    def __init__(
        self,
        database: Database,
        replier: Replier,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._database = database
        self._replier = replier
        self._clock = clock
        self._reader: tuple[int, ClaimReader] | None = None

    def pick(
        self, request: Request, shopper: str | None, own_words: bool, stop: threading.Event
    ) -> tuple[Answer, tuple[Pick, ...]]:
        """Have the model pick items, and say of each what its row and the client's history give.

        Args:
            request: what the message is about, with history, count and conditions.
            shopper: the client, if they are known here; what they did makes lines only if they let it be used.
            own_words: whether the client asked for this, so that a line may say "as you asked".
            stop: ends the reply.

        Raises:
            NeoError: as a reply.
        """
        wanted = replace(request, format=Format.MIXED if request.format is Format.TEXT else request.format)
        found = list(answers(self._replier, [wanted], stop))
        if not found:
            raise RequestError("the reply was stopped")
        [answer] = found
        products = list({item.product.sku: item.product for item in answer.items}.values())[:MOST_PICKS]
        lines = self.lines(products, shopper, self._asked(answer) if own_words else NOTHING_ASKED)
        return answer, tuple(Pick(product.sku, lines.get(product.sku, "")) for product in products)

    def lines(
        self, products: Sequence[ProductRecord], shopper: str | None, asked: Asked = NOTHING_ASKED
    ) -> dict[str, str]:
        """SKU → a line from the row; what sets one item off from the others is left out, since others may go."""
        return reasons(products, asked, self._past(shopper), complete=False)

    def describe(self, sku: str, stop: threading.Event) -> str:
        """What the model says of an item.

        Raises:
            RequestError: it says nothing, or something that the row does not bear out.
            NeoError: as a reply.
        """
        [product] = self.products([sku])
        request = Request(_ABOUT_ONE, task=Task.DESCRIBE, format=Format.TEXT, about=(product.sku,))
        found = list(answers(self._replier, [request], stop))
        words = _tidy(found[0].words if found else "", LONGEST_LINE)
        if not words:
            raise RequestError("the model says nothing about this item", "keep the line, or write one")
        if wrong := self._doubts(words, product):
            raise RequestError(
                f"the model says {wrong[0]!r} of {product.title}, which its row does not bear out",
                "the line stays as it was",
            )
        return words

    def find(self, words: str, limit: int = 20) -> list[ProductRecord]:
        """Items on sale by words of their title, brand or SKU; a SKU that fits exactly comes first."""
        with self._database.reading() as session:
            return search_products(session, words, limit=limit) if words.strip() else []

    def products(self, skus: Sequence[str]) -> list[ProductRecord]:
        """Items by SKU, in this order.

        Raises:
            RequestError: the catalog does not hold one of them.
        """
        found = self._known(skus)
        if missing := [sku for sku in skus if sku not in found]:
            raise RequestError(f"the catalog holds no item {missing[0]!r}", "look it up by its title")
        return [found[sku] for sku in skus]

    def message(self, letter: Letter) -> Message:
        """A letter with the facts of this moment.

        Raises:
            RequestError: it has too many picks, or a part of it is too long.
        """
        check_letter(letter)
        found = self._known([pick.sku for pick in letter.picks])
        entries = []
        for pick in letter.picks:
            product, line = found.get(pick.sku), _tidy(pick.line, LONGEST_LINE)
            doubts = self._doubts(line, product) if product is not None and line else ()
            entries.append(Entry(pick.sku, product, line, doubts))
        return Message(_paragraphs(letter.greeting), tuple(entries), _paragraphs(letter.closing), self._clock())

    def ready(self, letter: Letter) -> Message:
        """The message to be copied now.

        Raises:
            RequestError: there is nothing in it, or an item of it is no longer on sale.
        """
        message = self.message(letter)
        if not message.entries:
            raise RequestError("the message has no items yet", "have some picked, or add one")
        if message.retired:
            names = [
                entry.product.title if entry.product else entry.sku for entry in message.entries if not entry.is_offered
            ]
            raise RequestError(f"{names[0]} is no longer on sale", "remove or replace it, then copy")
        return message

    def _known(self, skus: Sequence[str]) -> dict[str, ProductRecord]:
        usable = [sku for sku in skus if "\x00" not in sku]
        with self._database.reading() as session:
            found = get_products(session, sorted(ids_by_sku(session, usable).values()))
        return {product.sku: product for product in found}

    def _past(self, shopper: str | None) -> list[PastItem]:
        if not shopper:
            return []
        with self._database.reading() as session:
            events = usable_history(session, shopper)
            products = get_products(session, [event.product_id for event in events])
        return [PastItem(product, event.kind) for product, event in zip(products, events, strict=True)]

    def _asked(self, answer: Answer) -> Asked:
        with self._database.reading() as session:
            currency = shop_overview(session).currency
        return Asked.of(Want.parse(answer.want), answer.request.conditions, currency)

    def _doubts(self, line: str, product: ProductRecord) -> tuple[str, ...]:
        claims: list[Claim] = self._claims().read([line], [product])
        return tuple(dict.fromkeys(claim.text for claim in claims if not claim.true and product.sku in claim.subject))

    def _claims(self) -> ClaimReader:
        """Reads statements about this catalog; made anew when the catalog has changed."""
        with self._database.reading() as session:
            number = revision(session)
            if self._reader is None or self._reader[0] != number:
                known = {each.name: [value.value for value in each.values]
                         for each in facets(session, max_shared=MAX_FACET_VALUES)}  # fmt: skip
                self._reader = number, ClaimReader(want_facets(known), shop_overview(session).currency)
            return self._reader[1]


def check_letter(letter: Letter) -> None:
    """Refuse what is too long.

    Raises:
        RequestError: it is.
    """
    if len(letter.picks) > MOST_PICKS:
        raise RequestError(f"a message has at most {MOST_PICKS} items")
    if any(len(pick.line) > LONGEST_LINE for pick in letter.picks):
        raise RequestError(f"a line has at most {LONGEST_LINE} characters")
    if max(len(letter.greeting), len(letter.closing)) > LONGEST_PART:
        raise RequestError(f"greeting and closing have at most {LONGEST_PART} characters each")


def moved(picks: Sequence[Pick], place: int, by: int) -> tuple[Pick, ...]:
    """The picks with one of them moved; it stays where it is at either end."""
    order = list(picks)
    to = place + by
    if 0 <= place < len(order) and 0 <= to < len(order):
        order[place], order[to] = order[to], order[place]
    return tuple(order)


def put(picks: Sequence[Pick], pick: Pick, place: int | None) -> tuple[Pick, ...]:
    """The picks with one more at the end, or with another in the place of one.

    Raises:
        RequestError: it is there already, or there is no room for it.
    """
    others = [each.sku for number, each in enumerate(picks) if number != place]
    if pick.sku in others:
        raise RequestError(f"{pick.sku} is in the message already")
    if place is not None and place < len(picks):
        return (*picks[:place], pick, *picks[place + 1 :])
    if len(picks) >= MOST_PICKS:
        raise RequestError(f"a message has at most {MOST_PICKS} items", "remove one first")
    return (*picks, pick)


def _tidy(text: str, limit: int) -> str:
    return " ".join(_CONTROLS.sub("", text).split())[:limit]


def _paragraphs(text: str) -> str:
    lines = (
        " ".join(line.split()) for line in _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    )
    return "\n".join(lines).strip()
