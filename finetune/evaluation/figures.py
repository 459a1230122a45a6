"""Figures of a checkpoint on the held-out examples, cheap enough to take after every run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from finetune.config import EvaluateConfig
from finetune.errors import ExamplesError
from finetune.evaluation.replies import Reply, decode_replies, reply_figures
from finetune.evaluation.scoring import losses_by_task, score, sid_accuracy
from finetune.model_setup import PackedModel
from finetune.prepared import Prepared
from neo_assistant.checkpoint import Loaded

ITEMS = "items.jsonl"
ROW_TOKENS, ROWS_AT_ONCE = 384, 3
SEED = 20_260_321


@dataclass(frozen=True)
class Evaluation:
    """Figures, and the replies they are from."""

    figures: dict[str, Any]
    replies: list[Reply]


def evaluate(loaded: Loaded, data: Prepared, items: frozenset[str], config: EvaluateConfig) -> Evaluation:
    """Take all figures.

    Args:
        loaded: the checkpoint.
        data: prepared examples; the split ``heldout`` is used.
        items: semantic ids on sale, as text.
        config: how many examples.

    Raises:
        ExamplesError: if no example is held out.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = loaded.model.to(device)
    vocabulary = loaded.manifest.vocabulary
    examples = data.select("heldout", most_per_task=config.loss_examples, seed=SEED)
    if not len(examples):
        raise ExamplesError("no example is held out", "make the examples again")
    scored = score(PackedModel(model), data, examples.tolist(), ROW_TOKENS, ROWS_AT_ONCE)
    asked = data.select("heldout", most_per_task=config.reply_examples, seed=SEED)
    replies = decode_replies(model, loaded.tokenizer, data, asked.tolist(), config)
    figures = {
        "split": "heldout",
        "examples": {"teacher_forced": len(examples), "replies": len(asked)},
        "loss": losses_by_task(data, scored),
        "sid_accuracy": sid_accuracy(data, scored, vocabulary),
        **reply_figures(replies, items),
    }
    return Evaluation(figures, replies)


def read_items(data_folder: Path) -> frozenset[str]:
    """Semantic ids of the items that the examples speak of.

    Raises:
        ExamplesError: if the file is missing or damaged.
    """
    try:
        with (data_folder / ITEMS).open(encoding="utf-8") as stream:
            return frozenset(str(json.loads(line)["sid"]) for line in stream)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExamplesError(f"{data_folder} holds no list of items: {error}", "make the examples again") from error


def markdown(figures: dict[str, Any]) -> str:
    """The figures as tables for people."""
    count = figures["examples"]
    lines = [
        "# Held-out figures",
        "",
        f"{count['teacher_forced']} examples under teacher forcing, {count['replies']} replies decoded greedily and "
        "without any constraint.",
        "",
    ]
    accuracy = figures["sid_accuracy"]
    levels = [name for name in next(iter(accuracy.values()), {}) if name != "items"]
    rows = []
    for task, loss in figures["loss"].items():
        found = accuracy.get(task)
        rows.append([task, f"{loss:.3f}", *([found["items"], *(_percent(found[n]) for n in levels)] if found else [])])
    lines += ["Loss per token; semantic ids right by level, given the levels before:", ""]
    lines += _table(["task", "loss", "items", *levels], rows)
    want = figures["want"]
    if want["replies"]:
        lines += [
            "",
            f"Want spans, {want['replies']} replies: {_percent(want['exact'])} exactly right; of the conditions ",
        ]
        lines[-1] += (
            f"written {_percent(want['precision'])} are right, of those meant {_percent(want['recall'])} are written."
        )
        lines += ["", *_table(["condition", "meant", "right"], _condition_rows(want["conditions"]))]
    sids = figures["sids"]
    lines += [
        "",
        f"Semantic ids written without the constraint: {sids['written']}, of which {_percent(sids['on_sale'])} are "
        f"an item on sale and {_percent(sids['well_formed'])} are well formed. {_percent(figures['ended'])} of the "
        "replies came to an end.",
    ]
    return "\n".join(lines) + "\n"


def _condition_rows(conditions: dict[str, Any]) -> list[list[Any]]:
    return [[name, found["meant"], _percent(found["right"])] for name, found in conditions.items()]


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for row in rows:
        cells = [str(cell) for cell in row] + [""] * (len(header) - len(row))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
