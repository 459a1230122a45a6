"""Beam search over the whole catalog for many prompts at once: rankings, not replies.

The same search as :mod:`neo_assistant.engine.beams`: a beam's score is the sum of log-probabilities over the whole
vocabulary, the index only removes what no item has. It begins one token earlier, with the opener, so that item types
compete too; it takes a batch of prompts; and it keeps the cache of a prompt once, whatever the number of its beams.

For that the beams of a prompt are a tree: all their tokens of one level are appended to the prompt's row, and each sees
the prompt, the tokens before it on its own branch and itself (the tree attention of SpecInfer, arXiv 2305.09781). No
row of the cache is ever copied or moved, which for thirty beams over a hundred tokens of prompt is most of the memory
traffic of the usual way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neo_assistant.decoding.torch_view import MOST_LANES, Prefixes, TorchIndex, TorchViews
from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.errors import DecodingIndexError
from neo_assistant.grammar.processor import finite
from neo_assistant.sids import SidVocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Ranking:
    """The best items of every prompt, best first.

    Attributes:
        positions: (prompts, width) int64 positions in the view's index; -1 where there are fewer items.
        scores: (prompts, width) float32 log-probabilities; -inf where there are fewer items.
    """

    positions: np.ndarray
    scores: np.ndarray


class BatchBeams:
    """Ranks the items of a view by their probability as the next thing after a prompt.

    Args:
        model: a causal language model whose logits are its decoder's hidden states times its head.
        vocabulary: where the tokens of semantic ids are.
        view: what may be named.
        width: beams kept at each level, and so items ranked.

    Raises:
        DecodingIndexError: if nothing may be named.
    """

    def __init__(self, model: PreTrainedModel, vocabulary: SidVocabulary, view: View, width: int) -> None:
        if not len(view):
            raise DecodingIndexError("there is no item to rank", "run: python -m finetune sids")
        self._model, self._view, self._width = model, view, width
        device = model.device
        types = np.flatnonzero(view.open_types())
        self._types = torch.from_numpy(types).to(device)
        self._openers = torch.from_numpy(vocabulary.openers[types]).to(device)
        self._bases = torch.from_numpy(vocabulary.code_bases).to(device)
        self._views = TorchViews(TorchIndex(view.index, device), [view], [NOTHING])
        self.levels = vocabulary.scheme.levels

    @property
    def most_prompts(self) -> int:
        """Prompts whose candidates at any level can be looked at in one go; at least 1."""
        widest = max(sum(segment.max_children[level] for segment in self._segments) for level in range(self.levels))
        return max(MOST_LANES // (max(self._width, len(self._types)) * max(widest, 1)), 1)

    @torch.inference_mode()
    def rank(self, prompts: Sequence[Sequence[int]]) -> Ranking:
        """The best items after each prompt, at most :attr:`most_prompts` of them.

        Args:
            prompts: token ids up to where an opener would follow; none may be empty. Their lengths may differ, but
                the shorter ones are computed as long as the longest.
        """
        tree = _Tree(self._model, prompts)
        users, width = len(prompts), min(self._width, len(self._types))
        chances = torch.log_softmax(finite(tree.logits), dim=-1)[:, 0, self._openers]
        top = torch.topk(chances, width, dim=-1)
        scores, numbers, tokens = top.values, self._types[top.indices], self._openers[top.indices]
        prefixes = self._views.begin(torch.zeros_like(numbers).flatten(), numbers.flatten())
        parents = torch.zeros_like(numbers)
        for level in range(self.levels):
            logits = finite(tree.grow(tokens, parents)).flatten(0, 1)
            before = scores.flatten() - torch.logsumexp(logits, dim=-1)
            candidates = self._views.candidates(prefixes, level)
            lanes = candidates.codes.shape[1]
            follows = (candidates.codes + self._bases[prefixes.numbers, level][:, None]).clamp_(max=logits.shape[1] - 1)
            values = logits.gather(1, follows) + before[:, None]
            values = values.masked_fill_(~candidates.alive, -torch.inf).view(users, -1)
            top = torch.topk(values, min(self._width, values.shape[1]), dim=-1)
            parents, lane = top.indices // lanes, top.indices % lanes
            rows = (parents + torch.arange(users, device=lane.device)[:, None] * tokens.shape[1]).flatten()
            prefixes = self._views.descend(prefixes, candidates, rows, lane.flatten())
            tokens = follows[rows, lane.flatten()].view(users, -1)
            scores = top.values
        return self._ranking(prefixes, scores)

    @property
    def _segments(self) -> Any:
        return self._view.index.segments

    def _ranking(self, prefixes: Prefixes, scores: torch.Tensor) -> Ranking:
        """Positions of the items at which the beams have arrived, widened to the full width."""
        positions = torch.full_like(prefixes.numbers, -1)
        for offset, (low, high) in zip(self._view.index.offsets, prefixes.ranges, strict=True):
            positions = torch.where(high > low, low + offset, positions)
        users, found = scores.shape
        ranking = Ranking(
            np.full((users, self._width), -1, dtype=np.int64), np.full((users, self._width), -np.inf, np.float32)
        )
        alive = scores > -torch.inf
        ranking.positions[:, :found] = torch.where(alive, positions.view(users, found), -1).cpu().numpy()
        ranking.scores[:, :found] = scores.cpu().numpy()
        return ranking


class _Tree:
    """The beams of a batch of prompts as trees behind them.

    Attributes:
        logits: (prompts, 1, vocabulary) after each prompt's last token.
    """

    def __init__(self, model: PreTrainedModel, prompts: Sequence[Sequence[int]]) -> None:
        from transformers import DynamicCache

        self._model, self._cache = model, DynamicCache(config=model.config)
        device = model.device
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
        ids = torch.zeros((len(prompts), int(lengths.max())), dtype=torch.long)
        for row, prompt in enumerate(prompts):
            ids[row, : len(prompt)] = torch.tensor(prompt)
        places = torch.arange(ids.shape[1], device=device)
        self._lengths = lengths
        # A prompt's padding stands behind it, where nothing but padding sees it.
        self._seen = (places < lengths[:, None])[:, None, :]
        causal = places[:, None] >= places
        hidden = self._forward(ids.to(device), places.expand_as(ids), causal.expand(len(prompts), -1, -1))
        self.logits = self._head(hidden[torch.arange(len(prompts), device=device), lengths - 1][:, None])
        self._depth = 0

    def grow(self, tokens: torch.Tensor, parents: torch.Tensor) -> torch.Tensor:
        """Append a token to branches and return what follows it.

        Args:
            tokens: (prompts, beams).
            parents: (prompts, beams), on which branch of the level before each token goes on; of no meaning at first.

        Returns:
            (prompts, beams, vocabulary) logits.
        """
        beams = tokens.shape[1]
        if self._depth == 0:
            before = self._seen.expand(-1, beams, -1)
        else:
            before = self._seen.gather(1, parents[:, :, None].expand(-1, -1, self._seen.shape[2]))
        own = torch.eye(beams, dtype=torch.bool, device=tokens.device).expand(len(tokens), -1, -1)
        self._seen = torch.cat([before, own], dim=2)
        places = (self._lengths + self._depth)[:, None].expand_as(tokens)
        self._depth += 1
        return self._head(self._forward(tokens, places, self._seen))

    def _forward(self, ids: torch.Tensor, places: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Hidden states (rows, tokens, hidden) of new tokens; ``seen`` is (rows, tokens, all tokens so far) bool."""
        decoder: Any = self._model.get_decoder()
        output = decoder(
            input_ids=ids,
            position_ids=places,
            attention_mask=seen.unsqueeze(1),
            past_key_values=self._cache,
            use_cache=True,
        )
        hidden: torch.Tensor = output.last_hidden_state
        return hidden

    def _head(self, hidden: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self._model.get_output_embeddings()(hidden)
        return logits
