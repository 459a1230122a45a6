"""What one turn asks for: the words, and what steers the reply beside them.

The steering (task, types, format, count) is stated in the prompt in words (``neo_assistant.steering``) and enforced by
the grammar where it can be (``neo_assistant.grammar``).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from catalog_db.rules import StoredRule
from catalog_db.validation import MAX_PRICE_MINOR
from neo_assistant.errors import RequestError
from neo_assistant.events import Event
from neo_assistant.messages import Message
from neo_assistant.steering import Format, Task
from neo_assistant.want import SEVERAL, Want

MAX_ITEMS = 20
MAX_ABOUT = 5
MAX_BUDGET = MAX_ITEMS * MAX_PRICE_MINOR
MAX_WORDS = 2_000
"""Characters of a request that are read; a longer one is refused."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def unstorable(text: str) -> str:
    """The first character of ``text`` that a database cannot keep (NUL, half a surrogate pair), or an empty string."""
    found = _UNSTORABLE.search(text)
    return f"the character U+{ord(found[0]):04X}, which cannot be stored" if found else ""


@dataclass(frozen=True)
class Request:
    """A shopper's turn.

    Args:
        text: what they typed.
        history: SKUs the shopper has viewed or bought, oldest first.
        task: what to do.
        types: item types that may be named; empty means any.
        format: ids only, text only, or both.
        count: most items in the reply. With ``format`` ids it is also the least, as far as the catalog allows. Where
            the words count ("two mugs"), or ``counts`` does, exactly so many are named, as far as the catalog allows.
        conditions: what every item must meet, whatever the words say.
        dismissed: SKUs that must not be named.
        counts: kinds or item types, and how many of each, whatever the words say.
        budget: what all items of the reply may cost together, in minor units of the shop's currency, whatever the words
            say. None leaves it to the words ("200 in all").
        about: SKUs that the words are about; the prompt puts them before the words, in this order.
        want: conditions as a want span states them (:meth:`neo_assistant.want.Want.text`), set by the shopper instead
            of read by the model; empty means none, and None leaves it to the model. It takes the place of every
            condition on single items that the words state, down to the kind they name and to a limit in so many words.
            What the words say of the reply as a whole still holds: how many items they count, and what all of it may
            cost together; ``counts`` and ``budget`` set these.

    Raises:
        RequestError: if a value is out of range, a text holds what cannot be stored, or the want is not one.
    """

    text: str
    history: tuple[str, ...] = ()
    task: Task = Task.CHAT
    types: tuple[str, ...] = ()
    format: Format = Format.MIXED
    count: int = 3
    conditions: Conditions = field(default_factory=Conditions)
    dismissed: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    about: tuple[str, ...] = ()
    budget: int | None = None
    want: str | None = None

    def __post_init__(self) -> None:
        self._check_texts()
        if not self.text.strip() and not self.history and not self.about:
            raise RequestError("the request is empty", "say what you are looking for")
        if len(self.text) > MAX_WORDS:
            raise RequestError(f"the request has {len(self.text)} characters", f"at most {MAX_WORDS} are read")
        if not 1 <= self.count <= MAX_ITEMS:
            raise RequestError(f"a reply shows 1 to {MAX_ITEMS} items, not {self.count}")
        if len(self.about) > MAX_ABOUT:
            raise RequestError(f"a request is about at most {MAX_ABOUT} items, not {len(self.about)}")
        if self.budget is not None and not 0 < self.budget <= MAX_BUDGET:
            raise RequestError("a budget is above 0 and no more than items can cost", "leave it out for any")
        if self.budget is not None and self.format is Format.TEXT:
            raise RequestError("a reply of text alone names no items", "leave out the budget, or the format")
        self._check_counts()
        if self.want is not None:
            self._check_want(self.want)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values of all fields; what has its default is left out."""
        values = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name == "text" or getattr(self, each.name) != getattr(_DEFAULTS, each.name)
        }
        return {name: _to_json(value) for name, value in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Request:
        """The inverse of :meth:`to_dict`; strict about names and types.

        Raises:
            RequestError: an unknown name, or a value that is not what its name takes.
        """
        if not isinstance(values, Mapping):
            raise RequestError(f"a request is an object of names and values, not {type(values).__name__}")
        if unknown := sorted(set(values) - set(_READERS), key=str):
            raise RequestError(f"{unknown[0]!r} is not part of a request", f"parts are {', '.join(_READERS)}")
        read = {}
        for name, value in values.items():
            try:
                read[name] = _READERS[name](value)
            except (TypeError, ValueError) as error:
                raise RequestError(f"{value!r} cannot be a request's {name}") from error
            except ConditionError as error:
                raise RequestError(error.message, error.hint) from error
        return cls(**{"text": "", **read})

    def _check_texts(self) -> None:
        texts = {
            "text": [self.text],
            "want": [self.want or ""],
            "counts": [name for name, _ in self.counts],
            **{name: getattr(self, name) for name in ("history", "types", "dismissed", "about")},
        }
        for name, values in texts.items():
            if problem := next(filter(None, map(unstorable, values)), ""):
                raise RequestError(f"the {name} of the request holds {problem}", "leave it out")

    def _check_want(self, text: str) -> None:
        if self.format is Format.TEXT:
            raise RequestError("a reply of text alone reads no conditions", "leave out the want, or the format")
        if len(text) > MAX_WORDS:
            raise RequestError(f"the want has {len(text)} characters", f"at most {MAX_WORDS} are read")
        want, words = Want.parse(text), [word.strip() for word in text.split(";")]
        stated = [word for word in words if word and not word.startswith("found ")]
        if len(want.words()) < len(stated) or _states_twice(want):
            raise RequestError("the want states a condition twice", "a want limits each thing once")

    def _check_counts(self) -> None:
        names = [name for name, _ in self.counts]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise RequestError(f"{twice[0]!r} is counted twice", "give one number for each")
        if any(number < 1 for _, number in self.counts):
            raise RequestError("a count of items is at least 1")
        if sum(number for _, number in self.counts) > MAX_ITEMS:
            raise RequestError(f"a reply shows at most {MAX_ITEMS} items in all")
        if self.counts and self.format is Format.TEXT:
            raise RequestError("a reply of text alone names no items", "leave out the counts, or the format")


def _states_twice(want: Want) -> bool:
    """Whether a want states a value twice, or two values of a facet that has one."""
    once = [name for name, _ in want.facets if name not in SEVERAL]
    return len(set(once)) < len(once) or len(set(want.facets)) < len(want.facets)


def _to_json(value: object) -> Any:
    if isinstance(value, Conditions):
        return value.to_dict()
    if isinstance(value, Task | Format):
        return value.value
    return [_to_json(part) for part in value] if isinstance(value, tuple) else value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError("not a list")
    return tuple(map(_text, value))


def _counts(value: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, list | tuple):
        raise TypeError("not a list")
    return tuple((_text(name), _number(number)) for name, number in value)


_DEFAULTS = Request("-")
_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "history": _texts,
    "task": Task,
    "types": _texts,
    "format": Format,
    "count": _number,
    "conditions": Conditions.from_dict,
    "dismissed": _texts,
    "counts": _counts,
    "about": _texts,
    "budget": _number,
    "want": _text,
}
"""By name, what makes a field's value out of JSON values."""


class Replier(Protocol):
    """Writes replies. The real one is :class:`neo_assistant.assistant.Assistant`; tests use scripted ones."""

    def reply(
        self,
        messages: Sequence[Message],
        request: Request,
        stop: threading.Event,
        rules: Sequence[StoredRule] | None = None,
    ) -> Iterator[Event]:
        """Events of one reply, ``Done`` last.

        Args:
            messages: earlier turns, oldest first.
            request: the turn to answer.
            stop: when set, the reply ends after the current step; ``Done.stopped`` says so.
            rules: the merchandiser's rules, in place of those that are saved: for looking at a reply before saving one
                (:func:`neo_assistant.merchandising.effects.drafts`).
        """
        ...
