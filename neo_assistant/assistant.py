"""From a turn to the events of a reply: prompt, conditions, grammar, engine.

The assistant adds nothing to what the model says but what only the shop can know: how many items a want leaves, which
condition to drop when it leaves none, and which products stand behind the SIDs.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence

import numpy as np

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from neo_assistant.catalog import Catalog, Snapshot
from neo_assistant.decoding.view import View
from neo_assistant.engine.engine import Engine, Sampling
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, Notice, WantFound
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.want import WantContext, numbers_in
from neo_assistant.messages import ItemPart, Message, Role
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.request import Request
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want

NOTHING_MATCHES = "nothing-matches"
MAX_TURNS = 6
"""Earlier messages that a prompt holds: the latest ones."""

_TEXT_TASKS = (Task.DESCRIBE, Task.PROFILE)


class Assistant:
    """Answers turns with one model over one catalog. Safe to share between threads.

    Args:
        engine: writes the tokens.
        renderer: with the checkpoint's tokenizer.
        catalog: what is sold.
        sampling: how words are chosen.
        made_by: what to note beside every reply: checkpoint, codebook version, quantization.
    """

    def __init__(
        self, engine: Engine, renderer: PromptRenderer, catalog: Catalog, sampling: Sampling, made_by: dict[str, str]
    ) -> None:
        self._engine = engine
        self._renderer = renderer
        self._catalog = catalog
        self._sampling = sampling
        self._made_by = made_by

    def reply(self, messages: Sequence[Message], request: Request, stop: threading.Event) -> Iterator[Event]:
        """Events of one reply, ``Done`` last; see :class:`neo_assistant.request.Replier`.

        Raises:
            RequestError: if the request names an unknown type, or the conversation is too long.
            UnknownProductError: if it names an unknown SKU.
        """
        turn = _Turn(self._catalog.snapshot(), list(messages)[-MAX_TURNS:], request)
        prompt = self._renderer.prompt(turn.messages, turn.steering)
        plan = turn.plan(self._renderer)
        empty: WantFound | None = None
        for event in self._engine.write(prompt, plan, turn.snapshot.product_at, turn.describe, self._sampling, stop):
            if isinstance(event, WantFound) and event.items_left == 0:
                empty = event
            if isinstance(event, Done):
                if empty is not None:
                    yield turn.nothing_matches(empty.want)
                want = empty.want if empty is not None else turn.want_read
                made_by = {**self._made_by, "want": want, "conditions": request.conditions.to_dict()}
                event = dataclasses.replace(event, made_by=made_by)
            yield event


class _Turn:
    """One request against one snapshot."""

    def __init__(self, snapshot: Snapshot, messages: list[Message], request: Request) -> None:
        self.snapshot, self.request = snapshot, request
        # A prompt begins with the shopper's turn, wherever the earlier turns were cut.
        while messages and messages[0].role is not Role.SHOPPER:
            messages = messages[1:]
        self.earlier = [_known(message, snapshot) for message in messages]
        self.messages = [*self.earlier, Message.shopper(request.text or "What would you suggest for me?")]
        scheme = snapshot.index.scheme
        unknown = sorted(set(request.types) - set(scheme.types))
        if unknown:
            raise RequestError(f"the shop has no item type {unknown[0]!r}", f"it has {', '.join(scheme.types)}")
        self.types = tuple(sorted(request.types))
        self.want_read = ""
        history = snapshot.sids(request.history)
        self.steering = Steering(request.task, self.types, request.format, request.count, history)
        self.base = request.conditions
        if self.types:
            self.base = self.base.both(Conditions(item_types=frozenset(self.types)))
        self.shown = [part.sku for message in self.earlier for part in message.items]
        self.last_shown = next(([p.sku for p in m.items] for m in reversed(self.earlier) if m.items), [])

    def plan(self, renderer: PromptRenderer) -> ReplyPlan:
        """The constraint on this turn's reply."""
        request = self.request
        text_only = request.format is Format.TEXT or request.task in _TEXT_TASKS
        return ReplyPlan(
            tokenizer=renderer.tokenizer,
            view=self.snapshot.view(self.base),
            format=Format.TEXT if text_only else request.format,
            at_least=request.count if request.format is Format.IDS and not text_only else 0,
            at_most=0 if text_only else request.count,
            taken=self.snapshot.positions(request.dismissed),
            want=None if text_only else WantPlan(self.snapshot.grammar, self._context(), self.narrow),
        )

    def narrow(self, words: str) -> View:
        """The view that a want's conditions leave. Conditions that contradict each other leave nothing."""
        self.want_read = words
        want = Want.parse(words)
        try:
            view = self.snapshot.view(self.base.both(self._conditions(want)))
        except ConditionError:
            return View(self.snapshot.index, np.zeros(len(self.snapshot.index), dtype=bool))
        if want.not_shown and self.shown:
            fresh = np.ones(len(self.snapshot.index), dtype=bool)
            fresh[self._positions(self.shown)] = False
            view = view & View(self.snapshot.index, fresh)
        return view

    def describe(self, words: str) -> tuple[str, ...]:
        """A want's conditions for people."""
        want = Want.parse(words)
        try:
            phrases = self._conditions(want).describe()
        except ConditionError:
            phrases = [word for word in want.words() if word != "not shown"]
        return (*phrases, *(["not shown before"] if want.not_shown else []))

    def nothing_matches(self, words: str) -> Notice:
        """Say honestly that nothing matches, and which single condition, dropped, would bring back most."""
        want = Want.parse(words)
        try:
            read = self._conditions(want)
        except ConditionError as error:
            return Notice(NOTHING_MATCHES, f"Nothing can match that: {error.message}.")
        parts = read.parts()
        best, gain = None, 0
        for part in parts:
            rest = self.snapshot.view(self.base.both(read.without(part)))
            if len(rest) > gain:
                best, gain = part, len(rest)
        if best is None:
            return Notice(NOTHING_MATCHES, "Nothing in the shop matches that.")
        items = "1 item" if gain == 1 else f"{gain} items"
        dropped = ", ".join(best.describe())
        return Notice(NOTHING_MATCHES, f"Nothing matches all of that. Without “{dropped}” there would be {items}.")

    def _conditions(self, want: Want) -> Conditions:
        return want.conditions(self._prices(self.last_shown))

    def _context(self) -> WantContext:
        words = " ".join(message.text for message in self.messages if message.role is Role.SHOPPER)
        wants = " ".join(message.want or "" for message in self.earlier)
        return WantContext(numbers_in(f"{words} {wants}"), bool(self.last_shown))

    def _prices(self, skus: Sequence[str]) -> list[int]:
        return [p.price_minor for p in self.snapshot.products(skus) if p.price_minor is not None] if skus else []

    def _positions(self, skus: Sequence[str]) -> np.ndarray:
        return self.snapshot.positions(skus)


def _known(message: Message, snapshot: Snapshot) -> Message:
    """A message without the items that the catalog no longer has under their SID."""
    index = snapshot.index
    parts = [part for part in message.parts if not isinstance(part, ItemPart) or index.position(part.sid) is not None]
    return dataclasses.replace(message, parts=tuple(parts))
