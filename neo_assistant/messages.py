"""Conversations as plain values: messages made of text, item and want parts, with ``to_dict`` and ``from_dict``.

They know neither the database nor the tokenizer. The same values are stored, rendered into tokens and trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from neo_assistant.errors import RequestError, SidError
from neo_assistant.sids import Sid


class Role(StrEnum):
    """Who speaks."""

    SHOPPER = "shopper"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class ItemPart:
    """An item, by its semantic id.

    ``sku`` says which product that was, for records; the model never sees it. ``caption`` is what a prompt says of it
    (see ``neo_assistant.captions``); it is made with the prompt and not stored.
    """

    sid: Sid
    sku: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class WantPart:
    """Conditions as the model writes them in a want span (see ``neo_assistant.grammar.want``)."""

    want: str


Part = TextPart | ItemPart | WantPart


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    parts: tuple[Part, ...]

    @classmethod
    def shopper(cls, *parts: str | Part) -> Message:
        """A shopper's turn; plain strings become text."""
        return cls(Role.SHOPPER, _parts(parts))

    @classmethod
    def assistant(cls, *parts: str | Part) -> Message:
        """A reply; plain strings become text."""
        return cls(Role.ASSISTANT, _parts(parts))

    @property
    def text(self) -> str:
        """The words alone, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def items(self) -> tuple[ItemPart, ...]:
        return tuple(part for part in self.parts if isinstance(part, ItemPart))

    @property
    def want(self) -> str | None:
        """The want span of a reply, if it has one."""
        return next((part.want for part in self.parts if isinstance(part, WantPart)), None)

    def to_dict(self) -> dict[str, Any]:
        return {"role": self.role.value, "parts": [part_to_dict(part) for part in self.parts]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Message:
        """Raises RequestError if ``values`` is not what :meth:`to_dict` writes."""
        try:
            return cls(Role(values["role"]), tuple(part_from_dict(part) for part in values["parts"]))
        except (KeyError, TypeError, ValueError, SidError) as error:
            raise RequestError(f"not a message: {error}") from error


def part_to_dict(part: Part) -> dict[str, Any]:
    """A part as JSON values."""
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ItemPart(sid, sku, caption):
            return {"type": "item", "sid": str(sid), "sku": sku, **({"caption": caption} if caption else {})}
        case WantPart(want):
            return {"type": "want", "want": want}


def part_from_dict(values: dict[str, Any]) -> Part:
    """The inverse of :func:`part_to_dict`; KeyError, TypeError, ValueError or SidError if it is not a part."""
    match values["type"]:
        case "text":
            return TextPart(str(values["text"]))
        case "item":
            return ItemPart(Sid.parse(str(values["sid"])), str(values["sku"]), str(values.get("caption", "")))
        case "want":
            return WantPart(str(values["want"]))
        case other:
            raise ValueError(f"unknown part type {other!r}")


def _parts(parts: tuple[str | Part, ...]) -> tuple[Part, ...]:
    return tuple(TextPart(part) if isinstance(part, str) else part for part in parts)
