"""What is like an item and what goes with it. The item stands in the shopper's turn, or last in the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.likeness import FACETS_OF_LIKENESS, most_alike
from finetune.examples.shop import KIND, ShopItem
from finetune.examples.statements import Statements
from finetune.examples.tasks.scenes import Scenes
from neo_assistant.messages import ItemPart, Message
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import SHOWN, Want

_BUT_SHARE = 0.35
_IN_HISTORY_SHARE = 0.5
_BEFORE_SHARE = 0.85
"""How often an item in the turn stands before the words: there a browser puts it."""


class Similar:
    """Others of the same kind, those that share most with the item first."""

    name = "similar"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop
        self.scenes = Scenes(desk)
        self.facts = Statements(desk.book, desk.shop, desk.lexicon)

    @property
    def possible(self) -> bool:
        return bool(self.shop.by_kind)

    def make(self, draft: Draft) -> Example | None:
        rng, desk = draft.rng, self.desk
        if rng.random() < _BUT_SHARE:
            return self._but(draft)
        item = rng.choice(self.shop.by_kind[rng.choice(list(self.shop.by_kind))])
        want = Want(facets=((KIND, str(item.kind)),))
        found = self.shop.matching(want)
        count = desk.count(draft)
        others = most_alike(self.shop.facets, [other for other in found if other is not item], item)
        chosen = desk.choose(draft, others[: count + 3], count, others[:1])
        if not chosen:
            return None
        format = Format.IDS if rng.random() < 0.25 else Format.MIXED
        message, history, task = place_item(desk, draft, item, desk.draw(draft, "similar"), Task.SIMILAR)
        lead = self._lead(draft, want, chosen)
        reply = desk.parts_to_want(draft, want, Pick(chosen, len(found)), count, format=format, lead=lead)
        steering = Steering(task, (), format, count, history)
        return desk.example(draft, self.name, steering, [message], reply)

    def _but(self, draft: Draft) -> Example | None:
        """Like one of those shown, or like the one in the turn, but cheaper or with another value of a facet."""
        rng, desk = draft.rng, self.desk
        scene = self.scenes.named(draft, 1) if rng.random() < 0.3 else self.scenes.draw(draft, 1)
        if scene is None:
            return None
        place = rng.randrange(len(scene.items))
        item, refs = scene.items[place], self.facts.words["refs"]
        if item.kind not in self.shop.by_kind:
            return None
        which = rng.choice(refs["this"] if len(scene.items) == 1 else refs["places"][place])
        want = Want(facets=((KIND, str(item.kind)),))
        if rng.random() < 0.6 and all(one.price_minor is not None for one in scene.items):
            want = replace(want, max_price=SHOWN)
            text = desk.draw(draft, "similar_but_cheaper", which=which)
        else:
            other = rng.choice(self.shop.by_kind[str(item.kind)])
            own = set(self.shop.facets_of(item))
            pairs = [pair for pair in self.shop.facets_of(other) if pair not in own and pair[0] in FACETS_OF_LIKENESS]
            if not pairs:
                return None
            name, value = rng.choice(pairs)
            want = replace(want, facets=self.shop.ordered({KIND: str(item.kind), name: value}))
            desk.note_combination(draft, want)
            text = desk.draw(draft, "similar_but", which=which, after=desk.lexicon.refined(name, value, rng)[0])
        found = self.shop.matching(want, shown=scene.items)
        alike = most_alike(self.shop.facets, [one for one in found if one is not item], item)
        chosen = desk.choose(draft, alike[: scene.count + 2], scene.count, alike[:1])
        reply = desk.parts_to_want(draft, want, Pick(chosen, len(found)), scene.count)
        return self.scenes.replied(draft, scene, self.name, text, reply, Task.SIMILAR)

    def _lead(self, draft: Draft, want: Want, chosen: Sequence[ShopItem]) -> str:
        things = self.desk.lexicon.things(want)
        if len(chosen) == 1:
            return self.desk.say(draft, "reply_one", things=things)
        number = self.desk.lexicon.number(len(chosen))
        return self.desk.say(draft, "reply_similar", count=number, things=things)


class GoesWith:
    """What people buy with an item: kinds that go with it, or one of them asked for by name."""

    name = "goes with"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    @property
    def possible(self) -> bool:
        return bool(self.shop.partners) or any(words.goes_with for words in self.shop.kinds.values())

    def make(self, draft: Draft) -> Example | None:
        rng = draft.rng
        if self.shop.by_kind:
            item = rng.choice(self.shop.by_kind[rng.choice(list(self.shop.by_kind))])
        else:
            item = rng.choice(self.shop.items)
        words = self.shop.kinds.get(str(item.kind))
        kinds = [kind for kind in (words.goes_with if words else ()) if kind in self.shop.by_kind]
        partners = [
            self.shop.by_sku[sku]
            for sku in self.shop.partners.get(item.sku, ())
            if self.shop.by_sku[sku].kind is None or self.shop.by_sku[sku].kind != item.kind
        ]
        if kinds and rng.random() < 0.4:
            return self._of_kind(draft, item, rng.choice(kinds), partners)
        return self._of_any(draft, item, kinds, partners)

    def _of_kind(self, draft: Draft, item: ShopItem, kind: str, partners: Sequence[ShopItem]) -> Example:
        desk, want = self.desk, Want(facets=((KIND, kind),))
        found, count = self.shop.matching(want), self.desk.count(draft)
        matched = most_alike(self.shop.facets, found, item)[: count + 3]
        chosen = desk.choose(draft, matched, count, [partner for partner in partners if partner in found][:1])
        things, thing = desk.lexicon.things(want), self._thing(item)
        number = desk.lexicon.number(len(chosen))
        lead = desk.say(draft, "reply_goes_with_kind", count=number, things=things, thing=thing)
        if len(chosen) == 1:
            lead = desk.say(draft, "reply_one", things=things)
        text = desk.draw(draft, "goes_with_kind", many=self.shop.plural(kind))
        message, history, task = place_item(desk, draft, item, text, Task.GOES_WITH)
        reply = desk.parts_to_want(draft, want, Pick(chosen, len(found)), count, lead=lead)
        return desk.example(draft, self.name, Steering(task, (), Format.MIXED, count, history), [message], reply)

    def _of_any(
        self, draft: Draft, item: ShopItem, kinds: Sequence[str], partners: Sequence[ShopItem]
    ) -> Example | None:
        rng, desk = draft.rng, self.desk
        count = desk.count(draft)
        first = list(partners[:1])
        shuffled = rng.sample(list(kinds), len(kinds))
        for kind in [*(kind for kind in shuffled if first and kind != first[0].kind), *shuffled, *shuffled]:
            alike = most_alike(self.shop.facets, self.shop.by_kind[kind], item)[:4]
            first += desk.choose(draft, [other for other in alike if other not in first], 1)
        first += [partner for partner in partners if partner not in first]
        chosen = tuple(first[:count])
        if not chosen:
            return None
        format = Format.IDS if rng.random() < 0.25 else Format.MIXED
        lead = desk.say(draft, "reply_goes_with", thing=self._thing(item))
        message, history, task = place_item(desk, draft, item, desk.draw(draft, "goes_with"), Task.GOES_WITH)
        found = len(self.shop.matching(Want()))
        reply = desk.parts_to_want(draft, Want(), Pick(chosen, found), count, format=format, lead=lead)
        return desk.example(draft, self.name, Steering(task, (), format, count, history), [message], reply)

    def _thing(self, item: ShopItem) -> str:
        return item.kind or self.desk.lexicon.words["item"]


def place_item(
    desk: Desk, draft: Draft, item: ShopItem, text: str, task: Task
) -> tuple[Message, tuple[Sid, ...], Task]:
    """The shopper's turn, the history and the stated task: the item in the turn, or last in the history."""
    words, part = desk.typed(draft, text), ItemPart(item.sid, item.sku)
    if draft.rng.random() < _IN_HISTORY_SHARE:
        before = tuple(sid for sid in desk.some_history(draft, 0.4) if sid != item.sid)
        return Message.shopper(words), (*before, item.sid), task
    first = draft.rng.random() < _BEFORE_SHARE
    message = Message.shopper(part, f" {words}") if first else Message.shopper(f"{words} ", part)
    return message, (), desk.task(draft, task)


NEIGHBOURS = (Similar, GoesWith)
