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
BELOW, ABOVE = 0.75, 1.1
"""Of the smallest and the largest loss: where the scale ends, so that a change by a hundredth looks like one."""
UNTRAINED = 2.0
"""A first loss so many times the largest after it is that of a model that has learnt nothing yet."""


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
    from matplotlib import pyplot, ticker

    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for stage, start in _stages(lines).items():
        chosen = [line for line in lines if line["event"] == "train" and line["stage"] == stage]
        minutes = [start + line["seconds"] / 60 for line in chosen]
        axes.plot(minutes, [line["loss"] for line in chosen], label=f"{stage}: training", linewidth=1)
        chosen = [line for line in lines if line["event"] == "validation" and line["stage"] == stage]
        minutes = [start + line["seconds"] / 60 for line in chosen]
        axes.plot(minutes, [line["loss"]["all"] for line in chosen], "o--", label=f"{stage}: validation", markersize=3)
    axes.set(
        xlabel="minutes", ylabel="loss per token", yscale="log", title="Loss (training: weighted by kind of token)"
    )
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 3, 5)))
    axes.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    axes.yaxis.set_minor_formatter(ticker.NullFormatter())
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path


def _validation(lines: list[dict[str, Any]], path: Path) -> Path:
    """One small picture for each task, all over the same minutes, each with a scale of its own and its last value.

    The loss before the first step may be twenty times the last and would make a flat line of everything after it; it
    then leaves the picture at its top.
    """
    from matplotlib import pyplot

    chosen = [line for line in lines if line["event"] == "validation"]
    starts = _stages(lines)
    named = sorted({task for line in chosen for task in line["loss"]} - {"all"})
    tasks = ["all", *named] if len(named) > 1 else named or ["all"]
    columns = min(COLUMNS, len(tasks))
    rows, width = math.ceil(len(tasks) / columns), max(6.0, 2.4 * columns)
    figure, grid = pyplot.subplots(
        rows, columns, figsize=(width, max(3.0, 0.8 + 1.7 * rows)), sharex=True, squeeze=False, layout="constrained"
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
        losses = [loss for _, loss in points]
        learnt = losses[1:] if len(losses) > 2 and losses[0] > UNTRAINED * max(losses[1:]) else losses
        axes.set_ylim(BELOW * min(learnt), ABOVE * max(learnt))
        axes.set_title(f"{task}: {points[-1][1]:.2f}", fontsize=9)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    for axes in grid.flat[max(0, len(tasks) - columns) : len(tasks)]:
        axes.tick_params(labelbottom=True)  # nothing stands below it
    for axes in grid.flat[len(tasks) :]:
        axes.set_visible(False)
    figure.supxlabel("minutes", fontsize=9)
    figure.supylabel("loss per token", fontsize=9)
    explained = "dotted: where a stage begins; the titles have the last values"
    figure.suptitle(f"Validation loss by task\n({explained})", fontsize=10)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path
