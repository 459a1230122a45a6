"""The folder of prepared examples, read: token ids, what counts in the loss, task and split of every example.

``python -m finetune examples`` writes it. Training and evaluation read nothing else, so they need neither the database
nor the code that made the examples.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from finetune.errors import ExamplesError
from neo_assistant.sids import SidVocabulary

META = "meta.json"
ARRAYS = "tokens.npz"
SPLITS = ("train", "validation", "heldout")
"""A split's number in the arrays is its place here."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Prepared examples, all in one array of tokens.

    Args:
        ids: (tokens,) int32, the examples one after the other.
        weights: (tokens,) float32, what predicting the token counts in the loss; 0 in the prompt.
        offsets: (examples + 1,) int64, where each example begins.
        task_numbers: (examples,) place in ``tasks``.
        split_numbers: (examples,) place in ``SPLITS``.
        tasks: names.
        meta: what the folder says of itself.
        fingerprint: sha256 of the arrays' file, hex.
    """

    ids: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    task_numbers: np.ndarray
    split_numbers: np.ndarray
    tasks: tuple[str, ...]
    meta: Mapping[str, Any]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def ids_of(self, example: int) -> np.ndarray:
        """Token ids of an example."""
        return self.ids[self.offsets[example] : self.offsets[example + 1]]

    def weights_of(self, example: int) -> np.ndarray:
        """What each of its tokens counts in the loss."""
        return self.weights[self.offsets[example] : self.offsets[example + 1]]

    def prompt_of(self, example: int) -> np.ndarray:
        """The ids before the first token that counts, less the last of them, which predicts that token."""
        start = self.offsets[example]
        return self.ids[start : max(start, start + self._prompt_lengths[example] - 1)]

    @cached_property
    def _prompt_lengths(self) -> np.ndarray:
        """Tokens before the first that counts, by example."""
        counted = np.append(self.weights > 0, True)
        positions = np.where(counted, np.arange(len(counted)), len(counted))
        first = np.minimum.accumulate(positions[::-1])[::-1][self.offsets[:-1]]
        return np.minimum(first, self.offsets[1:]) - self.offsets[:-1]

    def prompt_length(self, example: int) -> int:
        """Tokens before the reply."""
        return int(self._prompt_lengths[example])

    def select(self, split: str, tasks: tuple[str, ...] = (), most_per_task: int = 0, seed: int = 0) -> np.ndarray:
        """Numbers of examples of a split, ascending.

        Args:
            split: one of ``SPLITS``.
            tasks: names of the tasks wanted; empty means all.
            most_per_task: a random sample of at most this many of each task; 0 means all.
            seed: of the sample.

        Raises:
            ExamplesError: if a task is not known.
        """
        unknown = sorted(set(tasks) - set(self.tasks))
        if unknown:
            raise ExamplesError(f"the examples have no task {unknown[0]!r}", f"known: {', '.join(self.tasks)}")
        chosen = []
        for number, task in enumerate(self.tasks):
            if tasks and task not in tasks:
                continue
            found = np.flatnonzero((self.task_numbers == number) & (self.split_numbers == SPLITS.index(split)))
            if most_per_task and len(found) > most_per_task:
                found = np.random.default_rng((seed, number)).choice(found, most_per_task, replace=False)
            chosen.append(found)
        return np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, dtype=np.int64)


def load_prepared(folder: Path) -> Prepared:
    """Read a folder of prepared examples; every token that the loss mask names counts 1.

    Raises:
        ExamplesError: if it is missing, damaged or contradicts itself.
    """
    hint = "make it with `python -m finetune examples`"
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        blob = (folder / ARRAYS).read_bytes()
        with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
            ids, loss, offsets = arrays["ids"], arrays["loss"], arrays["offsets"]
            tasks, splits = arrays["task"], arrays["split"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ExamplesError(f"{folder} holds no usable examples: {error}", hint) from error
    names = tuple(meta.get("tasks", ()))
    count = len(offsets) - 1
    fits = (
        count >= 1
        and offsets[0] == 0
        and offsets[-1] == len(ids) == len(loss)
        and (np.diff(offsets) > 0).all()
        and len(tasks) == len(splits) == count
        and 0 <= tasks.min() <= tasks.max() < len(names)
        and 0 <= splits.min() <= splits.max() < len(SPLITS)
        and ids.min() >= 0
    )
    if not fits:
        raise ExamplesError(f"the arrays in {folder} contradict each other", hint)
    return Prepared(
        ids=ids.astype(np.int32, copy=False),
        weights=loss.astype(np.float32),
        offsets=offsets.astype(np.int64, copy=False),
        task_numbers=tasks.astype(np.int64),
        split_numbers=splits.astype(np.int64),
        tasks=names,
        meta=meta,
        fingerprint=hashlib.sha256(blob).hexdigest(),
    )


def token_kinds(ids: np.ndarray, vocabulary: SidVocabulary) -> np.ndarray:
    """0 for text, 1 for the tokens of SID spans, 2 for want spans with their markers; (tokens,) int64."""
    opened = (ids == vocabulary.want_open).astype(np.int64)
    closed = (ids == vocabulary.want_close).astype(np.int64)
    inside = np.cumsum(opened) - np.cumsum(closed) + closed
    return np.where(inside > 0, 2, np.where(ids >= vocabulary.first_id, 1, 0))
