"""A tiny base model and codebooks, made in a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from neo_assistant.codebooks import Codebooks
from neo_assistant.sids import SidScheme, SidVocabulary
from tests.neo_assistant.strategies import tiny_base

SCHEME = SidScheme(("cups", "shoes"), (4, 3, 4), per_type=True)
HIDDEN = 64


def tiny_llama(tie: bool = True) -> Any:
    """A random Llama of 2 layers, the same every time."""
    from transformers import LlamaConfig, LlamaForCausalLM

    base = tiny_base()
    config = LlamaConfig(
        vocab_size=len(base),
        hidden_size=HIDDEN,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=tie,
        pad_token_id=base.pad_token_id,
        bos_token_id=None,
        eos_token_id=base.eos_token_id,
        # Weights this large make logits that differ clearly, so that a wrong mask or merge shows.
        initializer_range=0.1,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return LlamaForCausalLM(config).eval()


def save_base(folder: Path, tie: bool = True) -> None:
    """Model and tokenizer as a model folder."""
    tiny_base().save_pretrained(folder)
    tiny_llama(tie).save_pretrained(folder)


def vocabulary() -> SidVocabulary:
    return SidVocabulary(SCHEME, len(tiny_base()))


def make_codebooks() -> Codebooks:
    """Random codebooks of ``SCHEME``."""
    random = np.random.default_rng(1)
    centroids = tuple(
        tuple(random.standard_normal((size, 8)).astype(np.float32) for size in SCHEME.sizes[:-1]) for _ in SCHEME.types
    )
    return Codebooks(SCHEME, centroids, "test", "0" * 64, 1)
