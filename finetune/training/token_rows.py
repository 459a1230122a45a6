"""Where the new tokens' embedding rows start: at what the tokens stand for, in the base model's own words.

Rows that all start at the mean of the old ones (what ``resize_token_embeddings`` does) can stay the same through
training: two markers at cosine 0.9999997 gave 0 % exact grounding despite a good loss. Here every row is

    mean of ordinary rows + nearness · spread · (direction of its words + a small direction of its own)

The *direction of its words* is the weighted mean of the input embeddings of the words that tell the token's items apart
(:mod:`finetune.sids.code_words`), less the mean of ordinary rows, at length 1; a mean of many words would otherwise
shrink towards what all rows share. ``spread`` is how far ordinary rows are from their mean. Code tokens also lean a
little on their type's words, so that codes of two types with the same words differ.

The rows are kept nearer to the mean than ordinary ones. A direction averaged over words lies where the hidden states
lie, so at full length every new token scores above every word at every position: on one example of the sample store
the loss of the reply began at 20.5 nats instead of 6.9 (docs/lab-notes.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from finetune.errors import QuantizationError
from finetune.sids.code_words import CodeWords
from neo_assistant.codebooks import Codebooks

MAX_COSINE = 0.98
OWN_SHARE = 0.25
"""Length of a row's own random direction against that of its words."""
TYPE_SHARE = 0.35
"""Length of the type's direction in the row of a type's code."""
NEARNESS = 0.45
"""How far new rows are from the mean of ordinary rows, as a share of how far those are."""
SEED = 20_260_318

_WANT_WORDS = ("want price less than colour material", "end of want then answer")
"""What ``<|want|>`` and ``<|/want|>`` stand for."""


def initial_rows(
    codebooks: Codebooks,
    described: CodeWords,
    token_embeddings: np.ndarray,
    tokenize: Callable[[str], Sequence[int]],
    seed: int = SEED,
) -> np.ndarray:
    """Rows for all added tokens, in the order of ``SidVocabulary.tokens`` (openers, codes, the two want tokens).

    Args:
        codebooks: which tokens there are.
        described: their words, from :func:`finetune.sids.code_words.describe_codes`.
        token_embeddings: (base vocabulary, hidden) the base model's input embeddings.
        tokenize: text → token ids of the base vocabulary, without added markers.
        seed: of the random directions.

    Returns:
        (tokens + 2, hidden) float32.

    Raises:
        QuantizationError: if two rows come out alike (cosine of :data:`MAX_COSINE` or more).
    """
    scheme = codebooks.scheme
    table = np.asarray(token_embeddings, dtype=np.float64)
    centre = table.mean(axis=0)
    spread = float(np.linalg.norm(table - centre, axis=1).mean())
    random = np.random.default_rng(seed)
    own = _unit(random.standard_normal((len(scheme.tokens) + 2, table.shape[1])))

    def direction(words: Sequence[tuple[str, float]]) -> np.ndarray:
        """Unit direction of weighted words, zeros when there are none."""
        total = np.zeros(table.shape[1])
        for word, weight in words:
            # A leading space: the form in which the word stands within a sentence.
            ids = list(tokenize(" " + word))
            total += weight * (table[ids].mean(axis=0) - centre) if ids else 0.0
        return _unit(total[None])[0]

    openers = [
        direction([(name.replace("_", " "), 1.0), *described.get(token, [])])
        for name, token in zip(scheme.types, scheme.tokens[: len(scheme.types)], strict=True)
    ]
    meanings = np.zeros_like(own)
    meanings[: len(scheme.types)] = openers
    for group in range(len(codebooks.centroids)):
        lean = TYPE_SHARE * openers[group] if scheme.per_type else 0.0
        for level, size in enumerate(scheme.sizes[:-1]):
            first = int(scheme.code_offsets[group, level])
            for position in range(first, first + size):
                meanings[position] = direction(described.get(scheme.tokens[position], [])) + lean
    meanings[-2:] = [direction([(word, 1.0) for word in words.split()]) for words in _WANT_WORDS]
    offsets = NEARNESS * spread * _unit(meanings + OWN_SHARE * own)
    check_distinct(offsets, (*scheme.tokens, "<|want|>", "<|/want|>"))
    rows = centre + offsets
    return rows.astype(np.float32)


def check_distinct(rows: np.ndarray, names: Sequence[str]) -> None:
    """Raise if two rows, less the mean of ordinary ones, point the same way.

    Raises:
        QuantizationError: naming the two most alike, if their cosine is :data:`MAX_COSINE` or more.
    """
    unit = _unit(rows)
    for start in range(0, len(unit), 2048):
        cosines = unit[start : start + 2048] @ unit.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -1.0
        row, other = np.unravel_index(int(np.argmax(cosines)), cosines.shape)
        if cosines[row, other] >= MAX_COSINE:
            raise QuantizationError(
                f"the rows of {names[start + int(row)]} and {names[int(other)]} start alike "
                f"(cosine {cosines[row, other]:.4f}), so the model could not tell them apart",
                "use fewer codes, or item texts that say more",
            )


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 1e-12, lengths, 1.0)
