"""Pictures of a run's log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from finetune.training import plots

TASKS = [f"task {number}" for number in range(11)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    lines: list[dict[str, Any]] = []
    for stage in ("grounding", "induction"):
        for seconds in (0.0, 60.0, 120.0):
            loss = 3 - seconds / 100
            lines.append({"stage": stage, "seconds": seconds, "event": "train", "loss": loss})
            losses = {"all": loss, **{task: loss + number for number, task in enumerate(TASKS)}}
            lines.append({"stage": stage, "seconds": seconds, "event": "validation", "loss": losses})
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"stage": "ind', encoding="utf-8")
    return tmp_path / "log.jsonl"


def test_every_task_has_its_own_small_picture(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    save = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda self, *a, **k: (figures.append(self), save(self, *a, **k))[1])
    assert plots.draw(log, tmp_path) == [tmp_path / "loss.png", tmp_path / "validation.png"]
    shown = [axes for axes in figures[1].axes if axes.get_visible()]
    assert [axes.get_title().partition(":")[0] for axes in shown] == ["all", *sorted(TASKS)]
    assert shown[0].get_title() == "all: 1.80"
    minutes, losses = shown[0].lines[0].get_data()
    assert list(minutes) == [0, 1, 2, 2, 3, 4], "stages are laid end to end"
    assert losses[-1] == pytest.approx(1.8)
    for path in (tmp_path / "loss.png", tmp_path / "validation.png"):
        assert path.stat().st_size > 5000


def test_the_loss_before_training_does_not_flatten_the_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *a, **k: figures.append(self))
    losses = enumerate((12.0, 1.2, 1.1, 1.05))
    lines = [
        {"stage": "all", "seconds": 60.0 * minute, "event": "validation", "loss": {"all": loss, "next items": loss}}
        for minute, loss in losses
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    plots.draw(tmp_path / "log.jsonl", tmp_path)
    [axes] = figures[1].axes
    assert axes.get_title() == "next items: 1.05", "of one task the mean over all tasks says nothing more"
    lowest, highest = axes.get_ylim()
    assert 0 < lowest < 1.05 < 1.2 < highest < 1.5


def test_without_matplotlib_the_run_says_so(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said: list[str] = []
    assert plots.draw(log, tmp_path, said.append) == []
    assert said == ["no plots: matplotlib is not installed"]
