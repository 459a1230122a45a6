"""Facet values as token sequences: which token may follow which beginning of a value.

Outlines compiles a hundred values into an automaton in milliseconds and thousands in seconds, anew for every form of
want. The values of large facets stay out of it and stand here, once per catalog, as the SIDs of items do in the
decoding index: sorted, so that what may follow is a slice. As token sequences are long and differ in length, the
prefixes themselves are numbered (in the order of a breadth-first walk, so that the children of one stand side by side):
a trie as flat arrays, 8 bytes a prefix.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neo_assistant.errors import GrammarError

ROOT = 0


class ValueIndex:
    """The prefixes of some token sequences, immutable. A place in it is a prefix's number; ``ROOT`` is the empty one.

    Args:
        sequences: of token ids; none of them empty, or the beginning of another one.

    Raises:
        GrammarError: if they are not so.
    """

    def __init__(self, sequences: Sequence[Sequence[int]]) -> None:
        if not sequences or not all(sequences):
            raise GrammarError("an index of values needs values, and tokens in each")
        lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        flat = np.fromiter((token for sequence in sequences for token in sequence), dtype=np.int64, count=lengths.sum())
        begins = np.cumsum(lengths) - lengths
        width = int(flat.max()) + 1
        rows, at = np.arange(len(lengths)), np.zeros(len(lengths), dtype=np.int64)
        tokens, counts, nodes = [np.zeros(1, dtype=np.int64)], [], 1
        for depth in range(int(lengths.max())):
            rows = rows[lengths[rows] > depth]
            branches, numbers = np.unique(at[rows] * width + flat[begins[rows] + depth], return_inverse=True)
            counts.append(branches // width)
            tokens.append(branches % width)
            at[rows] = nodes + numbers
            nodes += len(branches)
        parents = np.concatenate(counts)
        self._tokens = np.concatenate(tokens).astype(np.int32)
        # Children stand in the order of their parents: a prefix's begin where those of all earlier prefixes end.
        self._first = np.concatenate(([1], 1 + np.cumsum(np.bincount(parents, minlength=nodes)))).astype(np.int32)
        ends = int(np.count_nonzero(self._first[1:] == self._first[:-1]))
        if ends != len(sequences):
            raise GrammarError("a value's tokens are the beginning of another value's, or the same")

    def __len__(self) -> int:
        """How many prefixes there are."""
        return len(self._tokens)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self._tokens.nbytes + self._first.nbytes

    def tokens_after(self, place: int) -> np.ndarray:
        """The tokens that may follow a prefix, ascending; none at the end of a value. (k,) int32."""
        return self._tokens[self._first[place] : self._first[place + 1]]

    def next(self, place: int, token: int) -> int | None:
        """The prefix that is one token longer, or None if no value begins so."""
        following = self.tokens_after(place)
        spot = int(following.searchsorted(np.int32(token)))
        if spot == len(following) or following[spot] != token:
            return None
        return int(self._first[place]) + spot

    def is_end(self, place: int) -> bool:
        """Whether a prefix is a whole value."""
        return bool(self._first[place] == self._first[place + 1])
