"""The model as a ranker: the items that it is most likely to name next, after a history or a query.

Prompts are those of ``finetune.examples.ranking_prompts``, which serving renders for a request for ids only. The whole
catalog is searched by the project's constrained beams; the score of an item is its log-probability after the prompt.
Figures are for ``width`` beams: 30 for recommendation (NEO, TIGER) and 100 for search, whose Recall@100 needs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from finetune.errors import BenchmarkError
from finetune.examples.ranking_prompts import NEXT_COUNT, SEARCH_COUNT, history_prompt, query_prompt, rendered
from finetune.ranking.base import NOTHING
from finetune.ranking.kept import KeptRankings, digest_of
from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.messages import Message
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import Sid
from neo_assistant.steering import Steering

if TYPE_CHECKING:
    from transformers import PreTrainedModel

DEFAULT_WIDTH = 30
DEFAULT_BATCH = 64


class ModelRanker:
    """A recommender and a searcher made of a language model.

    Args:
        model: in evaluation mode, on the device it shall run on.
        tokenizer: the base's, extended by the semantic ids.
        sids: by item number.
        name: for tables.
        width: of the beam search; no more items are ranked.
        batch: prompts at a time, as far as the search can look at their candidates in one go.
        kept: rankings done before, where a run is to be resumable.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: ShopTokenizer,
        sids: Sequence[Sid],
        name: str,
        *,
        width: int = DEFAULT_WIDTH,
        batch: int = DEFAULT_BATCH,
        kept: KeptRankings | None = None,
    ) -> None:
        from neo_assistant.engine.batch_beams import BatchBeams

        self.name, self._sids, self._kept = name, sids, kept
        self._renderer = PromptRenderer(tokenizer)
        scheme = tokenizer.vocabulary.scheme
        types = np.array([scheme.type_numbers[sid.item_type] for sid in sids], dtype=np.int64)
        codes = np.array([sid.codes for sid in sids], dtype=np.int64)
        index = DecodingIndex.build(scheme, "", types, codes, np.arange(len(sids)))
        self._items = index.product_ids.astype(np.int64)
        self._beams = BatchBeams(model, tokenizer.vocabulary, View(SegmentedIndex(index)), width)
        self._batch, self._width = min(batch, self._beams.most_prompts), width

    def recommend(self, histories: Sequence[Sequence[int]], k: int) -> np.ndarray:
        """(users, k), as the protocol says; only the latest items of a history are shown to the model."""
        steered = (history_prompt([self._sids[item] for item in history], NEXT_COUNT) for history in histories)
        return self._rank([self._prompt(*prompt) for prompt in steered], k)

    def search(self, queries: Sequence[str], k: int) -> np.ndarray:
        """(queries, k), as the protocol says."""
        return self._rank([self._prompt(*query_prompt(text, SEARCH_COUNT)) for text in queries], k)

    def _prompt(self, steering: Steering, message: Message) -> tuple[int, ...]:
        return tuple(rendered(self._renderer, steering, message, len(self._sids)))

    def _rank(self, prompts: Sequence[tuple[int, ...]], k: int) -> np.ndarray:
        """The first k of every prompt's ranking; what is kept of an earlier run is not done again."""
        done: dict[tuple[int, ...], np.ndarray] = {}
        if self._kept is not None:
            found = {prompt: self._kept.get(prompt) for prompt in dict.fromkeys(prompts)}
            done = {prompt: row for prompt, row in found.items() if row is not None}
        # Long ones first, so that those of a batch are about as long and memory runs out at once if it ever does.
        waiting = sorted(
            (prompt for prompt in dict.fromkeys(prompts) if prompt not in done), key=lambda p: (-len(p), p)
        )
        with tqdm(total=len(waiting), desc=self.name, unit="prompt", disable=None) as bar:
            for start in range(0, len(waiting), self._batch):
                some = waiting[start : start + self._batch]
                positions = self._beams.rank(some).positions
                rows = np.where(positions == NOTHING, NOTHING, self._items[positions])
                done.update(zip(some, rows, strict=True))
                if self._kept is not None:
                    self._kept.add(some, rows)
                bar.update(len(some))
        if self._kept is not None:
            self._kept.flush()
        ranking = np.full((len(prompts), k), NOTHING, dtype=np.int64)
        for number, prompt in enumerate(prompts):
            row = done[prompt][:k]
            ranking[number, : len(row)] = row
        return ranking


def sids_of(skus: Sequence[str], known: Mapping[str, Sid]) -> list[Sid]:
    """The semantic id of every item.

    Raises:
        BenchmarkError: if one has none.
    """
    lacking = [sku for sku in skus if sku not in known]
    if lacking:
        raise BenchmarkError(
            f"{len(lacking)} items of the benchmark have no semantic id, {lacking[0]} for one",
            "make the semantic ids from the database that was made with this benchmark",
        )
    return [known[sku] for sku in skus]


def checkpoint_ranker(
    folder: Path, skus: Sequence[str], *, width: int, batch: int, keep: Path | None = None, name: str = ""
) -> ModelRanker:
    """The model of a checkpoint as a ranker, on a GPU if there is one.

    Args:
        folder: the checkpoint.
        skus: of the benchmark's items, by number.
        width, batch: see :class:`ModelRanker`.
        keep: folder under which rankings are kept, so that a run can be stopped and resumed.
        name: for tables; by default that of the recipe.

    Raises:
        CheckpointError: if the checkpoint cannot be used.
        BenchmarkError: if it does not know an item.
    """
    import torch

    from neo_assistant.checkpoint import load_checkpoint
    from neo_assistant.sid_file import SIDS_FILE, read_sids

    loaded = load_checkpoint(folder)
    sids = sids_of(skus, read_sids(folder / SIDS_FILE, loaded.codebooks.scheme))
    model = loaded.model.to("cuda" if torch.cuda.is_available() else "cpu")
    kept = None
    if keep is not None:
        kept = KeptRankings(keep, digest_of([sorted(loaded.manifest.files.items()), width, list(map(str, sids))]))
    label = name or f"model ({loaded.manifest.recipe})"
    return ModelRanker(model, loaded.tokenizer, sids, label, width=width, batch=batch, kept=kept)
