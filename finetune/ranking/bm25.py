"""BM25 over the items' texts, by bm25s with the Snowball stemmer; k1 and b are tuned on training queries.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), in Lucene's form, which never
gives a negative weight.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import bm25s
import numpy as np
import Stemmer
from scipy import sparse

from finetune.ranking.base import NOTHING, top_sparse
from finetune.ranking.scored import SCORED_ROWS

# Numbers of one digit and letters alone are words too, and so is "in": sizes matter in a shop.
_OPTIONS: dict[str, Any] = {"token_pattern": r"(?u)\w+", "stopwords": [], "show_progress": False}


class Bm25:
    """A :class:`~finetune.ranking.base.Searcher` and :class:`~finetune.ranking.scored.Scorer`.

    What shares no word with the query is not ranked. bm25s computes the weight of every word in every text; the sums
    over the words of a query are sparse products, many queries at a time.

    Args:
        texts: of the items, in catalog order.
        k1: how soon more of the same word counts no more.
        b: how much long texts are held back, 0 to 1.
    """

    name = "BM25"

    def __init__(self, texts: Sequence[str], k1: float, b: float) -> None:
        self._stemmer = Stemmer.Stemmer("english")
        self._texts = bm25s.tokenize(list(texts), **_OPTIONS, stemmer=self._stemmer, return_ids=True)
        self._weights = self._word_weights(k1, b)

    def tuned(self, k1: float, b: float) -> Bm25:
        """The same texts with other parameters; what is tokenized stays tokenized."""
        other = copy.copy(self)
        other._weights = self._word_weights(k1, b)
        return other

    def search(self, queries: Sequence[str], k: int) -> np.ndarray:
        """(queries, k), as the protocol says."""
        ranking = np.full((len(queries), k), NOTHING, dtype=np.int64)
        for start in range(0, len(queries), SCORED_ROWS):
            scores = self._sums(queries[start : start + SCORED_ROWS])
            for row in range(scores.shape[0]):
                here = slice(scores.indptr[row], scores.indptr[row + 1])
                best = top_sparse(scores.indices[here], scores.data[here], k)
                ranking[start + row, : len(best)] = best
        return ranking

    def scores(self, queries: Sequence[str]) -> np.ndarray:
        """(queries, items) float32, ``-inf`` where no word is shared."""
        scored = self._sums(queries).toarray()
        scored[scored == 0] = -np.inf
        return scored

    def _sums(self, queries: Sequence[str]) -> sparse.csr_array:
        """(queries, items) scores of the items that share a word."""
        tokenized = bm25s.tokenize(list(queries), **_OPTIONS, stemmer=self._stemmer, return_ids=False)
        words = [[self._texts.vocab[word] for word in query if word in self._texts.vocab] for query in tokenized]
        rows = np.repeat(np.arange(len(words)), [len(query) for query in words])
        columns = np.array([word for query in words for word in query], dtype=np.int64)
        asked = sparse.csr_array(
            (np.ones(len(rows), np.float32), (rows, columns)), shape=(len(words), self._weights.shape[0])
        )
        return sparse.csr_array(asked @ self._weights)

    def _word_weights(self, k1: float, b: float) -> sparse.csr_array:
        """(words, items) weight of each word in each text."""
        index = bm25s.BM25(k1=k1, b=b, method="lucene")
        index.index(self._texts, show_progress=False)
        arrays = (index.scores["data"], index.scores["indices"], index.scores["indptr"])
        return sparse.csr_array(arrays, shape=(len(arrays[2]) - 1, len(self._texts.ids)))
