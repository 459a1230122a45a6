"""One reply as the blocks of a chat message: words and cards in the order in which they came.

A :class:`ReplyView` takes the events of a running reply, or the parts of a stored one, and gives the HTML strings that
the page shows. Every string is a block of its own in the chat, so that a card that stands does not flicker while words
are added below it.

An item named within a sentence stands there by its title, and its card follows the paragraph. Where items follow a
colon, the end of a sentence, or nothing, the cards alone say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from catalog_db.conditions import Conditions
from catalog_db.errors import NeoError
from catalog_db.feedback import StoredFeedback
from catalog_db.products import ProductRecord
from neo_assistant.conversation import Turn
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, Total, WantFound
from neo_assistant.messages import ItemPart, TextPart
from neo_assistant.ui.buttons import action_button, hidden, sign_button
from neo_assistant.ui.cards import card_row, picture, short_title
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.follow_ups import FollowUp, follow_ups
from neo_assistant.ui.reasons import Asked, PastItem, reasons
from neo_assistant.waking import WAKING_UP
from neo_assistant.want import Want
from neo_assistant.wording import total_text

Piece = str | ProductRecord

THUMB_REASONS = {
    "wrong-items": "Wrong items",
    "ignored-condition": "Ignored a condition",
    "not-true": "Not true",
    "other": "Something else",
}
"""Why a thumb went down: the key that a button sends, and the words, which are what is stored."""

_BREAK = "<br>"
_SAID_AGAIN = 60
"""Characters of a turn that the button to edit it repeats, so that one who hears it knows which."""
_SPOKEN_THANKS = '<span class="neo-thanks">Thank you</span>'
_ENDINGS = (":", ".", "!", "?", "…", "–", "—")
_LIST_NUMBER = re.compile(r"\d{1,2}[.)]")


@dataclass
class ReplyView:
    """What is known of a reply so far.

    Attributes:
        understood: conditions read out of the conversation, as phrases.
        items_left: how many items meet them; None when no condition was read.
        want: the conditions as the want span states them.
        filters: conditions that were set beside the words.
        history: what the shopper did, oldest first, as far as it may be used.
        pieces: words and items in order.
        total: what the items cost together, where that was asked for.
        notices: what the shop itself had to say.
        status: a line that stands until the next event, e.g. while the model is loaded.
        problem: why there is no (further) reply.
        ended: whether no more is to come; only then are items compared with each other.
        cut_short: whether it was stopped, or broke off.
        chips: what may be asked next.
        feedback: the shopper's thumb on it.
    """

    understood: tuple[str, ...] = ()
    items_left: int | None = None
    want: str = ""
    filters: Conditions = field(default_factory=Conditions)
    history: Sequence[PastItem] = ()
    pieces: list[Piece] = field(default_factory=list)
    total: Total | None = None
    notices: list[Notice] = field(default_factory=list)
    status: str = ""
    problem: str = ""
    ended: bool = False
    cut_short: bool = False
    chips: Sequence[FollowUp] = ()
    feedback: StoredFeedback | None = None
    _why: dict[str, str] = field(default_factory=dict, init=False)
    _why_of: tuple[int, bool] | None = field(default=None, init=False)

    @classmethod
    def of(cls, turn: Turn, history: Sequence[PastItem] = ()) -> ReplyView:
        """A stored reply, as it looked when it was new; products look as they are today."""
        understood = turn.made_by.get("understood", {})
        view = cls(tuple(understood.get("phrases", ())), understood.get("items_left"), turn.message.want or "")
        view.filters = Conditions.from_dict(turn.made_by.get("conditions", {}))
        view.history, view.chips, view.ended = history, follow_ups(turn), True
        view.cut_short = not turn.made_by.get("complete", True)
        view.feedback = turn.feedback
        view.notices = [
            Notice(notice["code"], notice["text"], phrase=notice.get("phrase", ""))
            for notice in turn.made_by.get("notices", ())
        ]
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
                self.want, self.understood, self.items_left = event.want, event.phrases, event.items_left
            case TextDelta():
                self.add_text(event.text)
            case ItemFound():
                self.pieces.append(event.product)
            case Notice(code=code) if code == WAKING_UP:
                self.status = event.text
            case Notice():
                self.notices.append(event)
            case Done():
                self.total, self.ended, self.cut_short = event.total, True, event.stopped

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

    def blocks(self, message_id: int | None = None, last: bool = False, *, actions: bool | None = None) -> list[str]:
        """The reply as HTML strings, one line each; empty when there is nothing to show yet.

        Args:
            message_id: under which the reply is stored; without one it is to be looked at only.
            last: whether it is the latest reply, which alone can be answered again and followed up.
            actions: whether its cards have buttons; as a rule those of a stored reply have. A reply that is being
                written has them too, so that its cards do not grow at its end.
        """
        actions = message_id is not None if actions is None else actions
        removable = message_id if last else None
        blocks = [_understood(self.understood, self.items_left, removable)] if self.understood else []
        blocks += _body(self.pieces, self._reasons(), actions)
        blocks += [f'<div class="neo-total">{as_html(total_text(self.total))}</div>'] if self.total else []
        blocks += [_notice(notice.text, self._way_out(notice, removable)) for notice in self.notices]
        blocks += [_notice(self.problem, kind="neo-problem")] if self.problem else []
        blocks += ['<div class="neo-cut">This reply was not finished.</div>'] if self.cut_short else []
        blocks += [working_line(self.status)] if self.status else []
        if message_id is not None:
            blocks += [_chips(self.chips, message_id)] if last and self.chips else []
            blocks.append(reply_foot(message_id, self.feedback, last))
        return blocks

    def _reasons(self) -> dict[str, str]:
        """SKU → why it is here."""
        products = list({piece.sku: piece for piece in self.pieces if not isinstance(piece, str)}.values())
        # Asked for with every update, but changed by an item and by the end only.
        if products and self._why_of != (state := (len(products), self.ended)):
            asked = Asked.of(Want.parse(self.want), self.filters, products[0].currency)
            self._why_of, self._why = state, reasons(products, asked, self.history, complete=self.ended)
        return self._why

    def _way_out(self, notice: Notice, message_id: int | None) -> str:
        """A button that leaves out the condition that the notice blames."""
        if message_id is None or notice.phrase not in self.understood:
            return ""
        return action_button("drop", f"{message_id}:{notice.phrase}", f"Try without “{notice.phrase}”", kind="neo-chip")


def shopper_block(text: str, message_id: int | None = None, about: Sequence[ProductRecord] = ()) -> str:
    """A shopper's words, under the products that they are about; they can be edited where they are stored."""
    named = "".join(f'<div class="neo-about">{picture(item)}{as_html(short_title(item))}</div>' for item in about)
    edit = ""
    if message_id is not None:
        start = " ".join(text.split())[:_SAID_AGAIN]
        edit = f'<div class="neo-edit">{sign_button("edit", f"{message_id}:", f"Edit: {start}", "neo-quiet")}</div>'
    return f'<div class="neo-said">{named}{as_html(text.strip(), _BREAK)}</div>{edit}'


def reply_foot(message_id: int, feedback: StoredFeedback | None, last: bool) -> str:
    """Thumbs, and what was wrong after a thumb down; the latest reply can be asked for again."""
    up, down = feedback is not None and feedback.helpful, feedback is not None and not feedback.helpful
    buttons = [_thumb("up", message_id, "Helpful", up), _thumb("down", message_id, "Not helpful", down)]
    if last:
        buttons.append(sign_button("retry", f"{message_id}:", "Answer again"))
    foot = f'<div class="neo-foot">{"".join(buttons)}'
    if feedback is None or feedback.helpful:
        return f"{foot}{_SPOKEN_THANKS if up else ''}</div>"
    if feedback.reason:
        return f'{foot}<span class="neo-thanks">Thank you. You said: {as_html(feedback.reason.lower())}</span></div>'
    why = "".join(
        action_button("down", f"{message_id}:{key}", words, kind="neo-chip") for key, words in THUMB_REASONS.items()
    )
    return f'{foot}</div><div class="neo-whys"><span class="neo-label">What was wrong?</span>{why}</div>'


def _thumb(action: str, message_id: int, words: str, chosen: bool) -> str:
    said = f"{words}, chosen" if chosen else words
    return sign_button(action, f"{message_id}:", said, "neo-chosen" if chosen else "")


def _chips(chips: Sequence[FollowUp], message_id: int) -> str:
    buttons = (
        action_button("follow", f"{message_id}:{number}", chip.label, kind="neo-chip")
        for number, chip in enumerate(chips)
    )
    return f'<div class="neo-follow">{hidden("What next?")}{"".join(buttons)}</div>'


def working_line(text: str) -> str:
    """A line that says that something is going on."""
    dots = '<span class="neo-dot">·</span>' * 3
    return f'<div class="neo-working" role="status">{as_html(text)}<span class="neo-dots">{dots}</span></div>'


def _understood(phrases: tuple[str, ...], items_left: int | None, message_id: int | None) -> str:
    chips = "".join(
        f'<span class="neo-chip">{as_html(phrase)}</span>'
        if message_id is None
        else action_button("drop", f"{message_id}:{phrase}", phrase, "leave out this condition", "neo-chip")
        for phrase in phrases
    )
    left = ""
    if items_left:
        left = f'<span class="neo-left">{items_left:,} {"match" if items_left == 1 else "matches"}</span>'
    return f'<div class="neo-understood"><span class="neo-label">Looking for</span>{chips}{left}</div>'


def _notice(text: str, button: str = "", kind: str = "neo-notice") -> str:
    return (
        f'<div class="{kind}" role="note"><span class="neo-label">From the shop</span> '
        f'<span class="neo-notice-text">{as_html(text, _BREAK)}</span>{button}</div>'
    )


def _body(pieces: list[Piece], why: dict[str, str], actions: bool) -> list[str]:
    blocks: list[str] = []
    words: list[str] = []
    cards: list[ProductRecord] = []
    for paragraph in _paragraphs(pieces):
        sentence = _sentence(paragraph)
        if sentence:
            if cards:
                blocks.append(card_row(cards, reasons=why, actions=actions))
                cards = []
            words.append(f"<p>{sentence}</p>")
        items = [piece for piece in paragraph if not isinstance(piece, str)]
        if items:
            if words:
                blocks.append(_words(words))
                words = []
            cards += items
    blocks += [card_row(cards, reasons=why, actions=actions)] if cards else []
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
