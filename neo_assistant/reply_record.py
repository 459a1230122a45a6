"""What a reply leaves behind: its message for the conversation, and how it was made for the shop's records."""

from __future__ import annotations

import dataclasses
from typing import Any

from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, WantFound
from neo_assistant.messages import ItemPart, Message, Part, Role, TextPart, WantPart
from neo_assistant.waking import WAKING_UP


class ReplyRecord:
    """Gathers the events of one reply."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._want: WantFound | None = None
        self._notices: list[Notice] = []
        self._done: Done | None = None

    def add(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case WantFound():
                self._want = event
                self._parts.append(WantPart(event.want))
            case TextDelta(text):
                last = self._parts[-1] if self._parts else None
                if isinstance(last, TextPart):
                    self._parts[-1] = TextPart(last.text + text)
                else:
                    self._parts.append(TextPart(text))
            case ItemFound():
                self._parts.append(ItemPart(event.sid, event.product.sku))
            case Notice():
                if event.code != WAKING_UP:
                    self._notices.append(event)
            case Done():
                self._done = event

    @property
    def is_empty(self) -> bool:
        """Whether nothing was shown that is worth keeping."""
        return not self._parts and not self._notices

    def message(self) -> Message:
        """The reply as the model will see it in later turns."""
        return Message(Role.ASSISTANT, tuple(self._parts))

    def made_by(self) -> dict[str, Any]:
        """JSON values: what the engine says of itself, and what the page needs to show the reply again.

        ``complete`` is false when the reply failed or its reader went away; ``understood`` is there when conditions
        were read, and ``total`` when the reply had a budget.
        """
        values: dict[str, Any] = {
            "complete": self._done is not None and not self._done.stopped,
            "notices": [notice.to_dict() for notice in self._notices],
        }
        if self._want is not None:
            values["understood"] = {"phrases": list(self._want.phrases), "items_left": self._want.items_left}
        if self._done is not None:
            values |= {"timings": self._done.timings.to_dict(), **self._done.made_by}
            if self._done.total is not None:
                values["total"] = dataclasses.asdict(self._done.total)
        return values
