"""How good semantic ids are, by figures that need no trained model.

All figures are exact: sums over pairs are computed from the sum of a group's vectors, not from a sample. For unit
vectors x₁ … x_m the mean cosine of their pairs is (‖Σx‖² − m) / (m (m − 1)).
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from finetune.sids.codebooks import leaf_sizes
from neo_assistant.sids import SidScheme


@dataclass(frozen=True, slots=True)
class LevelMetrics:
    """One level's figures."""

    level: str
    """The level's letter."""
    coherence: float | None
    """Mean cosine of two items that share type and codes down to this level; None when no two items do."""
    entropy_bits: float
    """Entropy of the code within its codebook, averaged over codebooks by items."""
    perplexity_share: float
    """2^entropy over the level's size, averaged likewise: 1 when all codes are used alike."""
    coverage: float
    """Codes in use over code tokens there are."""
    kind_agreement: float | None
    """Mutual information of prefix and kind within a type, adjusted for chance (Vinh et al. 2010): 0 is chance, 1 the
    same grouping. Averaged over types by items; None when no item has a kind, or at the last level."""
    kind_purity: float | None
    """Share of items whose prefix is of mostly their kind; None likewise."""


@dataclass(frozen=True, slots=True)
class SidMetrics:
    """The figures of one set of semantic ids."""

    items: int
    tokens: int
    """SID tokens the scheme adds to the vocabulary."""
    unique_share: float
    """Share of items whose type and semantic codes are theirs alone."""
    collision_rate: float
    """1 − distinct semantic code tuples / items."""
    max_multiplicity: int
    """Items in the fullest leaf."""
    ambiguity_bits: float
    """Mean over items of log2 of the items in their leaf: what the meaning of the codes leaves to the last level."""
    reference_coherence: float | None
    """Mean cosine of two items of one type, whatever their codes."""
    levels: tuple[LevelMetrics, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure_sids(
    scheme: SidScheme,
    embeddings: np.ndarray,
    item_types: Sequence[str],
    codes: np.ndarray,
    kinds: Sequence[str | None],
) -> SidMetrics:
    """All figures.

    Args:
        scheme: of the SIDs.
        embeddings: (n, dims) float32 of length 1.
        item_types: n type names.
        codes: (n, levels) integer codes.
        kinds: n kinds of item, None where unknown.
    """
    numbers = np.array([scheme.type_numbers[name] for name in item_types], dtype=np.int64)
    keys = np.column_stack([numbers, codes.astype(np.int64)])
    multiplicities = leaf_sizes(numbers, codes[:, :-1])
    distinct = len(np.unique(keys[:, :-1], axis=0))
    levels = []
    for level, size in enumerate(scheme.sizes):
        last = level == scheme.levels - 1
        prefixes = _group_numbers(keys[:, : level + 2])
        books = numbers if scheme.per_type and not last else np.zeros_like(numbers)
        entropy, perplexity, used = code_usage(books, keys[:, level + 1])
        agreement, purity = (None, None) if last else kind_figures(numbers, prefixes, kinds)
        levels.append(
            LevelMetrics(
                level=string.ascii_lowercase[level],
                coherence=mean_pair_cosine(embeddings, prefixes),
                entropy_bits=entropy,
                perplexity_share=perplexity / size,
                coverage=used / (size * (len(scheme.types) if scheme.per_type and not last else 1)),
                kind_agreement=agreement,
                kind_purity=purity,
            )
        )
    return SidMetrics(
        items=len(numbers),
        tokens=len(scheme.tokens),
        unique_share=float(np.mean(multiplicities == 1)),
        collision_rate=1 - distinct / len(numbers),
        max_multiplicity=int(multiplicities.max()),
        ambiguity_bits=float(np.mean(np.log2(multiplicities))),
        reference_coherence=mean_pair_cosine(embeddings, numbers),
        levels=tuple(levels),
    )


def mean_pair_cosine(embeddings: np.ndarray, groups: np.ndarray) -> float | None:
    """Mean cosine over all pairs of items of one group; None when every group has one item."""
    groups = _group_numbers(groups[:, None])
    counts = np.bincount(groups)
    sums = np.zeros((len(counts), embeddings.shape[1]), dtype=np.float64)
    np.add.at(sums, groups, embeddings)
    pairs = counts * (counts - 1)
    if not pairs.any():
        return None
    return float((np.einsum("gd,gd->g", sums, sums) - counts).sum() / pairs.sum())


def code_usage(books: np.ndarray, codes: np.ndarray) -> tuple[float, float, int]:
    """Entropy in bits and perplexity of codes within their codebook, averaged by items, and the codes in use."""
    entropies, perplexities, weights, used = [], [], [], 0
    for book in np.unique(books):
        counts = np.bincount(codes[books == book])
        shares = counts[counts > 0] / counts.sum()
        entropy = float(-(shares * np.log2(shares)).sum())
        entropies.append(entropy)
        perplexities.append(2**entropy)
        weights.append(int(counts.sum()))
        used += len(shares)
    return (
        abs(float(np.average(entropies, weights=weights))),  # abs: no minus zero
        float(np.average(perplexities, weights=weights)),
        used,
    )


def kind_figures(
    type_numbers: np.ndarray, prefixes: np.ndarray, kinds: Sequence[str | None]
) -> tuple[float | None, float | None]:
    """How well prefixes agree with kinds: (adjusted mutual information, purity), see :class:`LevelMetrics`."""
    from sklearn.metrics import adjusted_mutual_info_score

    known = np.array([kind is not None for kind in kinds], dtype=bool)
    if not known.any():
        return None, None
    names = np.array([kind or "" for kind in kinds])
    agreements, majorities, weights = [], 0, []
    for number in np.unique(type_numbers[known]):
        rows = np.flatnonzero(known & (type_numbers == number))
        _, kind_numbers = np.unique(names[rows], return_inverse=True)
        groups = _group_numbers(prefixes[rows][:, None])
        agreements.append(float(adjusted_mutual_info_score(kind_numbers, groups)))
        table = np.zeros((groups.max() + 1, kind_numbers.max() + 1), dtype=np.int64)
        np.add.at(table, (groups, kind_numbers), 1)
        majorities += int(table.max(axis=1).sum())
        weights.append(len(rows))
    return float(np.average(agreements, weights=weights)), majorities / sum(weights)


def _group_numbers(keys: np.ndarray) -> np.ndarray:
    """Rows numbered by value, (n,) int64."""
    return np.unique(keys, axis=0, return_inverse=True)[1].ravel()
