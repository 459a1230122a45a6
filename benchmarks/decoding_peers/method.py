"""What every method offers to the benchmark and to the test of its masks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.decoding_peers import METHODS
from benchmarks.skew import Catalog
from neo_assistant.sids import SidVocabulary

if TYPE_CHECKING:
    import torch


class Method(ABC):
    """A way to know which tokens may follow, for some rows at once.

    A walk is ``begin`` and then, per level, ``legal`` or ``masked``, and ``locate`` and ``advance`` with the code that
    each row takes. Timed are ``legal``, ``masked`` and ``advance``.

    Args:
        vocabulary: where the SID tokens stand in the model's vocabulary.
        device: ``cpu`` or ``cuda``.

    Attributes:
        rebuilds: whether another condition means building the index again.
    """

    rebuilds = True

    def __init__(self, vocabulary: SidVocabulary, device: str = "cpu") -> None:
        self.vocabulary = vocabulary
        self.device = device

    def prepare(self) -> None:  # noqa: B027
        """Make, untimed, what depends on the vocabulary alone and is made once for a model."""

    @abstractmethod
    def build(self, catalog: Catalog) -> None:
        """Make the index of all items."""

    def nbytes(self) -> dict[str, int] | None:
        """Bytes of the index's own arrays, by name; None where they cannot be counted."""
        return None

    def switch(self, catalog: Catalog, eligible: np.ndarray) -> None:
        """Let the items of a condition follow and no others; (items,) bool.

        A method without views builds its index again, from these items.
        """
        self.build(catalog.only(eligible))

    @abstractmethod
    def begin(self, type_number: int, rows: int) -> None:
        """Put every row behind the opener of a type."""

    def locate(self, codes: np.ndarray) -> None:  # noqa: B027
        """Find, untimed, what a beam search knows anyway about the codes it chose; (rows,)."""

    @abstractmethod
    def advance(self, codes: np.ndarray) -> None:
        """Let every row take a legal code; (rows,)."""

    @abstractmethod
    def legal(self) -> Any:
        """What may follow each row, in the form that the method has it in."""

    @abstractmethod
    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits (rows, vocabulary) in which every token that may not follow is −inf; may change them in place."""

    @abstractmethod
    def tokens(self) -> list[np.ndarray]:
        """What ``legal`` gives, as sorted token ids per row."""


def method_class(name: str) -> type[Method]:
    """The class of a method; its module imports the package that it is about."""
    module, _, attribute = METHODS[name].partition(":")
    found = getattr(import_module(module), attribute)
    assert issubclass(found, Method)
    return found
