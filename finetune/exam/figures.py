"""The figures of an exam, each beside its goal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from finetune.evaluation.shares import share
from finetune.exam.asking import Answer
from finetune.exam.free import FreeGrade
from finetune.exam.grading import FIRST, Grade
from finetune.exam.requests import ExamRequest
from finetune.exam.wanted import condition_name


@dataclass(frozen=True)
class Result:
    """A request, the answer, and its grades; ``free`` of the reply without the constraint, where one was written."""

    request: ExamRequest
    answer: Answer
    grade: Grade
    free: FreeGrade | None = None
    free_words: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure.

    Args:
        key: its name in exam.json and in the manifest.
        words: its name in the table.
        values: one truth value per case of a result.
        goal: the share to reach, if one is set.
    """

    key: str
    words: str
    values: Callable[[Result], Iterable[bool]]
    goal: float | None = None


def _one(value: bool | None) -> tuple[bool, ...]:
    return () if value is None else (value,)


def _read(result: Result) -> list[bool]:
    read = result.grade.read
    return [] if read is None else [True] * len(read.right) + [False] * len(read.missed)


def _written(result: Result) -> list[bool]:
    read = result.grade.read
    return [] if read is None else [True] * len(read.right) + [False] * len(read.invented)


def _free(result: Result, name: str) -> tuple[bool, ...]:
    found = getattr(result.free, name) if result.free else ()
    return found if isinstance(found, tuple) else (found,)


FIGURES = (
    Figure("relevant", f"a relevant item among the first {FIRST}", lambda r: _one(r.grade.relevant), 0.90),
    Figure("behaviour", "items, a question, words or none, as expected", lambda r: _one(r.grade.behaviour)),
    Figure("read_exactly", "all conditions read right", lambda r: [r.grade.read.exact] if r.grade.read else [], 0.95),
    Figure("conditions_read", "conditions stated that were read", _read, 0.95),
    Figure("conditions_stated", "conditions read that were stated", _written),
    Figure("facts", "stated facts true", lambda r: [claim.true for claim in r.grade.facts], 0.98),
    Figure("counts_stated", "stated numbers of items true", lambda r: [claim.true for claim in r.grade.counts], 0.98),
    Figure("counts_kept", "as many items as asked for", lambda r: _one(r.grade.counted)),
    Figure("yes_no", "yes or no as the row has it", lambda r: _one(r.grade.answered)),
)
FREE_FIGURES = (
    Figure("free_sids", "semantic ids valid", lambda r: _free(r, "valid"), 0.95),
    Figure("free_type", "items of the asked type", lambda r: _free(r, "of_type"), 0.99),
    Figure("free_format", "replies of the asked format", lambda r: _free(r, "format"), 0.98),
    Figure("free_conditions", "items that meet the conditions stated", lambda r: _free(r, "fitting")),
)


def figures(results: Sequence[Result]) -> dict[str, Any]:
    """All figures: key → mean, 95 % interval and number of cases (None without a case), and the goal where one is set.

    ``by_condition`` holds, per condition's name, how many were stated, read, and read without being stated; ``groups``
    the shares of each group of requests.
    """
    free = any(result.free for result in results)
    found: dict[str, Any] = {"requests": len(results)}
    for figure in (*FIGURES, *(FREE_FIGURES if free else ())):
        values = np.array([value for result in results for value in figure.values(result)], dtype=float)
        taken = share(values)
        found[figure.key] = taken if taken is None or figure.goal is None else {**taken, "goal": figure.goal}
    return {**found, "by_condition": _by_condition(results), "groups": _groups(results)}


def _by_condition(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}

    def count(name: str, what: str) -> None:
        counts.setdefault(name, {"stated": 0, "read": 0, "invented": 0})[what] += 1

    for result in results:
        read = result.grade.read
        if read is None:
            continue
        for name in (*read.right, *read.missed):
            count(name, "stated")
        for name in read.right:
            count(name, "read")
        for condition in read.invented:
            count(condition_name(condition), "invented")
    return dict(sorted(counts.items()))


def _groups(results: Sequence[Result]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.request.group, []).append(result)
    return {
        name: {
            "requests": len(members),
            "faultless": sum(not list(result.grade.faults()) for result in members),
            "relevant": [sum(_values("relevant", members)), len(_values("relevant", members))],
            "read_exactly": [sum(_values("read_exactly", members)), len(_values("read_exactly", members))],
        }
        for name, members in groups.items()
    }


def _values(key: str, results: Sequence[Result]) -> list[bool]:
    figure = next(figure for figure in FIGURES if figure.key == key)
    return [value for result in results for value in figure.values(result)]
