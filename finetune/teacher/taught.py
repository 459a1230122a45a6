"""The teacher's texts as the examples use them: those that still fit the catalog, checked once more."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog_db.database import Database
from finetune.errors import TeacherError
from finetune.teacher.check import Checker, RefusalError
from finetune.teacher.questions import TASKS, Question, read_rows
from finetune.teacher.store import Store

SHARE = 0.5
"""How much of a task is made of the teacher's texts, where there are any; the rest keeps the project's phrasing."""


@dataclass(frozen=True)
class Text:
    """A text that may be learnt.

    Args:
        question: what it answers.
        parts: words, and places of the question's items where it names them.
    """

    question: Question
    parts: tuple[str | int, ...]


@dataclass(frozen=True)
class Taught:
    """Texts by task; without any, the project's own phrasing serves."""

    texts: Mapping[str, Sequence[Text]] = field(default_factory=dict)
    sha256: str = ""
    """Of the file they are from, hex."""

    def draw(self, task: str, rng: random.Random) -> Text | None:
        """A text of a task, in about :data:`SHARE` of the draws; None otherwise."""
        texts = self.texts.get(task)
        return rng.choice(texts) if texts and rng.random() < SHARE else None

    def counts(self) -> dict[str, int]:
        """Task → how many texts there are."""
        return {task: len(self.texts.get(task, ())) for task in TASKS}


def load_taught(path: Path, database: Database) -> tuple[Taught, Counter[str]]:
    """Read the texts that fit the catalog as it is; and how many were left out, by reason.

    Raises:
        TeacherError: if the file cannot be read, or holds no text that can be used.
    """
    if not path.is_file():
        raise TeacherError(f"there is no file {path}", "write it with `python -m finetune teacher`")
    rows = read_rows(database)
    checker = Checker(rows)
    texts: dict[str, list[Text]] = {}
    left_out: Counter[str] = Counter()
    for answer in Store(path).answers():
        question = answer.question
        if answer.refused:
            left_out["refused"] += 1
        elif not {*question.items, *question.history} <= set(rows.products):
            left_out["no longer on sale"] += 1
        elif rows.fingerprint(question) != answer.fingerprint:
            left_out["changed since"] += 1
        else:
            try:
                parts = checker.parts(question, answer.text)
            except RefusalError:
                left_out["refused"] += 1
            else:
                texts.setdefault(question.task, []).append(Text(question, tuple(parts)))
    if not texts:
        raise TeacherError(f"{path} holds no text that fits this catalog", "ask anew with `python -m finetune teacher`")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Taught({task: tuple(found) for task, found in texts.items()}, sha256), left_out
