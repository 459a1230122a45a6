"""Ours in NumPy: the sorted index and a view of it (`neo_assistant.decoding`), row by row."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.decoding_peers.method import Method
from benchmarks.skew import Catalog
from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View


def build_index(catalog: Catalog) -> SegmentedIndex:
    """The index as it is made of rows from the database, which come in order here."""
    rows = (catalog.type_numbers, catalog.codes, catalog.product_ids)
    return SegmentedIndex(DecodingIndex.build(catalog.scheme, "benchmark", *rows))


def whole(index: SegmentedIndex) -> View:
    """A view of all items that takes no short cut: it is made of a condition's bools like any other."""
    return View(index, np.ones(len(index), dtype=bool))


def index_bytes(index: SegmentedIndex, view: View) -> dict[str, int]:
    """Bytes of the arrays by what they are for."""
    main = index.main
    return {
        "codes": main.codes.nbytes,
        "product ids": main.product_ids.nbytes + main.lookup.places.nbytes,
        "prefix starts": sum(starts.nbytes for starts in main.starts) + main.type_bounds.nbytes,
        "live": index.live.words.nbytes + index.live.before.nbytes,
        "view": view.bitmap.words.nbytes + view.bitmap.before.nbytes,
    }


class NeoNumpy(Method):
    """One call per row, as the grammar makes it."""

    rebuilds = False

    def build(self, catalog: Catalog) -> None:
        self.index = build_index(catalog)
        self.view = whole(self.index)

    def nbytes(self) -> dict[str, int]:
        return index_bytes(self.index, self.view)

    def switch(self, catalog: Catalog, eligible: np.ndarray) -> None:
        self.view = View(self.index, eligible)

    def begin(self, type_number: int, rows: int) -> None:
        self.type_number = type_number
        self.prefixes: list[tuple[int, ...]] = [()] * rows

    def advance(self, codes: np.ndarray) -> None:
        self.prefixes = [(*prefix, code) for prefix, code in zip(self.prefixes, codes.tolist(), strict=True)]

    def legal(self) -> list[np.ndarray]:
        """Token ids per row, sorted."""
        base = self.vocabulary.code_bases[self.type_number, len(self.prefixes[0])]
        return [base + self.view.codes_after(self.type_number, prefix) for prefix in self.prefixes]

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        masked = torch.full_like(logits, -torch.inf)
        for row, tokens in enumerate(self.legal()):
            legal = torch.from_numpy(tokens)
            masked[row, legal] = logits[row, legal]
        return masked

    def tokens(self) -> list[np.ndarray]:
        return self.legal()
