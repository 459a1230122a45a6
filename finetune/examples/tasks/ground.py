"""Grounding: what each semantic id stands for, from words to items and from items to words.

Unlike the other tasks these go through the catalog item by item, so that every item gets the same number of each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.shop import BRAND, KIND, ShopItem
from finetune.examples.tasks.explain import Explain
from neo_assistant.messages import ItemPart, Message
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import MANY, Want

_IN_TURN_SHARE = 0.5
_BEFORE_SHARE = 0.85
"""How often an item in the turn stands before the words: there a browser puts it."""
_PUNCTUATION = re.compile(r"[,'’-]")
DESCRIBED = (KIND, "colour", "color", "material", BRAND, "audience")
"""Facets a description names, so far as the item has them: what can be learnt about every item."""
ENOUGH_FACETS = 3
"""An item with fewer of them is described by its title as well."""


class PerItem:
    """A task that makes its examples for one given item."""

    name = ""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    @property
    def possible(self) -> bool:
        return bool(self.shop.items)

    def make_for(self, draft: Draft, item: ShopItem) -> Example | None:
        raise NotImplementedError

    def one_id(self, draft: Draft, text: str, want: Want, item: ShopItem) -> Example:
        """Words that name an item, and its id."""
        found = self.shop.matching(want)
        reply = self.desk.parts_to_want(draft, want, Pick((item,), len(found)), 1, format=Format.IDS)
        steering = Steering(self.desk.task(draft, Task.SEARCH), (), Format.IDS, 1)
        return self.desk.example(draft, self.name, steering, [Message.shopper(self.desk.typed(draft, text))], reply)


class TitleToItem(PerItem):
    """The title, whole or cut, to the item. The want states the facets that the title names."""

    name = "title to item"

    def make_for(self, draft: Draft, item: ShopItem) -> Example | None:
        title = _cut(item.title, draft.rng.choice((8, 12, 16)))
        text = self.desk.draw(draft, "by_title", title=title.replace(",", "")) if draft.rng.random() < 0.6 else title
        return self.one_id(draft, text, self.want_in(item, title), item)

    def want_in(self, item: ShopItem, title: str) -> Want:
        """The item's kind, and what else the words of a title name."""
        lowered = f" {' '.join(_PUNCTUATION.sub(' ', title.lower()).split())} "
        said: dict[str, str] = {}
        if item.kind in self.shop.facet_values.get(KIND, frozenset()):
            said[KIND] = str(item.kind)
        for facet, value in self.shop.facets_of(item):
            spelled = f" {value.lower().replace('-', ' ')} "
            part_of_name = facet != BRAND and self.shop.named_by_others(item, value)
            if facet not in said and spelled in lowered and not part_of_name:
                said[facet] = value
        return Want(facets=self.shop.ordered(said))


class DetailsToItem(TitleToItem):
    """Attributes that tell the item from most others, or where they do not, part of the title; to the item."""

    name = "details to item"

    def make_for(self, draft: Draft, item: ShopItem) -> Example | None:
        rng = draft.rng
        spoken = self.shop.facets_of(item)
        said = {name: value for name, value in spoken if name in DESCRIBED}
        others = [(name, value) for name, value in spoken if name not in said]
        for name, value in rng.sample(others, min(len(others), rng.choice((0, 1, 1)))):
            said.setdefault(name, value)
        if len(said) > 3 and rng.random() < 0.3:
            said.pop(rng.choice([name for name in said if name != KIND]))
        want = Want(facets=self.shop.ordered(said))
        if said and len(self.shop.matching(want)) <= MANY:
            self.desk.note_combination(draft, want)
            details = self.desk.lexicon.asked(said, rng).bare
        else:
            words = item.title.split()
            kept = sorted(rng.sample(range(len(words)), min(len(words), 2 + len(words) // 3)))
            details = " ".join(words[place] for place in kept[:10])
            want = self.want_in(item, details)
        text = self.desk.draw(draft, "by_details", details=details) if rng.random() < 0.5 else details
        return self.one_id(draft, text, want, item)


class ItemToWords(PerItem):
    """The item to what it is: in the turn all that its caption shows, in the history what its semantic id tells."""

    name = "item to words"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.explain = Explain(desk)

    def make_for(self, draft: Draft, item: ShopItem) -> Example | None:
        question = self.desk.draw(draft, "describe")
        if draft.rng.random() < _IN_TURN_SHARE and (told := self.explain.described(draft, item)):
            return self.about(draft, item, question, told, in_turn=True)
        return self.about(draft, item, question, self._from_its_id(draft, item), in_turn=False)

    def _from_its_id(self, draft: Draft, item: ShopItem) -> str:
        """What a semantic id alone can tell, as no caption shows the row of an item in the history."""
        facets = self.desk.spoken_facets(item, DESCRIBED)
        one = self.desk.lexicon.one(item, facets) if facets else self.desk.lexicon.words["item"]
        said = {"one": one, "One": one[:1].upper() + one[1:]}
        if len(facets) >= ENOUGH_FACETS:
            return self.desk.say(draft, "reply_describe", **said)
        return self.desk.say(draft, "reply_describe_titled", One=said["One"], title=_cut(item.title, 10))

    def about(self, draft: Draft, item: ShopItem, question: str, answer: str, *, in_turn: bool) -> Example:
        """A question about an item, which stands in the turn or last in the history, and the answer in words."""
        words, part = self.desk.typed(draft, question), ItemPart(item.sid, item.sku)
        before = draft.rng.random() < _BEFORE_SHARE
        message = Message.shopper(part, f" {words}") if before else Message.shopper(f"{words} ", part)
        message = message if in_turn else Message.shopper(words)
        format = Format.TEXT if draft.rng.random() < 0.6 else Format.MIXED
        steering = Steering(Task.DESCRIBE, (), format, self.desk.count(draft), () if in_turn else (item.sid,))
        return self.desk.example(draft, self.name, steering, [message], Message.assistant(answer))


class ItemToType(ItemToWords):
    """The item to its type."""

    name = "item to type"

    def make_for(self, draft: Draft, item: ShopItem) -> Example | None:
        answer = self.desk.say(draft, "reply_type", type=self.desk.lexicon.type_name(item.item_type))
        in_turn = draft.rng.random() < _IN_TURN_SHARE
        return self.about(draft, item, self.desk.draw(draft, "which_type"), answer, in_turn=in_turn)


def _cut(title: str, most: int) -> str:
    """The beginning of a title that has more words than titles mostly have."""
    words = title.split()
    return title if len(words) <= 18 else " ".join(words[:most]).rstrip(",")


GROUND: Sequence[type[PerItem]] = (TitleToItem, DetailsToItem, ItemToWords, ItemToType)
