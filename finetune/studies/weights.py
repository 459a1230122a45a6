"""All weights against LoRA with trainable rows, at equal processor minutes: two runs, read from their folders.

Given ``--runs full=FOLDER lora=FOLDER`` it reads those; otherwise it trains both.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from finetune.config import StageConfig
from finetune.errors import StudyError
from finetune.studies.setting import Setting, Study, Table, arm, train_arm, whole
from finetune.training.callbacks import LOG
from finetune.training.plots import read_log

PLOT = "weights.png"
FULL, LORA = "full", "lora"
RATES = {FULL: 3e-4, LORA: 8e-4}
"""Learning rates of what the recipe does not train itself: those of the figures in docs/results.md."""
Lines = list[dict[str, Any]]


def weights(setting: Setting) -> Study:
    """Compare two or more runs by their logs."""
    runs = dict(setting.runs) or _trained(setting)
    logs = {name: _read(path) for name, path in runs.items()}
    ends = {name: _last_validation(lines, name) for name, lines in logs.items()}
    tasks = sorted({task for end in ends.values() for task in end["loss"]} - {"all"})
    rows = [
        [task, *(f"{end['loss'][task]:.3f}" if task in end["loss"] else "" for end in ends.values())]
        for task in (*tasks, "all")
    ]
    figures = {
        name: {
            "minutes": round(_minutes(logs[name]), 2),
            "steps": ends[name]["step"],
            "tokens_per_second": _speed(logs[name]),
            "loss": ends[name]["loss"],
        }
        for name in runs
    }
    rows += [
        ["processor minutes", *(f"{one['minutes']:.1f}" for one in figures.values())],
        ["steps of the last stage", *(str(one["steps"]) for one in figures.values())],
        ["tokens per second", *(f"{one['tokens_per_second']:.0f}" for one in figures.values())],
    ]
    return Study(
        name="weights",
        question="All weights, or LoRA with trainable rows?",
        how="The same examples, stages and processor minutes; validation loss per token by task at the end.",
        goal="",
        met=None,
        figures=figures,
        tables=[Table("Lower losses are better.", ["", *runs], rows)],
        plots=[PLOT] if draw(logs, setting.out / PLOT) else [],
    )


def _trained(setting: Setting) -> dict[str, Path]:
    stages = setting.recipe.train.stages
    runs = {}
    for name in (LORA, FULL):
        config = whole(setting, setting.minutes)
        config = replace(config, stages=(*config.stages[:-1], trained_as(config.stages[-1], stages[-1], name)))
        train_arm(setting, name, config, setting.codebooks, setting.examples)
        runs[name] = arm(setting, name)
    return runs


def trained_as(timed: StageConfig, stage: StageConfig, kind: str) -> StageConfig:
    """A stage that trains the one or the other.

    Args:
        timed: the recipe's last stage with the study's minutes.
        stage: that stage as the recipe has it; what it trains keeps its rate.
        kind: ``full`` or ``lora``.
    """
    if stage.trains == kind:
        return timed
    # All weights hold the base's rows, which a stage that trains LoRA has to ask for.
    return replace(timed, trains=kind, learning_rate=RATES[kind], base_rows=timed.base_rows and kind == LORA)


def _read(folder: Path) -> Lines:
    try:
        return read_log(folder / LOG)
    except OSError as error:
        raise StudyError(f"{folder} holds no run: {error.strerror or error}", "name runs as NAME=FOLDER") from error


def _last_validation(lines: Lines, name: str) -> dict[str, Any]:
    found = [line for line in lines if line["event"] == "validation"]
    if not found:
        raise StudyError(f"the run {name} has not been validated yet", "let it go on for longer")
    return found[-1]


def _minutes(lines: Lines) -> float:
    stages = {line["stage"] for line in lines}
    return sum(max(line["seconds"] for line in lines if line["stage"] == stage) for stage in stages) / 60


def _speed(lines: Lines) -> float:
    """Median tokens per second of the last stage."""
    last = lines[-1]["stage"]
    speeds = sorted(line["tokens_per_second"] for line in lines if line["event"] == "train" and line["stage"] == last)
    return speeds[len(speeds) // 2] if speeds else 0.0


def draw(logs: Mapping[str, Lines], path: Path) -> bool:
    """Validation loss of every run over its minutes; False where matplotlib is not installed."""
    if importlib.util.find_spec("matplotlib") is None:
        return False
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    path.parent.mkdir(parents=True, exist_ok=True)
    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for name, lines in logs.items():
        minutes, losses = _curve(lines)
        axes.plot(minutes, losses, "o-", markersize=3, label=f"{name}: {losses[-1]:.3f} at the end")
    axes.set(xlabel="minutes", ylabel="validation loss per token", title="Validation loss over all tasks")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return True


def _curve(lines: Lines) -> tuple[Sequence[float], Sequence[float]]:
    """Minutes since the beginning, stages laid end to end, and validation losses."""
    before, minutes, losses = 0.0, list[float](), list[float]()
    for stage in dict.fromkeys(line["stage"] for line in lines):
        mine = [line for line in lines if line["stage"] == stage]
        for line in mine:
            if line["event"] == "validation":
                minutes.append((before + line["seconds"]) / 60)
                losses.append(line["loss"]["all"])
        before += max(line["seconds"] for line in mine)
    return minutes, losses
