"""Later turns: a search and its reply, then a refinement of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from finetune.examples.asking import above, below, spelled
from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.shop import KIND, ShopItem
from finetune.examples.tasks.neighbours import most_alike
from finetune.examples.tasks.search import Search
from neo_assistant.messages import Message
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import SHOWN, Want

_REFINED_BY = ("colour", "color", "material", "use", "feature", "size", "capacity", "audience", "brand")
_THREE_TURNS = 0.12
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
        wanted = ask.wanted or count
        found = self.shop.matching(ask.want)
        chosen = desk.choose(draft, found, wanted)
        if len(chosen) < least:
            return None
        reply = desk.parts_to_want(draft, ask.want, Pick(chosen, len(found)), wanted)
        messages = (Message.shopper(desk.typed(draft, ask.text)), reply)
        history = desk.some_history(draft, 0.1)
        steering = Steering(desk.task(draft, Task.SEARCH), (), Format.MIXED, count, history)
        return Opening(messages, ask.want, chosen, chosen, steering, count)

    def answered(self, draft: Draft, opening: Opening, text: str, want: Want, wanted: int | None = None) -> Opening:
        """The conversation with one more turn, and the reply to it."""
        found = self.shop.matching(want, shown=opening.shown, named=opening.named)
        wanted = wanted or opening.wanted
        chosen = self.desk.choose(draft, found, wanted)
        reply = self.desk.parts_to_want(draft, want, Pick(chosen, len(found)), wanted)
        messages = (*opening.messages, Message.shopper(self.desk.typed(draft, text)), reply)
        return replace(opening, messages=messages, want=want, shown=chosen, named=(*opening.named, *chosen))

    def finished(self, draft: Draft, name: str, opening: Opening) -> Example:
        return self.desk.example(draft, name, opening.steering, opening.messages[:-1], opening.messages[-1])


class Refine(Dialogue):
    """Cheaper ones, others, in another colour, within a price, in stock, or something else altogether."""

    name = "refine"

    def make(self, draft: Draft) -> Example | None:
        opening = self.opening(draft, 1)
        if opening is None:
            return None
        if draft.rng.random() < _THREE_TURNS:
            middle = self._step(draft, opening, relative=False)
            if middle is None or not middle.shown:
                return None
            opening = middle
        refined = self._step(draft, opening, relative=True)
        if refined is None or (refined.want == opening.want and not refined.want.not_shown):
            return None
        return self.finished(draft, self.name, refined)

    def _step(self, draft: Draft, opening: Opening, relative: bool) -> Opening | None:
        """One refinement; ``relative`` ones refer to what was shown and are never built upon."""
        steps = [(3.0, self._facet), (1.5, self._price), (0.8, self._stock), (1.2, self._other_kind)]
        if relative:
            steps += [(2.5, self._cheaper), (0.7, self._dearer), (2.0, self._others), (1.0, self._like_one)]
        step = draft.rng.choices([step for _, step in steps], [weight for weight, _ in steps])[0]
        return step(draft, opening)

    def _cheaper(self, draft: Draft, opening: Opening) -> Opening | None:
        if any(item.price_minor is None for item in opening.shown):
            return None
        want = replace(opening.want, max_price=SHOWN, min_price=None)
        return self.answered(draft, opening, self.desk.draw(draft, "refine_cheaper"), want)

    def _dearer(self, draft: Draft, opening: Opening) -> Opening | None:
        if any(item.price_minor is None for item in opening.shown):
            return None
        want = replace(opening.want, min_price=SHOWN, max_price=None)
        return self.answered(draft, opening, self.desk.draw(draft, "refine_dearer"), want)

    def _others(self, draft: Draft, opening: Opening) -> Opening | None:
        text = self.desk.draw(draft, "refine_other")
        return self.answered(draft, opening, text, replace(opening.want, not_shown=True))

    def _stock(self, draft: Draft, opening: Opening) -> Opening | None:
        text = self.desk.draw(draft, "refine_stock")
        return self.answered(draft, opening, text, replace(opening.want, in_stock=True))

    def _price(self, draft: Draft, opening: Opening) -> Opening | None:
        prices = [item.price_minor for item in opening.shown if item.price_minor is not None]
        if not prices:
            return None
        near = Decimal(draft.rng.choice(prices)) / self.shop.minor_per_major
        limit = above(near, draft.rng) if draft.rng.random() < 0.7 else below(near, draft.rng)
        if limit is None:
            return None
        want = replace(opening.want, max_price=limit, min_price=None)
        text = self.desk.draw(draft, "refine_price", max=spelled(limit, draft.rng))
        return self.answered(draft, opening, text, want)

    def _facet(self, draft: Draft, opening: Opening) -> Opening | None:
        rng, facets = draft.rng, dict(opening.want.facets)
        kind = facets.get(KIND)
        if kind is None:
            return None
        other = rng.choice(self.shop.by_kind[kind])
        options = [
            (name, value)
            for name, value in self.shop.facets_of(other)
            if name in _REFINED_BY and facets.get(name) != value
        ]
        if not options:
            return None
        name, value = rng.choice(options)
        want = replace(opening.want, facets=self.shop.ordered({**facets, name: value}))
        self.desk.note_combination(draft, want)
        after, bare = self.desk.lexicon.refined(name, value, rng)
        return self.answered(draft, opening, self.desk.draw(draft, "refine_facet", after=after, value=bare), want)

    def _other_kind(self, draft: Draft, opening: Opening) -> Opening | None:
        """A new subject: what was wanted before does not count any more."""
        rng, kinds = draft.rng, self.shop.by_kind
        words = self.shop.kinds.get(dict(opening.want.facets).get(KIND, ""))
        near = [kind for kind in (words.goes_with if words else ()) if kind in kinds]
        kind = rng.choice(near if near and rng.random() < 0.5 else list(kinds))
        ask = self.search.asker.facets(draft, rng.choice(kinds[kind]), extra=rng.choice((0, 0, 0, 1, 1, 2)))
        want = Want(facets=self.shop.ordered({**ask, KIND: kind}))
        self.desk.note_combination(draft, want)
        noun = self.desk.lexicon.asked(dict(want.facets), rng)
        text = self.desk.draw(draft, "refine_kind", many=noun.many, bare=noun.bare, one=noun.one)
        return self.answered(draft, opening, text, want)

    def _like_one(self, draft: Draft, opening: Opening) -> Opening | None:
        """More like the first or second item: others of its kind, not those shown."""
        place = draft.rng.randrange(min(2, len(opening.shown)))
        item = opening.shown[place]
        want = Want(facets=((KIND, str(item.kind)),), not_shown=True)
        found = self.shop.matching(want, named=opening.named)
        alike = most_alike(self.shop.facets, found, item)
        chosen = self.desk.choose(draft, alike[: opening.wanted + 3], opening.wanted, alike[:1])
        text = self.desk.draw(draft, ("similar_first", "similar_second")[place])
        things = self.desk.lexicon.things(replace(want, not_shown=False))
        lead = self.desk.say(draft, "reply_similar", count=self.desk.lexicon.number(len(chosen)), things=things)
        if len(chosen) == 1:
            lead = self.desk.say(draft, "reply_one", things=things)
        reply = self.desk.parts_to_want(draft, want, Pick(chosen, len(found)), opening.wanted, lead=lead)
        messages = (*opening.messages, Message.shopper(self.desk.typed(draft, text)), reply)
        return replace(opening, messages=messages, want=want, shown=chosen, named=(*opening.named, *chosen))


DIALOGUE = (Refine,)
