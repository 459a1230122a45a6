"""Questions about items whose captions stand in the prompt: why this one, is it waterproof, which is the cheapest.

The answers state facts of the items' rows and nothing else. What a row does not list is not denied but left open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from finetune.examples.desk import Desk, Draft
from finetune.examples.example import Example
from finetune.examples.likeness import related
from finetune.examples.shop import KIND, ShopItem
from finetune.examples.statements import LISTED, Statements, capital, single_values
from finetune.examples.tasks.scenes import Scene, Scenes
from neo_assistant.steering import Task

WELL_RATED = 4.0
"""A rating from here on is a reason of its own."""
_SEVERAL_SHARE = 0.7
_AFTER_ANOTHER_SHARE = 0.15
"""How often another question about the same items, and its answer, stand before."""
_OWN_QUESTION_SHARE = 0.6
"""How often a value that people ask for in words of their own is asked for in these."""
_REASON_FACETS = (KIND, "colour", "color", "material", "audience")
_ASKED_FOR = ("material", "brand", "colour", "color", "size", "capacity", "audience", "use", "feature")
"""Facets that a question may ask for by name, where the catalog has them."""
_GROUPS = {"color": "ask_colour"}

_IT_SHARE = 0.6
"""How often a further question about the item spoken of calls it "it"."""


class Question(NamedTuple):
    """What is asked, and the answer; ``item`` is the one that it is about, if it is about one."""

    asked: str
    answer: str
    item: ShopItem | None = None


class Explain:
    """A question about one item or several that the prompt shows, answered from their rows. The want is kept."""

    name = "explain"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop
        self.scenes = Scenes(desk)
        self.facts = Statements(desk.book, desk.shop, desk.lexicon)

    @property
    def possible(self) -> bool:
        return len(self.shop.items) > 1

    def make(self, draft: Draft) -> Example | None:
        scene = self.scenes.draw(draft, 2 if draft.rng.random() < _SEVERAL_SHARE else 1)
        if scene is None:
            return None
        if not scene.in_turn and draft.rng.random() < _AFTER_ANOTHER_SHARE:
            before = self.question(draft, scene)
            scene = scene if before is None else self.scenes.after(draft, scene, *before)
        asked = self.question(draft, scene)
        if asked is None:
            return None
        return self.scenes.asked(draft, scene, self.name, asked.asked, asked.answer, Task.DESCRIBE)

    def question(self, draft: Draft, scene: Scene) -> Question | None:
        """A question about the scene's items and its answer; None if this draw has none."""
        kinds: list[tuple[float, Callable[[Draft, Scene], Question | None]]] = [
            (3.0, self._why),
            (2.0, self._more),
            (2.5, self._facet),
            (3.0, self._has),
            (0.6, self._unknown),
            *([(2.0, self._extreme), (2.0, self._which_has)] if len(scene.items) > 1 else []),
        ]
        return draft.rng.choices([ask for _, ask in kinds], [weight for weight, _ in kinds])[0](draft, scene)

    # -- about one item ----------------------------------------------------------------------------------------------

    def _one_of(self, draft: Draft, scene: Scene) -> tuple[ShopItem, str]:
        """One of the items, and what the shopper calls it."""
        place, rng, refs = draft.rng.randrange(len(scene.items)), draft.rng, self.facts.words["refs"]
        if scene.spoken is not None and rng.random() < _IT_SHARE:
            return scene.spoken, rng.choice(refs["this"])
        if len(scene.items) == 1:
            return scene.items[0], rng.choice(refs["this"])
        last = place == len(scene.items) - 1 and rng.random() < 0.15
        return scene.items[place], rng.choice(refs["last"] if last else refs["places"][place])

    def _why(self, draft: Draft, scene: Scene) -> Question | None:
        item, which = self._one_of(draft, scene)
        if item is (scene.spoken or scene.items[0]) and draft.rng.random() < 0.25:
            question = self.desk.draw(draft, "ask_why_that")
        else:
            question = self.desk.draw(draft, "ask_why", which=which)
        facts = self.facts.facts(item)
        said = single_values(facts, _REASON_FACETS) | dict(scene.want.facets)
        wanted_rating = scene.want.min_rating is not None
        rating = wanted_rating or (item.rating is not None and item.rating >= WELL_RATED)
        also = self.facts.numbers(item, rating=rating) + ([self.facts.stock(item)] if scene.want.in_stock else [])
        if not said:
            return None
        told = {"facts": self.facts.clause([self.facts.is_one(item, said), *also])}
        if scene.want.words():
            things = self.desk.lexicon.things(scene.want)
            return Question(question, self.desk.say(draft, "reply_why_asked", things=things, **told), item)
        kinds = self.desk.kinds_of(scene.looked)
        if kinds and related(self.shop, scene.looked, (item,)):
            joined = self.desk.lexicon.joined(kinds)
            return Question(question, self.desk.say(draft, "reply_why_looked", kinds=joined, **told), item)
        return Question(question, self.desk.say(draft, "reply_why_item", **told), item)

    def _more(self, draft: Draft, scene: Scene) -> Question | None:
        item, which = self._one_of(draft, scene)
        answer = self.described(draft, item)
        return None if answer is None else Question(self.desk.draw(draft, "ask_more", which=which), answer, item)

    def described(self, draft: Draft, item: ShopItem) -> str | None:
        """All that the item's caption shows, in two sentences; None if there is too little for them."""
        facts = self.facts.facts(item)
        one = self.facts.one(item, {name: values[0] for name, values in facts.items() if name not in LISTED})
        also = self.facts.predicates({name: facts[name] for name in LISTED if name in facts})
        also += [*self.facts.numbers(item), *([] if item.in_stock else [self.facts.stock(item)])]
        return self.desk.say(draft, "reply_more", One=capital(one), facts=self.facts.clause(also)) if also else None

    def _facet(self, draft: Draft, scene: Scene) -> Question | None:
        """A question for a price, a rating, or the values of a facet."""
        item, which = self._one_of(draft, scene)
        facts, rng, desk = self.facts.facts(item), draft.rng, self.desk
        facets = [name for name in _ASKED_FOR if name in self.shop.facets and (name in facts or rng.random() < 0.25)]
        name = rng.choice(["price", "price", "rating", "rating", "stock", *facets])
        question = desk.draw(draft, _GROUPS.get(name, f"ask_{name}"), which=which)
        return Question(question, self._told(draft, item, name), item)

    def _told(self, draft: Draft, item: ShopItem, name: str) -> str:
        """What the row says of the stock, the price, the rating or a facet."""
        desk, facts = self.desk, self.facts.facts(item)
        if name == "stock":
            return desk.say(draft, "reply_yes" if item.in_stock else "reply_no", facts=self.facts.stock(item))
        if name in ("price", "rating"):
            value = self.facts.price(item) if name == "price" else self.facts.rating(item)
            if value is not None:
                return desk.say(draft, "reply_it", facts=self.facts.words[name]["one"].format(value=value))
            if name == "rating":
                return desk.say(draft, "reply_unrated")
        if name in facts:
            return desk.say(draft, "reply_it", facts=self.facts.predicate(name, facts[name]))
        return desk.say(draft, "reply_unsaid", what=self.facts.words["unnamed"][name])

    def _unknown(self, draft: Draft, scene: Scene) -> Question | None:
        """A question for what the catalog has no facet for."""
        item, which = self._one_of(draft, scene)
        unknown = {what: asks for what, asks in self.facts.words["unknown"].items() if what not in self.shop.facets}
        if not unknown:
            return None
        what = draft.rng.choice(list(unknown))
        question = draft.rng.choice(unknown[what])
        self.desk.note(draft, f"unknown {question}")
        return Question(question.format(which=which), self.desk.say(draft, "reply_unknown", what=what), item)

    def _has(self, draft: Draft, scene: Scene) -> Question | None:
        """Yes where the row has the value, no where it has another that excludes it, and open where it says nothing."""
        item, which = self._one_of(draft, scene)
        drawn = self._value(draft, item, (item,), has=draft.rng.random() < 0.5)
        if drawn is None:
            return None
        name, value = drawn
        question = self._whether(draft, which, name, value)
        own = self.facts.facts(item).get(name, ())
        if value in own:
            answer = self.desk.say(draft, "reply_yes", facts=self.facts.predicate(name, (value,)))
        elif not own:
            answer = self.desk.say(draft, "reply_unsaid_only", value=value)
        else:
            group = "reply_unsaid_value" if name in LISTED else "reply_no"
            answer = self.desk.say(draft, group, facts=self.facts.predicate(name, own), value=value)
        return Question(question, answer, item)

    def _whether(self, draft: Draft, which: str, name: str, value: str) -> str:
        """The question whether an item has a value."""
        own: Sequence[str] = self.facts.words["questions"].get(name, {}).get(value, ())
        if own and draft.rng.random() < _OWN_QUESTION_SHARE:
            question = draft.rng.choice(own)
            self.desk.note(draft, f"question {question}")
            return question.format(which=which)
        after = self._asked(draft, name, value)
        if name == "use":
            return self.desk.draw(draft, "ask_good_for", which=which, use=after)
        if name in LISTED and not self.desk.lexicon.said(name, value)[1]:
            return self.desk.draw(draft, "ask_comes", which=which, after=after)
        return self.desk.draw(draft, "ask_has", which=which, after=after)

    def _value(self, draft: Draft, item: ShopItem, items: Sequence[ShopItem], *, has: bool) -> tuple[str, str] | None:
        """A facet value that ``item`` has, or one that others have and none of ``items``; None if a draw fails."""
        rng = draft.rng
        if has:
            pairs = [(name, value) for name, values in self.facts.facts(item).items() for value in values]
        else:
            alike = self.shop.by_kind.get(str(item.kind)) or self.shop.by_type[item.item_type]
            near = alike if rng.random() < 0.7 else self.shop.by_type[item.item_type]
            pairs = self.shop.facets_of(rng.choice(near))
        pairs = [(name, value) for name, value in pairs if name != KIND]
        if not has:
            # What a title says beside the facets is neither confirmed nor denied.
            pairs = [
                (name, value)
                for name, value in pairs
                if not any(value in one.values(name) or value.lower() in one.title.lower() for one in items)
            ]
        names = list(dict.fromkeys(name for name, _ in pairs))
        if not names:
            return None
        name = rng.choice(names)
        return name, rng.choice([value for other, value in pairs if other == name])

    def _asked(self, draft: Draft, name: str, value: str) -> str:
        """A value as a shopper puts it after "is it"."""
        rng = draft.rng
        if name in LISTED:
            return self.desk.lexicon.said(name, value)[0]
        other = self.desk.lexicon.synonyms(name, value)
        spelled = rng.choice(other) if other and rng.random() < 0.15 else value
        asked = self.facts.words["asked"].get(name, self.facts.words["any_asked"])
        return rng.choice(asked).format(name=name.replace("_", " "), value=spelled)

    # -- about several -----------------------------------------------------------------------------------------------

    def _which_has(self, draft: Draft, scene: Scene) -> Question | None:
        items = scene.items
        drawn = self._value(draft, draft.rng.choice(items), items, has=draft.rng.random() < 0.75)
        if drawn is None:
            return None
        name, value = drawn
        places = [place for place, item in enumerate(items) if value in self.facts.facts(item).get(name, ())]
        question = self.desk.draw(draft, "ask_which_has", after=self._asked(draft, name, value))
        facts = self.facts.predicate(name, (value,), many=len(places) > 1)
        who = capital(self.facts.who(places, len(items)))
        return Question(question, self.desk.say(draft, "reply_who", who=who, facts=facts))

    def _extreme(self, draft: Draft, scene: Scene) -> Question | None:
        """The cheapest, the dearest or the best rated of those shown."""
        group = draft.rng.choices(("cheapest", "dearest", "best_rated"), (3, 1, 2))[0]
        question = self.desk.draw(draft, f"ask_{group}")
        if group == "best_rated":
            values = {place: item.rating for place, item in enumerate(scene.items) if item.rating is not None}
            if not values:
                return Question(question, self.desk.say(draft, "reply_none_rated"))
            best = max(round(value, 1) for value in values.values())
            places = [place for place, value in values.items() if round(value, 1) == best]
        else:
            prices = {place: item.price_minor for place, item in enumerate(scene.items) if item.price_minor is not None}
            if len(prices) < len(scene.items):
                return None
            chosen = (min if group == "cheapest" else max)(prices.values())
            places = [place for place, value in prices.items() if value == chosen]
        one = scene.items[places[0]]
        answer = self.desk.say(
            draft,
            f"reply_{group}" if len(places) == 1 else f"reply_{group}_tied",
            who=capital(self.facts.who(places, len(scene.items))),
            price=self.facts.price(one),
            rating=self.facts.rating(one),
        )
        return Question(question, answer, one if len(places) == 1 else None)
