"""A want that the shopper has set: its span is forced token by token, and the model chooses nothing in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neo_assistant.errors import GrammarError


@dataclass(frozen=True)
class GivenWant:
    """The conditions of a span that is settled.

    Args:
        words: the conditions as the span states them.
        tokens: of these words, and of what ends them.
    """

    words: str
    tokens: tuple[int, ...]

    def read(self, ids: Sequence[int]) -> tuple[str, int] | None:
        """As :meth:`neo_assistant.grammar.want.WantGrammar.read`."""
        self._check(ids)
        return (self.words, len(self.tokens)) if len(ids) >= len(self.tokens) else None

    def allowed(self, ids: Sequence[int]) -> np.ndarray:
        """The one token that follows; (1,) int64. As :meth:`neo_assistant.grammar.want.WantGrammar.allowed`."""
        self._check(ids)
        if len(ids) >= len(self.tokens):
            raise GrammarError("the conditions of a want span were ended; what follows is the shop's to say")
        return np.array(self.tokens[len(ids) : len(ids) + 1], dtype=np.int64)

    def _check(self, ids: Sequence[int]) -> None:
        begun = tuple(ids[: len(self.tokens)])
        if begun != self.tokens[: len(begun)]:
            raise GrammarError("a want span states something else than the shopper set")
