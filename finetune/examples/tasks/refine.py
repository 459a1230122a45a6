"""Later turns that change what is wanted: a condition more, another, or none, other items, or another subject.

What was stated holds until it is replaced or dropped. What refers to the items shown ("cheaper", "others") holds for
one turn only: in the next one those items are no longer the last ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from finetune.examples.asking import above, below, spelled
from finetune.examples.chat import Chat
from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.likeness import most_alike
from finetune.examples.shop import BRAND, KIND
from finetune.examples.tasks.dialogue import Dialogue, Opening
from neo_assistant.messages import Message
from neo_assistant.want import SHOWN, Want

_REFINED_BY = ("colour", "color", "material", "use", "feature", "size", "capacity", "audience", "brand")
_NAMED = ("colour", "color", "material", "size", BRAND)
"""Facets that people call by their name: "any colour is fine"."""
_THREE_TURNS = 0.25
_NOTHING_FIRST = 0.12
"""How often the first search found nothing."""
_TALK_BETWEEN = 0.1
_LIMITED_NEED_SHARE = 0.3

Step = Callable[[Draft, Opening], Opening | None]


class Refine(Dialogue):
    """Cheaper ones, others, in another colour or any, within a price, in stock, or something else altogether."""

    name = "refine"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._chat = Chat(desk)

    def make(self, draft: Draft) -> Example | None:
        nothing = draft.rng.random() < _NOTHING_FIRST
        opening = self._unmet(draft) if nothing else self.opening(draft, 1)
        if opening is None:
            return None
        if draft.rng.random() < _THREE_TURNS:
            middle = self._step(draft, opening)
            if middle is None:
                return None
            opening = middle
        if draft.rng.random() < _TALK_BETWEEN:
            talk = self._chat.exchange(draft, later=True)
            opening = replace(opening, messages=(*opening.messages, *talk))
        refined = self._step(draft, opening)
        if refined is None or (refined.want == opening.want and not refined.want.not_shown):
            return None
        return self.finished(draft, self.name, refined)

    def _unmet(self, draft: Draft) -> Opening | None:
        """A search that found nothing, answered with what could be given up."""
        item = self.search.anchor(draft)
        ask = self.search.asker.unmet(draft, item) if item.kind in self.shop.by_kind else None
        return None if ask is None else self.asked(draft, replace(ask, wanted=None), (), 3)

    def _step(self, draft: Draft, opening: Opening) -> Opening | None:
        """One refinement."""
        opening = replace(opening, want=_settled(opening.want))
        want, steps = opening.want, list[tuple[float, Step]]()
        steps += [(3.0, self._facet), (0.8, self._stock), (1.2, self._other_kind), (1.0, self._instead)]
        steps += [(4.0, self._other_need)]
        steps += [(1.2, self._drop_facet)] if len(want.facets) > 1 else []
        steps += [(1.0, self._drop_price)] if (want.max_price, want.min_price) != (None, None) else []
        steps += [(1.0, self._drop_stock)] if want.in_stock else []
        steps += [(1.0, self._drop_rating)] if want.min_rating is not None else []
        if opening.shown:
            steps += [(1.5, self._price), (2.5, self._cheaper), (0.7, self._dearer), (2.0, self._others)]
            steps += [(1.0, self._like_one), (1.0, self._one_but)]
        elif self.desk.lexicon.relaxable(want):
            steps += [(4.0, self._accept)]
        step = draft.rng.choices([step for _, step in steps], [weight for weight, _ in steps])[0]
        return step(draft, opening)

    # -- conditions more, or others ----------------------------------------------------------------------------------

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
        found = self._refined(draft, opening.want, _REFINED_BY)
        if found is None:
            return None
        want, after, bare = found
        return self.answered(draft, opening, self.desk.draw(draft, "refine_facet", after=after, value=bare), want)

    def _refined(self, draft: Draft, want: Want, names: tuple[str, ...]) -> tuple[Want, str, str] | None:
        """The want with another value of a facet that something of its kind has, and the value in words."""
        rng, facets = draft.rng, dict(want.facets)
        kind = facets.get(KIND)
        if kind is None:
            return None
        other = rng.choice(self.shop.by_kind[kind])
        options = [
            (name, value) for name, value in self.shop.facets_of(other) if name in names and facets.get(name) != value
        ]
        if not options:
            return None
        name, value = rng.choice(options)
        refined = replace(want, facets=self.shop.ordered({**facets, name: value}))
        self.desk.note_combination(draft, refined)
        return refined, *self.desk.lexicon.refined(name, value, rng)

    # -- conditions less ---------------------------------------------------------------------------------------------

    def _drop_facet(self, draft: Draft, opening: Opening) -> Opening | None:
        name, value = draft.rng.choice([pair for pair in opening.want.facets if pair[0] != KIND] or [(KIND, "")])
        if name == KIND:
            return None
        if name in _NAMED and draft.rng.random() < 0.7:
            text = self.desk.draw(draft, "refine_drop_facet", name=name)
        else:
            after = self.desk.lexicon.refined(name, value, draft.rng)[0]
            text = self.desk.draw(draft, "refine_drop_value", after=after)
        return self.answered(draft, opening, text, _without(opening.want, [name]))

    def _drop_price(self, draft: Draft, opening: Opening) -> Opening | None:
        text = self.desk.draw(draft, "refine_drop_price")
        return self.answered(draft, opening, text, _without(opening.want, ["max_price", "min_price"]))

    def _drop_stock(self, draft: Draft, opening: Opening) -> Opening | None:
        text = self.desk.draw(draft, "refine_drop_stock")
        return self.answered(draft, opening, text, _without(opening.want, ["in_stock"]))

    def _drop_rating(self, draft: Draft, opening: Opening) -> Opening | None:
        text = self.desk.draw(draft, "refine_drop_rating")
        return self.answered(draft, opening, text, _without(opening.want, ["min_rating"]))

    def _accept(self, draft: Draft, opening: Opening) -> Opening | None:
        """Yes to what the reply offered to give up."""
        offered = [name for name, _ in self.desk.lexicon.relaxable(opening.want)]
        text = self.desk.draw(draft, "refine_accept")
        return self.answered(draft, opening, text, _without(opening.want, offered))

    # -- another subject ---------------------------------------------------------------------------------------------

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

    def _other_need(self, draft: Draft, opening: Opening) -> Opening | None:
        """A new subject said as what it is needed for: words that name nothing sold, and are no talk for all that."""
        rng, asker = draft.rng, self.search.asker
        before = dict(opening.want.facets).get(KIND)
        kinds = [kind for kind in self.shop.by_kind if kind != before and asker.needs(kind)]
        if not kinds:
            return None
        kind = rng.choice(kinds)
        need, item = rng.choice(asker.needs(kind)), rng.choice(self.shop.by_kind[kind])
        ask = asker.by_need(draft, item, need, limits=rng.random() < _LIMITED_NEED_SHARE)
        return self.answered(draft, opening, self.desk.draw(draft, "refine_need", need=ask.text), ask.want)

    def _instead(self, draft: Draft, opening: Opening) -> Opening | None:
        """Another kind in the place of the one asked for: everything else still holds."""
        rng, facets = draft.rng, dict(opening.want.facets)
        kind = rng.choice(list(self.shop.by_kind))
        if KIND not in facets or kind == facets[KIND]:
            return None
        want = replace(opening.want, facets=self.shop.ordered({**facets, KIND: kind}))
        if not self.shop.matching(want):
            return None
        self.desk.note_combination(draft, want)
        noun = self.desk.lexicon.asked({KIND: kind}, rng)
        text = self.desk.draw(draft, "refine_instead", many=noun.many, bare=noun.bare, one=noun.one)
        return self.answered(draft, opening, text, want)

    # -- one of those shown ------------------------------------------------------------------------------------------

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

    def _one_but(self, draft: Draft, opening: Opening) -> Opening | None:
        """The first or second item, but in another colour or material: what else was stated holds."""
        place = draft.rng.randrange(min(2, len(opening.shown)))
        item = opening.shown[place]
        if item.kind not in self.shop.by_kind:
            return None
        kept = replace(opening.want, facets=self.shop.ordered({**dict(opening.want.facets), KIND: str(item.kind)}))
        found = self._refined(draft, kept, ("colour", "color", "material", "size"))
        if found is None:
            return None
        want, after, _ = found
        text = self.desk.draw(draft, ("refine_first_but", "refine_second_but")[place], after=after)
        alike = most_alike(self.shop.facets, self.shop.matching(want), item)
        return self.answered(draft, opening, text, want, first=alike[:1])


def _settled(want: Want) -> Want:
    """The want without what referred to the items shown a turn ago."""
    highest = None if want.max_price == SHOWN else want.max_price
    lowest = None if want.min_price == SHOWN else want.min_price
    return replace(want, max_price=highest, min_price=lowest, not_shown=False)


def _without(want: Want, names: Sequence[str]) -> Want:
    """The want without facets and other conditions of these names."""
    return Want(
        item_type=want.item_type,
        facets=tuple(pair for pair in want.facets if pair[0] not in names),
        max_price=None if "max_price" in names else want.max_price,
        min_price=None if "min_price" in names else want.min_price,
        min_rating=None if "min_rating" in names else want.min_rating,
        in_stock=want.in_stock and "in_stock" not in names,
        not_shown=want.not_shown,
    )
