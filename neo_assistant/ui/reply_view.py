"""One reply as the blocks of a chat message: words and cards in the order in which they came.

A :class:`ReplyView` takes the events of a running reply, or the parts of a stored one, and gives the HTML strings that
the page shows. Every string is a block of its own in the chat, so that a card that stands does not flicker while words
are added below it.

An item named within a sentence stands there by its title, and its card follows the paragraph. Where items follow a
colon, the end of a sentence, or nothing, the cards alone say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog_db.errors import NeoError
from catalog_db.products import ProductRecord
from neo_assistant.conversation import Turn
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, Total, WantFound
from neo_assistant.messages import ItemPart, TextPart
from neo_assistant.ui.cards import card_row
from neo_assistant.ui.escape import as_html
from neo_assistant.waking import WAKING_UP
from neo_assistant.wording import total_text

Piece = str | ProductRecord

_BREAK = "<br>"
_ENDINGS = (":", ".", "!", "?", "…", "–", "—")
_LIST_NUMBER = re.compile(r"\d{1,2}[.)]")


@dataclass
class ReplyView:
    """What is known of a reply so far.

    Attributes:
        understood: conditions read out of the conversation, as phrases.
        items_left: how many items meet them; None when no condition was read.
        pieces: words and items in order.
        total: what the items cost together, where that was asked for.
        notices: what the shop itself had to say.
        status: a line that stands until the next event, e.g. while the model is loaded.
        problem: why there is no (further) reply.
    """

    understood: tuple[str, ...] = ()
    items_left: int | None = None
    pieces: list[Piece] = field(default_factory=list)
    total: Total | None = None
    notices: list[str] = field(default_factory=list)
    status: str = ""
    problem: str = ""

    @classmethod
    def of(cls, turn: Turn) -> ReplyView:
        """A stored reply, as it looked when it was new; products look as they are today."""
        understood = turn.made_by.get("understood", {})
        view = cls(tuple(understood.get("phrases", ())), understood.get("items_left"))
        view.notices = [notice["text"] for notice in turn.made_by.get("notices", ())]
        view.total = Total(**turn.made_by["total"]) if "total" in turn.made_by else None
        for part in turn.message.parts:
            match part:
                case TextPart(text):
                    view.add_text(text)
                case ItemPart(sku=sku) if sku in turn.products:
                    view.pieces.append(turn.products[sku])
                case ItemPart():
                    view.add_text("(no longer in the catalog)")
        return view

    def add(self, event: Event) -> None:
        """Take the next event."""
        self.status = ""
        match event:
            case WantFound():
                self.understood, self.items_left = event.phrases, event.items_left
            case TextDelta():
                self.add_text(event.text)
            case ItemFound():
                self.pieces.append(event.product)
            case Notice(code=code) if code == WAKING_UP:
                self.status = event.text
            case Notice():
                self.notices.append(event.text)
            case Done():
                self.total = event.total

    def add_text(self, text: str) -> None:
        """Add words after what is there."""
        if self.pieces and isinstance(self.pieces[-1], str):
            self.pieces[-1] += text
        else:
            self.pieces.append(text)

    def fail(self, error: NeoError) -> None:
        """The reply ends with an error; what was said before it stays."""
        self.status = ""
        self.problem = ". ".join(part[0].upper() + part[1:] for part in (error.message, error.hint) if part) + "."

    def blocks(self) -> list[str]:
        """The reply as HTML strings, one line each; empty when there is nothing to show yet."""
        blocks = [_understood(self.understood, self.items_left)] if self.understood else []
        blocks += _body(self.pieces)
        blocks += [f'<div class="neo-total">{as_html(total_text(self.total))}</div>'] if self.total else []
        blocks += [_notice(text) for text in self.notices]
        blocks += [_notice(self.problem, "neo-problem")] if self.problem else []
        blocks += [working_line(self.status)] if self.status else []
        return blocks


def shopper_block(text: str) -> str:
    """A shopper's words."""
    return f'<div class="neo-said">{as_html(text.strip(), _BREAK)}</div>'


def working_line(text: str) -> str:
    """A line that says that something is going on."""
    dots = '<span class="neo-dot">·</span>' * 3
    return f'<div class="neo-working" role="status">{as_html(text)}<span class="neo-dots">{dots}</span></div>'


def _understood(phrases: tuple[str, ...], items_left: int | None) -> str:
    chips = "".join(f'<span class="neo-chip">{as_html(phrase)}</span>' for phrase in phrases)
    left = ""
    if items_left:
        left = f'<span class="neo-left">{items_left:,} {"match" if items_left == 1 else "matches"}</span>'
    return f'<div class="neo-understood"><span class="neo-label">Looking for</span>{chips}{left}</div>'


def _notice(text: str, kind: str = "neo-notice") -> str:
    return (
        f'<div class="{kind}" role="note"><span class="neo-label">From the shop</span> '
        f'<span class="neo-notice-text">{as_html(text, _BREAK)}</span></div>'
    )


def _body(pieces: list[Piece]) -> list[str]:
    blocks: list[str] = []
    words: list[str] = []
    cards: list[ProductRecord] = []
    for paragraph in _paragraphs(pieces):
        sentence = _sentence(paragraph)
        if sentence:
            if cards:
                blocks.append(card_row(cards))
                cards = []
            words.append(f"<p>{sentence}</p>")
        items = [piece for piece in paragraph if not isinstance(piece, str)]
        if items:
            if words:
                blocks.append(_words(words))
                words = []
            cards += items
    blocks += [card_row(cards)] if cards else []
    blocks += [_words(words)] if words else []
    return blocks


def _words(paragraphs: list[str]) -> str:
    return f'<div class="neo-words">{"".join(paragraphs)}</div>'


def _paragraphs(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Split at line breaks in the words."""
    paragraph: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str):
            first, *rest = piece.split("\n")
            paragraph.append(first)
            for line in rest:
                yield paragraph
                paragraph = [line]
        else:
            paragraph.append(piece)
    yield paragraph


def _sentence(paragraph: list[Piece]) -> str:
    """The words of a paragraph as HTML, with items in it by their title; empty if there is nothing but items.

    Items after the end of a sentence or after a colon are left to their cards, and so are commas between them.
    """
    last = max((n for n, piece in enumerate(paragraph) if isinstance(piece, str) and _is_said(piece)), default=-1)
    if last < 0:
        return ""
    closed = str(paragraph[last]).rstrip().endswith(_ENDINGS)
    sentence, before = "", " "
    for piece in paragraph[: last + 1] if closed else paragraph:
        words = piece if isinstance(piece, str) else piece.title
        glued = before.isalnum() and words[:1].isalnum()
        sentence += " " if glued else ""
        sentence += as_html(words) if isinstance(piece, str) else f'<b class="neo-named">{as_html(words)}</b>'
        before = words[-1:] or before
    return sentence.strip()


def _is_said(words: str) -> bool:
    """Whether a reader would miss it: anything but punctuation and the number of a list entry."""
    return any(character.isalnum() for character in words) and not _LIST_NUMBER.fullmatch(words.strip())
