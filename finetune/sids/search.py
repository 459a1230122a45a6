"""Which layout and sizes the semantic ids get: candidates, their figures side by side, and the rule that decides.

The rule (:func:`best`): a candidate is *sharp* when its semantic codes leave at most :data:`MAX_AMBIGUITY_BITS` to the
last level, which nothing but memory can tell, and *affordable* when it has at most one SID token for
:data:`ITEMS_PER_TOKEN` items, because each token's row learns from the items that carry it. Among those that are both

1. where items have kinds, those whose first level agrees with the kinds within :data:`KIND_SLACK` of the best: a first
   code that means a nameable thing can be learned from few examples;
2. of these the one with the fewest levels, because every level is one more token to get right;
3. then the one with the fewest SID tokens, because each has a row to learn and takes its examples from the others;
4. then the most coherent leaves.

If none is both, the affordable one with the least ambiguity is taken; if none is affordable, the one with the
fewest tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from finetune.errors import QuantizationError
from finetune.sids.codebooks import EncoderInfo, fit_codebooks
from finetune.sids.metrics import SidMetrics, measure_sids
from neo_assistant.codebooks import Codebooks

MAX_AMBIGUITY_BITS = 0.75
ITEMS_PER_TOKEN = 3
KIND_SLACK = 0.03
MAX_CODE_SPACE = 64
"""Sizes that make more leaves per item than this are not tried."""

_AUTO_SIZES = (8, 12, 16, 32, 64, 128, 256)
_AUTO_LEVELS = (2, 3, 4)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Codebooks, the codes they give the items ((n, levels) uint16), and their figures."""

    codebooks: Codebooks
    codes: np.ndarray
    metrics: SidMetrics

    @property
    def label(self) -> str:
        layout = "per type" if self.codebooks.scheme.per_type else "shared"
        return f"{layout} {' × '.join(map(str, self.codebooks.scheme.sizes))}"


def auto_sizes(items: int) -> list[tuple[int, ...]]:
    """Sizes worth trying for a codebook of so many items: 1 to :data:`MAX_CODE_SPACE` leaves an item.

    Sizes of a setting are equal, or, for two levels, the first may be the smaller one.
    """
    found = {(size,) * levels for size in _AUTO_SIZES for levels in _AUTO_LEVELS}
    found |= {(small, large) for small in _AUTO_SIZES for large in _AUTO_SIZES if small < large <= 2 * small}
    fitting = [sizes for sizes in found if items <= int(np.prod(sizes)) <= MAX_CODE_SPACE * items]
    return sorted(fitting, key=lambda sizes: (len(sizes), sizes)) or [(_AUTO_SIZES[0],) * _AUTO_LEVELS[0]]


def settings(
    item_types: Sequence[str], sizes: Sequence[Sequence[int]] | None, layouts: Sequence[bool]
) -> Iterator[tuple[bool, tuple[int, ...]]]:
    """(per_type, sizes) of every candidate; ``sizes`` None means :func:`auto_sizes` of the largest codebook."""
    _, counts = np.unique(np.array(item_types), return_counts=True)
    for per_type in layouts:
        chosen = auto_sizes(int(counts.max() if per_type else counts.sum())) if sizes is None else sizes
        for values in chosen:
            yield per_type, tuple(values)


def make_candidate(
    embeddings: np.ndarray,
    item_types: Sequence[str],
    kinds: Sequence[str | None],
    sizes: Sequence[int],
    per_type: bool,
    encoder: EncoderInfo,
    behaviour: np.ndarray | None = None,
) -> Candidate:
    """Fit, assign and measure one setting.

    Args:
        embeddings: (n, dims) float32 of length 1; the figures are of these, so that settings compare.
        item_types: n type names.
        kinds: n kinds of item, None where unknown.
        sizes: codes per semantic level.
        per_type: codebooks for each type, or one set for all.
        encoder: what made the embeddings.
        behaviour: (n, more dims) float32 that are appended to the embeddings for quantizing, weighted already.

    Raises:
        QuantizationError: see :func:`finetune.sids.codebooks.fit_codebooks`.
    """
    vectors = embeddings if behaviour is None else np.hstack([embeddings, behaviour])
    codebooks = fit_codebooks(vectors, item_types, sizes, per_type, encoder)
    codes = codebooks.assign(vectors, item_types)
    metrics = measure_sids(codebooks.scheme, embeddings, item_types, codes, kinds)
    return Candidate(codebooks, codes, metrics)


def best(candidates: Sequence[Candidate]) -> Candidate:
    """The candidate that the module's rule keeps.

    Raises:
        QuantizationError: if there is none to choose from.
    """
    if not candidates:
        raise QuantizationError("there is no setting of sizes to choose from")
    affordable = [c for c in candidates if c.metrics.tokens * ITEMS_PER_TOKEN <= len(c.codes)]
    if not affordable:
        return min(candidates, key=lambda c: (c.metrics.tokens, c.metrics.ambiguity_bits))
    sharp = [c for c in affordable if c.metrics.ambiguity_bits <= MAX_AMBIGUITY_BITS]
    if not sharp:
        return min(affordable, key=lambda c: (c.metrics.ambiguity_bits, c.metrics.tokens))
    agreements = [c.metrics.levels[0].kind_agreement for c in sharp]
    top = max((value for value in agreements if value is not None), default=None)
    if top is not None:
        sharp = [c for c, v in zip(sharp, agreements, strict=True) if v is not None and v >= top - KIND_SLACK]
    return min(sharp, key=_preference)


def table(candidates: Sequence[Candidate], kept: Candidate | None = None) -> str:
    """The candidates as a Markdown table, the kept one in bold."""
    head = (
        "| setting | tokens | unique | collisions | fullest leaf | ambiguity, bits | kind agreement (purity) by level "
    )
    head += "| coherence by level | entropy, bits, by level | coverage by level |"
    lines = [head, "|---" * 10 + "|"]
    for candidate in candidates:
        metrics, levels = candidate.metrics, candidate.metrics.levels
        kinds = ", ".join(
            f"{level.kind_agreement:.2f} ({level.kind_purity:.0%})"
            for level in levels
            if level.kind_agreement is not None and level.kind_purity is not None
        )
        coherence = ", ".join(f"{level.coherence:.2f}" for level in levels if level.coherence is not None)
        cells = [
            f"**{candidate.label}**" if candidate is kept else candidate.label,
            f"{metrics.tokens:,}",
            f"{metrics.unique_share:.1%}",
            f"{metrics.collision_rate:.1%}",
            f"{metrics.max_multiplicity}",
            f"{metrics.ambiguity_bits:.2f}",
            kinds or "–",
            f"{coherence or '–'} (types: {_figure(metrics.reference_coherence)})",
            ", ".join(f"{level.entropy_bits:.1f}" for level in levels),
            ", ".join(f"{level.coverage:.0%}" for level in levels),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _preference(candidate: Candidate) -> tuple[int, int, float]:
    scheme, metrics = candidate.codebooks.scheme, candidate.metrics
    return scheme.levels, metrics.tokens, -(metrics.levels[-2].coherence or 0.0)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
