"""Bundles: several kinds of goods for one amount, counted, or for an occasion, a person or an item that is there.

The grammar keeps the total (``neo_assistant.grammar.budget``). A reply never states it, and the model learns only which
items to choose and what the want span looks like: who counts several kinds gets a want without a kind, who counts one
gets a want with it, as a turn does it when the shop is served (``neo_assistant.turn``). A wish whose counts and total
the shop would not read out of the words as they were typed is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from finetune.examples.asking import above, below, spelled
from finetune.examples.desk import Desk, Draft
from finetune.examples.example import Example
from finetune.examples.shop import KIND, ShopItem
from finetune.examples.tasks.neighbours import place_item
from neo_assistant.counts import OrderReader, kinds_called
from neo_assistant.grammar.budget import Completion, Offer, complete
from neo_assistant.messages import ItemPart, Message, Part, TextPart, WantPart
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want, found_words

_BEYOND_SHARE = 0.07
"""How often nothing keeps to the amount."""
_THRIFTY_SHARE = 0.5
"""How often every item is of the cheaper half of its kind."""
_SHORT_SHARE = 0.2
"""How often kinds are counted by their last words: a chair instead of an office chair."""
_PLAIN_LIMIT_SHARE = 0.2
"""How often no word says that the amount is for all of it."""


@dataclass(frozen=True)
class _Wish:
    """A bundle to be asked for.

    Args:
        want: what the want span states.
        counts: kinds that are counted, and how many of each; empty where the model chooses the kinds.
        items: that the reply names.
        count: most items of the reply.
        rooms: for each quota how many items it takes; empty where nothing has to be completed.
        pools: for each quota the items that belong to it, the cheapest first; of one pool where there is no quota.
    """

    want: Want
    counts: tuple[tuple[str, int], ...]
    items: tuple[ShopItem, ...]
    count: int
    rooms: tuple[int, ...]
    pools: tuple[Sequence[ShopItem], ...]

    def cheapest(self) -> int:
        """What the cheapest items that complete the reply cost; of one item where any number will do."""
        return self._completion().cost if self.rooms else _price(self.pools[0][0])

    def found(self, budget: int) -> int:
        """How many items could be named first, as the shop counts them."""
        if not self.rooms:
            return sum(_price(item) <= budget for item in self.pools[0])
        completion = self._completion()
        limits = [completion.limit(number, budget) for number in range(len(self.rooms))]
        named = zip(limits, self.pools, strict=True)
        return sum(_price(item) <= limit for limit, pool in named if limit is not None for item in pool)

    def _completion(self) -> Completion:
        most = sum(self.rooms)
        offers = [Offer(_price(item), (number,)) for number, pool in enumerate(self.pools) for item in pool[:most]]
        return complete(self.rooms, (), offers)


class Bundle:
    """Several items for one amount."""

    name = "bundle"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop
        facets = {name: tuple(sorted(values)) for name, values in self.shop.facet_values.items()}
        self._reader = OrderReader(facets, self.shop.scheme.types)
        self._pools = {
            kind: tuple(sorted((i for i in items if i.price_minor is not None), key=lambda i: (_price(i), i.sku)))
            for kind, items in self.shop.by_kind.items()
        }
        self._pools = {kind: pool for kind, pool in self._pools.items() if pool}
        self._priced = tuple(
            sorted((i for i in self.shop.items if i.price_minor is not None), key=lambda i: (_price(i), i.sku))
        )
        self._countable = tuple(kind for kind in self._pools if self.shop.plural(kind) != kind)
        themes = [theme for theme in desk.book.themes if len(self._sold(theme.kinds)) > 1]
        self._themes = [theme for theme in themes if not theme.is_person]
        self._people = [theme for theme in themes if theme.is_person]
        self._near = {
            kind: near
            for kind, words in self.shop.kinds.items()
            if kind in self._pools and (near := self._sold(words.goes_with))
        }

    @property
    def possible(self) -> bool:
        return len(self._countable) > 1

    def make(self, draft: Draft) -> Example | None:
        shapes = [(4.5, self._counted), (1.0, self._of_one_kind)]
        shapes += [(2.5, self._for_theme)] if self._themes else []
        shapes += [(1.0, self._for_person)] if self._people else []
        shapes += [(0.7, self._for_need), (2.0, self._around)] if self._near else []
        shape = draft.rng.choices([shape for _, shape in shapes], [weight for weight, _ in shapes])[0]
        return shape(draft)

    # -- what is asked for ---------------------------------------------------------------------------------------------

    def _counted(self, draft: Draft) -> Example | None:
        """A desk, an office chair and two desk lamps."""
        rng = draft.rng
        kinds = self._together(draft, rng.choices((2, 3, 4), (5, 5, 1))[0])
        if len(kinds) < 2:
            return None
        if rng.random() < _SHORT_SHARE:
            short = [kind.split()[-1] for kind in kinds]
            # What belongs to two of the names could stand for either, and the example would have to choose.
            if sum(len(self._called(name)) for name in short) == len({k for name in short for k in self._called(name)}):
                kinds = short
        counts = tuple((kind, rng.choices((1, 2, 3, 4), (14, 3, 1, 1))[0]) for kind in kinds)
        wish = self._wish(draft, Want(), counts)
        words = self.desk.lexicon.joined([self._number_of(draft, kind, number) for kind, number in counts])
        return None if wish is None else self._asked(draft, wish, "bundle_list", list=words)

    def _of_one_kind(self, draft: Draft) -> Example | None:
        """Three mugs."""
        kind = draft.rng.choice(self._countable)
        counts = ((kind, draft.rng.choice((2, 2, 3, 3, 4, 5))),)
        wish = self._wish(draft, Want(facets=((KIND, kind),)), counts)
        words = self._number_of(draft, *counts[0])
        return None if wish is None else self._asked(draft, wish, "bundle_list", list=words)

    def _for_theme(self, draft: Draft) -> Example | None:
        theme = draft.rng.choice(self._themes)
        self.desk.note(draft, f"theme {theme.name}")
        return self._asked(draft, self._chosen(draft, self._sold(theme.kinds)), "bundle_theme", theme=theme.name)

    def _for_person(self, draft: Draft) -> Example | None:
        person = draft.rng.choice(self._people)
        self.desk.note(draft, f"theme {person.name}")
        return self._asked(draft, self._chosen(draft, self._sold(person.kinds)), "bundle_gift", who=person.name)

    def _for_need(self, draft: Draft) -> Example | None:
        """A kind that is not named but needed, and what goes with it."""
        kind = draft.rng.choice(list(self._near))
        words = self.shop.kinds[kind]
        if not words.needs:
            return None
        need = draft.rng.choice(words.needs)
        self.desk.note(draft, f"need {need}")
        return self._asked(draft, self._chosen(draft, (kind, *self._near[kind])), "bundle_need", need=need)

    def _around(self, draft: Draft) -> Example | None:
        """What goes with an item that the shopper has."""
        kind = draft.rng.choice(list(self._near))
        item = draft.rng.choice(self.shop.by_kind[kind])
        return self._asked(draft, self._chosen(draft, self._near[kind]), "bundle_around", item)

    def _together(self, draft: Draft, number: int) -> list[str]:
        """Kinds that people want together: of a theme, of what goes with a kind, or now and then any."""
        rng, themes = draft.rng, [*self._themes, *self._people]
        chance = rng.random()
        if chance < 0.45 and themes:
            among = list(self._sold(rng.choice(themes).kinds))
        elif chance < 0.85 and self._near:
            kind = rng.choice(list(self._near))
            among = [kind, *self._near[kind]]
        else:
            among = list(self._countable)
        among = [kind for kind in among if kind in self._countable]
        return rng.sample(among, min(number, len(among)))

    def _called(self, name: str) -> tuple[str, ...]:
        return kinds_called(name, self._pools)

    def _pool(self, name: str) -> tuple[ShopItem, ...]:
        """The items of the kinds so called, the cheapest first."""
        items = [item for kind in self._called(name) for item in self._pools[kind]]
        return tuple(sorted(items, key=lambda item: (_price(item), item.sku)))

    def _sold(self, kinds: Sequence[str]) -> tuple[str, ...]:
        return tuple(kind for kind in kinds if kind in self._pools)

    # -- what is chosen ------------------------------------------------------------------------------------------------

    def _wish(self, draft: Draft, want: Want, counts: tuple[tuple[str, int], ...]) -> _Wish | None:
        if any(len(self._pool(kind)) < number for kind, number in counts):
            return None
        thrifty = draft.rng.random() < _THRIFTY_SHARE
        items = [item for kind, number in counts for item in self._some(draft, kind, number, thrifty)]
        pools = tuple(self._pool(kind) for kind, _ in counts)
        rooms = tuple(number for _, number in counts)
        return _Wish(want, counts, tuple(items), sum(rooms), rooms, pools)

    def _chosen(self, draft: Draft, kinds: Sequence[str]) -> _Wish:
        """One item each of as many of the kinds as the prompt asks for, the first ones rather than the last."""
        count, thrifty = self.desk.count(draft, 2), draft.rng.random() < _THRIFTY_SHARE
        kept = set(draft.rng.sample(range(len(kinds)), min(count, len(kinds))))
        items = [item for place in sorted(kept) for item in self._some(draft, kinds[place], 1, thrifty)]
        return _Wish(Want(), (), tuple(items), count, (), (self._priced,))

    def _some(self, draft: Draft, kind: str, number: int, thrifty: bool) -> tuple[ShopItem, ...]:
        pool = self._pool(kind)
        return self.desk.choose(draft, pool[: max(number, len(pool) // 2)] if thrifty else pool, number)

    # -- what is said --------------------------------------------------------------------------------------------------

    def _asked(
        self, draft: Draft, wish: _Wish, group: str, anchor: ShopItem | None = None, **words: str
    ) -> Example | None:
        """The example, if the shop reads the words as they are meant."""
        desk, rng, per_major = self.desk, draft.rng, self.shop.minor_per_major
        limit = above(Decimal(sum(_price(item) for item in wish.items)) / per_major, rng)
        items = wish.items
        if rng.random() < _BEYOND_SHARE:
            too_low = below(Decimal(wish.cheapest()) / per_major * Decimal("0.9"), rng)
            if too_low is None:
                return None
            limit, items = too_low, ()
        plain = f"{group}_limit"
        if plain in desk.book.groups and len(wish.counts) != 1 and rng.random() < _PLAIN_LIMIT_SHARE:
            text = desk.draw(draft, plain, max=self._amount(draft, limit), **words)
        else:
            total = desk.draw(draft, "total", max=self._amount(draft, limit))
            text = desk.draw(draft, group, total=total, **words)
        history = desk.some_history(draft, 0.08)
        steering = Steering(desk.task(draft, Task.BUNDLE), (), Format.MIXED, wish.count, history)
        message = Message.shopper(desk.typed(draft, text))
        if anchor is not None:
            message, history, task = place_item(desk, draft, anchor, text, Task.BUNDLE)
            steering = Steering(task, (), Format.MIXED, wish.count, history)
        order = self._reader.read(message.text)
        if order.total is None or Decimal(order.total) != limit or dict(order.counts) != dict(wish.counts):
            return None
        reply = self._reply(draft, wish, items, int(limit * per_major))
        return desk.example(draft, self.name, steering, [message], reply)

    def _reply(self, draft: Draft, wish: _Wish, items: Sequence[ShopItem], budget: int) -> Message:
        said = self.desk.say(draft, "reply_bundle" if items else "reply_bundle_nothing")
        parts: list[Part] = [WantPart(wish.want.text() + found_words(wish.found(budget))), TextPart(said)]
        return Message.assistant(*parts, *(ItemPart(item.sid, item.sku) for item in items))

    def _number_of(self, draft: Draft, kind: str, number: int) -> str:
        """``a desk``, ``two desk lamps``, ``2 desk lamps``"""
        lexicon = self.desk.lexicon
        if number == 1:
            return lexicon.with_article(kind) if draft.rng.random() < 0.85 else f"one {kind}"
        return f"{lexicon.number(number) if draft.rng.random() < 0.7 else number} {self.shop.plural(kind)}"

    def _amount(self, draft: Draft, limit: Decimal) -> str:
        words = spelled(limit, draft.rng)
        chance = draft.rng.random()
        if chance < 0.4:
            return words
        return self.desk.lexicon.price(limit) if chance < 0.9 or self.shop.currency != "USD" else f"{words} dollars"


def _price(item: ShopItem) -> int:
    assert item.price_minor is not None
    return item.price_minor
