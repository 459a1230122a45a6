"""Rows of a whole stage as a dataset, in the order of training, and rows collated into tensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.utils.data import Dataset

from finetune.prepared import Prepared
from finetune.training.packing import PADDING, Row, RowArrays, row_arrays

INPUTS = ("ids", "positions", "segments", "parents", "counted", "targets")
"""What the model takes."""


class RowDataset(Dataset[RowArrays]):
    """Rows one after the other; not shuffled again, so that a resumed run sees the same ones."""

    def __init__(self, data: Prepared, rows: Sequence[Row]) -> None:
        self.data, self.rows = data, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> RowArrays:
        return row_arrays(self.data, self.rows[number])


def collate(rows: Sequence[RowArrays]) -> dict[str, torch.Tensor]:
    """Rows as tensors, padded to the longest.

    Returns:
        the arguments of :class:`finetune.training.model_setup.PackedModel`, and per counted token its weight in the
        loss (``weights``, float32) and the number of its example (``examples``); ``example_tokens`` (1,) for the
        throughput.
    """
    length = max(len(row.ids) for row in rows)

    def stacked(name: str, fill: int) -> np.ndarray:
        values = np.full((len(rows), length), fill, dtype=np.int64)
        for number, row in enumerate(rows):
            array = getattr(row, name)
            values[number, : len(array)] = array
        return values

    weights = np.zeros((len(rows), length), dtype=np.float32)
    for number, row in enumerate(rows):
        weights[number, : len(row.weights)] = row.weights
    counted = np.flatnonzero(weights)
    # Padding is a segment of its own: it sees itself and nobody sees it, and no softmax is over nothing.
    arrays = {
        "ids": stacked("ids", 0),
        "positions": stacked("positions", 0),
        "segments": stacked("segments", PADDING),
        "parents": stacked("parents", PADDING),
        "counted": counted,
        "targets": stacked("targets", 0).ravel()[counted],
        "weights": weights.ravel()[counted],
        "examples": stacked("examples", 0).ravel()[counted],
        "example_tokens": np.array([sum(row.example_tokens for row in rows)]),
    }
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def only_inputs(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The entries that the model takes."""
    return {name: batch[name] for name in INPUTS}
