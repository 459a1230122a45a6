"""Comparisons of two or three items whose captions stand in the prompt: what they share and what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from finetune.examples.desk import Desk, Draft
from finetune.examples.example import Example
from finetune.examples.shop import KIND, ShopItem
from finetune.examples.statements import LISTED, Statements, capital
from finetune.examples.tasks.scenes import Scene, Scenes
from finetune.teacher.questions import COMPARISON
from finetune.teacher.taught import Text
from neo_assistant.steering import Task

MOST_SHARED = 3
MOST_DIFFERENCES = 2
"""Facets, beside the kind, price and rating, that a comparison speaks of."""
_FOR_USE_SHARE = 0.25

Facts = Mapping[str, tuple[str, ...]]


class Compare:
    """A comparison of two or three items of the latest reply, or of the shopper's own turn."""

    name = "compare"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop
        self.scenes = Scenes(desk)
        self.facts = Statements(desk.book, desk.shop, desk.lexicon)

    @property
    def possible(self) -> bool:
        return len(self.shop.items) > 1

    def make(self, draft: Draft) -> Example | None:
        rng, desk = draft.rng, self.desk
        if (text := desk.taught.draw(COMPARISON, rng)) is not None:
            return self._taught(draft, text)
        scene = self.scenes.draw(draft, 3 if rng.random() < 0.3 else 2)
        if scene is None or len(scene.items) < 2:
            return None
        if rng.random() < _FOR_USE_SHARE and (asked := self._for_use(draft, scene)):
            return self.scenes.asked(draft, scene, self.name, *asked, Task.COMPARE)
        places, which = self._places(draft, scene)
        question = desk.draw(draft, "ask_compare", which=which) if which else desk.draw(draft, "ask_compare_plain")
        answer = self.compared(draft, scene.items, places)
        return self.scenes.asked(draft, scene, self.name, question, answer, Task.COMPARE)

    def _taught(self, draft: Draft, text: Text) -> Example | None:
        """A comparison by the teacher, of items in the shopper's turn."""
        items = tuple(item for sku in text.question.items if (item := self.shop.by_sku.get(sku)))
        if len(items) < len(text.question.items):
            return None
        question = self.desk.draw(draft, "ask_compare_plain")
        scene = Scene(items, count=self.desk.count(draft))
        return self.scenes.asked(draft, scene, self.name, question, "".join(map(str, text.parts)), Task.COMPARE)

    def _places(self, draft: Draft, scene: Scene) -> tuple[tuple[int, ...], str]:
        """Which of the items are compared, at most three, and how the shopper names them; empty words for all."""
        rng, refs, shown = draft.rng, self.facts.words["refs"], len(scene.items)
        everything = tuple(range(shown))
        chance = rng.random()
        if shown <= 3 and chance < 0.45:
            return everything, rng.choice(refs["all"]) if rng.random() < 0.5 else ""
        if chance < 0.65:
            return (0, 1), rng.choice(refs["two"])
        if chance < 0.75 and shown >= 3:
            return (0, 1, 2), rng.choice(refs["three"])
        pair = tuple(sorted(rng.sample(everything, 2)))
        named = [rng.choice(refs["places"][place]) for place in pair]
        return pair, self.desk.lexicon.joined(named)

    def compared(self, draft: Draft, items: Sequence[ShopItem], places: Sequence[int]) -> str:
        """What the items at these places share and what tells them apart, in up to three sentences."""
        chosen = {place: items[place] for place in places}
        facts = {place: self.facts.facts(item) for place, item in chosen.items()}
        shared = self._shared(list(facts.values()))
        kinds = self.facts.kinds(list(chosen.values()))
        common = [self.facts.are(kinds)] if kinds else []
        common += self.facts.predicates(dict(list(shared.items())[:MOST_SHARED]), many=True)
        told = [f"{self.facts.ordinal(place)} {text}" for place, text in self._apart(chosen, facts, kinds).items()]
        who = capital(self.facts.who(places, len(items)))
        text = (
            self.desk.say(draft, "reply_common", Who=who, facts=self.facts.clause(common, many=True)) if common else ""
        )
        if len(told) < len(places):
            return text + self.desk.say(draft, "reply_same")
        text += self.desk.say(draft, "reply_difference", differences=capital(self.facts.words["between"].join(told)))
        return text + (self._cheaper(draft, chosen) if len(places) == len(items) else "")

    def _shared(self, facts: Sequence[Facts]) -> dict[str, tuple[str, ...]]:
        """Facet → the values that all have, without the kind."""
        shared = {}
        for name, values in facts[0].items():
            common = tuple(value for value in values if all(value in other.get(name, ()) for other in facts))
            if common and name != KIND:
                shared[name] = common
        return shared

    def _apart(self, items: Mapping[int, ShopItem], facts: Mapping[int, Facts], kinds: str | None) -> dict[int, str]:
        """Place → what is said of that item alone; without an item of which there is nothing to say."""
        names = [name for name in self.shop.facets if name != KIND]
        values = {place: {name: set(fact.get(name, ())) for name in names} for place, fact in facts.items()}
        differing = [name for name in names if len({frozenset(own[name]) for own in values.values()}) > 1]
        # What all of them have comes first, as only that can be set against each other.
        differing.sort(key=lambda name: (not all(own[name] for own in values.values()), name in LISTED))
        differing = differing[:MOST_DIFFERENCES]
        common = {name: set.intersection(*(own[name] for own in values.values())) for name in names}
        told: dict[int, str] = {}
        for place, item in items.items():
            own = {
                name: tuple(value for value in facts[place].get(name, ()) if value not in common[name])
                for name in sorted(differing, key=names.index)
            }
            predicates = [] if kinds or not item.kind else [self.facts.is_one(item, {KIND: item.kind})]
            predicates += self.facts.predicates({name: some for name, some in own.items() if some})
            predicates += self.facts.numbers(item)
            if predicates:
                told[place] = self.facts.clause(predicates)
        return told

    def _cheaper(self, draft: Draft, items: Mapping[int, ShopItem]) -> str:
        prices = {place: item.price_minor for place, item in items.items() if item.price_minor is not None}
        if len(prices) < len(items):
            return ""
        lowest = [place for place, price in prices.items() if price == min(prices.values())]
        if len(lowest) > 1:
            return ""
        group = "reply_cheaper" if len(items) == 2 else "reply_cheapest_of_them"
        return self.desk.say(draft, group, Who=capital(self.facts.ordinal(lowest[0])))

    def _for_use(self, draft: Draft, scene: Scene) -> tuple[str, str] | None:
        """Which is better for a use: those that are listed for it, and of several what each costs."""
        items, rng = scene.items, draft.rng
        uses = sorted({use for item in items for use in self.facts.facts(item).get("use", ())})
        if not uses:
            return None
        use = rng.choice(uses)
        question = self.desk.draw(draft, "ask_better_for", use=self.desk.lexicon.said("use", use)[0])
        places = [place for place, item in enumerate(items) if use in self.facts.facts(item).get("use", ())]
        facts = self.facts.predicate("use", (use,), many=len(places) > 1)
        who = self.facts.who(places, len(items))
        prices = [
            f"{self.facts.ordinal(place)} {self.facts.clause(self.facts.numbers(items[place], rating=False))}"
            for place in places
            if items[place].price_minor is not None
        ]
        if len(places) == 1 or not prices:
            return question, self.desk.say(draft, "reply_for_use", Who=capital(who), facts=facts)
        told = capital(self.facts.words["between"].join(prices))
        return question, self.desk.say(draft, "reply_for_use_prices", Who=capital(who), facts=facts, Prices=told)
