"""transformers' `prefix_allowed_tokens_fn` over a trie of dictionaries, the usual way to constrain a beam search."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from transformers import PrefixConstrainedLogitsProcessor

from benchmarks.decoding_peers.method import Method
from benchmarks.skew import Catalog


class TransformersTrie(Method):
    """The function walks down from the root by the ids of a row; the processor calls it row by row."""

    def build(self, catalog: Catalog) -> None:
        root: dict[int, Any] = {}
        openers = self.vocabulary.openers
        for number in np.unique(catalog.type_numbers).tolist():
            lo, hi = np.searchsorted(catalog.type_numbers, (number, number + 1))
            top = root[int(openers[number])] = {}
            rows = (catalog.codes[lo:hi] + self.vocabulary.code_bases[number]).tolist()
            for row in rows:
                node = top
                for token in row:
                    node = node.setdefault(token, {})
        self.root = root

    def begin(self, type_number: int, rows: int) -> None:
        self.type_number = type_number
        self.ids = torch.full((rows, 1), int(self.vocabulary.openers[type_number]))
        # One sequence with as many beams as there are rows.
        self.processor = PrefixConstrainedLogitsProcessor(self.allowed, rows)

    def allowed(self, sequence: int, ids: torch.Tensor) -> list[int]:
        """What may follow the ids of a row."""
        node = self.root
        for token in ids.tolist():
            node = node[token]
        return list(node)

    def advance(self, codes: np.ndarray) -> None:
        base = self.vocabulary.code_bases[self.type_number, self.ids.shape[1] - 1]
        self.ids = torch.cat([self.ids, torch.from_numpy(codes + base)[:, None]], dim=1)

    def legal(self) -> list[list[int]]:
        """Token ids per row."""
        return [self.allowed(0, ids) for ids in self.ids]

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        return self.processor(self.ids, logits)

    def tokens(self) -> list[np.ndarray]:
        return [np.sort(tokens) for tokens in self.legal()]
