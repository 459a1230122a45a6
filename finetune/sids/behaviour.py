"""What shoppers did as vectors, so that items which are bought together can get semantic ids that are alike.

Which items follow each other is not in their texts, and codes that carry it recommend better (LETTER, arXiv 2405.07314;
EAGER, arXiv 2406.14017). The vectors here are appended to the text embeddings before these are quantized::

    python -m finetune sids --database sqlite:///var/shop.db --out var/codebooks --behaviour 1.0

They are of counts, not of training: the positive pointwise mutual information of items in one history, factorized
(Levy and Goldberg, NeurIPS 2014). Whom the evaluation asks about must not be in them, see :func:`read_histories`.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from catalog_db.database import Session
from catalog_db.events import iter_histories
from catalog_db.models import EventKind
from finetune.errors import QuantizationError
from finetune.examples.phrases import held_out
from finetune.ranking.cooccurrence import pairs_of

SEED = 20_260_317
DIMS = 64
WINDOW = 5
"""Items that stand further apart in a history do not count as taken together."""
SMOOTHING = 0.75
"""Exponent of the contexts' counts; without it, what few people took has the largest information of all."""
TAKEN = (EventKind.VIEWED, EventKind.CARTED, EventKind.BOUGHT)
"""What says that a shopper wants a product; a dismissal does not."""
NOISE = 1e-6
"""Singular values and rows below this share of the largest are rounding errors."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How much what shoppers did counts in semantic ids, beside the text, which counts 1; and whose it is.

    Args:
        weight: more than 0.
        whole_log: see :func:`read_histories`.
    """

    weight: float
    whole_log: bool = False

    def weighted_vectors(self, session: Session, products: Sequence[int]) -> np.ndarray:
        """What is appended to the embeddings of these products; see :func:`behaviour_vectors`."""
        vectors = behaviour_vectors(read_histories(session, self.whole_log), products)
        return np.float32(self.weight) * vectors


def parse_weight(text: str) -> float:
    """A number of at least 0, for argparse."""
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no weight, which is a number of at least 0")
    return weight


def read_histories(session: Session, whole_log: bool = False) -> Iterator[tuple[int, ...]]:
    """The product ids that each shopper took up, oldest first.

    Args:
        session: of the shop's database.
        whole_log: whether the log holds only what training may see, as that of a public data set does. Otherwise the
            shoppers whom :mod:`finetune.examples` holds out are left out, as their next items are the test's answers.
    """
    for history in iter_histories(session, kinds=TAKEN):
        if whole_log or not held_out(f"shopper {history.shopper}"):
            yield history.product_ids


def behaviour_vectors(
    histories: Iterable[Sequence[int]],
    products: Sequence[int],
    dims: int = DIMS,
    window: int = WINDOW,
    shift: float = 1.0,
) -> np.ndarray:
    """Vectors that are alike for products which stand near each other, or near the same others, in histories.

    Counts of two items at most ``window`` apart, each weighted by 1 / distance, both ways; their shifted positive
    pointwise mutual information, with the contexts' counts to the power of 0.75 (Levy and Goldberg, NeurIPS 2014;
    Levy, Goldberg and Dagan, TACL 2015); U · √S of its truncated singular value decomposition; rows of length 1.

    Args:
        histories: product ids, oldest first. Of a product that comes again only the first time counts; products that
            are not in ``products`` are passed over.
        products: n product ids, each once.
        dims: of a vector; those beyond what the histories determine are zero.
        window: how far apart two items of a history may stand.
        shift: its logarithm is taken off the information, as so many negative samples would; more than 1 empties rows
            where data are few.

    Returns:
        (n, dims) float32; zeros for a product that nobody took together with another more often than chance.

    Raises:
        QuantizationError: if no two of the products were taken together more often than by chance.
    """
    from sklearn.decomposition import TruncatedSVD
    from threadpoolctl import threadpool_limits

    information = _positive_information(histories, products, window, shift)
    if not information.nnz:
        raise QuantizationError(
            "no two products were taken together more often than by chance", "leave out --behaviour"
        )
    kept = min(dims, len(products))
    model = TruncatedSVD(kept, n_iter=10, random_state=SEED)
    with threadpool_limits(limits=1):
        scaled = model.fit_transform(information)
    values = model.singular_values_
    used = values > NOISE * values.max()
    vectors = np.zeros((len(products), dims), dtype=np.float64)
    vectors[:, np.flatnonzero(used)] = scaled[:, used] / np.sqrt(values[used])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    known = lengths > NOISE * lengths.max()
    return np.where(known, vectors / np.where(known, lengths, 1.0), 0.0).astype(np.float32)


def padded(embeddings: np.ndarray, dims: int) -> np.ndarray:
    """Embeddings of products without behaviour as codebooks want them: (n, dims), zeros where behaviour would stand.

    Codebooks without behaviour have as many dims as the embeddings, which are then returned as they are.

    Raises:
        QuantizationError: if the embeddings have more dims.
    """
    missing = dims - embeddings.shape[1]
    if missing < 0:
        raise QuantizationError(
            f"the codebooks are for {dims} dimensions, the embeddings have {embeddings.shape[1]}",
            "use the encoder that the codebooks were made with",
        )
    return np.pad(embeddings, ((0, 0), (0, missing))) if missing else embeddings


def _positive_information(
    histories: Iterable[Sequence[int]], products: Sequence[int], window: int, shift: float
) -> sparse.csr_array:
    """(n, n) shifted positive pointwise mutual information of product and context."""
    places = {product: place for place, product in enumerate(products)}
    firsts = (dict.fromkeys(history) for history in histories)
    pairs = pairs_of([[places[product] for product in history if product in places] for history in firsts], window)
    rows, columns = np.concatenate([pairs.early, pairs.late]), np.concatenate([pairs.late, pairs.early])
    weights = np.concatenate([1 / pairs.distance] * 2)
    # Converting sums what stands at the same place.
    counts = sparse.coo_array((weights, (rows, columns)), shape=(len(places), len(places))).tocsr().tocoo()
    totals = np.bincount(rows, weights, minlength=len(places))
    contexts = totals**SMOOTHING
    expected = totals[counts.row] * contexts[counts.col] / contexts.sum()
    values = np.log(counts.data / (shift * expected))
    positive = values > 0
    return sparse.csr_array((values[positive], (counts.row[positive], counts.col[positive])), shape=counts.shape)
