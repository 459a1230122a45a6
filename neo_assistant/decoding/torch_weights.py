"""The bias of :mod:`neo_assistant.decoding.weights` in torch: for all beams of a search at once, on its device.

Beside the masks of :mod:`neo_assistant.decoding.torch_view`: the candidates of a level bring the items under each of
them counted, so what is left is a binary search and a subtraction of running sums. As there, nothing is copied to the
host and no shape depends on data.
"""

from __future__ import annotations

import numpy as np
import torch

from neo_assistant.decoding.torch_view import Candidates, TorchIndex, same_codes
from neo_assistant.decoding.weights import UNIT, ViewWeights


class TorchWeights:
    """Weights that all rows of a search are held to.

    Args:
        index: of the view that the weights are of.
        weights: of the view's items.
        taken: (k,) sorted positions that may not be named: those of the rows' slot.
    """

    def __init__(self, index: TorchIndex, weights: ViewWeights, taken: np.ndarray) -> None:
        gone, sums = weights.excess_of(taken)
        self._offsets = index.offsets
        self._running = [
            (sign, torch.from_numpy(positions).to(index.device), torch.from_numpy(running).to(index.device))
            for sign, positions, running in ((1, weights.positions, weights.sums), (-1, gone.astype(np.int32), sums))
            if len(positions)
        ]

    def bias(self, candidates: Candidates) -> torch.Tensor:
        """Log factors of the candidates of rows at one level.

        Args:
            candidates: of a view with one slot, whose weights these are.

        Returns:
            (rows, width) fp32; 0 where a candidate is not alive.
        """
        counts: list[torch.Tensor] = []
        excesses: list[torch.Tensor] = []
        for number, (part, offset) in enumerate(zip(candidates.parts, self._offsets, strict=True)):
            count, excess = part.left.long(), self._excess(part.bounds + offset)
            for earlier in range(number):
                # What stands in two segments under one code is one candidate, the first.
                before = candidates.parts[earlier]
                same, known = same_codes(before, part)
                counts[earlier].scatter_add_(1, same, count * known)
                excesses[earlier].scatter_add_(1, same, excess * known)
            counts.append(count)
            excesses.append(excess)
        count = torch.cat(counts, dim=1) * candidates.alive
        excess = torch.cat(excesses, dim=1) * candidates.alive
        return (_log_mean(count, excess) - _log_mean(count.sum(1), excess.sum(1))[:, None]).float() * candidates.alive

    def _excess(self, bounds: torch.Tensor) -> torch.Tensor:
        """What the items that may be named in each child weigh beyond 1; (rows, width) of (rows, width + 1) bounds."""
        total = torch.zeros(bounds.shape, dtype=torch.long, device=bounds.device)
        for sign, positions, sums in self._running:
            total += sign * sums[torch.searchsorted(positions, bounds)]
        return total[:, 1:] - total[:, :-1]


def _log_mean(count: torch.Tensor, excess: torch.Tensor) -> torch.Tensor:
    """The log of a mean weight; 0 where there is nothing."""
    return torch.log1p(excess.double() / (count.clamp(min=1) * UNIT))
