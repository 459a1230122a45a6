"""Words that set one item in question against others, and may do so only if it is true.

"Cheaper" and "rated best" are held to the rows of the items that the words speak of. Who that is is told by
:mod:`neo_assistant.claims`, which also reads finished replies, anew from the words so far; what no item is named for
stays as free as in any other reply.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from catalog_db.products import ProductRecord
from neo_assistant.claims.comparisons import COMPARISONS, Comparison, compared_with
from neo_assistant.claims.so_far import SoFar, Subject

_LONGEST = max(len(phrase) for each in COMPARISONS for phrase in each.phrases)
_BETWEEN = re.compile(r"[\s-]+")


class ComparisonTokens:
    """Which token finishes which phrase that compares, however the phrase is cut into tokens; made once a tokenizer.

    Args:
        spelled: token id → what it spells.
    """

    def __init__(self, spelled: Mapping[int, bytes]) -> None:
        texts = sorted((_plain(text.decode(errors="ignore")), token) for token, text in spelled.items())
        everything = "\n".join(text for text, _ in texts)
        self._rest: dict[str, list[tuple[Comparison, np.ndarray]]] = {}
        for comparison in COMPARISONS:
            for phrase in comparison.phrases:
                whole = [token for text, token in texts if phrase in text] if phrase in everything else []
                self._add("", comparison, whole)
                for cut in range(1, len(phrase)):
                    self._add(phrase[:cut], comparison, _beginning(texts, phrase[cut:]))

    def finishing(self, text: str) -> Iterator[tuple[str, Comparison, np.ndarray]]:
        """The comparisons that one more token would finish: the text before each, the comparison and the tokens."""
        plain = _plain(text[-2 * _LONGEST :])
        for tail in {plain, plain.rstrip()}:
            for length in range(min(_LONGEST, len(tail)) + 1):
                begun = tail[len(tail) - length :]
                for comparison, tokens in self._rest.get(begun, ()):
                    yield _without(text, begun), comparison, tokens

    def _add(self, begun: str, comparison: Comparison, tokens: Sequence[int]) -> None:
        if tokens:
            self._rest.setdefault(begun, []).append((comparison, np.array(sorted(tokens), dtype=np.int64)))


class ComparingWords:
    """How one reply may compare the items in question.

    Args:
        pool: the items, in the order in which the shopper saw them.
        comparisons: of the checkpoint's tokenizer.
        words_only: the reply names no items itself.
    """

    def __init__(
        self, pool: Sequence[ProductRecord], comparisons: ComparisonTokens, *, words_only: bool = True
    ) -> None:
        self._pool, self._comparisons = tuple(pool), comparisons
        self._so_far = SoFar(self._pool, words_only=words_only)

    def untrue(self, text: str) -> Iterator[np.ndarray]:
        """Tokens that would finish a comparison which does not hold, or which nobody has been named for."""
        if len(self._pool) < 2:
            return
        subjects: dict[str, Subject | None] = {}
        for before, comparison, tokens in self._comparisons.finishing(text):
            if before not in subjects:
                subjects[before] = self._so_far.subject(before)
            if (subject := subjects[before]) is not None and not self._holds(comparison, subject):
                yield tokens

    def _holds(self, comparison: Comparison, subject: Subject) -> bool:
        others = compared_with(subject.items, self._pool)
        return subject.named and all(comparison.holds(row, others) != subject.negated for row in subject.items)


def _plain(text: str) -> str:
    return _BETWEEN.sub(" ", text.lower())


def _without(text: str, begun: str) -> str:
    """A text without what has been begun at its end, which may be spaced or hyphenated otherwise."""
    pattern = r"[\s-]+".join(map(re.escape, begun.split(" ")))
    return re.sub(rf"{pattern}[\s-]*$", "", text, flags=re.I) if begun else text


def _beginning(texts: Sequence[tuple[str, int]], start: str) -> list[int]:
    """The tokens that begin with a text."""
    first = bisect_left(texts, (start, -1))
    last = bisect_left(texts, (f"{start}\U0010ffff", -1))
    return [token for _, token in texts[first:last]]
