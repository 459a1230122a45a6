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
from catalog_db.money import minor_per_major
from neo_assistant.catalog import Catalog, Snapshot
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.engine.engine import Engine, Sampling
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, Notice, WantFound
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.stated import stated_in
from neo_assistant.grammar.want import WantContext, numbers_in
from neo_assistant.messages import ItemPart, Message, Role
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.request import Request
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import FIRST_FACETS, SHOWN, Want

NOTHING_MATCHES = "nothing-matches"
NO_WORDS = "What would you suggest for me?"
"""What a shopper is taken to ask who sends a history and no words."""
MAX_TURNS = 6
"""Earlier messages that a prompt holds: the latest ones."""

_TEXT_TASKS = (Task.DESCRIBE, Task.PROFILE)
_NOT_SHOWN = "not shown before"


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
        turn = _Turn(self._catalog.snapshot(), messages, request)
        prompt = self._renderer.prompt(turn.messages, turn.steering)
        plan = turn.plan(self._renderer)
        empty: WantFound | None = None
        for event in self._engine.write(prompt, plan, turn.snapshot.product_at, turn.describe, self._sampling, stop):
            if isinstance(event, WantFound) and event.items_left == 0:
                empty = event
            if isinstance(event, Done):
                if empty is not None:
                    yield turn.nothing_matches(empty.want)
                made_by = {**self._made_by, "want": turn.want_read, "conditions": request.conditions.to_dict()}
                event = dataclasses.replace(event, made_by=made_by)
            yield event


class _Turn:
    """One request against one snapshot."""

    def __init__(self, snapshot: Snapshot, said: Sequence[Message], request: Request) -> None:
        self.snapshot, self.request = snapshot, request
        said = _current(said, snapshot)
        named = [snapshot.positions([part.sku for part in message.items]) for message in said if message.items]
        self.shown = np.unique(np.concatenate(named)) if named else np.empty(0, dtype=np.int64)
        self.last_shown = named[-1] if named else self.shown
        earlier = said[-MAX_TURNS:]
        # A prompt begins with the shopper's turn, wherever the earlier turns were cut.
        while earlier and earlier[0].role is not Role.SHOPPER:
            earlier = earlier[1:]
        self.earlier = earlier
        self.messages = [*earlier, _spoken(Message.shopper(request.text))]
        scheme = snapshot.index.scheme
        unknown = sorted(set(request.types) - set(scheme.types))
        if unknown:
            raise RequestError(f"the shop has no item type {unknown[0]!r}", f"it has {', '.join(scheme.types)}")
        self.types = tuple(sorted(set(request.types)))
        self.taken = snapshot.positions(request.dismissed)
        self.want_read = ""
        history = snapshot.sids(request.history)
        self.steering = Steering(request.task, self.types, request.format, request.count, history)
        self.base = request.conditions
        if self.types:
            self.base = self.base.both(Conditions(item_types=frozenset(self.types)))

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
            taken=self.taken,
            want=None if text_only else WantPlan(self.snapshot.grammar, self._context(), self.narrow),
        )

    def narrow(self, words: str) -> View:
        """The view that a want's conditions leave; nothing, where they cannot be told."""
        self.want_read = words
        want = Want.parse(words)
        try:
            read = self._conditions(want)
        except ConditionError:
            return View(self.snapshot.index, Bitmap.from_positions(len(self.snapshot.index), NOTHING))
        return self._view(read, want.not_shown)

    def describe(self, words: str) -> tuple[str, ...]:
        """A want's conditions for people."""
        want = Want.parse(words)
        try:
            phrases = self._conditions(want).describe(self.snapshot.currency)
        except ConditionError:
            phrases = [word for word in want.words() if word != "not shown"]
        return (*phrases, *([_NOT_SHOWN] if want.not_shown else []))

    def nothing_matches(self, words: str) -> Notice:
        """Say honestly that nothing matches, and which single condition, dropped, would bring back most.

        What kind of thing was asked for is the last to be given up, however much else there is.
        """
        want = Want.parse(words)
        try:
            read = self._conditions(want)
        except ConditionError as error:
            return Notice(NOTHING_MATCHES, f"Nothing can be found by that: {error.message}.")
        choices = [
            (not _names_a_thing(part), self._view(read.without(part), want.not_shown).remaining(self.taken), part)
            for part in read.parts()
        ]
        phrases = {part: ", ".join(part.describe(self.snapshot.currency)) for _, _, part in choices}
        ranked = [(secondary, left, phrases[part]) for secondary, left, part in choices]
        if want.not_shown:
            ranked.append((True, self._view(read, not_shown=False).remaining(self.taken), _NOT_SHOWN))
        helpful = [choice for choice in ranked if choice[1]]
        if not helpful:
            return Notice(NOTHING_MATCHES, "Nothing in the shop matches that.")
        _, gain, dropped = max(helpful, key=lambda choice: choice[:2])
        items = "1 item" if gain == 1 else f"{gain} items"
        return Notice(NOTHING_MATCHES, f"Nothing matches all of that. Without “{dropped}” there would be {items}.")

    def _view(self, read: Conditions, not_shown: bool) -> View:
        """The request's conditions and those read, without what was shown if so asked."""
        view = self.snapshot.view(self.base.both(read))
        if not_shown:
            view = view & ~View(self.snapshot.index, Bitmap.from_positions(len(self.snapshot.index), self.shown))
        return view

    def _conditions(self, want: Want) -> Conditions:
        """A want's typed conditions.

        Raises:
            ConditionError: if it compares with prices that are not known.
        """
        prices: list[int] = []
        if SHOWN in (want.max_price, want.min_price):
            prices = self.snapshot.prices(self.last_shown)
            if not prices:
                raise ConditionError("what was shown has no price to compare with")
        return want.conditions(prices, minor_per_major(self.snapshot.currency))

    def _context(self) -> WantContext:
        words = [message.text for message in self.messages if message.role is Role.SHOPPER]
        # Limits stated earlier hold on when the words that named them are too far back to be shown.
        wants = [Want.parse(message.want) for message in self.earlier if message.want]
        words += [dataclasses.replace(want, item_type=None, facets=()).text() for want in wants]
        return WantContext(numbers_in(" ".join(words)), len(self.last_shown) > 0, stated_in(self.request.text))


def _current(said: Sequence[Message], snapshot: Snapshot) -> list[Message]:
    """Earlier messages in today's terms: items under the semantic id they have now, without those the catalog lost.

    A conversation may be older than the checkpoint, and the same semantic id may be of another product by now.
    """
    places = snapshot.places(sorted({part.sku for message in said for part in message.items}))
    index = snapshot.index
    messages = []
    for message in said:
        parts = [
            ItemPart(index.sid(places[part.sku]), part.sku) if isinstance(part, ItemPart) else part
            for part in message.parts
            if not isinstance(part, ItemPart) or part.sku in places
        ]
        messages.append(_spoken(dataclasses.replace(message, parts=tuple(parts))))
    return messages


def _spoken(message: Message) -> Message:
    """The message, with words where a shopper sent none."""
    silent = message.role is Role.SHOPPER and not message.items and not message.text.strip()
    return Message.shopper(NO_WORDS) if silent else message


def _names_a_thing(part: Conditions) -> bool:
    """Whether a single condition says what is wanted (a type, a kind) rather than how it should be."""
    return bool(part.item_types) or any(name == FIRST_FACETS[0] for name, _ in part.attributes)
