"""Recommendation: from what somebody looked at to what they looked at next; without a past, to what is popular."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.likeness import related
from finetune.examples.shop import KIND, ShopItem
from finetune.examples.tasks.profile import Profile
from finetune.teacher.questions import REASON
from finetune.teacher.taught import Text
from neo_assistant.messages import ItemPart, Message, WantPart
from neo_assistant.steering import MAX_HISTORY, Format, Steering, Task
from neo_assistant.want import Want, found_words

_LENGTHS = (2, 3, 3, 4, 4, 5, 6, 7, 8, 10, MAX_HISTORY)
_REASON_SHARE = 0.7
_TYPED_SHARE = 0.7


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
        if (taught := desk.taught.draw(REASON, rng)) is not None:
            return self._taught(draft, taught)
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

    def _taught(self, draft: Draft, text: Text) -> Example | None:
        """A recommendation in the teacher's words, its items where they name them."""
        question, desk = text.question, self.desk
        items = [self.shop.by_sku[sku] for sku in question.items if sku in self.shop.by_sku]
        past = [self.shop.by_sku[sku].sid for sku in question.history if sku in self.shop.by_sku]
        if len(items) < len(question.items):
            return None
        desk.note_shopper(draft, question.shopper)
        count = max(desk.count(draft), len(items))
        steering = Steering(desk.task(draft, Task.RECOMMEND), (), Format.MIXED, count, tuple(past))
        want = WantPart(found_words(len(self.shop.items)))
        named = [ItemPart(items[part].sid, items[part].sku) if isinstance(part, int) else part for part in text.parts]
        asked = Message.shopper(desk.typed(draft, desk.draw(draft, "recommend")))
        return desk.example(draft, self.name, steering, [asked], Message.assistant(want, *named))

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
        """Why these: the kinds looked at, what most of them share, and the kinds that follow."""
        desk, lexicon = self.desk, self.desk.lexicon
        kinds, number = desk.kinds_of(past), lexicon.number(len(chosen))
        things = f"{number} {lexicon.things(want)}" if want.item_type else self._listing(chosen)
        if kinds and related(self.shop, past, chosen) and draft.rng.random() < _REASON_SHARE:
            looked = lexicon.joined(kinds)
            if len(chosen) == 1:
                thing = chosen[0].kind or lexicon.words["item"]
                return desk.say(draft, "reply_since_one", kinds=looked, thing=thing)
            return desk.say(draft, "reply_since", kinds=looked, things=things)
        if len(chosen) == 1:
            return desk.say(draft, "reply_recommend_one")
        return desk.say(draft, "reply_recommend", count=number, things=lexicon.things(want))

    def _listing(self, items: Sequence[ShopItem]) -> str:
        """How many of which kinds follow, if they are of one or two: ``two mugs and one teapot``."""
        lexicon, counts = self.desk.lexicon, Counter(item.kind for item in items)
        if len(counts) > 2 or not set(counts) <= set(self.shop.by_kind):
            return f"{lexicon.number(len(items))} {lexicon.words['items']}"
        return lexicon.joined(
            [
                f"{lexicon.number(count)} {kind if count == 1 else self.shop.plural(str(kind))}"
                for kind, count in counts.items()
            ]
        )


class Popular:
    """No history: what sells best of anything, of a type or of a kind, in the order of the log."""

    name = "popular"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    @property
    def possible(self) -> bool:
        return len(self.shop.items) > 1

    def make(self, draft: Draft) -> Example | None:
        rng, desk = draft.rng, self.desk
        types: tuple[str, ...] = ()
        want, chance = Want(), rng.random()
        if chance < 0.3:  # beside the words
            types = (rng.choice(list(self.shop.by_type)),)
            text = desk.draw(draft, "recommend" if rng.random() < 0.6 else "popular")
        elif chance < 0.55:
            want = Want(item_type=rng.choice(list(self.shop.by_type)))
            spoken, place = desk.lexicon.type_asked(str(want.item_type), rng)
            group = "popular_of_type" if rng.random() < 0.7 else "recommend_of_type"
            text = desk.draw(draft, group, type=spoken, place=place)
        elif chance < 0.75 and self.shop.by_kind:
            kind = rng.choice(list(self.shop.by_kind))
            want = Want(facets=((KIND, kind),))
            text = desk.draw(draft, "popular_of_kind", many=self.shop.plural(kind))
        else:
            text = desk.draw(draft, "recommend" if rng.random() < 0.5 else "popular")
        return self._answer(draft, want, types, text)

    def _answer(self, draft: Draft, want: Want, types: tuple[str, ...], text: str) -> Example:
        rng, desk, count = draft.rng, self.desk, self.desk.count(draft)
        found = sorted(self.shop.matching(want, types=types), key=lambda item: (-item.popularity, item.sku))
        chosen = tuple(found[:count]) if want.facets else varied(found[: max(12, 4 * count)], count)
        format = Format.IDS if rng.random() < 0.2 else Format.MIXED
        spoken = want if want != Want() or not types else Want(item_type=types[0])
        things = desk.lexicon.things(spoken)
        lead = desk.say(draft, "reply_popular", count=desk.lexicon.number(len(chosen)), things=things)
        if len(chosen) == 1:
            lead = desk.say(draft, "reply_one", things=things)
        steering = Steering(desk.task(draft, Task.RECOMMEND), types, format, count)
        pick = Pick(chosen, len(found))
        reply = desk.parts_to_want(draft, want, pick, len(chosen), format=format, types=types, lead=lead)
        return desk.example(draft, self.name, steering, [Message.shopper(desk.typed(draft, text))], reply)


class FirstItem:
    """No history: what one shopper took first, of anything or of a type.

    Over many shoppers this says how often an item is taken by somebody of whom nothing is known, where
    :class:`Popular` tells the few items at the top from all others.
    """

    name = "first item"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    @property
    def possible(self) -> bool:
        return bool(self.shop.journeys)

    def make(self, draft: Draft) -> Example | None:
        rng, desk = draft.rng, self.desk
        journey = desk.journey(draft)
        if journey is None or not journey.skus:
            return None
        first = self.shop.by_sku[journey.skus[0]]
        types = (first.item_type,) if rng.random() < _TYPED_SHARE else ()
        found, count = self.shop.matching(Want(), types=types), desk.count(draft)
        # The weighted draw without replacement of Efraimidis and Spirakis (2006): the highest u ** (1 / weight).
        others = sorted(found, key=lambda item: rng.random() ** (1 / item.popularity), reverse=True)
        chosen = tuple(dict.fromkeys((first, *others)))[:count]
        steering = Steering(desk.task(draft, Task.RECOMMEND), types, Format.IDS, count)
        reply = desk.parts_to_want(draft, Want(), Pick(chosen, len(found)), count, format=Format.IDS, types=types)
        text = desk.typed(draft, desk.draw(draft, "recommend"))
        return desk.example(draft, self.name, steering, [Message.shopper(text)], reply)


def varied(items: Sequence[ShopItem], count: int) -> tuple[ShopItem, ...]:
    """The first item of each kind, then second ones."""
    firsts: dict[str, ShopItem] = {}
    for item in items:
        firsts.setdefault(item.kind or item.sku, item)
    chosen = set(firsts.values())
    return tuple([*firsts.values(), *(item for item in items if item not in chosen)][:count])


RECOMMEND = (Recommend, Popular, FirstItem, Profile)
