"""Search: words to items, composed from attributes or taken from the log's queries."""

from __future__ import annotations

from dataclasses import replace

from finetune.examples.asking import Ask, Asker
from finetune.examples.chat import Chat
from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.query_reader import QueryReader
from finetune.examples.shop import KIND, ShopItem
from neo_assistant.grammar.stated import stated_in
from neo_assistant.messages import Message
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want

_IDS_SHARE = 0.15
_UNMET_SHARE = 0.07
_TYPE_SHARE, _FAMILY_SHARE = 0.05, 0.05
"""How often a thing is asked for by its department, and by a name that several kinds have."""
_STEERED_TYPE_SHARE = 0.1
_HIDDEN_SHARE = 0.04
_PRICE_ONLY_SHARE = 0.03
_AFTER_QUESTION_SHARE = 0.015
"""How often a department is named in answer to the question that a broad wish got."""
_AFTER_TALK_SHARE = 0.06
"""How often a search follows a greeting or other small talk."""
_ANCHOR_FIRST_SHARE = 0.4
"""How often the item that the words were made from is named first, which gives rarely bought items their turn."""


class Search:
    """Searches composed from the attributes of an item."""

    name = "search"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop, self.asker, self._chat = desk, desk.shop, Asker(desk), Chat(desk)

    @property
    def possible(self) -> bool:
        return bool(self.shop.facets)

    def anchor(self, draft: Draft) -> ShopItem:
        """An item to ask for: kinds in turn, so that small ones are heard of as often as large ones."""
        if self.shop.by_kind:
            kinds = list(self.shop.by_kind)
            return draft.rng.choice(self.shop.by_kind[draft.rng.choice(kinds)])
        return draft.rng.choice(self.shop.items)

    def make(self, draft: Draft) -> Example | None:
        rng, item = draft.rng, self.anchor(draft)
        if rng.random() < _UNMET_SHARE:
            ask = self.asker.unmet(draft, item)
            return None if ask is None else self.answer(draft, ask)
        if rng.random() < _TYPE_SHARE:
            return self.answer(draft, self._by_type(draft, item))
        if rng.random() < _FAMILY_SHARE and (family := self._family_item(draft)) is not None:
            ask = self.asker.by_family(draft, family)
            return None if ask is None else self.answer(draft, ask, family)
        if rng.random() < _AFTER_QUESTION_SHARE:
            return self.answer(draft, self._by_type(draft, item), before=self._chat.question(draft, item))
        if rng.random() < _PRICE_ONLY_SHARE and item.price_minor is not None:
            return self.answer(draft, self.asker.by_price(draft, item), item)
        first = (item,) if rng.random() < _ANCHOR_FIRST_SHARE else ()
        return self.answer(draft, self.asker.ask(draft, item), item, first=first)

    def make_for(self, draft: Draft, item: ShopItem) -> Example | None:
        """A search whose reply names the item first."""
        return self.answer(draft, self.asker.ask(draft, item), item, first=(item,))

    def _family_item(self, draft: Draft) -> ShopItem | None:
        """An item of a kind that has a name in common with others."""
        kinds = sorted({kind for kinds in self.asker.families.values() for kind in kinds})
        return draft.rng.choice(self.shop.by_kind[draft.rng.choice(kinds)]) if kinds else None

    def _by_type(self, draft: Draft, item: ShopItem) -> Ask:
        rng, want, tail = draft.rng, Want(item_type=item.item_type), list[str]()
        spoken_facets = [pair for pair in self.shop.facets_of(item) if pair[0] != KIND]
        if spoken_facets and rng.random() < 0.4:
            facet, value = rng.choice(spoken_facets)
            want = replace(want, facets=((facet, value),))
            tail.append(self.desk.lexicon.refined(facet, value, rng)[0])
        if rng.random() < 0.4:
            want, words = self.asker.limits(draft, item, want)
            tail += words
        spoken, place = self.desk.lexicon.type_asked(item.item_type, rng)
        text = self.desk.draw(draft, "by_type", type=spoken, place=place)
        return Ask(want, " ".join([text.rstrip(".?!") if tail else text, *tail]))

    def answer(
        self,
        draft: Draft,
        ask: Ask,
        item: ShopItem | None = None,
        *,
        first: tuple[ShopItem, ...] = (),
        history: tuple[Sid, ...] | None = None,
        before: tuple[Message, ...] = (),
    ) -> Example:
        """The example whose reply answers a wish.

        Args:
            draft: of the example.
            ask: the wish.
            item: one that meets it, if one does; decides steered types and hidden conditions.
            first: items to name first.
            history: what the system text shows; None draws one now and then.
            before: turns that came before; none draws small talk now and then.
        """
        rng, desk = draft.rng, self.desk
        types: tuple[str, ...] = ()
        if item is not None and rng.random() < _STEERED_TYPE_SHARE:
            others = [name for name in self.shop.by_type if name != item.item_type]
            types = tuple(sorted({item.item_type, *(rng.sample(others, 1) if others and rng.random() < 0.3 else ())}))
        hidden = self._hidden(draft, item)
        text = self.asker.typed(draft, ask.text, ask.want)
        # Where serving reads a count in the words, it states that count and holds the reply to it.
        read = sum(number for _, number in self.asker.counts_in(text))
        named = read or ask.wanted
        count = read or desk.count(draft, named or 1)
        wanted = named or count
        format = Format.IDS if named is None and rng.random() < _IDS_SHARE else Format.MIXED
        found = [
            found
            for found in self.shop.matching(ask.want, types=types)
            if found.sku in hidden[1] or hidden[0] == Want()
        ]
        fitting = self._of_family(found, ask)
        if ask.well_rated:
            chosen = tuple(sorted(fitting, key=lambda f: (-(f.rating or 0), f.sku))[:wanted])
        elif ask.cheap:
            found_now = sorted(fitting, key=lambda f: (f.price_minor is None, f.price_minor or 0, f.sku))
            chosen = tuple(found_now[:wanted])
        else:
            chosen = desk.choose(draft, fitting, wanted, first)
        steering = Steering(
            desk.task(draft, Task.SEARCH),
            types,
            format,
            count,
            desk.some_history(draft) if history is None else history,
        )
        lead = self._family_lead(draft, ask, len(chosen))
        pick = Pick(chosen, len(found))
        reply = desk.parts_to_want(draft, ask.want, pick, wanted, format=format, types=types, lead=lead)
        if not before and rng.random() < _AFTER_TALK_SHARE:
            before = self._chat.exchange(draft)
        messages = [*before, Message.shopper(text)]
        return desk.example(draft, self.name, steering, messages, reply, hidden[0])

    def _of_family(self, found: list[ShopItem], ask: Ask) -> list[ShopItem]:
        """Those of the items found that are of a kind that a wish may mean."""
        kinds = self.asker.families[ask.family] if ask.family else ()
        return [item for item in found if not kinds or item.kind in kinds]

    def _family_lead(self, draft: Draft, ask: Ask, shown: int) -> str | None:
        """The words before items of several kinds, which call them as the shopper did."""
        if ask.family is None or not shown:
            return None
        facets = tuple(pair for pair in ask.want.facets if pair[0] != KIND)
        called = replace(ask.want, item_type=None, facets=((KIND, ask.family), *facets))
        if shown == 1:
            return self.desk.say(draft, "reply_one", things=self.desk.lexicon.things(called))
        number, things = self.desk.lexicon.number(shown), self.desk.lexicon.things(called)
        return self.desk.say(draft, "reply_found", count=number, things=things)

    def _hidden(self, draft: Draft, item: ShopItem | None) -> tuple[Want, frozenset[str]]:
        """Conditions of the request that the words do not state, now and then, and the SKUs that meet them."""
        rng = draft.rng
        if item is None or rng.random() >= _HIDDEN_SHARE:
            return Want(), frozenset()
        hidden = Want(in_stock=True) if rng.random() < 0.5 else self.asker.limits(draft, item, Want())[0]
        if hidden == Want():
            return hidden, frozenset()
        return hidden, frozenset(item.sku for item in self.shop.matching(hidden))


class Need(Search):
    """What something is needed for, in words that do not name it; the want names the kind."""

    name = "need"

    @property
    def possible(self) -> bool:
        return any(self.asker.needs(kind) for kind in self.shop.by_kind)

    def make(self, draft: Draft) -> Example | None:
        item = self.anchor(draft)
        needs = self.asker.needs(str(item.kind))
        if not needs:
            return None
        first = (item,) if draft.rng.random() < _ANCHOR_FIRST_SHARE else ()
        need = draft.rng.choice(needs)
        return self.answer(
            draft, self.asker.by_need(draft, item, need, limits=draft.rng.random() < 0.5), item, first=first
        )


class LoggedSearch(Search):
    """Searches as the log has them, the item bought first."""

    name = "search log"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._reader = QueryReader(desk.shop, desk.lexicon)
        self._journeys = {journey.shopper: journey for journey in self.shop.journeys}

    @property
    def possible(self) -> bool:
        return bool(self.shop.queries)

    def make(self, draft: Draft) -> Example | None:
        query = draft.rng.choice(self.shop.queries)
        item = self.shop.by_sku[query.sku]
        want = self._reader.read(query.text, item)
        if want is None:
            return None
        # Serving holds the reply to limits stated plainly; an item bought that has no price does not keep them.
        if stated_in(query.text).at_most is not None and want.max_price is None:
            return None
        self.desk.note_shopper(draft, query.shopper)
        self.desk.note_combination(draft, want)
        history: tuple[Sid, ...] = ()
        journey = self._journeys.get(query.shopper)
        if journey is not None and draft.rng.random() < 0.3:
            before = [
                sku
                for sku, time in zip(journey.skus, journey.times, strict=True)
                if time < query.time and sku != item.sku
            ]
            history = tuple(self.shop.by_sku[sku].sid for sku in before[-draft.rng.choice((1, 2, 3, 5, 8)) :])
        return self.answer(draft, Ask(want, query.text), item, first=(item,), history=history)
