"""One training example: a conversation, what steers the reply, and the reply to learn."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from finetune.errors import ExamplesError
from neo_assistant.errors import RequestError, SidError
from neo_assistant.messages import Message
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want

TRAIN, VALIDATION, HELDOUT = "train", "validation", "heldout"
SPLITS = (TRAIN, VALIDATION, HELDOUT)
"""A split's number in the arrays is its place here."""


@dataclass(frozen=True)
class Example:
    """A conversation to learn from.

    Args:
        task: the mixture's task, e.g. ``search``; not the steering's.
        steering: what the system text states.
        messages: the turns before the reply, the shopper's last.
        reply: what to learn.
        sources: names of what it was made from and may be held out: shopper, phrasings, combination of facets.
        hidden: conditions that the request carries beside the words; the prompt does not show them.
        split: train, validation or heldout.
    """

    task: str
    steering: Steering
    messages: tuple[Message, ...]
    reply: Message
    sources: frozenset[str] = frozenset()
    hidden: Want = field(default_factory=Want)
    split: str = TRAIN

    @property
    def prompt_key(self) -> str:
        """Equal for examples with the same prompt."""
        return json.dumps([_steering_dict(self.steering), [message.to_dict() for message in self.messages]])

    def to_dict(self) -> dict[str, Any]:
        """JSON values; ``sources`` are left out."""
        return {
            "task": self.task,
            "split": self.split,
            "steering": _steering_dict(self.steering),
            "messages": [message.to_dict() for message in self.messages],
            "reply": self.reply.to_dict(),
            "hidden": self.hidden.text().strip(),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Example:
        """The inverse of :meth:`to_dict`.

        Raises:
            ExamplesError: if it is not what :meth:`to_dict` writes.
        """
        try:
            steering = values["steering"]
            return cls(
                task=values["task"],
                steering=Steering(
                    task=Task(steering["task"]),
                    types=tuple(steering["types"]),
                    format=Format(steering["format"]),
                    count=steering["count"],
                    history=tuple(Sid.parse(sid) for sid in steering["history"]),
                ),
                messages=tuple(Message.from_dict(message) for message in values["messages"]),
                reply=Message.from_dict(values["reply"]),
                hidden=Want.parse(values["hidden"]),
                split=values["split"],
            )
        except (KeyError, TypeError, ValueError, RequestError, SidError) as error:
            raise ExamplesError(f"not a training example: {error!r}") from error


def _steering_dict(steering: Steering) -> dict[str, Any]:
    return {
        "task": steering.task.value,
        "types": list(steering.types),
        "format": steering.format.value,
        "count": steering.count,
        "history": [str(sid) for sid in steering.history],
    }
