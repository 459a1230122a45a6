"""A byte-level BPE tokenizer with fewer entries, which writes what it still knows as before.

Any set of entries that holds every single byte can write every text. Two more rules make the cut tokenizer encode a
text *exactly* as the whole one does, wherever the tokens of that text are kept: with a token, the tokens through which
byte-pair encoding builds it are kept (:func:`closure`), and so are all merges between kept tokens, in their order. In
each step the whole tokenizer takes the merge of lowest rank; it takes only merges that build parts of the text's final
tokens, all of which are kept, so the cut one takes the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from neo_assistant.errors import CheckpointError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_HINT = "keep the whole vocabulary of this base: --keep-vocabulary"


def closure(base: PreTrainedTokenizerFast, tokens: Iterable[int]) -> tuple[int, ...]:
    """The tokens, every control token, every byte, and what all of them are built from; ascending.

    Args:
        base: a tokenizer with a byte-level BPE.
        tokens: ids that must be kept.

    Raises:
        CheckpointError: if the tokenizer is of another kind, or an id is not of its vocabulary.
    """
    whole = _parts(base)
    vocabulary, merges = whole["model"]["vocab"], _merges(whole)
    spelled = {number: text for text, number in vocabulary.items()}
    kept = {token["id"] for token in whole["added_tokens"]}
    if (unknown := whole["model"].get("unk_token")) is not None:
        kept.add(vocabulary[unknown])
    kept |= {number for text, number in vocabulary.items() if len(text) == 1}
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    for token in sorted(set(tokens) - kept):
        if token not in spelled:
            raise CheckpointError(f"the tokenizer has no entry {token}", "make the examples with this base model")
        kept |= {vocabulary[text] for text in _path(spelled[token], ranks)} | {token}
    return tuple(sorted(kept))


def cut_tokenizer(base: PreTrainedTokenizerFast, kept: tuple[int, ...]) -> PreTrainedTokenizerFast:
    """A tokenizer with the kept entries only, numbered by their place; chat template and special tokens stay.

    Raises:
        CheckpointError: if ``base`` is not a byte-level BPE, or a control token is missing from ``kept``.
    """
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    whole = _parts(base)
    numbers = {old: new for new, old in enumerate(kept)}
    vocabulary = whole["model"]["vocab"]
    left = {
        text: numbers[old] for text, old in sorted(vocabulary.items(), key=lambda entry: entry[1]) if old in numbers
    }
    if not all(token["id"] in numbers for token in whole["added_tokens"]):
        raise CheckpointError("a cut vocabulary must keep every control token")
    merges = [pair for pair in _merges(whole) if pair[0] in left and pair[1] in left and "".join(pair) in left]
    whole["model"] |= {"vocab": left, "merges": merges}
    whole["added_tokens"] = [{**token, "id": numbers[token["id"]]} for token in whole["added_tokens"]]
    _renumber(whole["post_processor"], numbers)
    whole["truncation"] = whole["padding"] = None
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(whole)),
        chat_template=base.chat_template,
        clean_up_tokenization_spaces=False,
        **base.special_tokens_map,
    )


def _parts(base: PreTrainedTokenizerFast) -> dict[str, Any]:
    """A tokenizer as JSON values, having checked its kind."""
    whole: dict[str, Any] = json.loads(base.backend_tokenizer.to_str())
    single = {text for text in whole["model"].get("vocab", ()) if len(text) == 1}
    if whole["model"]["type"] != "BPE" or "ByteLevel" not in json.dumps(whole["pre_tokenizer"]) or len(single) < 200:
        raise CheckpointError("only the vocabulary of a byte-level BPE tokenizer can be cut", _HINT)
    return whole


def _merges(whole: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Its merges, lowest rank first; older files have each as one string."""
    pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in whole["model"]["merges"]]
    return [(left, right) for left, right in pairs]


def _path(text: str, ranks: Mapping[tuple[str, str], int]) -> set[str]:
    """Every piece that byte-pair encoding makes on its way to ``text``, itself included where it gets there."""
    pieces = list(text)
    seen = set(pieces)
    while True:
        pairs = list(pairwise(pieces))
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)), default=None)
        if best is None or best not in ranks:
            return seen
        merged: list[str] = []
        for piece in pieces:
            if merged and (merged[-1], piece) == best:
                merged[-1] += piece
            else:
                merged.append(piece)
        pieces = merged
        seen |= set(pieces)


def _renumber(post_processor: Any, numbers: Mapping[int, int]) -> None:
    """Put new ids into a template of special tokens, in place; other post-processors know no ids."""
    if not isinstance(post_processor, dict):
        return
    for inner in post_processor.get("processors", ()):
        _renumber(inner, numbers)
    if post_processor["type"] == "TemplateProcessing":
        for token in post_processor["special_tokens"].values():
            token["ids"] = [numbers[old] for old in token["ids"]]
    elif post_processor["type"] not in ("ByteLevel", "Sequence"):
        raise CheckpointError(f"the tokenizer's {post_processor['type']} cannot be cut", _HINT)
