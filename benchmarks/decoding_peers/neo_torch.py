"""Ours in torch: the same index and view as tensors (`neo_assistant.decoding.torch_view`), all rows at once."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.decoding_peers.method import Method
from benchmarks.decoding_peers.neo_numpy import build_index, index_bytes, whole
from benchmarks.skew import Catalog
from neo_assistant.decoding.torch_view import Candidates, TorchIndex, TorchViews
from neo_assistant.decoding.view import NOTHING, View


class NeoTorch(Method):
    """As beam search uses it: candidates of all rows, and rows that go on from them."""

    rebuilds = False

    def build(self, catalog: Catalog) -> None:
        self.index = build_index(catalog)
        self.on_device = TorchIndex(self.index, self.device)
        self._look_through(whole(self.index))

    def nbytes(self) -> dict[str, int]:
        return index_bytes(self.index, self.view)

    def switch(self, catalog: Catalog, eligible: np.ndarray) -> None:
        self._look_through(View(self.index, eligible))

    def begin(self, type_number: int, rows: int) -> None:
        self.type_number, self.level = type_number, 0
        self.rows = torch.arange(rows, device=self.device)
        slots = torch.zeros(rows, dtype=torch.int64, device=self.device)
        self.prefixes = self.views.begin(slots, torch.full_like(slots, type_number))

    def locate(self, codes: np.ndarray) -> None:
        # A beam search picks a candidate, so it knows which one it was.
        self.seen = self.legal()
        chosen = torch.from_numpy(codes.astype(np.int64)).to(self.device)
        self.lanes = ((self.seen.codes == chosen[:, None]) & self.seen.alive).int().argmax(dim=1)

    def advance(self, codes: np.ndarray) -> None:
        self.prefixes = self.views.descend(self.prefixes, self.seen, self.rows, self.lanes)
        self.level += 1

    def legal(self) -> Candidates:
        """Codes and whether each may follow; (rows, children) both."""
        return self.views.candidates(self.prefixes, self.level)

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        masked = torch.full_like(logits, -torch.inf)
        legal = self.legal()
        base = int(self.vocabulary.code_bases[self.type_number, self.level])
        # What may not follow is written to token 0, where it is −inf as it was.
        tokens = torch.where(legal.alive, legal.codes + base, 0)
        return masked.scatter_(1, tokens, logits.gather(1, tokens).masked_fill_(~legal.alive, -torch.inf))

    def tokens(self) -> list[np.ndarray]:
        legal = self.legal()
        base = int(self.vocabulary.code_bases[self.type_number, self.level])
        return [
            base + np.sort(codes[alive].cpu().numpy()) for codes, alive in zip(legal.codes, legal.alive, strict=True)
        ]

    def _look_through(self, view: View) -> None:
        self.view = view
        self.views = TorchViews(self.on_device, [view], [NOTHING])
