"""Each family of tasks trained alone against all together, on equally many examples of the family.

As in NEO (arXiv 2603.17533), where a model of one task sees the examples of it that the model of all tasks sees: all
arms begin with the same grounded rows, the arm of all tasks trains for the budget, and the arm of a family trains
on the family's examples for the share of the budget that their tokens have in the mixture. So together costs as much as
all alone in sum, and a family sees the same number of its own examples either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from finetune.config import StageConfig
from finetune.errors import StudyError
from finetune.prepared import Prepared
from finetune.studies import folders
from finetune.studies.measure import heldout, open_checkpoint
from finetune.studies.setting import Setting, Study, Table, share_grounding, timed, train_arm

TOGETHER = "all tasks"
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "words and items": (
        "title to item",
        "details to item",
        "item to words",
        "item to type",
        "title query",
        "item to title",
    ),
    "search": ("search", "need", "search log", "refine", "several kinds", "ranked search"),
    "recommendation": ("recommend", "popular", "first item", "similar", "goes with", "bundle", "next items"),
    "about items": ("explain", "compare", "profile"),
    "talk": ("small talk", "clarify", "not sold", "words only", "language"),
}
"""Families of tasks; a task that stood in none would be trained together only."""
NOISE = 0.01
"""A loss that differs by less than this share counts as the same."""


def transfer(setting: Setting) -> Study:
    """Train all arms and compare them."""
    stages = setting.recipe.train.stages
    if len(stages) != 2:
        raise StudyError("the recipe must have two stages: grounding, then induction", "take another recipe")
    folder = folders.read(setting.examples)
    families = {name: tuple(task for task in tasks if _has(folder.data, task)) for name, tasks in FAMILIES.items()}
    families = {name: tasks for name, tasks in families.items() if tasks}
    ground, rest = (stage.share * setting.minutes for stage in stages)
    arms = {TOGETHER: (stages[1], rest)}
    for name, tasks in families.items():
        arms[name] = (replace(stages[1], tasks=tasks), rest * token_share(folder.data, tasks))
    found: dict[str, dict[str, Any]] = {}
    for name, (stage, minutes) in arms.items():
        found[name] = _train_and_measure(setting, folder, name, stage, ground, minutes, families.get(name, ()))
    rows, gains = [], {}
    for name, tasks in families.items():
        for task in tasks:
            alone, together = (found[one]["loss"].get(task) for one in (name, TOGETHER))
            if alone is None or together is None:
                continue
            gains[task] = round(1 - together / alone, 4)
            cells = [f"{alone:.3f}", f"{together:.3f}", f"{100 * gains[task]:+.1f} %"]
            for level in ("a", "exact"):
                shares = [found[one]["sids"].get(task, {}).get(level) for one in (name, TOGETHER)]
                cells += ["" if share is None else f"{100 * share:.1f} %" for share in shares]
            rows.append([name, task, *cells])
    lost = sorted(task for task, gain in gains.items() if gain < -NOISE)
    won = sorted(task for task, gain in gains.items() if gain > NOISE)
    header = ["family", "task", "loss alone", "together", "gain", "first code alone", "together", "whole id alone"]
    return Study(
        name="transfer",
        question="Do tasks help each other?",
        how="Each family of tasks trained alone against all together, from the same grounded rows. A family alone gets "
        "the share of the time that its tokens have in the mixture, so it sees equally many of its own examples "
        "either way (as NEO compares them). Held-out loss and semantic ids under teacher forcing.",
        goal="no task loses by being trained together, most gain",
        met=not lost and 2 * len(won) > len(gains),
        figures={"arms": found, "gains": gains, "lost": lost, "gained": won},
        tables=[Table("Lower losses are better.", [*header, "together"], rows)],
    )


def _train_and_measure(
    setting: Setting,
    folder: folders.Folder,
    name: str,
    stage: StageConfig,
    ground: float,
    minutes: float,
    tasks: tuple[str, ...],
) -> dict[str, Any]:
    if name != TOGETHER:
        share_grounding(setting, TOGETHER, name)
    first = setting.recipe.train.stages[0]
    config = timed(setting, [(first, ground), (stage, minutes)])
    checkpoint = train_arm(setting, name, config, setting.codebooks, setting.examples)
    return {"minutes": round(minutes, 2), **heldout(open_checkpoint(checkpoint), folder, setting.evaluate, tasks)}


def token_share(data: Prepared, tasks: tuple[str, ...]) -> float:
    """Share of the training tokens that belongs to some tasks."""
    lengths = np.diff(data.offsets)
    everything = lengths[data.select("train")].sum()
    return float(lengths[data.select("train", tasks)].sum() / everything)


def _has(data: Prepared, task: str) -> bool:
    return task in data.tasks and len(data.select("train", (task,))) > 0 and len(data.select("heldout", (task,))) > 0
