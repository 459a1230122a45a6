"""Two settings, or two checkpoints, on the same requests: what each answers, and how the answers differ."""

from __future__ import annotations

import dataclasses
import difflib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from catalog_db.conditions import Conditions
from catalog_db.products import ProductRecord
from catalog_db.rules import StoredRule
from neo_assistant.merchandising.answers import Answer, answers
from neo_assistant.merchandising.spare_checkpoint import SpareCheckpoint
from neo_assistant.request import Replier, Request
from neo_assistant.steering import Format, Task

_TOKENS = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Side:
    """How one of the two sides answers. What is None is as the request, or the shop, has it.

    Args:
        name: for people.
        checkpoint: folder of another checkpoint than the one that serves.
        task, format: in place of the request's.
        conditions: beside the request's own.
        rules: in place of those that are saved; an empty list for none.
        beams: width of the search for items.
    """

    name: str
    checkpoint: Path | None = None
    task: Task | None = None
    format: Format | None = None
    conditions: Conditions = Conditions()  # noqa: RUF009 - it is immutable
    rules: tuple[StoredRule, ...] | None = None
    beams: int | None = None

    def request(self, request: Request) -> Request:
        """The request as this side is asked."""
        return dataclasses.replace(
            request,
            task=self.task or request.task,
            format=self.format or request.format,
            conditions=request.conditions.both(self.conditions),
        )


class Where(StrEnum):
    """On which side an item or a word stands."""

    BOTH = "both"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class ItemDifference:
    """An item of either answer; places are counted from 1, None where it is not named."""

    product: ProductRecord
    left: int | None
    right: int | None

    @property
    def where(self) -> Where:
        """Who names it."""
        if self.left is None:
            return Where.RIGHT
        return Where.LEFT if self.right is None else Where.BOTH

    @property
    def moved(self) -> int:
        """Places that it stands further up on the right; 0 where only one side names it."""
        return 0 if self.left is None or self.right is None else self.left - self.right


@dataclass(frozen=True)
class Comparison:
    """Two answers to one request.

    Attributes:
        request: as it was asked, before either side changed it.
        left, right: the answers.
    """

    request: Request
    left: Answer
    right: Answer

    @property
    def items(self) -> tuple[ItemDifference, ...]:
        """Every item of either answer: those of the left in order, then those that only the right has."""
        places = [{item.product.sku: place for place, item in enumerate(side.items, 1)} for side in self._sides]
        products = {item.product.sku: item.product for side in reversed(self._sides) for item in side.items}
        order = dict.fromkeys([*places[0], *places[1]])
        return tuple(ItemDifference(products[sku], places[0].get(sku), places[1].get(sku)) for sku in order)

    @property
    def words(self) -> tuple[tuple[Where, str], ...]:
        """Runs of words in reading order, those of the left before those of the right where they differ."""
        left, right = (_TOKENS.findall(side.words) for side in self._sides)
        runs: list[tuple[Where, str]] = []
        for kind, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            if kind == "equal":
                runs.append((Where.BOTH, _joined(left[a:b])))
            else:
                runs += [(Where.LEFT, _joined(left[a:b]))] if b > a else []
                runs += [(Where.RIGHT, _joined(right[c:d]))] if d > c else []
        return tuple(runs)

    @property
    def overlap(self) -> float | None:
        """Share of items that both name, of as many as the longer answer has; None where neither names any."""
        most = max(len(side.items) for side in self._sides)
        return sum(item.where is Where.BOTH for item in self.items) / most if most else None

    @property
    def rank_change(self) -> float | None:
        """Mean number of places by which an item that both name stands elsewhere; None where there is none."""
        moves = [abs(item.moved) for item in self.items if item.where is Where.BOTH]
        return sum(moves) / len(moves) if moves else None

    @property
    def same_conditions(self) -> bool:
        """Whether both read the same conditions."""
        return set(self.left.phrases) == set(self.right.phrases)

    @property
    def same_words(self) -> bool:
        """Whether both say the same, word for word."""
        return self.left.words == self.right.words

    @property
    def _sides(self) -> tuple[Answer, Answer]:
        return self.left, self.right


@dataclass(frozen=True)
class Summary:
    """How two sides differ over several requests.

    Attributes:
        requests: how many were compared.
        overlap: mean share of items that both name; None where no request has any.
        rank_change: mean number of places by which an item that both name stands elsewhere.
        same_first, same_items, same_conditions, same_words: requests where the first item, all items in their order,
            the conditions read, the words are the same.
        left_ms, right_ms: mean time of a reply.
    """

    requests: int
    overlap: float | None
    rank_change: float | None
    same_first: int
    same_items: int
    same_conditions: int
    same_words: int
    left_ms: float
    right_ms: float


def summary_of(comparisons: Sequence[Comparison]) -> Summary:
    """The summary of at least one comparison."""
    skus = [
        ([item.product.sku for item in one.left.items], [i.product.sku for i in one.right.items]) for one in comparisons
    ]
    return Summary(
        requests=len(comparisons),
        overlap=_mean([one.overlap for one in comparisons]),
        rank_change=_mean([one.rank_change for one in comparisons]),
        same_first=sum(left[:1] == right[:1] for left, right in skus),
        same_items=sum(left == right for left, right in skus),
        same_conditions=sum(one.same_conditions for one in comparisons),
        same_words=sum(one.same_words for one in comparisons),
        left_ms=sum(one.left.timings.total_ms for one in comparisons) / len(comparisons),
        right_ms=sum(one.right.timings.total_ms for one in comparisons) / len(comparisons),
    )


@dataclass(frozen=True)
class Progress:
    """One more reply of one side has been written."""

    side: Side
    done: int
    of: int


def compare(
    serving: Replier,
    spare: SpareCheckpoint,
    sides: tuple[Side, Side],
    requests: Sequence[Request],
    stop: threading.Event,
) -> Iterator[Progress | list[Comparison]]:
    """Answer every request on both sides, one side after the other, so that one spare model is enough.

    Args:
        serving: writes the replies of a side without a checkpoint of its own.
        spare: loads that of one that has.
        sides: left and right.
        requests: each the first of its conversation.
        stop: ends it early; what both sides have answered by then is compared.

    Yields:
        Progress after every reply and, of a side that has to be loaded first, before its first one; the comparisons
        last.

    Raises:
        CheckpointError: a checkpoint cannot be loaded.
        RequestError, ConditionError, UnknownProductError: as a reply.
    """
    found: tuple[list[Answer], list[Answer]] = ([], [])
    for side, written in zip(sides, found, strict=True):
        if stop.is_set():
            break
        asked = [side.request(request) for request in requests]
        yield Progress(side, 0, len(requests))
        place: AbstractContextManager[Replier] = nullcontext(serving)
        if side.checkpoint is not None:
            place = spare.loaded(side.checkpoint)
        with place as replier:
            for answer in answers(replier, asked, stop, side.rules, side.beams):
                written.append(answer)
                yield Progress(side, len(written), len(requests))
            del replier  # so that a model that is to be unloaded hangs on nothing
    yield [Comparison(*three) for three in zip(requests, *found, strict=False)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _joined(words: Sequence[str]) -> str:
    """Words with spaces between them, but none before a mark that ends something."""
    return re.sub(r" (?=[,.;:!?%)’'])", "", " ".join(words))
