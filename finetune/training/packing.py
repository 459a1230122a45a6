"""Several examples in one row of tokens, each seeing only itself, and a common beginning computed once.

Packing saves padding. Sharing saves more on a CPU: most prompts begin with the same system text, so examples that agree
in their first tokens are packed as a *group*, one copy of the shared beginning and then each example's own rest. A rest
continues the positions of the beginning and attends to it and to itself, never to the other rests, so every example
gets the logits (and the gradients) that it would get alone. Measured: docs/lab-notes.md.

A row is described by two numbers per token: its *segment*, and the segment it continues (its *parent*; its own segment
where there is none). Token i may attend to token j ≤ i when j's segment is i's segment or i's parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from finetune.prepared import Prepared

MIN_SHARED = 8
"""A shorter common beginning is not worth a group."""
WINDOW = 512
"""Examples are shuffled, and neighbours looked for among this many: near enough to random batches."""
PADDING = -1


@dataclass(frozen=True, slots=True)
class Group:
    """Examples whose first ``shared`` tokens are the same; ``shared`` is 0 for an example by itself."""

    examples: tuple[int, ...]
    shared: int
    tokens: int


Row = tuple[Group, ...]
COLUMNS = ("ids", "positions", "segments", "parents", "targets", "weights", "examples")
"""The arrays of a row."""


@dataclass(frozen=True)
class RowArrays:
    """A row as arrays of one length; ``targets`` is the token to predict next, ``weights`` 0 where none is learnt."""

    ids: np.ndarray
    positions: np.ndarray
    segments: np.ndarray
    parents: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    examples: np.ndarray
    example_tokens: int
    """Tokens of its examples, a shared beginning counted for each: what throughput is told in."""


def make_rows(data: Prepared, examples: Sequence[int], row_tokens: int, share_prefixes: bool) -> list[Row]:
    """Pack examples into rows of at most ``row_tokens``; a longer example gets a row to itself.

    Args:
        data: the prepared examples.
        examples: numbers of those to pack; neighbours in rows are found among ``WINDOW`` neighbours here.
        row_tokens: length of a row.
        share_prefixes: whether to share common beginnings.
    """
    rows: list[Row] = []
    for start in range(0, len(examples), WINDOW):
        window = examples[start : start + WINDOW]
        groups = list(_groups(data, window, row_tokens) if share_prefixes else _singles(data, window))
        rows += _first_fit(groups, row_tokens)
    return rows


def epoch_rows(
    data: Prepared, examples: np.ndarray, row_tokens: int, share_prefixes: bool, seed: int, epoch: int
) -> list[Row]:
    """The rows of one pass over the examples, in the order of training; the same for the same seed and epoch."""
    random = np.random.default_rng((seed, epoch))
    rows = make_rows(data, random.permutation(examples).tolist(), row_tokens, share_prefixes)
    return [rows[number] for number in random.permutation(len(rows))]


def row_arrays(data: Prepared, row: Row) -> RowArrays:
    """The tokens of a row and what each may attend to and has to predict."""
    columns: list[list[np.ndarray]] = [[] for _ in COLUMNS]
    segment = 0
    for group in row:
        parent = segment
        if group.shared:
            first = group.examples[0]
            ids = data.ids_of(first)[: group.shared]
            _append(columns, ids, 0, segment, segment, np.zeros_like(ids), np.zeros(len(ids), np.float32), first)
            segment += 1
        for example in group.examples:
            ids, weights = data.ids_of(example), data.weights_of(example)
            # What counts for token i + 1 is learnt at token i; the last token predicts nothing.
            targets, counted = np.append(ids[1:], 0), np.append(weights[1:], np.float32(0))
            rest = slice(group.shared, None)
            above = parent if group.shared else segment
            _append(columns, ids[rest], group.shared, segment, above, targets[rest], counted[rest], example)
            segment += 1
    total = sum(group.tokens + group.shared * (len(group.examples) - 1) for group in row)
    joined = [np.concatenate(column) for column in columns]
    return RowArrays(**dict(zip(COLUMNS, joined, strict=True)), example_tokens=total)


def attention_mask(segments: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Which token may attend to which; (…, tokens, tokens) bool, the attending token first. For tests and reading."""
    causal = np.tril(np.ones((segments.shape[-1],) * 2, dtype=bool))
    keys = segments[..., None, :]
    return causal & ((segments[..., :, None] == keys) | (parents[..., :, None] == keys))


def _append(
    columns: list[list[np.ndarray]],
    ids: np.ndarray,
    position: int,
    segment: int,
    parent: int,
    targets: np.ndarray,
    weights: np.ndarray,
    example: int,
) -> None:
    count = len(ids)
    values = (
        ids,
        np.arange(position, position + count),
        np.full(count, segment),
        np.full(count, parent),
        targets,
        weights,
        np.full(count, example),
    )
    for column, value in zip(columns, values, strict=True):
        column.append(value)


def _singles(data: Prepared, examples: Sequence[int]) -> Iterator[Group]:
    for example in examples:
        yield Group((example,), 0, len(data.ids_of(example)))


def _groups(data: Prepared, examples: Sequence[int], row_tokens: int) -> Iterator[Group]:
    """Groups of neighbours in the order of their prompts' tokens, grown while that saves tokens and they fit a row."""
    ordered = sorted(examples, key=lambda example: (data.prompt_of(example).tolist(), example))
    members: list[int] = []
    shared = total = 0
    for example in ordered:
        prompt, length = data.prompt_of(example), len(data.ids_of(example))
        if members:
            # The first own token must not itself be learnt: its prediction would stand on the shared part.
            common = min(_common(data.prompt_of(members[0]), prompt), shared)
            grown = total + length - common * len(members)
            if common >= MIN_SHARED and common * len(members) >= shared * (len(members) - 1) and grown <= row_tokens:
                members.append(example)
                total += length
                shared = common
                continue
            yield _group(members, shared, total)
        members, shared, total = [example], len(prompt), length
    if members:
        yield _group(members, shared, total)


def _group(members: list[int], shared: int, total: int) -> Group:
    if len(members) == 1:
        return Group((members[0],), 0, total)
    return Group(tuple(members), shared, total - shared * (len(members) - 1))


def _common(left: np.ndarray, right: np.ndarray) -> int:
    """Length of the common beginning."""
    length = min(len(left), len(right))
    different = np.flatnonzero(left[:length] != right[:length])
    return int(different[0]) if len(different) else length


def _first_fit(groups: list[Group], row_tokens: int) -> list[Row]:
    """First-fit decreasing."""
    rows: list[list[Group]] = []
    room: list[int] = []
    for group in sorted(groups, key=lambda group: (-group.tokens, group.examples)):
        place = next((number for number, left in enumerate(room) if left >= group.tokens), None)
        if place is None:
            rows.append([group])
            room.append(row_tokens - group.tokens)
        else:
            rows[place].append(group)
            room[place] -= group.tokens
    return [tuple(row) for row in rows]
