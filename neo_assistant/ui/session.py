"""What one open page is about: kept on the server, and never sent to the browser but for what the browser has to keep.

The browser keeps a signed shopper key, the id of the open conversation and the shopper's settings (``Kept``), so that a
reload, or a restart of the server, finds them again. Everything in it may be forged, and whatever does not hold is left
out without a word.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from neo_assistant.request import MAX_ITEMS, Request
from neo_assistant.steering import Format, Task

MOST_COMPARED = 4
CHOICES = (Task.CHAT, Task.SEARCH, Task.RECOMMEND, Task.GOES_WITH, Task.BUNDLE, Task.DESCRIBE)
"""Tasks that a shopper may choose; the others belong to buttons."""


@dataclass(frozen=True)
class Steered:
    """What steers replies without words; ``count`` 0 leaves it to the shop, ``types`` empty means any."""

    task: Task = Task.CHAT
    types: tuple[str, ...] = ()
    format: Format = Format.MIXED
    count: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"task": self.task.value, "types": list(self.types), "format": self.format.value, "count": self.count}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Steered:
        """The inverse of :meth:`to_dict`.

        Raises:
            KeyError, TypeError, ValueError: it is not what :meth:`to_dict` writes.
        """
        task, count, types = Task(values["task"]), values["count"], values["types"]
        if task not in CHOICES or not isinstance(count, int) or not 0 <= count <= MAX_ITEMS:
            raise ValueError("not a choice")
        if not isinstance(types, list) or not all(isinstance(name, str) for name in types):
            raise TypeError("types are a list of words")
        return cls(task, tuple(types), Format(values["format"]), count)


@dataclass(frozen=True)
class Unanswered:
    """A request that got no reply, or half of one.

    Attributes:
        request: as it was made.
        problem: why, as HTML.
        stored: whether the request stands in the conversation; if not, its words stand nowhere but here.
    """

    request: Request
    problem: str
    stored: bool


@dataclass
class ChatSession:
    """One open page.

    Attributes:
        shopper: the shopper's key; empty until the page's first event.
        conversation_id: None until the shopper says something.
        waiting: a request that waits for an answer.
        stop: ends the reply that waits or runs; None when there is none.
        unanswered: the request that failed last, so that neither its words nor the reason are lost.
        editing: the shopper's turn whose words are in the box, to be said in another way.
        explained: SKU and reply of "why this".
        compared: SKUs that were picked for a comparison.
        comparing: whether the table is shown.
        filters: conditions that every reply keeps to.
        steered: what steers replies without words.
        heard: how many of the shopper's changes of the page's filters and of its steering have been taken over.
        taste: the taste profile as the assistant put it, and the SKUs it rests on.
        describing: whether the profile is being written.
        steps: actions so far; the page tells by it that one is done.
        asked: requests so far; the page tells by it that a reply is to be fetched.
        described: taste profiles asked for so far.
    """

    shopper: str = ""
    conversation_id: str | None = None
    waiting: Request | None = None
    stop: threading.Event | None = None
    unanswered: Unanswered | None = None
    editing: int | None = None
    explained: tuple[str, int] | None = None
    compared: list[str] = field(default_factory=list)
    comparing: bool = False
    filters: Conditions = field(default_factory=Conditions)
    steered: Steered = field(default_factory=Steered)
    heard: dict[str, int] = field(default_factory=dict)
    taste: tuple[str, tuple[str, ...]] = ("", ())
    describing: bool = False
    steps: int = 0
    asked: int = 0
    described: int = 0

    def __post_init__(self) -> None:
        # Held by whatever changes the session but for the writing of replies: a page sends several events at once.
        self.guard = threading.RLock()

    def __deepcopy__(self, _: object) -> ChatSession:
        """Every page begins with a session of its own, and a lock cannot be copied."""
        return ChatSession()

    @property
    def is_running(self) -> bool:
        """Whether a reply is being written; until it has ended no other request is taken."""
        return self.stop is not None and self.waiting is None

    @property
    def chooses_nothing(self) -> bool:
        """Whether neither filters nor steering are set."""
        return self.filters == Conditions() and self.steered == Steered()

    @property
    def can_stop(self) -> bool:
        """Whether a reply waits or runs."""
        return self.stop is not None

    def kept(self, signed: str) -> dict[str, Any]:
        """What the browser keeps; ``signed`` is the shopper's signed key."""
        return {
            "shopper": signed,
            "conversation": self.conversation_id,
            "filters": self.filters.to_dict(),
            "steered": self.steered.to_dict(),
            "compared": list(self.compared),
        }

    def restore_choices(self, kept: Mapping[str, Any]) -> None:
        """Take filters, steering and comparison from what a browser kept, each as far as it makes sense."""
        try:
            filters = Conditions.from_dict(kept.get("filters") or {})
            # A predicate is an engineer's, and nothing that a browser may bring along.
            self.filters = Conditions() if filters.sql is not None or filters.also else filters
        except ConditionError:
            self.filters = Conditions()
        try:
            self.steered = Steered.from_dict(kept["steered"])
        except (KeyError, TypeError, ValueError):
            self.steered = Steered()
        compared = kept.get("compared")
        skus = compared if isinstance(compared, list) else []
        self.compared = [sku for sku in skus if isinstance(sku, str)][:MOST_COMPARED]
