"""Items that a question is about, and how they came into the prompt, where their captions show what is true of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.shop import ShopItem
from finetune.examples.tasks.dialogue import Dialogue
from neo_assistant.captions import MAX_CAPTIONED
from neo_assistant.messages import ItemPart, Message, Part, TextPart, WantPart
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want, found_words

_IN_TURN_SHARE = 0.2
_RECOMMENDED_SHARE = 0.15
_AFTER_SHARE = 0.15
"""How often the words stand before the item: a browser puts them behind it."""


@dataclass(frozen=True)
class Scene:
    """What stands in the prompt before a question.

    Args:
        items: those whose captions the prompt shows, in their order.
        messages: the turns so far; empty where the items stand in the shopper's own turn.
        want: of the latest reply.
        history: what the system text shows.
        looked: items of the history, where the reply was a recommendation from it.
        count: as stated.
        spoken: the one of the items that the question before was about.
    """

    items: tuple[ShopItem, ...]
    messages: tuple[Message, ...] = ()
    want: Want = field(default_factory=Want)
    history: tuple[Sid, ...] = ()
    looked: tuple[ShopItem, ...] = ()
    count: int = 3
    spoken: ShopItem | None = None

    @property
    def in_turn(self) -> bool:
        return not self.messages


class Scenes:
    """Draws scenes and asks about their items."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop
        self._dialogue = Dialogue(desk)

    def draw(self, draft: Draft, least: int) -> Scene | None:
        """At least ``least`` items: found by a search, recommended, or named by the shopper; None if a draw fails."""
        chance = draft.rng.random()
        if chance < _IN_TURN_SHARE or not self.shop.by_kind:
            return self.named(draft, least)
        if chance < _IN_TURN_SHARE + _RECOMMENDED_SHARE and self.shop.journeys:
            return self._recommended(draft, least)
        opening = self._dialogue.opening(draft, least)
        if opening is None or not opening.shown or len(opening.shown) > MAX_CAPTIONED:
            return None
        steering = opening.steering
        return Scene(opening.shown, opening.messages, opening.want, steering.history, (), steering.count)

    def named(self, draft: Draft, least: int) -> Scene:
        """Items in the shopper's turn: one, or several of mostly one kind."""
        rng = draft.rng
        first = rng.choice(self.shop.items)
        pool: Sequence[ShopItem] = self.shop.by_kind.get(str(first.kind), ()) if rng.random() < 0.8 else ()
        pool = pool if len(pool) >= least else self.shop.by_type[first.item_type]
        pool = pool if len(pool) >= least else self.shop.items
        others = [item for item in pool if item is not first]
        count = least + (1 if least > 1 and len(others) >= least and rng.random() < 0.25 else 0)
        items = (first, *rng.sample(others, min(count - 1, len(others))))
        return Scene(items, history=self.desk.some_history(draft, 0.1), count=self.desk.count(draft))

    def _recommended(self, draft: Draft, least: int) -> Scene | None:
        rng, desk = draft.rng, self.desk
        journey = desk.journey(draft)
        if journey is None or len(journey.skus) < 2 + least:
            return None
        cut = rng.randrange(2, len(journey.skus) - least + 1)
        past = tuple(self.shop.by_sku[sku] for sku in journey.skus[max(0, cut - 5) : cut])
        items = tuple(self.shop.by_sku[sku] for sku in journey.skus[cut : cut + max(least, rng.choice((2, 3)))])
        lead = desk.say(draft, "reply_recommend_one")
        if len(items) > 1:
            number, things = desk.lexicon.number(len(items)), desk.lexicon.things(Want())
            lead = desk.say(draft, "reply_recommend", count=number, things=things)
        pick = Pick(items, len(self.shop.items))
        reply = desk.parts_to_want(draft, Want(), pick, len(items), lead=lead)
        opening = Message.shopper(desk.typed(draft, desk.draw(draft, "recommend")))
        return Scene(items, (opening, reply), Want(), tuple(item.sid for item in past), past, max(3, len(items)))

    def asked(self, draft: Draft, scene: Scene, name: str, question: str, answer: str, task: Task) -> Example:
        """The example: a question about the scene's items, answered in words.

        Args:
            draft: of the example.
            scene: what stands before the question.
            name: of the mixture's task.
            question: as composed.
            answer: true of the items' rows.
            task: what the steering states where it states more than ``chat``.
        """
        desk, words = self.desk, self.desk.typed(draft, question)
        task = task if draft.rng.random() < 0.35 else Task.CHAT
        in_words = task is not Task.CHAT
        format = Format.TEXT if draft.rng.random() < (0.5 if in_words else 0.1) else Format.MIXED
        found = len(self.shop.matching(scene.want))
        want = WantPart(scene.want.text() + found_words(found))
        spoken = in_words or format is Format.TEXT
        reply = Message.assistant(*([] if spoken else [want]), TextPart(answer))
        steering = Steering(task, (), format, scene.count, scene.history)
        return desk.example(draft, name, steering, [*scene.messages, self._turn(draft, scene, words)], reply)

    def after(self, draft: Draft, scene: Scene, question: str, answer: str, spoken: ShopItem | None) -> Scene:
        """The scene with one more question, about ``spoken`` if about one item, and its answer in words."""
        want = WantPart(scene.want.text() + found_words(len(self.shop.matching(scene.want))))
        turns = (Message.shopper(self.desk.typed(draft, question)), Message.assistant(want, TextPart(answer)))
        return replace(scene, messages=(*scene.messages, *turns), spoken=spoken)

    def replied(self, draft: Draft, scene: Scene, name: str, text: str, reply: Message, task: Task) -> Example:
        """The example: words that refer to the scene's items, and a reply that names others."""
        steering = Steering(self.desk.task(draft, task), (), Format.MIXED, scene.count, scene.history)
        turn = self._turn(draft, scene, self.desk.typed(draft, text))
        return self.desk.example(draft, name, steering, [*scene.messages, turn], reply)

    def _turn(self, draft: Draft, scene: Scene, words: str) -> Message:
        if not scene.in_turn:
            return Message.shopper(words)
        parts: list[Part] = [ItemPart(item.sid, item.sku) for item in scene.items]
        if draft.rng.random() < _AFTER_SHARE:
            return Message.shopper(TextPart(f"{words} "), *parts)
        return Message.shopper(*parts, TextPart(f" {words}"))
