"""Dense retrieval: the cosine between a query and the items' texts, both by the encoder the semantic ids come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from finetune.ranking.scored import search_by_scores
from finetune.sids.embeddings import Encoder, embed_texts


class Dense:
    """A :class:`~finetune.ranking.base.Searcher` and :class:`~finetune.ranking.scored.Scorer`, of an encoder as it is.

    Args:
        texts: of the items, in catalog order.
        encoder: of texts and queries.
        cache: folder of embeddings, see :func:`~finetune.sids.embeddings.embed_texts`.
    """

    name = "dense"

    def __init__(self, texts: Sequence[str], encoder: Encoder, cache: Path | None) -> None:
        self._encoder, self._cache = encoder, cache
        self._items = embed_texts(encoder, texts, cache, progress=True)
        self._known: dict[str, np.ndarray] = {}

    def prepare(self, queries: Sequence[str]) -> None:
        """Encode queries that will be asked, all at once: far cheaper than a block at a time."""
        new = sorted(set(queries) - self._known.keys())
        if new:
            self._known.update(zip(new, embed_texts(self._encoder, new, self._cache, progress=True), strict=True))

    def search(self, queries: Sequence[str], k: int) -> np.ndarray:
        """(queries, k), as the protocol says."""
        self.prepare(queries)
        return search_by_scores(self, queries, k)

    def scores(self, queries: Sequence[str]) -> np.ndarray:
        """(queries, items) float32 cosines."""
        self.prepare(queries)
        return np.stack([self._known[query] for query in queries]) @ self._items.T
