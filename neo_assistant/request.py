"""What one turn asks for: the words, and what steers the reply beside them.

The steering (task, types, format, count) is stated in the prompt in words (``neo_assistant.steering``) and enforced by
the grammar where it can be (``neo_assistant.grammar``).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from catalog_db.conditions import Conditions
from catalog_db.validation import MAX_PRICE_MINOR
from neo_assistant.errors import RequestError
from neo_assistant.events import Event
from neo_assistant.messages import Message
from neo_assistant.steering import Format, Task

MAX_ITEMS = 20
MAX_ABOUT = 5
MAX_BUDGET = MAX_ITEMS * MAX_PRICE_MINOR
MAX_WORDS = 2_000
"""Characters of a request that are read; a longer one is refused."""


@dataclass(frozen=True)
class Request:
    """A shopper's turn.

    Args:
        text: what they typed.
        history: SKUs the shopper has viewed or bought, oldest first.
        task: what to do.
        types: item types that may be named; empty means any.
        format: ids only, text only, or both.
        count: most items in the reply. With ``format`` ids it is also the least, as far as the catalog allows. Where
            the words count ("two mugs"), or ``counts`` does, exactly so many are named, as far as the catalog allows.
        conditions: what every item must meet, whatever the words say.
        dismissed: SKUs that must not be named.
        counts: kinds or item types, and how many of each, whatever the words say.
        budget: what all items of the reply may cost together, in minor units of the shop's currency, whatever the words
            say. None leaves it to the words ("200 in all").
        about: SKUs that the words are about; the prompt puts them before the words, in this order.

    Raises:
        RequestError: if a value is out of range.
    """

    text: str
    history: tuple[str, ...] = ()
    task: Task = Task.CHAT
    types: tuple[str, ...] = ()
    format: Format = Format.MIXED
    count: int = 3
    conditions: Conditions = field(default_factory=Conditions)
    dismissed: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    about: tuple[str, ...] = ()
    budget: int | None = None

    def __post_init__(self) -> None:
        if not self.text.strip() and not self.history and not self.about:
            raise RequestError("the request is empty", "say what you are looking for")
        if len(self.text) > MAX_WORDS:
            raise RequestError(f"the request has {len(self.text)} characters", f"at most {MAX_WORDS} are read")
        if not 1 <= self.count <= MAX_ITEMS:
            raise RequestError(f"a reply shows 1 to {MAX_ITEMS} items, not {self.count}")
        if len(self.about) > MAX_ABOUT:
            raise RequestError(f"a request is about at most {MAX_ABOUT} items, not {len(self.about)}")
        if self.budget is not None and not 0 < self.budget <= MAX_BUDGET:
            raise RequestError("a budget is above 0 and no more than items can cost", "leave it out for any")
        if self.budget is not None and self.format is Format.TEXT:
            raise RequestError("a reply of text alone names no items", "leave out the budget, or the format")
        self._check_counts()

    def _check_counts(self) -> None:
        names = [name for name, _ in self.counts]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise RequestError(f"{twice[0]!r} is counted twice", "give one number for each")
        if any(number < 1 for _, number in self.counts):
            raise RequestError("a count of items is at least 1")
        if sum(number for _, number in self.counts) > MAX_ITEMS:
            raise RequestError(f"a reply shows at most {MAX_ITEMS} items in all")
        if self.counts and self.format is Format.TEXT:
            raise RequestError("a reply of text alone names no items", "leave out the counts, or the format")


class Replier(Protocol):
    """Writes replies. The real one is :class:`neo_assistant.assistant.Assistant`; tests use scripted ones."""

    def reply(self, messages: Sequence[Message], request: Request, stop: threading.Event) -> Iterator[Event]:
        """Events of one reply, ``Done`` last.

        Args:
            messages: earlier turns, oldest first.
            request: the turn to answer.
            stop: when set, the reply ends after the current step; ``Done.stopped`` says so.
        """
        ...
