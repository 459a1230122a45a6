"""SASRec with full softmax: a causal transformer over item embeddings, which are also its output layer.

Kang and McAuley, "Self-Attentive Sequential Recommendation" (arXiv 1808.09781), trained with cross-entropy over all
items in place of one sampled negative; sampled losses are what makes published SASRec rows weak (Klenitskiy and
Vasilev, arXiv 2309.07602; Petrov and Macdonald, arXiv 2308.07192). Blocks are those of RecBole's version (layer
normalisation behind each residual, GELU). Positions count from the end of the history, as the paper's padding on the
left makes them do.

Nothing is computed where there would be padding: the items of a batch lie one behind the other, and only the attention
unfolds them to rows.

Why a module of our own: RecBole 1.2.1, the only maintained library with this loss, fails with NumPy 2 and with
PyTorch from 2.6 on (its issue 2215), and this project needs later ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from finetune.ranking.base import NOTHING, top_items

INIT_STD = 0.02
SCORED_ROWS = 256


@dataclass(frozen=True, slots=True)
class SasrecConfig:
    """Settings of model and training; the defaults are the setting in ``docs/results.md``."""

    width: int = 128
    layers: int = 2
    heads: int = 2
    dropout: float = 0.3
    last: int = 50
    """Items of the history that are read."""
    learning_rate: float = 1e-3
    batch_users: int = 128
    max_epochs: int = 60
    patience: int = 5
    """Epochs without a better validation NDCG@10 after which training ends."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Sequences one behind the other: (tokens,) tensors of items, and of the row, column and position of each."""

    items: torch.Tensor
    rows: torch.Tensor
    columns: torch.Tensor
    positions: torch.Tensor
    shape: tuple[int, int]
    """Rows and the length of the longest."""

    @property
    def ends(self) -> torch.Tensor:
        """(rows,) place of each sequence's last item."""
        lengths = torch.bincount(self.rows, minlength=self.shape[0])
        return lengths.cumsum(0) - 1


def pack(sequences: Sequence[Sequence[int]], last: int, device: torch.device | str = "cpu") -> Packed:
    """Lay the last ``last`` items of sequences, none of them empty, one behind the other."""
    cut = [sequence[-last:] for sequence in sequences]
    lengths = np.array([len(sequence) for sequence in cut])
    if not lengths.all():
        raise ValueError("a sequence without items has nothing to read")
    rows = np.repeat(np.arange(len(cut)), lengths)
    columns = np.concatenate([np.arange(length) for length in lengths])
    positions = last - lengths[rows] + columns
    items = np.concatenate([np.asarray(sequence, dtype=np.int64) for sequence in cut])
    arrays = [torch.from_numpy(array).to(device) for array in (items, rows, columns, positions)]
    return Packed(arrays[0], arrays[1], arrays[2], arrays[3], (len(cut), int(lengths.max())))


class Block(nn.Module):
    """Causal self-attention and a feed-forward layer, each added to its input and normalised."""

    def __init__(self, config: SasrecConfig) -> None:
        super().__init__()
        width = config.width
        self.heads, self.dropout = config.heads, config.dropout
        self.projections, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.after_attention, self.after_layer = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, hidden: torch.Tensor, packed: Packed) -> torch.Tensor:
        """(tokens, width) → (tokens, width)."""
        hidden = self.after_attention(hidden + self._drop(self.out(self._attend(hidden, packed))))
        return self.after_layer(hidden + self._drop(self.narrow(functional.gelu(self.wide(hidden)))))

    def _attend(self, hidden: torch.Tensor, packed: Packed) -> torch.Tensor:
        rows, longest = packed.shape
        padded = hidden.new_zeros(rows, longest, 3 * hidden.shape[-1])
        padded[packed.rows, packed.columns] = self.projections(hidden)
        query, key, value = padded.view(rows, longest, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # Padding stands behind every item of its row, so that what is causal does not see it.
        mixed = functional.scaled_dot_product_attention(
            query, key, value, dropout_p=self.dropout if self.training else 0.0, is_causal=True
        )
        return mixed.transpose(1, 2).reshape(rows, longest, -1)[packed.rows, packed.columns]

    def _drop(self, hidden: torch.Tensor) -> torch.Tensor:
        return functional.dropout(hidden, self.dropout, self.training)


class SasrecModel(nn.Module):
    """From packed histories to scores of all items."""

    def __init__(self, items: int, config: SasrecConfig) -> None:
        super().__init__()
        self.config = config
        self.items = nn.Embedding(items, config.width)
        self.positions = nn.Embedding(config.last, config.width)
        self.normalise = nn.LayerNorm(config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=INIT_STD)

    def forward(self, packed: Packed) -> torch.Tensor:
        """(tokens, width): what is known behind each item."""
        hidden = self.normalise(self.items(packed.items) + self.positions(packed.positions))
        hidden = functional.dropout(hidden, self.config.dropout, self.training)
        for block in self.blocks:
            hidden = block(hidden, packed)
        return hidden

    def scores(self, hidden: torch.Tensor) -> torch.Tensor:
        """(…, width) → (…, items) logits of the next item."""
        return hidden @ self.items.weight.T

    def loss(self, packed: Packed, targets: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy of the (tokens,) items that come next, over all items of the catalog."""
        return functional.cross_entropy(self.scores(self(packed)), targets)


class Sasrec:
    """A trained model as a :class:`~finetune.ranking.base.Recommender`; without a history it ranks nothing."""

    def __init__(self, model: SasrecModel, name: str = "sasrec") -> None:
        self.name = name
        self.model = model.eval()

    def recommend(self, histories: Sequence[Sequence[int]], k: int) -> np.ndarray:
        """(users, k), as the protocol says."""
        ranking = np.full((len(histories), k), NOTHING, dtype=np.int64)
        known = [number for number, history in enumerate(histories) if history]
        known.sort(key=lambda number: (len(histories[number]), number))
        for start in range(0, len(known), SCORED_ROWS):
            chosen = known[start : start + SCORED_ROWS]
            ranking[chosen] = top_items(self._scores([histories[number] for number in chosen]), k)
        return ranking

    @torch.inference_mode()
    def _scores(self, histories: Sequence[Sequence[int]]) -> np.ndarray:
        packed = pack(histories, self.model.config.last, self.model.items.weight.device)
        return self.model.scores(self.model(packed)[packed.ends]).float().cpu().numpy()
