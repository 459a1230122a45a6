"""Which layers of a base model a student keeps.

*Block influence* (ShortGPT, arXiv 2403.03853) is how much a layer changes what passes through it: 1 less the cosine of
a token's hidden state before and after, averaged over the tokens of a sample. The layers that change least go. The
other choice, evenly spaced with the first and the last, looks at nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.errors import StudentError
from finetune.prepared import Prepared

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CHOICES = ("influence", "evenly")
SAMPLE = 64
"""Training examples that block influence is measured on."""
MOST_TOKENS = 256


def evenly_spaced(layers: int, keep: int) -> tuple[int, ...]:
    """``keep`` of the numbers 0 to ``layers`` - 1 at even distances, the first and (from two) the last among them."""
    check_count(layers, keep)
    return tuple(int(number) for number in np.linspace(0, layers - 1, keep).round())


def most_influential(influence: Sequence[float], keep: int) -> tuple[int, ...]:
    """Numbers of the layers of the highest influence, ascending; among equals the lower ones."""
    check_count(len(influence), keep)
    order = np.argsort(-np.asarray(influence), kind="stable")[:keep]
    return tuple(sorted(order.tolist()))


def check_count(layers: int, keep: int) -> None:
    """Raises StudentError unless there are so many layers to keep."""
    if not 1 <= keep <= layers:
        raise StudentError(f"the base model has {layers} layers, so a student keeps 1 to {layers}, not {keep}")


def text_sample(data: Prepared, first_id: int, seed: int = 0) -> list[np.ndarray]:
    """Token ids of some training examples without the added tokens, of which the base model knows nothing.

    Args:
        data: prepared examples.
        first_id: size of the base vocabulary.
        seed: of the choice.

    Raises:
        StudentError: if there is no training example with words.
    """
    examples = data.select("train")
    chosen = np.random.default_rng(seed).permutation(examples)[:SAMPLE]
    texts = [ids[ids < first_id][:MOST_TOKENS] for ids in map(data.ids_of, chosen)]
    texts = [ids for ids in texts if len(ids)]
    if not texts:
        raise StudentError("there is no training example to measure layers on", "make the examples again")
    return texts


def block_influence(model: PreTrainedModel, texts: Sequence[np.ndarray]) -> list[float]:
    """Influence of every layer, 0 to 2, mean over all tokens of the texts.

    Args:
        model: a causal language model whose decoder has ``layers``.
        texts: token ids, each by itself.

    Raises:
        StudentError: if the model is built otherwise.
    """
    import torch

    layers = getattr(model.get_decoder(), "layers", None)
    if layers is None:
        raise StudentError(f"{type(model).__name__} has no list of layers", "name the layers' choice `evenly`")
    sums = [0.0] * len(layers)

    def watch(number: int) -> Any:
        def hook(_: Any, inputs: tuple[Any, ...], output: Any) -> None:
            after = output[0] if isinstance(output, tuple) else output
            cosine = torch.nn.functional.cosine_similarity(inputs[0].float(), after.float(), dim=-1)
            sums[number] += float((1 - cosine).sum())

        return hook

    hooks = [layer.register_forward_hook(watch(number)) for number, layer in enumerate(layers)]
    try:
        with torch.no_grad():
            for ids in texts:
                model(input_ids=torch.from_numpy(ids.astype(np.int64))[None], use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    tokens = sum(map(len, texts))
    return [total / tokens for total in sums]
