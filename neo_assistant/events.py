"""What the engine says while it writes a reply: plain values, no widgets.

The page, the command line and the JSON API are three renderings of the same events. A half-written SID never becomes
an event: :class:`ItemFound` comes only once the whole span is in the sequence and the item is known to be on sale.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from catalog_db.products import ProductRecord
from neo_assistant.sids import Sid


@dataclass(frozen=True, slots=True)
class WantFound:
    """The conditions the model read out of the conversation, and how many items they leave.

    ``want`` is the span as written; ``phrases`` are for people ("under $60", "colour: blue"), one for each condition of
    the span, in its order.
    """

    want: str
    phrases: tuple[str, ...]
    items_left: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More words of the reply. Joined in order they are the reply's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ItemFound:
    """An item named in the reply, at this place in the text; ``score`` is its log-probability in the beam search, with
    the weights that the merchandiser's rules give it."""

    sid: Sid
    product: ProductRecord
    score: float


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the shop itself has to say, not the model: nothing matches, the reply was cut short, …

    ``code`` is for programs: ``nothing-matches``, ``fewer-than-asked``, ``over-budget``, ``no-price``,
    ``no-semantic-id``, ``misspelled``, ``item-retired``, ``too-long``, ``stopped``. Of ``nothing-matches`` and
    ``fewer-than-asked``, ``condition`` and ``phrase`` say which single condition is to blame: its name for programs
    (``max_price``, ``brand``, ``kind``; ``advice.py`` has them all) and for people ("under $60"), both empty where none
    is. Of all others ``condition`` is None.
    """

    code: str
    text: str
    condition: str | None = None
    phrase: str = ""

    def to_dict(self) -> dict[str, str]:
        """Plain JSON values; without condition and phrase where they do not apply."""
        said = {"code": self.code, "text": self.text}
        return said if self.condition is None else {**said, "condition": self.condition, "phrase": self.phrase}


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds and tokens of one reply."""

    first_token_ms: float = 0.0
    total_ms: float = 0.0
    constraint_ms: float = 0.0
    prompt_tokens: int = 0
    tokens: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Total:
    """What items cost together, in minor units of a currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Done:
    """The reply is complete. ``stopped`` says that somebody stopped it; ``total`` is there where it had a budget."""

    timings: Timings
    stopped: bool = False
    made_by: dict[str, Any] = field(default_factory=dict)
    """Checkpoint, codebook version and conditions that made the reply, for the record."""
    total: Total | None = None


Event = WantFound | TextDelta | ItemFound | Notice | Done
