"""Conversations so far: a search and its reply, and turns after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from finetune.examples.asking import Ask, typed
from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.shop import ShopItem
from finetune.examples.tasks.search import Search
from neo_assistant.messages import Message
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want

_COUNTS = (10, 25, 55, 5, 5)
"""Weights of counts 1 to 5: long openings cost tokens and teach nothing new."""


@dataclass(frozen=True)
class Opening:
    """A conversation so far: the turns, what was wanted and shown last, and everything named."""

    messages: tuple[Message, ...]
    want: Want
    shown: tuple[ShopItem, ...]
    named: tuple[ShopItem, ...]
    steering: Steering
    wanted: int


class Dialogue:
    """What refinements, questions and comparisons share: the opening search."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop
        self.search = Search(desk)

    @property
    def possible(self) -> bool:
        return bool(self.shop.by_kind)

    def opening(self, draft: Draft, least: int) -> Opening | None:
        """A search that was answered with at least ``least`` items; None if this draw was not."""
        desk, item = self.desk, self.search.anchor(draft)
        if item.kind not in self.shop.by_kind:
            return None
        ask = self.search.asker.ask(draft, item, extra=draft.rng.choice((0, 0, 1, 1, 2)))
        count = max(draft.rng.choices((1, 2, 3, 4, 5), _COUNTS)[0], least, ask.wanted or 1)
        chosen = desk.choose(draft, self.shop.matching(ask.want), ask.wanted or count)
        return None if len(chosen) < least else self.asked(draft, ask, chosen, count)

    def asked(self, draft: Draft, ask: Ask, chosen: tuple[ShopItem, ...], count: int) -> Opening:
        """A search and its reply that names the chosen items; ``count`` is what the prompt states."""
        desk, found = self.desk, self.shop.matching(ask.want)
        reply = desk.parts_to_want(draft, ask.want, Pick(chosen, len(found)), ask.wanted or count)
        messages = (Message.shopper(self.search.asker.typed(draft, ask.text, ask.want)), reply)
        history = desk.some_history(draft, 0.1)
        steering = Steering(desk.task(draft, Task.SEARCH), (), Format.MIXED, count, history)
        return Opening(messages, ask.want, chosen, chosen, steering, count)

    def answered(
        self, draft: Draft, opening: Opening, text: str, want: Want, first: Sequence[ShopItem] = ()
    ) -> Opening:
        """The conversation with one more turn, and the reply to it, which names the items of ``first`` first."""
        found = self.shop.matching(want, shown=opening.shown, named=opening.named)
        chosen = self.desk.choose(draft, found, opening.wanted, first)
        reply = self.desk.parts_to_want(draft, want, Pick(chosen, len(found)), opening.wanted)
        messages = (*opening.messages, Message.shopper(typed(self.desk, draft, text, want)), reply)
        return replace(opening, messages=messages, want=want, shown=chosen, named=(*opening.named, *chosen))

    def finished(self, draft: Draft, name: str, opening: Opening) -> Example:
        return self.desk.example(draft, name, opening.steering, opening.messages[:-1], opening.messages[-1])
