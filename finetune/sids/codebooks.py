"""Fitting residual codebooks with K-means, coarse to fine.

Every level clusters what the levels before it left over. Chosen over RQ-VAE, which needs auxiliary losses and was
measured to do worse in NEO's setting (arXiv 2603.17533). Applying codebooks is :mod:`neo_assistant.codebooks`.

Everything is deterministic: fixed seeds, one thread (sums in another order give other last digits, and those can flip
an item near a border), and codes numbered by how many items they hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from finetune.errors import QuantizationError
from neo_assistant.codebooks import Codebooks, nearest_centroids
from neo_assistant.sids import MAX_CODES, SidScheme

SEED = 20_260_317
MIN_ITEMS_PER_CODE = 2
"""A code that holds one item says nothing of others: a type with n items gets at most n / 2 codes a level."""
HEAD_ROOM = 2
"""The last level has at least this many times the codes that the fullest leaf needs, so that products can be added."""
MIN_LAST_SIZE = 4
EXACT_KMEANS_ITEMS = 10_000
"""Up to here K-means over all items with several starts; above it mini-batches."""


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """Which encoder, and which version of the item text, the embeddings are from."""

    name: str
    fingerprint: str
    item_text_version: int


def fit_codebooks(
    embeddings: np.ndarray,
    item_types: Sequence[str],
    sizes: Sequence[int],
    per_type: bool,
    encoder: EncoderInfo,
    seed: int = SEED,
) -> Codebooks:
    """Codebooks for a catalog.

    Args:
        embeddings: (n, dims) float32: text embeddings of length 1; where behaviour is to count, it is appended with its
            weight (:mod:`finetune.sids.behaviour`).
        item_types: n type names.
        sizes: codes per semantic level, coarse to fine; the last level is added and sized by the fullest leaf.
        per_type: codebooks for each type, or one set for all.
        encoder: recorded in the codebooks.
        seed: of every K-means.

    Raises:
        QuantizationError: if there are no items, or the last level would need more codes than there can be.
        SidError: if a type's name cannot be a token, or sizes are out of range.
    """
    if not len(embeddings):
        raise QuantizationError("there are no items to quantize", "import products first")
    types = tuple(sorted(set(item_types)))
    draft = SidScheme(types, (*sizes, MIN_LAST_SIZE), per_type)
    names = np.array(item_types)
    rows = [np.flatnonzero(names == name) for name in types] if per_type else [np.arange(len(names))]
    centroids = tuple(_fit_levels(embeddings[group], sizes, seed) for group in rows)
    codebooks = Codebooks(draft, centroids, encoder.name, encoder.fingerprint, encoder.item_text_version)
    semantic, _ = codebooks.quantize(embeddings, item_types)
    fullest = int(leaf_sizes(codebooks.type_numbers(item_types), semantic).max())
    last = last_level_size(fullest)
    if last > MAX_CODES:
        raise QuantizationError(f"{fullest} items share their semantic codes", "use larger sizes or one more level")
    return replace(codebooks, scheme=SidScheme(types, (*sizes, last), per_type))


def last_level_size(fullest_leaf: int) -> int:
    """Codes of the last level: the next power of two that leaves the fullest leaf its head-room."""
    return max(MIN_LAST_SIZE, 1 << (HEAD_ROOM * fullest_leaf - 1).bit_length())


def leaf_sizes(type_numbers: np.ndarray, semantic_codes: np.ndarray) -> np.ndarray:
    """For each item, how many items have its type and all its semantic codes, itself included; (n,) int64."""
    keys = np.column_stack([type_numbers, semantic_codes.astype(np.int64)])
    _, inverse, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    return counts[inverse]


def _fit_levels(embeddings: np.ndarray, sizes: Sequence[int], seed: int) -> tuple[np.ndarray, ...]:
    residuals = embeddings.astype(np.float32, copy=True)
    levels = []
    for size in sizes:
        centroids = _kmeans(residuals, size, seed)
        residuals -= centroids[nearest_centroids(residuals, centroids)]
        levels.append(centroids)
    return tuple(levels)


def _kmeans(vectors: np.ndarray, size: int, seed: int) -> np.ndarray:
    """(codes, dims) float32 centroids, the one with the most items first; fewer than ``size`` for few items."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    # Rounded: vectors that differ in their last digits only cannot be told apart by a code.
    distinct = len(np.unique(np.round(vectors, 5), axis=0))
    clusters = max(1, min(size, distinct, len(vectors) // MIN_ITEMS_PER_CODE))
    if clusters == 1:
        return vectors.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
    if len(vectors) <= EXACT_KMEANS_ITEMS:
        model = KMeans(clusters, n_init=8, random_state=seed)
    else:
        model = MiniBatchKMeans(clusters, n_init=3, batch_size=4096, max_iter=50, random_state=seed)
    with threadpool_limits(limits=1):
        centroids = model.fit(vectors).cluster_centers_.astype(np.float32)
    counts = np.bincount(nearest_centroids(vectors, centroids), minlength=clusters)
    used = counts > 0
    return np.ascontiguousarray(centroids[used][np.argsort(-counts[used], kind="stable")])
