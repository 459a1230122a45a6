"""Language kept: perplexity on ordinary text, before training (the base model) and after (the checkpoint).

The texts are in ``finetune/evaluation/language``, written for this purpose and never part of training: short paragraphs
on everyday subjects, and questions with answers in the chat template. Perplexity is exp of the mean loss per token,
over all tokens of a paragraph after its first and over the tokens of an answer. Both models are asked for the same
text, and the tokens it is divided by are the base's, so that a checkpoint with another vocabulary compares.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from finetune.errors import ExamplesError
from finetune.evaluation.shares import share
from neo_assistant.prompts.tokenizer import ShopTokenizer

FOLDER = Path(__file__).parent / "language"
PARAGRAPHS, ANSWERS = "paragraphs.jsonl", "answers.jsonl"
GOAL = 1.10
"""Perplexity may rise to this multiple (issue 4's goal)."""


@dataclass(frozen=True)
class LanguageText:
    """Token ids, and from which one on the loss is taken."""

    kind: str
    ids: tuple[int, ...]
    first: int


def load_texts(tokenizer: ShopTokenizer, most: int, folder: Path = FOLDER) -> list[LanguageText]:
    """The texts as token ids, half of them paragraphs and half answers, at most ``most`` together.

    Raises:
        ExamplesError: if a file cannot be read.
    """
    try:
        paragraphs = [line["text"] for line in _lines(folder / PARAGRAPHS)]
        answers = [(line["question"], line["answer"]) for line in _lines(folder / ANSWERS)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExamplesError(f"{folder} holds no texts to measure language with: {error!r}") from error
    texts = []
    for paragraph in paragraphs[: (most + 1) // 2]:
        texts.append(LanguageText("paragraphs", tuple(tokenizer.encode(paragraph)), 1))
    for question, answer in answers[: most // 2]:
        prompt = [*tokenizer.system_open, *tokenizer.encode("You are a helpful assistant."), *tokenizer.turn_open]
        prompt += [*tokenizer.encode(question), *tokenizer.reply_open]
        texts.append(LanguageText("answers", (*prompt, *tokenizer.encode(answer), tokenizer.end_of_reply), len(prompt)))
    return texts


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@torch.no_grad()
def text_losses(model: Any, texts: Sequence[LanguageText], batch: int) -> np.ndarray:
    """Sum of the losses of every text's counted tokens, (texts,) float64.

    Args:
        model: a causal language model of transformers, in evaluation mode.
        texts: what to score.
        batch: texts in a forward pass.
    """
    sums = np.zeros(len(texts))
    order = sorted(range(len(texts)), key=lambda number: (len(texts[number].ids), number))
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        longest = max(len(texts[number].ids) for number in chosen)
        ids = torch.zeros((len(chosen), longest), dtype=torch.long)
        counted = torch.zeros((len(chosen), longest), dtype=torch.bool)
        for row, number in enumerate(chosen):
            text = texts[number]
            ids[row, : len(text.ids)] = torch.tensor(text.ids)
            counted[row, text.first : len(text.ids)] = True
        # Padded on the right: what comes after a causal model's token does not change it.
        logits = model(input_ids=ids.to(model.device)).logits[:, :-1].float()
        losses = torch.nn.functional.cross_entropy(
            logits.transpose(1, 2), ids[:, 1:].to(model.device), reduction="none"
        ).cpu()
        found = (losses * counted[:, 1:]).sum(dim=1).double()
        sums[chosen] = found.numpy()
    return sums


def language_kept(before: np.ndarray, after: np.ndarray, texts: Sequence[LanguageText]) -> dict[str, Any]:
    """Perplexities of both models, by kind of text and over all, and how much higher the second one is.

    Args:
        before: (texts,) sums of losses of the base model.
        after: likewise of the checkpoint.
        texts: those scored, in the base's tokens.

    Returns:
        by kind: ``texts``, ``tokens``, ``before``, ``after`` and ``ratio`` (after over before); ``rise``: mean
        difference of the loss per token over texts, with its interval; ``goal``: the ratio that is allowed.
    """
    counts = np.array([len(text.ids) - text.first for text in texts], dtype=np.float64)
    kinds = np.array([text.kind for text in texts])
    figures: dict[str, Any] = {}
    for kind in (*dict.fromkeys(kinds.tolist()), "all"):
        rows = kinds == kind if kind != "all" else np.ones(len(texts), dtype=bool)
        tokens = counts[rows].sum()
        low, high = (math.exp(sums[rows].sum() / tokens) for sums in (before, after))
        figures[kind] = {
            "texts": int(rows.sum()),
            "tokens": int(tokens),
            "before": round(low, 3),
            "after": round(high, 3),
            "ratio": round(high / low, 4),
        }
    return {**figures, "rise": share((after - before) / counts), "goal": GOAL}
