"""One reply as a plain value, for those who look at replies: items with their probabilities, words, how it was made."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from catalog_db.products import ProductRecord
from catalog_db.rules import StoredRule
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, Timings, Total, WantFound
from neo_assistant.request import Replier, Request
from neo_assistant.waking import WAKING_UP

if TYPE_CHECKING:
    from neo_assistant.assistant import Assistant

LOADING = 120.0
"""Seconds that a look at replies waits for a model that is still being loaded."""


@dataclass(frozen=True)
class ShownItem:
    """An item that a reply names.

    Attributes:
        product: as it was then.
        probability: of its codes after the opener that names its type, with the weights that rules give it.
    """

    product: ProductRecord
    probability: float


@dataclass(frozen=True)
class Answer:
    """A reply, whole.

    Attributes:
        request: what it answers.
        parts: words and items in their order.
        want: the conditions read, as written; empty if none were read.
        phrases: the same for people.
        items_left: how many items the conditions leave; None if none were read.
        notices: what the shop had to say itself.
        timings: of the engine.
        made_by: checkpoint, codebook, conditions and rules.
        total: what the items cost together, where there was a budget.
        stopped: whether it was stopped before its end.
    """

    request: Request
    parts: tuple[str | ShownItem, ...] = ()
    want: str = ""
    phrases: tuple[str, ...] = ()
    items_left: int | None = None
    notices: tuple[Notice, ...] = ()
    timings: Timings = Timings()  # noqa: RUF009 - it is immutable
    made_by: dict[str, Any] | None = None
    total: Total | None = None
    stopped: bool = False

    @property
    def items(self) -> tuple[ShownItem, ...]:
        """The items in the order in which they were named."""
        return tuple(part for part in self.parts if isinstance(part, ShownItem))

    @property
    def words(self) -> str:
        """The words, a space where an item stands."""
        return " ".join("".join(part if isinstance(part, str) else " " for part in self.parts).split())


def answer_of(request: Request, events: Iterable[Event]) -> Answer:
    """The answer that a reply's events are."""
    parts: list[str | ShownItem] = []
    notices: list[Notice] = []
    want, done = WantFound("", (), -1), Done(Timings())
    for event in events:
        match event:
            case WantFound():
                want = event
            case TextDelta(text):
                if parts and isinstance(parts[-1], str):
                    parts[-1] += text
                else:
                    parts.append(text)
            case ItemFound():
                parts.append(ShownItem(event.product, math.exp(min(event.score, 0.0))))
            case Notice():
                notices += [event] if event.code != WAKING_UP else []
            case Done():
                done = event
    return Answer(
        request=request,
        parts=tuple(parts),
        want=want.want,
        phrases=want.phrases,
        items_left=want.items_left if want.items_left >= 0 else None,
        notices=tuple(notices),
        timings=done.timings,
        made_by=done.made_by,
        total=done.total,
        stopped=done.stopped,
    )


def answers(
    replier: Replier,
    requests: Sequence[Request],
    stop: threading.Event,
    rules: Sequence[StoredRule] | None = None,
    beams: int | None = None,
) -> Iterator[Answer]:
    """The replies to requests, each the first of its conversation, until ``stop`` is set.

    Args:
        replier: writes them.
        requests: in order.
        stop: ends the reply under way, which is not given, and all after it.
        rules: in place of those that are saved; None for these.
        beams: width of the search for items; None for the usual one. Only a model takes one.

    Raises:
        RequestError: as the replier; also if ``beams`` are asked of what has no model.
    """
    for request in requests:
        if stop.is_set():
            return
        if beams is None:
            events = replier.reply([], request, stop, rules)
        else:
            events = model_of(replier).reply([], request, stop, rules, beams)
        answer = answer_of(request, events)
        if answer.stopped:
            return
        yield answer


def model_of(replier: Replier) -> Assistant:
    """The model behind a replier, which may still be being loaded; waits for it.

    Raises:
        RequestError: replies are scripted and there is no model, or it is not loaded after ``LOADING`` seconds.
        NeoError: what loading raised.
    """
    if hasattr(replier, "wait"):
        try:
            replier = cast("Replier", replier.wait(LOADING))
        except TimeoutError as error:
            raise RequestError("the model is still being loaded", "try again in a moment") from error
    if not hasattr(replier, "explore"):
        raise RequestError(
            "replies are scripted here, so there is no model and no search to look at",
            "set NEO_ENGINE to transformers for one",
        )
    return cast("Assistant", replier)
