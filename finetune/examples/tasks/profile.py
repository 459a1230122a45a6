"""A taste profile: what somebody looks at, in words, from the semantic ids of their history alone."""

from __future__ import annotations

from collections.abc import Sequence

from finetune.examples.desk import Desk, Draft
from finetune.examples.example import Example
from finetune.examples.shop import ShopItem
from finetune.examples.statements import capital
from finetune.examples.taste import PriceLevels, Taste
from finetune.teacher.questions import PROFILE
from neo_assistant.messages import Message, TextPart, WantPart
from neo_assistant.steering import MAX_HISTORY, Format, Steering, Task
from neo_assistant.want import Want, found_words

_NOTHING_SHARE = 0.04
_SHORT_SHARE = 0.08
LEAST = 3
"""Items from which a taste can be told."""


class Profile:
    """A history to two or three short sentences: kinds, types, and how dear things of those kinds are.

    Colours, materials and uses are left out: the prompt holds no captions of a history, and a small model that has to
    tell them from semantic ids makes them up.
    """

    name = "profile"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop
        self.levels = PriceLevels(desk.shop)

    @property
    def possible(self) -> bool:
        return bool(self.shop.by_kind) and any(len(journey.skus) >= LEAST for journey in self.shop.journeys)

    def make(self, draft: Draft) -> Example | None:
        rng = draft.rng
        chance = rng.random()
        if chance < _NOTHING_SHARE:
            return self._example(draft, (), self.desk.say(draft, "profile_nothing"))
        if (taught := self.desk.taught.draw(PROFILE, rng)) is not None:
            self.desk.note_shopper(draft, taught.question.shopper)
            seen = tuple(item for sku in taught.question.history if (item := self.shop.by_sku.get(sku)))
            return self._example(draft, seen, "".join(map(str, taught.parts)))
        journey = self.desk.journey(draft)
        if journey is None or len(journey.skus) < LEAST:
            return None
        if chance < _NOTHING_SHARE + _SHORT_SHARE:
            end = rng.randrange(len(journey.skus)) + 1
            skus = journey.skus[max(0, end - rng.choice((1, 2))) : end]
        else:
            skus = journey.skus[: rng.randrange(LEAST, len(journey.skus) + 1)][-rng.choice((4, 6, 8, MAX_HISTORY)) :]
        items = tuple(self.shop.by_sku[sku] for sku in skus)
        text = self.text(draft, items)
        return None if text is None else self._example(draft, items, text)

    def text(self, draft: Draft, items: Sequence[ShopItem]) -> str | None:
        """The profile; None if the items have no kinds."""
        desk, lexicon, taste = self.desk, self.desk.lexicon, Taste(self.shop, items)
        kinds = desk.kinds_of(items, 3 if len(items) > 5 else 2)
        if not kinds:
            return None
        looked = lexicon.joined(kinds)
        if len(items) < LEAST:
            return desk.say(draft, "profile_short", kinds=looked)
        sentences = [desk.say(draft, "profile_kinds", kinds=looked, Kinds=capital(looked))]
        further = []
        if (level := taste.price_level(self.levels)) is not None:
            further.append(desk.say(draft, f"profile_price_{level}"))
        if taste.types and len(further) < 2:
            types = lexicon.joined([lexicon.type_name(name) for name in taste.types[:2]])
            further.append(desk.say(draft, "profile_types", types=types))
        return "".join([*sentences, *further[:2]])

    def _example(self, draft: Draft, items: Sequence[ShopItem], text: str) -> Example:
        rng, desk = draft.rng, self.desk
        task = Task.PROFILE if rng.random() < 0.6 else Task.CHAT
        format = Format.TEXT if rng.random() < (0.5 if task is Task.PROFILE else 0.2) else Format.MIXED
        steering = Steering(task, (), format, desk.count(draft), tuple(item.sid for item in items))
        question = Message.shopper(desk.typed(draft, desk.draw(draft, "profile")))
        in_chat = task is Task.CHAT and format is Format.MIXED
        want = [WantPart(found_words(len(self.shop.matching(Want()))))] if in_chat else []
        return desk.example(draft, self.name, steering, [question], Message.assistant(*want, TextPart(text)))
