"""How much of what: the tasks with their weights, the splits, and the order in which training sees them."""

from __future__ import annotations

import itertools
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from finetune.errors import ExamplesError
from finetune.examples.desk import Desk, Draft
from finetune.examples.example import HELDOUT, TRAIN, VALIDATION, Example
from finetune.examples.phrases import PhraseBook
from finetune.examples.shop import Shop, ShopItem
from finetune.examples.tasks import DrawnTask, ItemTask
from finetune.examples.tasks.bundle import Bundle
from finetune.examples.tasks.compare import Compare
from finetune.examples.tasks.explain import Explain
from finetune.examples.tasks.ground import GROUND
from finetune.examples.tasks.neighbours import NEIGHBOURS
from finetune.examples.tasks.ranking import RANKING_DRAWN, RANKING_ITEMS
from finetune.examples.tasks.recommend import RECOMMEND, FirstItem, Popular
from finetune.examples.tasks.refine import Refine
from finetune.examples.tasks.search import LoggedSearch, Need, Search
from finetune.examples.tasks.several import SeveralKinds
from finetune.examples.tasks.talk import TALK
from finetune.teacher.taught import Taught
from neo_assistant.messages import Role
from neo_assistant.want import Want

_PER_ITEM: Mapping[str, Callable[[Desk], ItemTask]] = {task.name: task for task in (*GROUND, *RANKING_ITEMS)}
_DRAWN: Mapping[str, Callable[[Desk], DrawnTask]] = {
    task.name: task
    for task in (
        Search,
        Need,
        LoggedSearch,
        SeveralKinds,
        *RECOMMEND,
        *NEIGHBOURS,
        Refine,
        Bundle,
        Explain,
        Compare,
        *TALK,
        *RANKING_DRAWN,
    )
}
TASKS = (*_PER_ITEM, *_DRAWN)
"""Names of all tasks; a task's number is its place here."""

_UNCOUNTED = frozenset({Popular.name, FirstItem.name})
"""Tasks whose replies do not count as naming an item: what is popular is so whoever asks."""
_SEVERAL = frozenset({Bundle.name, SeveralKinds.name})
"""Tasks whose requests may name several kinds, so that no condition is plainly that of one."""
_PATIENCE = 1000
"""A task ends after so many draws in a row that brought nothing new."""
_TRIES = 60
"""Draws of one more search for an item that too few replies name."""


@dataclass(frozen=True)
class MixtureConfig:
    """The mixture.

    Args:
        per_item: examples of each grounding task for every item; 0.1 means every tenth item.
        least_per_item: passes that ``title to item`` makes over the catalog whatever the scale, so that every item is
            heard of.
        others_per_item: examples of all other tasks together, per item.
        weights: shares of the other tasks, relative to each other; those the catalog does not allow are left out.
        least_named: every item is named in at least so many replies of training; those that the tasks left below it get
            searches of their own, if there are searches. A scale below 1 lowers it, to no less than 1.
        most_per_item: no item is named in more replies of training, those that say what is popular apart; from two
            thirds of it on, others are preferred. So popular items do not swallow the rest. A scale above 1 raises it.
        heldout_per_task: examples of each task in ``heldout``, as far as different ones can be made, and no more than
            the task has in training.
        validation_per_task: likewise in ``validation``.
        scale: factor on the number of training examples.
        seed: of every choice. What is held out does not depend on it.
        language: folder of phrasings.
    """

    per_item: Mapping[str, float] = field(
        default_factory=lambda: {
            "title to item": 1.0,
            "details to item": 1.0,
            "item to words": 1.0,
            "item to type": 0.1,
        }
    )
    least_per_item: float = 1.0
    others_per_item: float = 11.2
    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "search": 44,
            "need": 22,
            "search log": 8,
            "several kinds": 3,
            "recommend": 14,
            "popular": 3,
            "first item": 4,
            "profile": 3.5,
            "similar": 5,
            "goes with": 4,
            "bundle": 8.5,
            "refine": 16,
            "explain": 8,
            "compare": 4,
            "small talk": 8,
            "clarify": 2.5,
            "not sold": 6,
            "words only": 0.8,
            "language": 44,
        }
    )
    least_named: int = 5
    most_per_item: int = 60
    heldout_per_task: int = 300
    validation_per_task: int = 40
    scale: float = 1.0
    seed: int = 0
    language: str = "en"

    def __post_init__(self) -> None:
        unknown = sorted(set(self.per_item) - set(_PER_ITEM)) + sorted(set(self.weights) - set(_DRAWN))
        if unknown:
            raise ExamplesError(f"the mixture has no task {unknown[0]!r}", f"tasks: {', '.join(TASKS)}")
        if self.scale <= 0 or min((*self.per_item.values(), *self.weights.values(), self.others_per_item)) < 0:
            raise ExamplesError("the mixture's weights must not be negative, and the scale must be above 0")


class _Drawn:
    """Draws examples of a task that decides by itself what they are about."""

    def __init__(self, task: DrawnTask) -> None:
        self._task = task

    def draw(self, draft: Draft) -> Example | None:
        return self._task.make(draft)

    def landed(self, split: str | None) -> None:
        """Where the example drawn last went; None if it was dropped."""


class _ItemByItem:
    """Draws examples of a task about items: none gets a second example for training before all have a first."""

    def __init__(self, task: ItemTask, items: Sequence[ShopItem], seed: int) -> None:
        self._task = task
        self._order = list(items)
        random.Random(f"{seed}/{task.name}").shuffle(self._order)
        self._waiting = deque(self._order)

    def draw(self, draft: Draft) -> Example | None:
        return self._task.make_for(draft, self._waiting[0])

    def landed(self, split: str | None) -> None:
        """Where the example drawn last went; an item whose example did not reach training goes to the end."""
        item = self._waiting.popleft()
        if split != TRAIN:
            self._waiting.append(item)
        elif not self._waiting:
            self._waiting.extend(self._order)


@dataclass(frozen=True)
class _Plan:
    """A task's part of the mixture: how many for training, and where they come from."""

    count: int
    source: _Drawn | _ItemByItem


class Mixture:
    """Makes all examples of a shop.

    An example is held out if anything it was made from is (a shopper, a phrasing, a combination of facets, …); then it
    goes to ``heldout`` or ``validation`` or is dropped, and never to training.
    """

    def __init__(self, shop: Shop, book: PhraseBook, config: MixtureConfig, taught: Taught | None = None) -> None:
        self.shop, self.config = shop, config
        self._least = max(1, round(config.least_named * min(config.scale, 1.0)))
        self._most = round(config.most_per_item * max(config.scale, 1.0))
        self.desk = Desk(shop, book, self._most * 2 // 3, taught)
        self._prompts: set[str] = set()
        self._named: Counter[str] = Counter()
        """SKU → replies of training that name the item, but for those that say what is popular."""

    def make(self) -> list[Example]:
        """Every example: training first, in an order of which any beginning is a fair sample; then the other splits."""
        made: list[Example] = []
        for name, plan in self._plans().items():
            made += self._collect(name, plan)
        made += self._least_for_all()
        train = _interleaved([e for e in made if e.split == TRAIN], self.config.seed)
        return [*train, *(example for split in (VALIDATION, HELDOUT) for example in made if example.split == split)]

    def _plans(self) -> dict[str, _Plan]:
        """The plan of each task that the catalog allows, in the order in which they are made."""
        config, items = self.config, self.shop.items
        plans: dict[str, _Plan] = {}
        for name, make_task in _PER_ITEM.items():
            per_item = config.per_item.get(name, 0.0) * config.scale
            if name == "title to item":
                per_item = max(per_item, config.least_per_item)
            task, count = make_task(self.desk), round(per_item * len(items))
            if task.possible and count:
                plans[name] = _Plan(count, _ItemByItem(task, items, config.seed))
        others = {name: make(self.desk) for name, make in _DRAWN.items() if config.weights.get(name, 0) > 0}
        possible = {name: drawn for name, drawn in others.items() if drawn.possible}
        total = config.others_per_item * config.scale * len(items)
        weight = sum(config.weights[name] for name in possible)
        for name, drawn in possible.items():
            plans[name] = _Plan(round(total * config.weights[name] / weight), _Drawn(drawn))
        return plans

    def _collect(self, name: str, plan: _Plan) -> list[Example]:
        config = self.config
        room = {
            TRAIN: plan.count,
            HELDOUT: min(config.heldout_per_task, plan.count),
            VALIDATION: min(config.validation_per_task, plan.count),
        }
        limits = dict(room)
        made: list[Example] = []
        last = 0
        for number in itertools.count():
            if not any(room.values()) or number - last > _PATIENCE:
                break
            example = plan.source.draw(Draft(random.Random(f"{config.seed}/{name}/{number}")))
            split = self._split(example, room, limits)
            plan.source.landed(split)
            if example is None or split is None:
                continue
            self._prompts.add(example.prompt_key)
            room[split] -= 1
            example = replace(example, split=split)
            if split == TRAIN:
                self._count(example)
            made.append(example)
            last = number
        return made

    def _split(self, example: Example | None, room: Mapping[str, int], limits: Mapping[str, int]) -> str | None:
        """Where the example goes; None if it is none, a repetition, without room, or names an item too often named.

        Nor is there a place for one whose want serving's grammar would not let pass.
        """
        if example is None or example.prompt_key in self._prompts or not self._could_be_served(example):
            return None
        if example.sources:
            # Both fill up alike, and the held-out one first.
            shares = {name: room.get(name, 0) / max(limits.get(name, 0), 1) for name in (HELDOUT, VALIDATION)}
            split = max(shares, key=lambda name: shares[name])
            return split if room.get(split) else None
        if not room[TRAIN] or self._too_often(example):
            return None
        return TRAIN

    def _could_be_served(self, example: Example) -> bool:
        """Whether the want holds what the shopper stated plainly, and no value that nobody wrote."""
        if example.reply.want is None or example.task in _SEVERAL:
            return True
        wants = [Want.parse(message.want) for message in (*example.messages, example.reply) if message.want]
        words = "\n".join(message.text for message in example.messages if message.role is Role.SHOPPER)
        written = self.desk.said.written(words).union(*(want.facets for want in wants[:-1]))
        meant = set(wants[-1].facets)
        may_stand = all(value in written or not self.desk.said.is_written(value[0]) for value in meant)
        return may_stand and set(self.desk.said.plain(example.messages[-1].text)) <= meant

    def _too_often(self, example: Example) -> bool:
        """Whether the example names an item that enough replies name."""
        return example.task not in _UNCOUNTED and any(
            self._named[item.sku] >= self._most for item in example.reply.items
        )

    def _count(self, example: Example) -> None:
        """Note what an example of training names."""
        self.desk.count_exposure(example)
        if example.task not in _UNCOUNTED:
            self._named.update(item.sku for item in example.reply.items)

    def _least_for_all(self) -> list[Example]:
        """Searches for the items that too few replies of training name."""
        search, made = Search(self.desk), list[Example]()
        wanted = search.possible and self.config.weights.get(search.name, 0) > 0
        for item in self.shop.items if wanted else ():
            for number in range(_TRIES):
                if self._named[item.sku] >= self._least:
                    break
                example = search.make_for(Draft(random.Random(f"{self.config.seed}/{item.sku}/{number}")), item)
                if self._split(example, {TRAIN: 1}, {TRAIN: 1}) == TRAIN:
                    assert example is not None
                    self._prompts.add(example.prompt_key)
                    self._count(example)
                    made.append(example)
        return made


def _interleaved(examples: list[Example], seed: int) -> list[Example]:
    """Tasks spread evenly over the whole, each task's own order kept."""
    totals, seen, rng = Counter(example.task for example in examples), Counter[str](), random.Random(f"{seed}/order")
    places = []
    for example in examples:
        places.append((seen[example.task] + rng.random()) / totals[example.task])
        seen[example.task] += 1
    return [examples[number] for number in sorted(range(len(examples)), key=lambda number: (places[number], number))]
