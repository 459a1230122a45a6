"""What a code means in words: the words that tell its items from those of its sibling codes.

Each item is a document of its title, kind, colour, material and use. A code's words are those whose mean tf-idf among
its items is above their mean among all items of the codebook; the difference is the weight. So a word that every
sibling has ("shoe" in footwear) weighs nothing, and one that only few items have weighs little.

The words start the token's row in the model (:mod:`finetune.training.token_rows`) and tell a merchandiser what a
prefix means.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from finetune.errors import QuantizationError
from finetune.sids.item_text import Item, item_kind
from neo_assistant.codebooks import Codebooks

CODE_WORDS_NAME = "code_words.json"
WORDS_PER_CODE = 12

_ATTRIBUTES = ("colour", "color", "material", "use", "style", "feature", "features", "audience")
_WORD = r"(?u)\b[^\W\d_]{3,}\b"

CodeWords = dict[str, list[tuple[str, float]]]
"""Token → its words and their weights, heaviest first; weights of a token sum to 1; empty for a code in no use."""


def describe_codes(codebooks: Codebooks, items: Sequence[Item], codes: np.ndarray) -> CodeWords:
    """Words for every opener and every semantic code token; last-level tokens mean nothing and have none.

    Args:
        codebooks: which codes there are.
        items: n items.
        codes: (n, levels), the items' codes.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(token_pattern=_WORD, stop_words="english", sublinear_tf=True, dtype=np.float64)
    weights = vectorizer.fit_transform([_words_of(item) for item in items])
    vocabulary = vectorizer.get_feature_names_out()
    scheme = codebooks.scheme
    numbers = codebooks.type_numbers([item.item_type for item in items])
    means = np.stack([_mean(weights[numbers == number]) for number in range(len(scheme.types))])
    described: CodeWords = {}
    for number in range(len(scheme.types)):
        others = np.delete(means, number, axis=0)
        rest = others.mean(axis=0) if len(others) else np.zeros_like(means[number])
        described[scheme.tokens[number]] = _heaviest(means[number] - rest, vocabulary)
    groups = numbers if scheme.per_type else np.zeros_like(numbers)
    for group in range(len(codebooks.centroids)):
        members = groups == group
        background = _mean(weights[members])
        for level, size in enumerate(scheme.sizes[:-1]):
            first = int(scheme.code_offsets[group, level])
            for code in range(size):
                rows = members & (codes[:, level] == code)
                mean = _mean(weights[rows]) - background
                described[scheme.tokens[first + code]] = _heaviest(mean, vocabulary)
    return described


def save_code_words(described: CodeWords, folder: Path) -> None:
    """Write the words as ``code_words.json``: token → [[word, weight], …]."""
    rounded = {token: [[word, round(weight, 4)] for word, weight in words] for token, words in described.items()}
    text = json.dumps(rounded, ensure_ascii=False, indent=0)
    (folder / CODE_WORDS_NAME).write_text(text + "\n", encoding="utf-8")


def load_code_words(folder: Path) -> CodeWords:
    """Read what :func:`save_code_words` wrote.

    Raises:
        QuantizationError: if the file is missing or damaged.
    """
    try:
        values = json.loads((folder / CODE_WORDS_NAME).read_text(encoding="utf-8"))
        return {token: [(str(word), float(weight)) for word, weight in words] for token, words in values.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise QuantizationError(
            f"{folder} holds no words of codes: {error}", "make the codebooks again with `python -m finetune sids`"
        ) from error


def _words_of(item: Item) -> str:
    values = [value for name in _ATTRIBUTES for value in item.attributes.get(name, ())]
    return " ".join([item.title, item_kind(item), item_kind(item), *values]).replace("_", " ")


def _mean(rows: np.ndarray) -> np.ndarray:
    """Mean row of a sparse matrix, (words,); zeros when it has no rows."""
    return np.asarray(rows.sum(axis=0)).ravel() / max(1, rows.shape[0])


def _heaviest(weights: np.ndarray, vocabulary: np.ndarray) -> list[tuple[str, float]]:
    order = np.argsort(-weights, kind="stable")[:WORDS_PER_CODE]
    kept = [(str(vocabulary[index]), float(weights[index])) for index in order if weights[index] > 1e-9]
    total = sum(weight for _, weight in kept)
    return [(word, weight / total) for word, weight in kept]
