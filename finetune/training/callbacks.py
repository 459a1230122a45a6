"""What happens beside the steps of a stage: the end of the budget, saving, validation, the log and the progress bar."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm
from transformers import TrainerCallback

from finetune.training.schedule import Clock, TimedCosine

LOG = "log.jsonl"
LOG_SECONDS = 20.0
_BAR = "{desc}: {percentage:3.0f} % |{bar}| {elapsed} gone, {remaining} left{postfix}"

Validate = Callable[[], dict[str, float]]


class StageCallback(TrainerCallback):
    """Watches the clock for one stage, and shows on a terminal how far it is.

    Args:
        stage: its name, in every line of the log.
        clock: of the stage.
        max_seconds: the stage ends then; 0 for no limit.
        save_seconds: how often the state to resume from is saved.
        validate_seconds: how often ``validate`` is called; also at both ends of the stage.
        validate: gives the validation loss by task.
        log: file that gets one JSON object per line.
    """

    def __init__(
        self,
        stage: str,
        clock: Clock,
        max_seconds: float,
        save_seconds: float,
        validate_seconds: float,
        validate: Validate,
        log: Path,
    ) -> None:
        self.stage, self.clock, self.max_seconds = stage, clock, max_seconds
        self.save_seconds, self.validate_seconds, self.validate, self.log = (
            save_seconds,
            validate_seconds,
            validate,
            log,
        )
        self.tokens = 0
        self._session_tokens, self._session_start = 0, 0.0
        self._saved = self._validated = self._logged = 0.0
        self._bar: tqdm[Any] | None = None

    def count(self, tokens: int) -> None:
        """Note the tokens of examples that this process has trained on; tells the throughput."""
        self._session_tokens += tokens

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._session_start = self._saved = self._validated = self._logged = self.clock.seconds
        self.clock.start()
        if state.is_world_process_zero:
            done = 100 * kwargs["lr_scheduler"].progress  # above 0 in a run that goes on
            # On a terminal only: what a log would get of it is a line of a hundred thousand characters.
            self._bar = tqdm(total=100, initial=done, desc=self.stage, bar_format=_BAR, disable=None)
        if state.global_step == 0:
            self._validate(state)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        schedule: TimedCosine = kwargs["lr_scheduler"]
        now = self.clock.seconds
        if self.max_seconds and now >= self.max_seconds:
            control.should_training_stop = True
        last = control.should_training_stop or state.global_step >= state.max_steps
        if last or now - self._logged >= LOG_SECONDS or state.global_step == 1:
            control.should_log, self._logged = True, now
        if not last and now - self._saved >= self.save_seconds:
            control.should_save, self._saved = True, now
        if not last and now - self._validated >= self.validate_seconds:
            self._validate(state)
        if self._bar is not None:
            self._bar.update(100 * schedule.progress - self._bar.n)

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        logs = kwargs.get("logs") or {}
        if "loss" not in logs:
            return
        spent = self.clock.seconds - self._session_start
        speed = self._session_tokens / spent if spent else 0.0
        values = {name: logs[name] for name in ("loss", "grad_norm", "learning_rate")}
        self._write(state, {"event": "train", **values, "tokens_per_second": round(speed, 1)})
        if self._bar is not None:
            self._bar.set_postfix_str(f"step {state.global_step}, loss {logs['loss']:.3f}, {speed:.0f} tokens/s")

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._validate(state)
        if self._bar is not None:
            self._bar.close()

    def _validate(self, state: Any) -> None:
        if state.is_world_process_zero:
            self._write(state, {"event": "validation", "loss": self.validate()})
        self.clock.tick()
        self._validated = self.clock.seconds

    def _write(self, state: Any, values: dict[str, Any]) -> None:
        if not state.is_world_process_zero:
            return
        line = {"stage": self.stage, "step": state.global_step, "seconds": round(self.clock.seconds, 1), **values}
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
