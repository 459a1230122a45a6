"""How much of what: the tasks with their weights, the splits, and the order in which training sees them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from finetune.errors import ExamplesError
from finetune.examples.desk import Desk, Draft
from finetune.examples.example import HELDOUT, TRAIN, VALIDATION, Example
from finetune.examples.phrases import PhraseBook
from finetune.examples.shop import Shop
from finetune.examples.tasks import DrawnTask, ItemTask
from finetune.examples.tasks.dialogue import DIALOGUE
from finetune.examples.tasks.ground import GROUND
from finetune.examples.tasks.neighbours import NEIGHBOURS
from finetune.examples.tasks.recommend import RECOMMEND
from finetune.examples.tasks.search import LoggedSearch, Search
from finetune.examples.tasks.talk import TALK

_PER_ITEM: Mapping[str, Callable[[Desk], ItemTask]] = {task.name: task for task in GROUND}
_DRAWN: Mapping[str, Callable[[Desk], DrawnTask]] = {
    task.name: task for task in (Search, LoggedSearch, *RECOMMEND, *NEIGHBOURS, *DIALOGUE, *TALK)
}
TASKS = (*_PER_ITEM, *_DRAWN)
"""Names of all tasks; a task's number is its place here."""


@dataclass(frozen=True)
class MixtureConfig:
    """The mixture.

    Args:
        per_item: examples of each grounding task for every item; 0.1 means every tenth item.
        least_per_item: passes that ``title to item`` makes over the catalog whatever the scale, so that every item is
            heard of.
        others_per_item: examples of all other tasks together, per item.
        weights: shares of the other tasks, relative to each other; those the catalog does not allow are left out.
        most_per_item: replies of training that may name one item first, so that popular ones do not swallow the rest.
        heldout_per_task: examples of each task in ``heldout``, as far as different ones can be made.
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
    others_per_item: float = 7.0
    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "search": 34,
            "search log": 14,
            "recommend": 14,
            "popular": 3,
            "profile": 3.5,
            "similar": 4,
            "goes with": 4,
            "refine": 14,
            "explain": 4,
            "small talk": 3,
            "clarify": 1,
            "not sold": 1.2,
            "words only": 0.8,
            "language": 1.5,
        }
    )
    most_per_item: int = 40
    heldout_per_task: int = 300
    validation_per_task: int = 40
    scale: float = 1.0
    seed: int = 0
    language: str = "en"

    def __post_init__(self) -> None:
        unknown = sorted(set(self.per_item) - set(_PER_ITEM)) + sorted(set(self.weights) - set(_DRAWN))
        if unknown:
            raise ExamplesError(f"the mixture has no task {unknown[0]!r}", f"tasks: {', '.join(TASKS)}")
        if self.scale <= 0 or min(*self.per_item.values(), *self.weights.values(), self.others_per_item) < 0:
            raise ExamplesError("the mixture's weights must not be negative, and the scale must be above 0")


Maker = Callable[[Draft, int], Example | None]
"""Makes the n-th example of a task, or none from this draw."""


class Mixture:
    """Makes all examples of a shop.

    An example is held out if anything it was made from is (a shopper, a phrasing, a combination of facets, …); then it
    goes to ``heldout`` or ``validation`` or is dropped, and never to training.
    """

    def __init__(self, shop: Shop, book: PhraseBook, config: MixtureConfig) -> None:
        self.shop, self.config = shop, config
        self.desk = Desk(shop, book, config.most_per_item)
        self._prompts: set[str] = set()

    def make(self) -> list[Example]:
        """Every example: training first, in an order of which any beginning is a fair sample; then the other splits."""
        made: list[Example] = []
        for name, count, maker, tries in self._plan():
            made += self._collect(name, count, maker, tries)
        train = _interleaved([e for e in made if e.split == TRAIN], self.config.seed)
        return [*train, *(example for split in (VALIDATION, HELDOUT) for example in made if example.split == split)]

    def _plan(self) -> list[tuple[str, int, Maker, int]]:
        """Task, number of training examples, maker, and most draws."""
        config, size = self.config, len(self.shop.items)
        plan: list[tuple[str, int, Maker, int]] = []
        for name, make_task in _PER_ITEM.items():
            per_item = config.per_item.get(name, 0.0) * config.scale
            if name == "title to item":
                per_item = max(per_item, config.least_per_item)
            task, count = make_task(self.desk), round(per_item * size)
            if task.possible and count:
                plan.append((name, count, self._for_items(task), count + 2 * size + 1000))
        others = {name: make(self.desk) for name, make in _DRAWN.items() if config.weights.get(name, 0) > 0}
        possible = {name: task for name, task in others.items() if task.possible}
        total = config.others_per_item * config.scale * size
        weight = sum(config.weights[name] for name in possible)
        kept_out = config.heldout_per_task + config.validation_per_task
        for name, drawn in possible.items():
            count = round(total * config.weights[name] / weight)
            plan.append((name, count, _draws(drawn), 4 * count + 30 * kept_out))
        return plan

    def _for_items(self, task: ItemTask) -> Maker:
        """Goes through the items in random order, again and again."""
        items = list(self.shop.items)
        random.Random(f"{self.config.seed}/{task.name}").shuffle(items)
        return lambda draft, number: task.make_for(draft, items[number % len(items)])

    def _collect(self, name: str, count: int, maker: Maker, tries: int) -> list[Example]:
        config = self.config
        room = {TRAIN: count, HELDOUT: config.heldout_per_task, VALIDATION: config.validation_per_task}
        made: list[Example] = []
        for number in range(tries):
            if not any(room.values()):
                break
            draft = Draft(random.Random(f"{config.seed}/{name}/{number}"))
            example = maker(draft, number)
            if example is None or example.prompt_key in self._prompts:
                continue
            split = self._split(example, room)
            if split is None:
                continue
            self._prompts.add(example.prompt_key)
            room[split] -= 1
            example = replace(example, split=split)
            if split == TRAIN:
                self.desk.count_exposure(example)
            made.append(example)
        return made

    def _split(self, example: Example, room: dict[str, int]) -> str | None:
        """Where the example goes; None if there is no room for it, or its first item was named often enough."""
        if example.sources:
            fuller = room[HELDOUT] * max(self.config.validation_per_task, 1)
            emptier = room[VALIDATION] * max(self.config.heldout_per_task, 1)
            split = HELDOUT if fuller >= emptier else VALIDATION
            return split if room[split] else None
        if not room[TRAIN]:
            return None
        named = example.reply.items
        if (
            named
            and example.task not in _PER_ITEM
            and self.desk.exposure[named[0].sku] >= 2 * self.config.most_per_item
        ):
            return None
        return TRAIN


def _draws(task: DrawnTask) -> Maker:
    return lambda draft, number: task.make(draft)


def _interleaved(examples: list[Example], seed: int) -> list[Example]:
    """Tasks spread evenly over the whole, each task's own order kept."""
    totals, seen, rng = Counter(example.task for example in examples), Counter[str](), random.Random(f"{seed}/order")
    places = []
    for example in examples:
        places.append((seen[example.task] + rng.random()) / totals[example.task])
        seen[example.task] += 1
    return [examples[number] for number in sorted(range(len(examples)), key=lambda number: (places[number], number))]
