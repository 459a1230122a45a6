"""What steers a reply besides the conversation: NEO's task, target item types and output format, and the history.

A prompt states these in words, so that one model serves search, recommendation, explanation and taste profiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from neo_assistant.sids import Sid

MAX_HISTORY = 12
"""Items of a shopper's history that a prompt shows: the latest ones."""


class Task(StrEnum):
    """What the model is asked to do; ``chat`` leaves it to the model to read that from the conversation."""

    CHAT = "chat"
    SEARCH = "search"
    RECOMMEND = "recommend"
    SIMILAR = "similar"
    GOES_WITH = "goes with"
    BUNDLE = "bundle"
    DESCRIBE = "describe"
    PROFILE = "profile"
    COMPARE = "compare"


class Format(StrEnum):
    """What a reply may be made of."""

    IDS = "ids"
    TEXT = "text"
    MIXED = "mixed"


@dataclass(frozen=True)
class Steering:
    """What the system text states: NEO's task, target types and format, the count, and the shopper's history.

    ``types`` empty means any. ``history`` is oldest first; only the last ``MAX_HISTORY`` are shown.
    """

    task: Task = Task.CHAT
    types: tuple[str, ...] = ()
    format: Format = Format.MIXED
    count: int = 3
    history: tuple[Sid, ...] = ()
