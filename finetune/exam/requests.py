"""The requests of the exam, with what a fair person expects of the reply to each.

One JSON object a line:

    id, group   a name, and the row of the table in docs/exam.md
    says        what the shopper says, turn by turn; the reply to the last one is graded
    history     SKUs viewed or bought before, oldest first           (may be missing, as all below)
    about       SKUs put into the last turn
    options     task, types, format, count: what steers the reply besides the words
    expect      behaviour   "items", "question" (and no items), "no items" or "words"; a list accepts any of them
                want        conditions to be read: each a string, or a list of which one will do
                may         conditions that may be read as well
                kinds       kinds of which a relevant item is one
                types       item types of which a relevant item is one
                count       so many items, as far as the shop has them
                each        kind → so many of it
                popular     true: relevant is what is among the most popular
                facts       of so many items at least, the reply states some fact
                asks        a condition; the reply says yes or no as the row of the (first) item does
                names       words of which the reply says at least one
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finetune.errors import ExamError
from neo_assistant.errors import RequestError
from neo_assistant.request import Request
from neo_assistant.steering import Format, Task

REQUESTS = Path(__file__).with_name("requests.jsonl")
ITEMS, QUESTION, NO_ITEMS, WORDS = "items", "question", "no items", "words"
BEHAVIOURS = (ITEMS, QUESTION, NO_ITEMS, WORDS)

_ENTRY = frozenset({"id", "group", "says", "history", "about", "options", "expect"})


@dataclass(frozen=True)
class Expectation:
    """What a fair person expects of the last reply; see the module for what each field means."""

    behaviour: tuple[str, ...]
    want: tuple[tuple[str, ...], ...] | None = None
    may: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    count: int | None = None
    each: Mapping[str, int] = field(default_factory=dict)
    popular: bool = False
    facts: int = 0
    asks: str | None = None
    names: tuple[str, ...] = ()

    @property
    def expects_items(self) -> bool:
        """Whether nothing but items will do."""
        return self.behaviour == (ITEMS,)


@dataclass(frozen=True)
class ExamRequest:
    """One request of the exam."""

    id: str
    group: str
    says: tuple[str, ...]
    expect: Expectation
    history: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    task: Task = Task.CHAT
    types: tuple[str, ...] = ()
    format: Format = Format.MIXED
    count: int = 3

    def turn(self, number: int) -> Request:
        """The request of one turn; what steers it counts for all turns, ``about`` for the last."""
        last = number == len(self.says) - 1
        return Request(
            self.says[number],
            history=self.history,
            task=self.task,
            types=self.types,
            format=self.format,
            count=self.count,
            about=self.about if last else (),
        )


def read_requests(path: Path = REQUESTS) -> list[ExamRequest]:
    """Read a file of requests.

    Raises:
        ExamError: naming the line that is not one.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ExamError(f"{path} cannot be read: {error}") from error
    requests: list[ExamRequest] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                requests.append(_request(json.loads(line)))
            except (KeyError, TypeError, ValueError, RequestError) as error:
                raise ExamError(f"{path}, line {number} is not a request of the exam: {error}") from error
    if not requests:
        raise ExamError(f"{path} holds no request")
    ids = [request.id for request in requests]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise ExamError(f"{path} names {twice[0]!r} twice")
    return requests


def _request(values: dict[str, Any]) -> ExamRequest:
    if unknown := sorted(set(values) - _ENTRY):
        raise ValueError(f"unknown entry {unknown[0]!r}")
    options = dict(values.get("options", {}))
    request = ExamRequest(
        id=_word(values["id"]),
        group=_word(values["group"]),
        says=_words(values["says"]),
        expect=_expectation(values["expect"]),
        history=_words(values.get("history", [])),
        about=_words(values.get("about", [])),
        task=Task(options.pop("task", Task.CHAT)),
        types=_words(options.pop("types", [])),
        format=Format(options.pop("format", Format.MIXED)),
        count=options.pop("count", 3),
    )
    if options:
        raise ValueError(f"unknown option {sorted(options)[0]!r}")
    for number in range(len(request.says)):
        request.turn(number)
    return request


def _expectation(values: dict[str, Any]) -> Expectation:
    behaviour = values.pop("behaviour")
    want = values.pop("want", None)
    further: dict[str, Any] = {n: _words(value) if isinstance(value, list) else value for n, value in values.items()}
    expected = Expectation(
        behaviour=_words([behaviour] if isinstance(behaviour, str) else behaviour),
        want=None if want is None else tuple(_words([one] if isinstance(one, str) else one) for one in want),
        **further,
    )
    if not expected.behaviour or set(expected.behaviour) - set(BEHAVIOURS):
        raise ValueError(f"behaviour {behaviour!r} is none of {', '.join(BEHAVIOURS)}")
    if expected.expects_items and not (expected.kinds or expected.types or expected.popular):
        raise ValueError("items are expected, but not what makes one relevant")
    return expected


def _words(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is not a list")
    return tuple(_word(value) for value in values)


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value
