"""Share of a decoding step of the default model that the constraint takes, through the engine's own code.

The model is the packaged base in the form that serves on this machine, with rows for the SID tokens of the catalog; the
grammar is a reply's, over a view of half of the items. Steps alternate, the model's with the constraint's, so that what
else runs on the machine slows both. Inside an item, the constraint's time is all of beam search but the model: the
log-probabilities over the vocabulary and the best of the candidates are in it, which a search without a constraint
would have to find too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from benchmarks.decoding_peers.neo_numpy import build_index
from benchmarks.skew import half, make_catalog
from neo_assistant.base_model import base_tokenizer, load_base
from neo_assistant.decoding.view import View
from neo_assistant.engine.beams import search_span
from neo_assistant.engine.model import Session, quantize
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import ReplyGrammar
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidVocabulary
from neo_assistant.weights import extend_vocabulary

ITEMS = (10_000, 10_000_000)
BEAMS = (1, 8)
PROMPT_TOKENS = 256
REPEATS = 12


def model_share(items: Sequence[int] = ITEMS, beams: Sequence[int] = BEAMS, repeats: int = REPEATS) -> dict[str, Any]:
    """Median times of a step of words and of the steps of an item; one row per catalog and number of beams."""
    catalogs = [make_catalog(count) for count in items]
    tokenizer = ShopTokenizer(base_tokenizer(), SidVocabulary(catalogs[0].scheme, len(base_tokenizer())))
    base = load_base()
    parameters = sum(parameter.numel() for parameter in base.parameters())
    model, kind = quantize(extended(base, tokenizer), "auto")
    prompt = tokenizer.encode("Which mug would you take on a long walk? " * PROMPT_TOKENS)[:PROMPT_TOKENS]
    rows = []
    for catalog in catalogs:
        index = build_index(catalog)
        eligible = half(catalog)
        plan = ReplyPlan(tokenizer, View(index, eligible))
        chosen = np.random.default_rng(5).choice(catalog.type_numbers[eligible], repeats)
        openers = tokenizer.vocabulary.openers[chosen].tolist()
        for width in beams:
            rows += [{"items": len(catalog), **row} for row in _measure(model, plan, prompt, openers, width)]
    return {
        "model": f"SmolLM2-135M ({parameters / 1e6:.0f} M parameters), {kind}, {tokenizer.vocabulary.size:,} tokens, "
        f"{PROMPT_TOKENS} tokens of prompt",
        "rows": rows,
    }


def extended(model: Any, tokenizer: ShopTokenizer) -> Any:
    """The base model with random rows for the added tokens; their values do not change how long a step takes."""
    width = model.get_input_embeddings().embedding_dim
    new = (
        torch.randn((len(tokenizer.vocabulary.tokens), width), generator=torch.Generator().manual_seed(0)) / width**0.5
    )
    extend_vocabulary(model, tokenizer.vocabulary.first_id, new)
    return model


def _measure(
    model: Any, plan: ReplyPlan, prompt: list[int], openers: Sequence[int], beams: int
) -> list[dict[str, Any]]:
    """One row for words, which have one beam, and one for the codes of an item."""
    words = plan.tokenizer.encode(" This one is light and keeps tea warm for hours")
    levels = plan.view.index.scheme.levels
    spoken: list[tuple[float, float]] = []
    named: list[tuple[float, float]] = []
    for opener in openers:
        grammar, session = ReplyGrammar([plan], [len(prompt)]), Session(model)
        session.forward([prompt])
        written = list(prompt)
        for word in words:
            written.append(word)
            began = time.perf_counter()
            logits = session.forward([[word]])
            done = time.perf_counter()
            grammar.process_logits(torch.tensor([written]), logits)
            spoken.append((done - began, time.perf_counter() - done))
        written.append(opener)
        before, began = grammar.seconds, time.perf_counter()
        search_span(session, written, [opener], levels, grammar, beams)
        constraint = grammar.seconds - before
        named.append(((time.perf_counter() - began - constraint) / levels, constraint / levels))
    rows = [_row(beams, "a code of an item", named)]
    return [_row(1, "a word", spoken), *rows] if beams == 1 else rows


def _row(beams: int, writes: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    model_ms, constraint_ms = (np.median(np.array(pairs), axis=0) * 1000).tolist()
    share = constraint_ms / (model_ms + constraint_ms)
    return {"beams": beams, "writes": writes, "model_ms": model_ms, "constraint_ms": constraint_ms, "share": share}
