"""Semantic ids in the tokens of prepared examples: where they stand, which items they are, others in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finetune.errors import StudyError
from finetune.prepared import Prepared
from neo_assistant.sids import Sid, SidVocabulary


@dataclass(frozen=True)
class Spans:
    """All semantic ids of some examples; arrays of one length.

    Args:
        starts: places of the openers in the tokens, int64.
        items: number of the item of each, int64.
        examples: number of the example of each, int64.
    """

    starts: np.ndarray
    items: np.ndarray
    examples: np.ndarray

    def naming(self, items: np.ndarray, count: int) -> np.ndarray:
        """Which of ``count`` examples name one of these items; (count,) bool."""
        found = np.zeros(count, dtype=bool)
        found[self.examples[np.isin(self.items, items)]] = True
        return found


def find_spans(data: Prepared, vocabulary: SidVocabulary, sids: Sequence[Sid]) -> Spans:
    """Every semantic id in the examples.

    Args:
        data: prepared examples.
        vocabulary: where the tokens of semantic ids are.
        sids: by item number.

    Raises:
        StudyError: if the examples name an item that is not among them.
    """
    starts = np.flatnonzero((data.ids >= vocabulary.first_id) & (data.ids < vocabulary.first_code))
    tokens = data.ids[starts[:, None] + np.arange(vocabulary.scheme.span_length)]
    numbers = {tuple(vocabulary.encode(sid)): number for number, sid in enumerate(sids)}
    found = np.array([numbers.get(tuple(row), -1) for row in tokens.tolist()], dtype=np.int64)
    if (found < 0).any():
        raise StudyError("the examples name an item that their list of items lacks", "make the examples again")
    return Spans(starts, found, np.searchsorted(data.offsets, starts, side="right") - 1)


def exchanged(ids: np.ndarray, spans: Spans, vocabulary: SidVocabulary, sids: Sequence[Sid]) -> np.ndarray:
    """The tokens with every item under another semantic id.

    Args:
        ids: (tokens,) of the examples.
        spans: what is in them.
        vocabulary: where the tokens of semantic ids are.
        sids: the new ones, by item number.
    """
    rows = np.array([vocabulary.encode(sid) for sid in sids], dtype=ids.dtype)
    changed = ids.copy()
    changed[spans.starts[:, None] + np.arange(vocabulary.scheme.span_length)] = rows[spans.items]
    return changed


def permuted(sids: Sequence[Sid], seed: int) -> list[Sid]:
    """The same semantic ids given to other items of the same type, at random."""
    random = np.random.default_rng(seed)
    groups: dict[str, list[int]] = {}
    for number, sid in enumerate(sids):
        groups.setdefault(sid.item_type, []).append(number)
    found = list(sids)
    for name in sorted(groups):
        members = groups[name]
        for number, other in zip(members, random.permutation(members).tolist(), strict=True):
            found[number] = sids[other]
    return found


def renamed(values: object, names: Mapping[str, str]) -> object:
    """JSON values in which every string that is a key of ``names`` is replaced by its value."""
    if isinstance(values, dict):
        return {key: renamed(value, names) for key, value in values.items()}
    if isinstance(values, list):
        return [renamed(value, names) for value in values]
    return names.get(values, values) if isinstance(values, str) else values
