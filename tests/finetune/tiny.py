"""A tiny base model with a tokenizer of its own, codebooks and prepared examples, all made in a moment."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from finetune.code_words import CODE_WORDS_NAME
from finetune.prepared import ARRAYS, META
from neo_assistant.codebooks import Codebooks
from neo_assistant.sids import SidScheme, SidVocabulary

TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' "
    "+ '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SCHEME = SidScheme(("cups", "shoes"), (4, 3, 4), per_type=True)


def save_base(folder: Path) -> None:
    """A random Llama of 2 layers and a byte-level tokenizer without merges, as a model folder."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({char: number for number, char in enumerate(alphabet)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<|im_end|>", pad_token="<|im_end|>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        LlamaForCausalLM(config).save_pretrained(folder)


def make_codebooks() -> Codebooks:
    random = np.random.default_rng(1)
    centroids = tuple(
        tuple(random.standard_normal((size, 8)).astype(np.float32) for size in SCHEME.sizes[:-1]) for _ in SCHEME.types
    )
    return Codebooks(SCHEME, centroids, "test", "0" * 64, 1)


def save_sids(folder: Path) -> Codebooks:
    """Codebooks and words of their codes."""
    codebooks = make_codebooks()
    codebooks.save(folder)
    words = {token: [[f"word{number}", 1.0]] for number, token in enumerate(SCHEME.tokens[:-4])}
    (folder / CODE_WORDS_NAME).write_text(json.dumps(words), encoding="utf-8")
    return codebooks


def save_examples(folder: Path, base_size: int, count: int = 60, seed: int = 3) -> None:
    """Prepared examples of three tasks: a prompt with one of two beginnings; a reply with a want, words and a SID."""
    vocabulary = SidVocabulary(SCHEME, base_size)
    random = np.random.default_rng(seed)
    beginnings = [random.integers(0, 200, 12) for _ in range(2)]
    pieces, masks, tasks, splits = [], [], [], []
    for number in range(count):
        prompt = np.concatenate([beginnings[number % 2], random.integers(0, 200, random.integers(3, 9))])
        item = int(random.integers(0, 2))
        codes = [int(vocabulary.code_bases[item, level]) + number % size for level, size in enumerate(SCHEME.sizes)]
        want = [vocabulary.want_open, *random.integers(0, 200, 3), vocabulary.want_close]
        reply = [*want, *random.integers(0, 20, 4), int(vocabulary.openers[item]), *codes, base_size - 1]
        pieces.append(np.concatenate([prompt, reply]))
        masks.append(np.concatenate([np.zeros(len(prompt), bool), np.ones(len(reply), bool)]))
        tasks.append(number % 3)
        splits.append((0, 0, 0, 1, 2)[number % 5])
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / ARRAYS,
        ids=np.concatenate(pieces).astype(np.int32),
        loss=np.concatenate(masks),
        offsets=np.cumsum([0, *map(len, pieces)]),
        task=np.array(tasks, np.uint8),
        split=np.array(splits, np.uint8),
    )
    meta = {"tasks": ["a", "b", "c"], "codebook_version": make_codebooks().fingerprint, "first_id": base_size}
    (folder / META).write_text(json.dumps(meta), encoding="utf-8")
