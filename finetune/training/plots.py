"""Pictures of a run: the training loss, and the validation loss of every task."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

LOSS_PLOT, VALIDATION_PLOT = "loss.png", "validation.png"
COLUMNS = 5
"""Small pictures beside each other."""


def read_log(log: Path) -> list[dict[str, Any]]:
    """The lines of a run's log; a last line that a kill cut short is left out."""
    lines = []
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    return lines


def draw(log: Path, folder: Path, say: Callable[[str], None] = print) -> list[Path]:
    """Draw both pictures into ``folder``; where matplotlib is not installed, says so and draws none."""
    if importlib.util.find_spec("matplotlib") is None:
        say("no plots: matplotlib is not installed")
        return []
    import matplotlib

    matplotlib.use("Agg")
    lines = read_log(log)
    return [_loss(lines, folder / LOSS_PLOT), _validation(lines, folder / VALIDATION_PLOT)]


def _stages(lines: list[dict[str, Any]]) -> dict[str, float]:
    """Stage → minutes at which it begins, the stages laid end to end."""
    starts, before = {}, 0.0
    for name in dict.fromkeys(line["stage"] for line in lines):
        starts[name] = before
        before += max(line["seconds"] for line in lines if line["stage"] == name) / 60
    return starts


def _loss(lines: list[dict[str, Any]], path: Path) -> Path:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for stage, start in _stages(lines).items():
        chosen = [line for line in lines if line["event"] == "train" and line["stage"] == stage]
        minutes = [start + line["seconds"] / 60 for line in chosen]
        axes.plot(minutes, [line["loss"] for line in chosen], label=f"{stage}: training", linewidth=1)
        chosen = [line for line in lines if line["event"] == "validation" and line["stage"] == stage]
        minutes = [start + line["seconds"] / 60 for line in chosen]
        axes.plot(minutes, [line["loss"]["all"] for line in chosen], "o--", label=f"{stage}: validation", markersize=3)
    axes.set(xlabel="minutes", ylabel="loss per token", title="Loss (training: weighted by kind of token)")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path


def _validation(lines: list[dict[str, Any]], path: Path) -> Path:
    """One small picture for each task, all over the same minutes, each with a scale of its own and its last value."""
    from matplotlib import pyplot

    chosen = [line for line in lines if line["event"] == "validation"]
    starts = _stages(lines)
    tasks = ["all", *sorted({task for line in chosen for task in line["loss"]} - {"all"})]
    rows = math.ceil(len(tasks) / COLUMNS)
    figure, grid = pyplot.subplots(
        rows, COLUMNS, figsize=(2.4 * COLUMNS, 0.8 + 1.7 * rows), sharex=True, squeeze=False, layout="constrained"
    )
    for axes, task in zip(grid.flat, tasks, strict=False):
        points = [
            (starts[line["stage"]] + line["seconds"] / 60, line["loss"][task])
            for line in chosen
            if task in line["loss"]
        ]
        axes.plot(*zip(*points, strict=True), color="black" if task == "all" else "C0", marker="o", markersize=2.5)
        for start in list(starts.values())[1:]:
            axes.axvline(start, color="grey", linewidth=0.6, linestyle=":")
        axes.set_ylim(bottom=0)
        axes.set_title(f"{task}: {points[-1][1]:.2f}", fontsize=9)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    for axes in grid.flat[max(0, len(tasks) - COLUMNS) : len(tasks)]:
        axes.tick_params(labelbottom=True)  # nothing stands below it
    for axes in grid.flat[len(tasks) :]:
        axes.set_visible(False)
    figure.supxlabel("minutes", fontsize=9)
    figure.supylabel("loss per token", fontsize=9)
    figure.suptitle("Validation loss by task (dotted: where a stage begins; the title has the last value)", fontsize=10)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path
