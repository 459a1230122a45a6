"""Earlier messages as a prompt shows them: in today's terms, and beginning with the shopper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from neo_assistant.catalog import Snapshot
from neo_assistant.messages import ItemPart, Message, Part, Role, TextPart

NO_WORDS = "What would you suggest for me?"
"""What a shopper is taken to ask who sends a history and no words."""
MAX_TURNS = 6
"""Earlier messages that a prompt holds: the latest ones."""


def latest(messages: Sequence[Message]) -> list[Message]:
    """The messages that a prompt holds; it begins with a shopper's turn, wherever the earlier ones were cut."""
    kept = list(messages[-MAX_TURNS:])
    while kept and kept[0].role is not Role.SHOPPER:
        kept = kept[1:]
    return kept


def current(messages: Sequence[Message], snapshot: Snapshot) -> list[Message]:
    """Messages in today's terms: items under the semantic id they have now, without those the catalog lost, and what
    shoppers typed as the shop reads it (:mod:`neo_assistant.spelling`).

    A conversation may be older than the checkpoint, and the same semantic id may be of another product by now.
    """
    places = snapshot.places(sorted({part.sku for message in messages for part in message.items}))
    index = snapshot.index
    found = []
    for message in messages:
        read = snapshot.speller.read if message.role is Role.SHOPPER else None
        parts: list[Part] = []
        for part in message.parts:
            if isinstance(part, ItemPart):
                parts += [ItemPart(index.sid(places[part.sku]), part.sku)] if part.sku in places else []
            else:
                parts.append(TextPart(read(part.text).text) if read and isinstance(part, TextPart) else part)
        found.append(spoken(replace(message, parts=tuple(parts))))
    return found


def spoken(message: Message) -> Message:
    """The message, with words where a shopper sent none."""
    silent = message.role is Role.SHOPPER and not message.items and not message.text.strip()
    return Message.shopper(NO_WORDS) if silent else message
