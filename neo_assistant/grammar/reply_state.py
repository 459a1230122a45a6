"""Where a reply has come to, and what may come next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neo_assistant.decoding.view import View

NO_TOKENS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Allowed:
    """What may come next: the listed tokens and, if ``words``, every token of ordinary text.

    Attributes:
        tokens: (k,) ids.
        words: whether ordinary text may come too.
        bias: (k,) what is to be added to the tokens' logits; None for nothing.
        openers: so many of the tokens, the first ones, open an item.
        instead_of: (k,) the openers whose probability together these openers are to have, because the shop's
            preferences decide between items and leave alone how probable it is that one is named at all; None
            where there is nothing to be set right.
        unsaid: (k,) tokens of ordinary text that may not come though others may.
    """

    tokens: np.ndarray
    words: bool = False
    bias: np.ndarray | None = None
    openers: int = 0
    instead_of: np.ndarray | None = None
    unsaid: np.ndarray = field(default_factory=lambda: NO_TOKENS)


@dataclass(frozen=True)
class ReplyState:
    """A reply so far.

    Attributes:
        view: what may be named from here on, as far as conditions, quotas and budget go.
        items: positions of the items named, in order.
        want: the conditions read, once their span is closed.
        want_ids: the tokens of an open want span.
        span: type number and codes of an open SID span.
        started: whether anything has been written.
        ended: whether the token that ends a reply has been written.
    """

    view: View
    items: tuple[int, ...] = ()
    want: str | None = None
    want_ids: tuple[int, ...] | None = None
    span: tuple[int, tuple[int, ...]] | None = None
    started: bool = False
    ended: bool = False
