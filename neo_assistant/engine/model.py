"""A causal language model as the step loop sees it: token ids in, logits of the next token out, with a KV cache."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from neo_assistant.errors import SettingsError

if TYPE_CHECKING:
    from transformers import DynamicCache, PreTrainedModel

QUANTIZATIONS = ("auto", "none", "int8", "nf4")
_OUTLIER_LAYERS = ("down_proj", "c_proj", "fc2")
"""What the families of models call the layer out of a feed-forward block."""


class Session:
    """One sequence, or several beams of it, being written: the cache and the tokens it does not hold yet."""

    def __init__(self, model: PreTrainedModel) -> None:
        from transformers import DynamicCache

        self._model = model
        self._cache: DynamicCache = DynamicCache(config=model.config)

    @torch.inference_mode()
    def forward(self, ids: list[list[int]] | torch.Tensor) -> torch.Tensor:
        """Feed tokens and return the logits after the last one.

        Args:
            ids: (rows, tokens) the tokens that the cache does not hold yet.

        Returns:
            (rows, vocabulary) fp32 logits on the model's device.
        """
        tokens = torch.as_tensor(ids, device=self._model.device)
        output = self._model(input_ids=tokens, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        return output.logits[:, -1].float()

    def select(self, rows: list[int] | torch.Tensor) -> None:
        """Keep these rows of the cache, in this order; a row may be taken more than once."""
        self._cache.reorder_cache(torch.as_tensor(rows, device=self._model.device))

    def fork(self) -> Session:
        """The same sequence once more, to be written on in another way."""
        other = Session(self._model)
        other._cache = copy.deepcopy(self._cache)
        return other


def quantize(model: PreTrainedModel, quantization: str) -> tuple[PreTrainedModel, str]:
    """Make the model smaller and faster where that is possible, and say how.

    Measured on 2 CPU cores with AVX2: greedy decoding of the 135 M base at 13.5 tokens/s in fp32, 8 with bitsandbytes
    nf4, 5.5 with bitsandbytes int8, 25 to 36 with torch's dynamic int8 (docs/architecture.md). So bitsandbytes is for
    GPUs.

    Args:
        model: in fp32, on the CPU.
        quantization: ``auto`` (nf4 on a GPU, int8 on a CPU), ``none``, ``int8`` or ``nf4``.

    Returns:
        The model, on the device it will run on, and what was done: ``none``, ``int8`` or ``nf4``.

    Raises:
        SettingsError: if the quantization is unknown, or asks for a GPU that is not there.
    """
    if quantization not in QUANTIZATIONS:
        raise SettingsError(f"unknown quantization {quantization!r}", f"use one of {', '.join(QUANTIZATIONS)}")
    on_gpu = torch.cuda.is_available()
    kind = ("nf4" if on_gpu else "int8") if quantization == "auto" else quantization
    if kind == "none":
        return model.to("cuda" if on_gpu else "cpu"), kind
    if on_gpu:
        return replace_linears(model, kind, torch.bfloat16).to("cuda"), kind
    if kind == "nf4":
        raise SettingsError("nf4 needs a GPU", "set NEO_QUANTIZATION to auto, int8 or none")
    return _dynamic_int8(model), kind


def _dynamic_int8(model: PreTrainedModel) -> PreTrainedModel:
    """int8 weights, scaled per output channel, and on-the-fly int8 activations for linear layers and the head.

    The layers that lead out of the feed-forward blocks stay in fp32. A few channels of their input are far larger than
    the rest, and one scale for all of them loses the small ones (Dettmers et al. 2022, arXiv 2208.07339): with those
    layers in int8 too, the loss on held-out replies of the sample store rose from 0.34 to 0.89, without them to 0.40,
    at 95 % of the speed (docs/lab-notes.md).
    """
    import warnings

    from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

    smaller = {
        name: per_channel_dynamic_qconfig
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear) and not name.endswith(_OUTLIER_LAYERS)
    }
    with warnings.catch_warnings():
        # torch announces a successor in torchao; measured here that one decodes at a third of the speed.
        warnings.filterwarnings("ignore", message=".*torch.ao.quantization.*")
        warnings.filterwarnings("ignore", message=".*quantized tensor creation functions.*")
        return quantize_dynamic(model, smaller, inplace=True)


def replace_linears(model: PreTrainedModel, kind: str, compute_dtype: torch.dtype) -> PreTrainedModel:
    """Linear layers as bitsandbytes ones; embeddings and head stay. Weights shrink as the model moves to its device.

    Args:
        model: changed in place.
        kind: ``nf4`` or ``int8``.
        compute_dtype: of nf4's matrix products.
    """
    import bitsandbytes as bnb

    def replaced(layer: torch.nn.Linear) -> torch.nn.Module:
        shape = (layer.in_features, layer.out_features)
        bias = layer.bias is not None
        if kind == "nf4":
            small = bnb.nn.Linear4bit(*shape, bias=bias, compute_dtype=compute_dtype, quant_type="nf4")
            small.weight = bnb.nn.Params4bit(layer.weight.data, requires_grad=False, quant_type="nf4")
        else:
            small = bnb.nn.Linear8bitLt(*shape, bias=bias, has_fp16_weights=False)
            small.weight = bnb.nn.Int8Params(layer.weight.data, requires_grad=False, has_fp16_weights=False)
        if bias:
            small.bias = layer.bias
        return small

    head = model.get_output_embeddings()
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, torch.nn.Linear) and layer is not head:
                setattr(parent, name, replaced(layer))
    return model
