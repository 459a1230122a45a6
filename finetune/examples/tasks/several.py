"""Several kinds at once, each counted: "two mugs and a kettle".

Serving reads such counts out of the words (``neo_assistant.grammar.counted``) and turns them into quotas: the count of
the prompt is their sum, the want states limits only, because it could name but one of the kinds, and ``found`` is how
many items of all those kinds there are. The examples are made alike, and only of messages that serving reads so.
"""

from __future__ import annotations

from decimal import Decimal

from finetune.examples.asking import Asker, above, spelled, typed
from finetune.examples.desk import Desk, Draft
from finetune.examples.example import Example
from finetune.examples.shop import ShopItem
from neo_assistant.messages import ItemPart, Message, Part, TextPart, WantPart
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want, found_words

_MOST = 5
_LIMITED_SHARE = 0.3
_SPELLINGS = 4
"""Tries at typing a message such that its counts can be read."""


class SeveralKinds:
    """A few of one kind and a few of another in one reply."""

    name = "several kinds"

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop, self.asker = desk, desk.shop, Asker(desk)

    @property
    def possible(self) -> bool:
        return len(self.shop.by_kind) > 2

    def make(self, draft: Draft) -> Example | None:
        desk, counts, want = self.desk, self._counts(draft), Want()
        tail = ""
        if draft.rng.random() < _LIMITED_SHARE:
            prices = [item.price_minor for kind in counts for item in self.shop.by_kind[kind] if item.price_minor]
            if not prices:
                return None
            limit = above(Decimal(draft.rng.choice(prices)) / self.shop.minor_per_major, draft.rng)
            want = Want(max_price=limit)
            # Without it serving takes one amount for several counted kinds as what they may cost together.
            tail = f" {desk.draw(draft, 'max_price', max=spelled(limit, draft.rng))} each"
        words = [self._counted(draft, kind, number) for kind, number in counts.items()]
        text = desk.draw(draft, "several", list=desk.lexicon.joined(words))
        text = (text.rstrip(".?!") if tail else text) + tail
        spellings = (typed(desk, draft, text, want) for _ in range(_SPELLINGS))
        spelling = next((words for words in spellings if self._reads(words, counts)), None)
        return None if spelling is None else self._answered(draft, spelling, counts, want)

    def _counts(self, draft: Draft) -> dict[str, int]:
        """Two or three kinds, things that go together among them, and how many of each."""
        rng, kinds = draft.rng, list(self.shop.by_kind)
        first = rng.choice(kinds)
        words = self.shop.kinds.get(first)
        near = [kind for kind in (words.goes_with if words else ()) if kind in self.shop.by_kind and kind != first]
        others = rng.sample([kind for kind in kinds if kind != first], 2)
        second = rng.choice(near) if near and rng.random() < 0.5 else others[0]
        third = [kind for kind in others if kind != second][:1] if rng.random() < 0.2 else []
        counts: dict[str, int] = {}
        for kind in (first, second, *third):
            left = _MOST - sum(counts.values()) - (1 if not counts else 0)
            counts[kind] = min(rng.choice((1, 1, 1, 2, 2, 3)), max(left, 1))
        return counts

    def _counted(self, draft: Draft, kind: str, number: int) -> str:
        lexicon = self.desk.lexicon
        if number == 1:
            article = draft.rng.random() < 0.7
            return lexicon.with_article(kind) if article else f"{lexicon.number(1)} {kind}"
        return f"{draft.rng.choice((lexicon.number(number), str(number)))} {self.shop.plural(kind)}"

    def _reads(self, text: str, counts: dict[str, int]) -> bool:
        return dict(self.asker.counts_in(text)) == counts

    def _answered(self, draft: Draft, text: str, counts: dict[str, int], want: Want) -> Example:
        desk, found, shown = self.desk, 0, list[ShopItem]()
        had: dict[str, int] = {}
        for kind, number in counts.items():
            among = [item for item in self.shop.matching(want) if item.kind == kind]
            chosen = desk.choose(draft, among, number)
            found += len(among)
            shown += chosen
            had[kind] = len(chosen)
        if shown:
            listed = desk.lexicon.joined([self._said(kind, number) for kind, number in had.items() if number])
            limits = "".join(f" {words}" for words in desk.lexicon.limits(want))
            group = "reply_several" if had == counts else "reply_several_few"
            lead = desk.say(draft, group, list=listed, limits=limits)
        else:
            kinds = desk.lexicon.joined([self.shop.plural(kind) for kind in counts], "or")
            lead = desk.say(draft, "reply_nothing", things=" ".join([kinds, *desk.lexicon.limits(want)]))
            lead += desk.say(draft, "reply_relax", relax=desk.lexicon.relaxed(want))
        steering = Steering(
            desk.task(draft, Task.SEARCH), (), Format.MIXED, sum(counts.values()), desk.some_history(draft)
        )
        parts: list[Part] = [WantPart(want.text() + found_words(found)), TextPart(lead)]
        reply = Message.assistant(*parts, *(ItemPart(item.sid, item.sku) for item in shown))
        return desk.example(draft, self.name, steering, [Message.shopper(text)], reply)

    def _said(self, kind: str, number: int) -> str:
        return f"{self.desk.lexicon.number(number)} {kind if number == 1 else self.shop.plural(kind)}"
