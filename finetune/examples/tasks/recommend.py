"""Recommendation: from what somebody looked at to what they looked at next; without a past, to what is popular."""

from __future__ import annotations

from collections.abc import Sequence

from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.shop import ShopItem
from neo_assistant.messages import Message
from neo_assistant.steering import MAX_HISTORY, Format, Steering, Task
from neo_assistant.want import Want

_LENGTHS = (2, 3, 3, 4, 4, 5, 6, 7, 8, 10, MAX_HISTORY)
_BECAUSE_SHARE = 0.4


class Recommend:
    """The next item of a shopper's log first, then further ones of theirs, then what goes with their taste."""

    name = "recommend"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    @property
    def possible(self) -> bool:
        return any(len(journey.skus) > 2 for journey in self.shop.journeys)

    def make(self, draft: Draft) -> Example | None:
        rng, desk = draft.rng, self.desk
        journey = desk.journey(draft)
        if journey is None or len(journey.skus) < 3:
            return None
        cut = rng.randrange(1, len(journey.skus))
        past = [self.shop.by_sku[sku] for sku in journey.skus[max(0, cut - rng.choice(_LENGTHS)) : cut]]
        future = [self.shop.by_sku[sku] for sku in journey.skus[cut:]]
        count = desk.count(draft)
        format = Format.IDS if rng.random() < 0.35 else Format.MIXED
        asked, types, want = rng.random(), tuple[str, ...](), Want()
        target = future[0].item_type
        if asked < 0.15:  # beside the words
            types = (target,)
        if 0.15 <= asked < 0.3:  # asked in words
            want = Want(item_type=target)
            spoken, place = desk.lexicon.type_asked(target, rng)
            text = desk.draw(draft, "recommend_of_type", type=spoken, place=place)
        else:
            text = desk.draw(draft, "recommend")
        found = self.shop.matching(want, types=types)
        seen = {item.sku for item in past}
        allowed = [item for item in found if item.sku not in seen]
        chosen = desk.choose(draft, self._to_taste(allowed, past, future), count, self._first(allowed, future, past))
        if not chosen:
            return None
        task = desk.task(draft, Task.RECOMMEND)
        steering = Steering(task, types, format, count, tuple(item.sid for item in past))
        lead = self._lead(draft, want, past, chosen)
        pick = Pick(chosen, len(found))
        reply = desk.parts_to_want(draft, want, pick, count, format=format, types=types, lead=lead)
        return desk.example(draft, self.name, steering, [Message.shopper(desk.typed(draft, text))], reply)

    def _first(
        self, allowed: Sequence[ShopItem], future: Sequence[ShopItem], past: Sequence[ShopItem]
    ) -> list[ShopItem]:
        """What they looked at next, then what others bought with what they looked at last."""
        possible = {item.sku for item in allowed}
        later = [item for item in future if item.sku in possible][:3]
        partners = [self.shop.by_sku[sku] for sku in self.shop.partners.get(past[-1].sku, ()) if sku in possible]
        return [*later, *partners[:2]]

    def _to_taste(
        self, allowed: Sequence[ShopItem], past: Sequence[ShopItem], future: Sequence[ShopItem]
    ) -> Sequence[ShopItem]:
        """Items of the kinds they looked at or turned to, if there are any such."""
        kinds = {item.kind for item in (*past[-4:], *future[:3])} - {None}
        return [item for item in allowed if item.kind in kinds] or allowed

    def _lead(self, draft: Draft, want: Want, past: Sequence[ShopItem], chosen: Sequence[ShopItem]) -> str:
        kinds = self.desk.kinds_of(past)
        if kinds and draft.rng.random() < _BECAUSE_SHARE:
            return self.desk.say(draft, "reply_because", kinds=self.desk.lexicon.joined(kinds))
        if len(chosen) == 1:
            return self.desk.say(draft, "reply_recommend_one")
        things = self.desk.lexicon.things(want)
        return self.desk.say(draft, "reply_recommend", count=self.desk.lexicon.number(len(chosen)), things=things)


class Popular:
    """No history: the most popular items, of any type or of the type asked for."""

    name = "popular"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    @property
    def possible(self) -> bool:
        return len(self.shop.items) > 1

    def make(self, draft: Draft) -> Example | None:
        rng, desk = draft.rng, self.desk
        types: tuple[str, ...] = (rng.choice(list(self.shop.by_type)),) if rng.random() < 0.5 else ()
        asked_recommend = rng.random() < 0.5
        text = desk.draw(draft, "recommend" if asked_recommend else "popular")
        count = desk.count(draft)
        ranked = self.shop.popular[types[0] if types else None]
        best = ranked[: max(12, 4 * count)]
        chosen = self._varied(desk.choose(draft, best, len(best)), count)
        format = Format.IDS if rng.random() < 0.2 else Format.MIXED
        number = desk.lexicon.number(len(chosen))
        things = desk.lexicon.things(Want(item_type=types[0] if types else None))
        lead = desk.say(draft, "reply_popular", count=number, things=things)
        if len(chosen) == 1:
            lead = desk.say(draft, "reply_one", things=things)
        steering = Steering(desk.task(draft, Task.RECOMMEND), types, format, count)
        reply = desk.parts_to_want(
            draft, Want(), Pick(chosen, len(ranked)), count, format=format, types=types, lead=lead
        )
        return desk.example(draft, self.name, steering, [Message.shopper(desk.typed(draft, text))], reply)

    def _varied(self, items: Sequence[ShopItem], count: int) -> tuple[ShopItem, ...]:
        """The first of each kind, before second ones."""
        firsts: dict[str, ShopItem] = {}
        for item in items:
            firsts.setdefault(item.kind or item.sku, item)
        return tuple([*firsts.values(), *(item for item in items if item not in firsts.values())][:count])


class Profile:
    """A history to two short sentences on the taste it shows: the kinds, and what most of the items have in common."""

    name = "profile"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    @property
    def possible(self) -> bool:
        return bool(self.shop.by_kind) and any(len(journey.skus) > 2 for journey in self.shop.journeys)

    def make(self, draft: Draft) -> Example | None:
        rng, desk = draft.rng, self.desk
        journey = desk.journey(draft)
        if journey is None or len(journey.skus) < 3:
            return None
        skus = journey.skus[: rng.randrange(3, len(journey.skus) + 1)][-rng.choice((4, 6, 8, MAX_HISTORY)) :]
        items = [self.shop.by_sku[sku] for sku in skus]
        kinds = desk.kinds_of(items)
        if not kinds:
            return None
        text = desk.say(draft, "profile_kinds", kinds=desk.lexicon.joined(kinds))
        likes = self._common(items)
        if likes:
            text += desk.say(draft, "profile_taste", likes=desk.lexicon.joined(likes))
        task = Task.PROFILE if rng.random() < 0.8 else Task.CHAT
        format = Format.TEXT if task is Task.CHAT or rng.random() < 0.6 else Format.MIXED
        steering = Steering(task, (), format, desk.count(draft), tuple(item.sid for item in items))
        question = desk.typed(draft, desk.draw(draft, "profile"))
        reply = Message.assistant(text)
        return desk.example(draft, self.name, steering, [Message.shopper(question)], reply)

    def _common(self, items: Sequence[ShopItem]) -> list[str]:
        """Facet values, other than the kind, that at least two in five items (and two of them) share; at most two."""
        counts: dict[tuple[str, str], int] = {}
        for item in items:
            for facet, value in self.shop.facets_of(item):
                if facet in ("colour", "color", "material", "brand"):
                    counts[facet, value] = counts.get((facet, value), 0) + 1
        ranked = sorted(counts, key=lambda key: (-counts[key], key))
        return [value for facet, value in ranked if counts[facet, value] >= max(2, 0.4 * len(items))][:2]


RECOMMEND = (Recommend, Popular, Profile)
