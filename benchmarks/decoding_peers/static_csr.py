"""STATIC (arXiv 2602.22647), written from its paper: the prefix tree as a static sparse transition matrix, in torch.

The nodes below the dense levels are the rows of one CSR matrix; its entries (token, next node) are interleaved, so that
one read fetches both. A step reads, for every row at once, as many entries as any node of the level has children (a
shape known beforehand) from where the row's node begins, and masks out those that belong to the next node: no loop,
no branch, no shape that depends on data. The first levels, where nodes are few and wide, are dense tables instead.
Sections 4.2 to 4.4 of the paper; none of its authors' code is used here.

The set of items is part of the matrix, so another condition means building it again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from benchmarks.decoding_peers.method import Method
from benchmarks.skew import Catalog

DENSE_LEVELS = 2
"""Levels that are dense tables, as in the paper; fewer where a table would have more than ``DENSE_CELLS`` cells."""
DENSE_CELLS = 1 << 27


class Slice(NamedTuple):
    """The entries read for every row; each (rows, most children of a node of the level)."""

    tokens: torch.Tensor
    nodes: torch.Tensor
    valid: torch.Tensor


class StaticCsr(Method):
    """Dense tables, then CSR."""

    def build(self, catalog: Catalog) -> None:
        scheme, codes = catalog.scheme, catalog.codes
        numbers = catalog.type_numbers.astype(np.int64)
        self.levels, self.sizes = scheme.levels, scheme.sizes
        self.dense = min(DENSE_LEVELS, scheme.levels - 1)
        while self.dense and len(scheme.types) * int(np.prod(self.sizes[: self.dense])) > DENSE_CELLS:
            self.dense -= 1
        # firsts[k]: where, in the sorted items, each node of depth k + 1 (type and k + 1 codes) begins.
        fresh = np.ones(len(catalog), dtype=bool)
        fresh[1:] = numbers[1:] != numbers[:-1]
        depth_starts = [np.flatnonzero(fresh)]
        for level in range(self.levels):
            fresh[1:] |= codes[1:, level] != codes[:-1, level]
            depth_starts.append(np.flatnonzero(fresh))
        self._build_dense(numbers, codes, depth_starts)
        self._build_sparse(numbers, codes, depth_starts)

    def _build_dense(self, numbers: np.ndarray, codes: np.ndarray, starts: list[np.ndarray]) -> None:
        self.tables: list[torch.Tensor] = []
        rows = len(self.vocabulary.scheme.types)
        for level in range(self.dense):
            table = np.zeros(rows * self.sizes[level], dtype=bool)
            first = starts[level + 1]
            table[self._cell(numbers[first], codes[first], level + 1)] = True
            self.tables.append(self._put(table.reshape(rows, self.sizes[level])))
            rows *= self.sizes[level]
        nodes = np.zeros(rows, dtype=np.int32)
        first = starts[self.dense]
        nodes[self._cell(numbers[first], codes[first], self.dense)] = np.arange(len(first), dtype=np.int32)
        self.node_of_cell = self._put(nodes)

    def _build_sparse(self, numbers: np.ndarray, codes: np.ndarray, starts: list[np.ndarray]) -> None:
        bases = self.vocabulary.code_bases
        pointers, entries, self.widths = [np.zeros(1, dtype=np.int64)], [], []
        nodes_before, edges_before = 0, 0
        for level in range(self.dense, self.levels):
            parents, children = starts[level], starts[level + 1]
            # The children of a node are those that begin before the next node does.
            ends = np.append(np.searchsorted(children, parents[1:]), len(children))
            pointers.append(edges_before + ends)
            self.widths.append(int(np.diff(ends, prepend=0).max(initial=1)))
            nodes_before += len(parents)
            entry = np.empty((len(children), 2), dtype=np.int32)
            entry[:, 0] = bases[numbers[children], level] + codes[children, level]
            entry[:, 1] = nodes_before + np.arange(len(children))
            entries.append(entry)
            edges_before += len(children)
        self.pointers = self._put(np.concatenate(pointers).astype(np.int32))
        self.entries = self._put(np.concatenate(entries))
        self.offsets = [torch.arange(width, device=self.device) for width in self.widths]

    def nbytes(self) -> dict[str, int]:
        return {
            "dense": sum(table.nbytes for table in self.tables) + self.node_of_cell.nbytes,
            "pointers": self.pointers.nbytes,
            "entries": self.entries.nbytes,
        }

    def begin(self, type_number: int, rows: int) -> None:
        self.type_number, self.level = type_number, 0
        self.state = torch.full((rows,), type_number, dtype=torch.int64, device=self.device)
        if self.dense == 0:
            self.state = self.node_of_cell[self.state].long()

    def locate(self, codes: np.ndarray) -> None:
        # A beam search picks an entry of the slice, so it knows which one it was.
        chosen = torch.from_numpy(codes.astype(np.int64)).to(self.device)
        if self.level >= self.dense:
            self.read = self._slice()
            chosen = chosen + int(self.vocabulary.code_bases[self.type_number, self.level])
            chosen = ((self.read.tokens == chosen[:, None]) & self.read.valid).int().argmax(dim=1)
        self.chosen = chosen

    def advance(self, codes: np.ndarray) -> None:
        if self.level >= self.dense:
            self.state = self.read.nodes.gather(1, self.chosen[:, None])[:, 0].long()
        else:
            self.state = self.state * self.sizes[self.level] + self.chosen
            if self.level == self.dense - 1:
                self.state = self.node_of_cell[self.state].long()
        self.level += 1

    def legal(self) -> torch.Tensor | Slice:
        """Dense levels: (rows, codes) bool. Other levels: the slice of entries."""
        return self.tables[self.level][self.state] if self.level < self.dense else self._slice()

    def _slice(self) -> Slice:
        begin, end = self.pointers[self.state], self.pointers[self.state + 1]
        offsets = self.offsets[self.level - self.dense]
        places = (begin[:, None] + offsets).clamp_(max=len(self.entries) - 1)
        read = self.entries[places]
        return Slice(read[..., 0], read[..., 1], offsets < (end - begin)[:, None])

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        masked = torch.full_like(logits, -torch.inf)
        legal = self.legal()
        if isinstance(legal, Slice):
            # Entries of another node are written over by the row's first, which is always its own.
            tokens = torch.where(legal.valid, legal.tokens, legal.tokens[:, :1]).long()
            return masked.scatter_(1, tokens, logits.gather(1, tokens))
        base = int(self.vocabulary.code_bases[self.type_number, self.level])
        block = slice(base, base + self.sizes[self.level])
        masked[:, block] = logits[:, block].masked_fill(~legal, -torch.inf)
        return masked

    def tokens(self) -> list[np.ndarray]:
        legal = self.legal()
        if isinstance(legal, Slice):
            return [np.sort(row[valid].cpu().numpy()) for row, valid in zip(legal.tokens, legal.valid, strict=True)]
        base = int(self.vocabulary.code_bases[self.type_number, self.level])
        return [base + np.flatnonzero(row.cpu().numpy()) for row in legal]

    def _cell(self, numbers: np.ndarray, codes: np.ndarray, depth: int) -> np.ndarray:
        """The cell of a dense table that a type and ``depth`` codes have."""
        cell = numbers
        for level in range(depth):
            cell = cell * self.sizes[level] + codes[:, level]
        return cell

    def _put(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device)
