"""The progress bar of a stage."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from finetune.training import callbacks
from finetune.training.callbacks import StageCallback
from finetune.training.plots import read_log
from finetune.training.schedule import Clock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def go_through(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, log: Path) -> str:
    """A stage of four steps that goes on from its half; returns what it showed."""
    bar = callbacks.tqdm

    def on_stream(**values: Any) -> Any:
        return bar(**values, file=stream, mininterval=0, ncols=120)

    monkeypatch.setattr(callbacks, "tqdm", on_stream)
    callback = StageCallback("induction", Clock(), 0.0, 600.0, 600.0, lambda: {"all": 1.5}, log)
    state = SimpleNamespace(global_step=2, max_steps=4, is_world_process_zero=True)
    control = SimpleNamespace(should_training_stop=False, should_log=False, should_save=False)
    schedule = SimpleNamespace(progress=0.5)
    callback.on_train_begin(None, state, control, lr_scheduler=schedule)
    for step in (3, 4):
        state.global_step, schedule.progress = step, step / 4
        callback.count(500)
        callback.clock.tick()
        logs = {"loss": 0.875, "grad_norm": 1.0, "learning_rate": 1e-3}
        callback.on_log(None, state, control, logs=logs)
        callback.on_step_end(None, state, control, lr_scheduler=schedule)
    callback.on_train_end(None, state, control)
    return stream.getvalue()


def test_a_terminal_shows_loss_speed_and_time_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = go_through(monkeypatch, Terminal(), tmp_path / "log.jsonl")
    first, last = shown.split("\r")[1], shown.rstrip().split("\r")[-1]
    assert first.startswith("induction:  50 %"), "a run that goes on begins where it was"
    assert last.startswith("induction: 100 %")
    assert "00:00 left" in last
    assert "step 4, loss 0.875" in last
    assert "tokens/s" in last
    assert [line["event"] for line in read_log(tmp_path / "log.jsonl")] == ["train", "train", "validation"]


def test_a_file_gets_no_bar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert go_through(monkeypatch, io.StringIO(), tmp_path / "log.jsonl") == ""
