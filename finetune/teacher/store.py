"""The file of the teacher's texts: one JSON object a line, each known by the fingerprint of what was asked.

Refused texts are kept with the reason, so that a run that is started again does not ask for them once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from finetune.errors import TeacherError
from finetune.teacher.questions import TASKS, Question


@dataclass(frozen=True)
class Answer:
    """What the teacher wrote.

    Args:
        question: what was asked.
        fingerprint: of all that the teacher read.
        model: that wrote it.
        text: as it was written.
        refused: why it must not be used; empty if it may be.
    """

    question: Question
    fingerprint: str
    model: str
    text: str
    refused: str = ""

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


class Store:
    """A file to which answers are added one by one.

    Args:
        path: the file; it need not exist. A last line that a killed run left unfinished is cut off when the next
            answer is added.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._whole = False

    def answers(self) -> Iterator[Answer]:
        """All whole lines.

        Raises:
            TeacherError: if one is not what :meth:`add` writes.
        """
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                if line.endswith("\n"):
                    yield _parse(line, f"{self.path}, line {number}")

    def add(self, answer: Answer) -> None:
        """Add an answer; once this returns, it is in the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self._whole:
            self._cut()
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(answer.line())

    def _cut(self) -> None:
        """Take off what follows the last line break."""
        if self.path.exists():
            content = self.path.read_bytes()
            with self.path.open("r+b") as stream:
                stream.truncate(content.rfind(b"\n") + 1)
        self._whole = True


def _parse(line: str, where: str) -> Answer:
    try:
        values = json.loads(line)
        asked = values["question"]
        question = Question(
            str(asked["task"]),
            tuple(map(str, asked["items"])),
            tuple(map(str, asked["history"])),
            str(asked["shopper"]),
        )
        if question.task not in TASKS:
            raise ValueError(f"there is no task {question.task!r}")
        return Answer(
            question, str(values["fingerprint"]), str(values["model"]), str(values["text"]), str(values["refused"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TeacherError(f"{where} is no text of the teacher: {error}", "mend the line, or take it out") from error
