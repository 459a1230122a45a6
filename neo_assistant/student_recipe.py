"""How a smaller base model is made from another: which layers, vocabulary entries and dimensions of it are kept.

A student is nothing but a selection, so its recipe is all that has to travel: a checkpoint trained on a student carries
the recipe in its manifest, and :mod:`neo_assistant.student` makes the same model from the same base on any machine.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from neo_assistant.errors import CheckpointError

FORMAT_VERSION = 1
STUDENT = "student.json"
"""Stands in the folder of a student, beside the model's own files."""


@dataclass(frozen=True)
class StudentRecipe:
    """A selection of a base model's layers and vocabulary.

    Args:
        base: name of the base model it is made from, see :mod:`neo_assistant.base_model`.
        base_sha256: of that base; empty for a model taken from a hub by name.
        layers: numbers of the base's layers that are kept, ascending.
        tokens: ids of the base's tokens that are kept, ascending; None for all of them. A token's place here is its id
            in the student.
        width: how many of the base's hidden dimensions are kept, the first ones, and of its heads and inner dimensions
            as large a share; None for all of them.
    """

    base: str
    base_sha256: str
    layers: tuple[int, ...]
    tokens: tuple[int, ...] | None = None
    width: int | None = None

    def __post_init__(self) -> None:
        for name, numbers in (("layers", self.layers), ("tokens", self.tokens)):
            if numbers is None:
                continue
            ascending = all(before < after for before, after in pairwise(numbers))
            if not numbers or numbers[0] < 0 or not ascending:
                raise CheckpointError(f"a student's {name} must be ascending numbers, at least one")
        if self.width is not None and self.width < 1:
            raise CheckpointError(f"a student's width is at least 1, not {self.width}")

    @cached_property
    def sha256(self) -> str:
        """What identifies the student: sha256 of the recipe, which names its base by sha256."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """JSON values; the tokens as a bitmap over the vocabulary of the base, in base64."""
        values = {
            "format_version": FORMAT_VERSION,
            "base_model": {"name": self.base, "sha256": self.base_sha256},
            "layers": list(self.layers),
            "tokens": None if self.tokens is None else _to_bitmap(self.tokens),
        }
        # Left out where nothing is narrowed, so that students made before this existed keep their sha256.
        return values if self.width is None else values | {"width": self.width}

    @classmethod
    def from_dict(cls, values: Any) -> StudentRecipe:
        """Raises CheckpointError if ``values`` is not what :meth:`to_dict` writes."""
        if not isinstance(values, dict) or values.get("format_version") != FORMAT_VERSION:
            raise CheckpointError(f"the student's recipe is not of format {FORMAT_VERSION}", "make the student again")
        try:
            tokens = values["tokens"]
            return cls(
                base=str(values["base_model"]["name"]),
                base_sha256=str(values["base_model"]["sha256"]),
                layers=tuple(int(layer) for layer in values["layers"]),
                tokens=None if tokens is None else _from_bitmap(tokens),
                width=None if values.get("width") is None else int(values["width"]),
            )
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise CheckpointError(f"the student's recipe is damaged: {error!r}", "make the student again") from error


def read_student(folder: Path) -> tuple[StudentRecipe, str] | None:
    """The recipe in a model folder and the sha256 of the weights it made; None if the folder is no student.

    Raises:
        CheckpointError: if what stands there cannot be read.
    """
    path = folder / STUDENT
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return StudentRecipe.from_dict(values["recipe"]), str(values["weights_sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} cannot be read: {error!r}", "make the student again") from error


def _to_bitmap(numbers: tuple[int, ...]) -> str:
    bits = np.zeros(numbers[-1] + 1, dtype=bool)
    bits[list(numbers)] = True
    return base64.b64encode(np.packbits(bits).tobytes()).decode("ascii")


def _from_bitmap(text: str) -> tuple[int, ...]:
    bits = np.unpackbits(np.frombuffer(base64.b64decode(text, validate=True), dtype=np.uint8))
    return tuple(np.flatnonzero(bits).tolist())
