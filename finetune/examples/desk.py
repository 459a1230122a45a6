"""What every task needs to write an example: drawing phrases and items, keeping count, and replying to a want."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from catalog_db.sample.typos import misspell
from finetune.examples.example import Example
from finetune.examples.lexicon import Lexicon
from finetune.examples.phrases import PhraseBook, held_out
from finetune.examples.shop import KIND, Journey, Shop, ShopItem
from finetune.teacher.taught import Taught
from neo_assistant.captions import caption, captioned
from neo_assistant.grammar.said_values import SaidValues
from neo_assistant.messages import ItemPart, Message, Part, TextPart, WantPart
from neo_assistant.sids import Sid
from neo_assistant.steering import MAX_HISTORY, Format, Steering, Task
from neo_assistant.want import Want, found_words

NOISE = 0.7
"""Standard deviation of what is added to an item's score when items are picked; 0 would always show the same ones."""
MOST_RANKED = 400
"""Of more items a sample is ranked."""
OVEREXPOSED = 0.8
"""How strongly an item that many replies named already is passed over."""


@dataclass
class Draft:
    """An example in the making."""

    rng: random.Random
    sources: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Pick:
    """Which items a reply names, and out of how many."""

    items: tuple[ShopItem, ...]
    found: int


class Desk:
    """The shop, its words, and the book-keeping over all examples.

    Args:
        shop: the catalog and its log.
        book: phrasings.
        most_per_item: replies of training that may name one item.
        taught: texts of the teacher, used in place of the project's own phrasing.
    """

    def __init__(self, shop: Shop, book: PhraseBook, most_per_item: int, taught: Taught | None = None) -> None:
        self.taught = taught or Taught()
        self.shop, self.book, self.lexicon = shop, book, Lexicon(book, shop)
        self.said = SaidValues({name: sorted(shop.facet_values[name]) for name in shop.facets})
        """Reads what a text names in the catalog's own words, as serving does."""
        self.most_per_item = most_per_item
        self.exposure: Counter[str] = Counter()
        """SKU → training replies that name the item."""

    # -- words -------------------------------------------------------------------------------------------------------

    def draw(self, draft: Draft, group: str, **values: object) -> str:
        """A shopper's phrase, filled; a held-out one is noted as a source."""
        phrase = self.book.draw(group, draft.rng)
        if phrase.held:
            draft.sources.add(f"phrase {group} {phrase.template}")
        return phrase.fill(**values)

    def say(self, draft: Draft, group: str, **values: object) -> str:
        """A phrase of a reply, filled."""
        return self.book.say(group, draft.rng, **values)

    def typed(self, draft: Draft, text: str) -> str:
        """Words as people type them: often lower case, without a full stop, now and then with a slip."""
        rng = draft.rng
        text = " ".join(text.split()).replace(" ,", ",")
        if rng.random() < 0.45:
            text = text.lower()
        elif rng.random() < 0.25:
            text = text[:1].upper() + text[1:]
        if rng.random() < 0.35:
            text = text.rstrip(".?!") or text
        if rng.random() < 0.09:
            text = misspell(text, rng)
        return misspell(text, rng) if rng.random() < 0.02 else text

    # -- items -------------------------------------------------------------------------------------------------------

    def choose(
        self, draft: Draft, items: Sequence[ShopItem], count: int, first: Iterable[ShopItem] = ()
    ) -> tuple[ShopItem, ...]:
        """Up to ``count`` of the items: those of ``first`` that are among them, then popular ones, with some chance."""
        among = {item.sku: item for item in items}
        chosen = [item for item in dict.fromkeys(first) if among.pop(item.sku, None)][:count]
        if len(chosen) < count:
            if len(among) > MOST_RANKED:
                among = {sku: among[sku] for sku in draft.rng.sample(list(among), MOST_RANKED)}
            ranked = sorted(among.values(), key=lambda item: (-self._score(item, draft.rng), item.sku))
            chosen += ranked[: count - len(chosen)]
        return tuple(chosen)

    def _score(self, item: ShopItem, rng: random.Random) -> float:
        named = self.exposure[item.sku]
        tired = OVEREXPOSED * math.log1p(named) + (100.0 if named >= self.most_per_item else 0.0)
        return math.log(item.popularity) - tired + rng.gauss(0, NOISE)

    def count_exposure(self, example: Example) -> None:
        """Note what a training example names."""
        self.exposure.update(item.sku for item in example.reply.items)

    # -- steering ----------------------------------------------------------------------------------------------------

    def count(self, draft: Draft, least: int = 1) -> int:
        """How many items the prompt asks for, at least ``least``."""
        count = draft.rng.choices((1, 2, 3, 4, 5), (9, 15, 54, 10, 12))[0]
        return max(count, least)

    def task(self, draft: Draft, task: Task) -> Task:
        """The task as stated: more often left to the model."""
        return Task.CHAT if draft.rng.random() < 0.6 else task

    def journey(self, draft: Draft) -> Journey | None:
        """A shopper drawn at random and noted as a source; None when there is no log."""
        if not self.shop.journeys:
            return None
        journey = draft.rng.choice(self.shop.journeys)
        self.note_shopper(draft, journey.shopper)
        return journey

    @staticmethod
    def note_shopper(draft: Draft, shopper: str) -> None:
        """Note the shopper as a source if they are held out."""
        Desk.note(draft, f"shopper {shopper}")

    @staticmethod
    def note(draft: Draft, source: str) -> None:
        """Note a source of another sort (a need, a title) if it is held out."""
        if held_out(source):
            draft.sources.add(source)

    def some_history(self, draft: Draft, share: float = 0.12) -> tuple[Sid, ...]:
        """Now and then a few items somebody looked at, so that a history does not disturb a search."""
        if draft.rng.random() >= share or (journey := self.journey(draft)) is None:
            return ()
        length = draft.rng.choice((1, 1, 2, 2, 3, 5))
        return tuple(self.shop.by_sku[sku].sid for sku in journey.skus[:length])

    # -- replies -----------------------------------------------------------------------------------------------------

    def parts_to_want(
        self,
        draft: Draft,
        want: Want,
        pick: Pick,
        wanted: int,
        *,
        format: Format = Format.MIXED,
        types: Sequence[str] = (),
        lead: str | None = None,
    ) -> Message:
        """The reply to a want: its span, words that say how many there are, and the items.

        Args:
            draft: of the example.
            want: the conditions read.
            pick: the items to name and how many met the conditions.
            wanted: how many items were asked for.
            format: ids or mixed.
            types: item types asked for beside the words; named when nothing of them is left.
            lead: the words before the items where they are not the usual ones.
        """
        parts: list[Part] = [WantPart(want.text() + found_words(pick.found))]
        if format is Format.MIXED:
            parts.append(TextPart(self._lead(draft, want, pick, wanted, types, lead)))
        return Message.assistant(*parts, *(ItemPart(item.sid, item.sku) for item in pick.items))

    def _lead(self, draft: Draft, want: Want, pick: Pick, wanted: int, types: Sequence[str], lead: str | None) -> str:
        shown, number = len(pick.items), self.lexicon.number(len(pick.items))
        if not shown:
            relax = self.lexicon.relaxed(want, types)
            text = self.say(draft, "reply_nothing", things=self.lexicon.things(want))
            return text + (self.say(draft, "reply_relax", relax=relax) if relax else "")
        if pick.found == 1:
            return self.say(draft, "reply_only")
        if lead is not None:
            return lead
        things = self.lexicon.things(want)
        if shown < wanted:
            return self.say(draft, "reply_few", count=number, things=things)
        if shown == 1:
            return self.say(draft, "reply_one", things=things)
        return self.say(draft, "reply_found", count=number, things=things)

    def example(
        self,
        draft: Draft,
        task: str,
        steering: Steering,
        messages: Sequence[Message],
        reply: Message,
        hidden: Want | None = None,
    ) -> Example:
        """The finished example; its split is decided by its sources later."""
        steering = replace(steering, history=steering.history[-MAX_HISTORY:])
        turns = captioned(messages, lambda part: self._caption(self.shop.by_sku[part.sku]))
        return Example(task, steering, tuple(turns), reply, frozenset(draft.sources), hidden or Want())

    def _caption(self, item: ShopItem) -> str:
        return caption(
            item.title,
            item.brand,
            item.attributes,
            self.shop.facets,
            price_minor=item.price_minor,
            currency=self.shop.currency,
            rating=item.rating,
            in_stock=item.in_stock,
        )

    def note_combination(self, draft: Draft, want: Want) -> None:
        """Note a combination of facets as a source if it is held out; a single facet never is."""
        if len(want.facets) >= 2:
            key = "; ".join(f"{name}: {value}" for name, value in want.facets)
            if held_out(f"combination {key}"):
                draft.sources.add(f"combination {key}")

    def spoken_facets(self, item: ShopItem, names: Sequence[str]) -> list[tuple[str, str]]:
        """One value each of the named facets that the item has."""
        chosen = {}
        for name, value in self.shop.facets_of(item):
            if name in names and name not in chosen:
                chosen[name] = value
        return [(name, chosen[name]) for name in self.shop.facets if name in chosen]

    def kinds_of(self, items: Sequence[ShopItem], most: int = 2) -> list[str]:
        """Plurals of the kinds that occur most often among the items, at most ``most``; ties by the later one."""
        counts = Counter(item.kind for item in items if item.kind in self.shop.facet_values.get(KIND, frozenset()))
        last = {item.kind: place for place, item in enumerate(items)}
        ranked = sorted(counts, key=lambda kind: (-counts[kind], -last[kind]))
        return [self.shop.plural(str(kind)) for kind in ranked[:most]]
