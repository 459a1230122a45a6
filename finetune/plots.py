"""Pictures of a run: the training loss, and the validation loss of every task."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

LOSS_PLOT, VALIDATION_PLOT = "loss.png", "validation.png"


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
    from matplotlib import pyplot

    chosen = [line for line in lines if line["event"] == "validation"]
    starts = _stages(lines)
    tasks = sorted({task for line in chosen for task in line["loss"]})
    figure, axes = pyplot.subplots(figsize=(9, 5.5), layout="constrained")
    for number, task in enumerate(tasks):
        points = [
            (starts[line["stage"]] + line["seconds"] / 60, line["loss"][task])
            for line in chosen
            if task in line["loss"]
        ]
        style = ("-", "--", ":")[number // 10 % 3]
        axes.plot(*zip(*points, strict=True), style, marker="o", markersize=3, label=task)
    axes.set(xlabel="minutes", ylabel="loss per token", title="Validation loss by task")
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path
