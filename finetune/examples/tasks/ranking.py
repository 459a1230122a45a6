"""Rankings learnt from known answers: the next items of a sequence, the relevant products of a query, and the titles.

A reply lists several items, because each of them is an answer to learn: a sequence cut at one place gives the model
every later item as the next one after those before it. Cut at another place in another pass, it also gives histories
of every length. These are the only tasks of benchmarks without facets (``finetune/recipes/beauty.toml``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from catalog_db.sample.typos import misspell
from finetune.examples.desk import Desk, Draft, Pick
from finetune.examples.example import Example
from finetune.examples.known import KnownQuery, KnownSequence
from finetune.examples.phrases import held_out
from finetune.examples.ranking_prompts import NEXT_COUNT, history_prompt, query_prompt
from finetune.examples.shop import ShopItem
from finetune.examples.tasks.ground import PerItem
from neo_assistant.messages import Message
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want

MOST_LISTED = 8
"""Items of a reply. With twelve of the history before them a prompt and its reply stay below 150 tokens."""
MOST_RELEVANT = 10
"""Products that the reply to a judged query lists."""
_ANSWER_EVERY = 8
"""After so many examples of training comes one of validation, as long as there are any."""
_TYPO_SHARE = 0.15
_WHOLE_SHARE = 0.2
_SHUFFLED_SHARE = 0.25
_TITLE_WORDS = 14


class _Ranked:
    """What the tasks of known answers share."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    def example(self, draft: Draft, name: str, prompt: tuple[Steering, Message], items: Sequence[ShopItem]) -> Example:
        """The example whose reply lists the items."""
        steering, message = prompt
        pick = Pick(tuple(items), len(self.shop.items))
        reply = self.desk.parts_to_want(draft, Want(), pick, len(items), format=Format.IDS)
        return self.desk.example(draft, name, steering, [message], reply)


class NextItems(_Ranked):
    """A history, and the items that followed it, in order.

    Every pass goes through all sequences in another order and cuts each at another place; of a long one it makes an
    example for every ``MOST_LISTED`` items. For validation the history is all that training may see.
    """

    name = "next items"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._draws = self._passes()

    @property
    def possible(self) -> bool:
        return any(len(sequence.skus) > 1 for sequence in self.shop.known.sequences)

    def make(self, draft: Draft) -> Example | None:
        sequence, cut = next(self._draws)
        future: tuple[str, ...]
        if cut == len(sequence.skus):
            draft.sources.add(f"answer of {sequence.user}")
            past, future = sequence.skus, (sequence.next_sku,)
        else:
            past, future = sequence.skus[:cut], sequence.skus[cut : cut + MOST_LISTED]
        # What has gone off sale is neither shown nor listed.
        history = [self.shop.by_sku[sku].sid for sku in past if sku in self.shop.by_sku]
        items = [self.shop.by_sku[sku] for sku in future if sku in self.shop.by_sku]
        if not items:
            return None
        return self.example(draft, self.name, history_prompt(history, len(items)), items)

    def _passes(self) -> Iterator[tuple[KnownSequence, int]]:
        """(sequence, where it is cut), without end; cut behind its last item is for validation."""
        answers = list(self.shop.known.sequences)
        random.Random("answers").shuffle(answers)
        drawn = 0
        for number in range(1_000_000):
            rng = random.Random(f"pass {number}")
            order = [sequence for sequence in self.shop.known.sequences if len(sequence.skus) > 1]
            rng.shuffle(order)
            for sequence in order:
                last = len(sequence.skus) - 1
                for cut in range(rng.randint(1, min(MOST_LISTED, last)), last + 1, MOST_LISTED):
                    drawn += 1
                    if drawn % _ANSWER_EVERY == 0 and answers:
                        answer = answers.pop()
                        yield answer, len(answer.skus)
                    yield sequence, cut


class RankedSearch(_Ranked):
    """A judged query and the products relevant to it, best first; equals in another order each time.

    One query in twenty is kept for validation.
    """

    name = "ranked search"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._draws = self._passes()

    @property
    def possible(self) -> bool:
        return bool(self.shop.known.queries)

    def make(self, draft: Draft) -> Example | None:
        query, number = next(self._draws)
        self.desk.note(draft, f"query {query.text}")
        pairs = [(sku, relevance) for sku, relevance in query.relevant if sku in self.shop.by_sku]
        draft.rng.shuffle(pairs)
        pairs.sort(key=lambda pair: -pair[1])
        # From the second pass on fewer are asked for, so that others than the very best are the whole answer too.
        most = min(len(pairs), MOST_RELEVANT)
        count = most if number == 0 else draft.rng.randint(1, max(most, 1))
        items = [self.shop.by_sku[sku] for sku, _ in pairs[:count]]
        if not items:
            return None
        text = query.text if number == 0 else _as_typed(query.text, draft.rng)
        return self.example(draft, self.name, query_prompt(text, count), items)

    def _passes(self) -> Iterator[tuple[KnownQuery, int]]:
        """(query, number of the pass), without end."""
        for number in range(1_000_000):
            order = list(self.shop.known.queries)
            random.Random(f"pass {number}").shuffle(order)
            yield from ((query, number) for query in order)


class TitleQuery(PerItem):
    """A query as somebody might type it who looks for one item: words of its title, and the item."""

    name = "title query"

    def make_for(self, draft: Draft, item: ShopItem) -> Example | None:
        text = query_from_title(item.title, draft.rng)
        steering, message = query_prompt(text, 1)
        pick = Pick((item,), len(self.shop.items))
        reply = self.desk.parts_to_want(draft, Want(), pick, 1, format=Format.IDS)
        return self.desk.example(draft, self.name, steering, [message], reply)


class ItemToTitle(PerItem):
    """An item, last in the history, and the words of its title. One item in a hundred is kept for validation."""

    name = "item to title"

    def make_for(self, draft: Draft, item: ShopItem) -> Example | None:
        if held_out(f"title of {item.sku}", 0.01):
            draft.sources.add(f"title of {item.sku}")
        question = self.desk.typed(draft, self.desk.draw(draft, "describe"))
        steering = Steering(Task.DESCRIBE, (), Format.TEXT, NEXT_COUNT, (item.sid,))
        reply = Message.assistant(" ".join(item.title.split()[:_TITLE_WORDS]))
        return self.desk.example(draft, self.name, steering, [Message.shopper(question)], reply)


def query_from_title(title: str, rng: random.Random) -> str:
    """Some words of a title in lower case, seldom all; now and then in another order or with a slip."""
    words = [word for word in title.lower().replace(",", " ").split() if any(map(str.isalnum, word))] or [title.lower()]
    if rng.random() >= _WHOLE_SHARE and len(words) > 2:
        count = rng.randint(2, max(2, min(len(words) - 1, 6)))
        kept = sorted(rng.sample(range(len(words)), count))
        words = [words[place] for place in kept]
        if rng.random() < _SHUFFLED_SHARE:
            rng.shuffle(words)
    text = " ".join(words[:_TITLE_WORDS])
    return misspell(text, rng) if rng.random() < _TYPO_SHARE else text


def _as_typed(text: str, rng: random.Random) -> str:
    """A query typed once more: as it was, or with a slip."""
    return misspell(text, rng) if rng.random() < _TYPO_SHARE else text


RANKING_ITEMS: Sequence[type[PerItem]] = (TitleQuery, ItemToTitle)
RANKING_DRAWN = (NextItems, RankedSearch)
