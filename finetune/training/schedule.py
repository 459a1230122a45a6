"""A learning rate that follows how much of the run is over, in steps or in minutes, and reaches zero at its end.

With a time budget nobody knows beforehand how many steps there will be: throughput differs between machines and varies
on a busy one. Progress is therefore whichever is further, steps taken of those planned or minutes gone of those
allowed. Minutes gone are saved with the optimizer, so a resumed run goes on where it was.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.optim.lr_scheduler import LRScheduler


class Clock:
    """Seconds of training so far, over all processes and over interruptions.

    In a distributed run every process reads the first one's time, so that all stop, save and validate at the same step.

    Args:
        now: gives seconds that only rise; ``time.process_time`` counts what this process computed, over its threads.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._before = 0.0
        self._started: float | None = None
        self.seconds = 0.0

    def start(self) -> None:
        """Begin, or go on from what :meth:`resume` said."""
        self._started = self._now()

    def resume(self, seconds: float) -> None:
        """Seconds that an interrupted run had taken when it was saved."""
        self._before = self.seconds = seconds

    def tick(self) -> float:
        """Read the time; called once per step by every process."""
        if self._started is not None:
            seconds = self._before + self._now() - self._started
            self.seconds = _of_first_process(seconds)
        return self.seconds


class TimedCosine(LRScheduler):
    """Linear rise over the first ``warmup`` of the progress, then a cosine down to zero at its end.

    Args:
        optimizer: its groups' learning rates are the highest ones.
        clock: gives the seconds gone.
        max_steps: steps planned.
        max_seconds: seconds allowed; 0 means as long as the steps take.
        warmup: share of the progress in which the rate rises.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, clock: Clock, max_steps: int, max_seconds: float, warmup: float
    ) -> None:
        self.clock, self.max_steps, self.max_seconds, self.warmup = clock, max_steps, max_seconds, warmup
        super().__init__(optimizer)

    @property
    def progress(self) -> float:
        """How much of the run is over, 0 to 1."""
        by_time = self.clock.seconds / self.max_seconds if self.max_seconds else 0.0
        return min(1.0, max(self.last_epoch / max(1, self.max_steps), by_time))

    def get_lr(self) -> list[float | torch.Tensor]:
        """The groups' learning rates now."""
        return [rate * factor(self.progress, self.warmup, 1 / max(1, self.max_steps)) for rate in self.base_lrs]

    def step(self, epoch: int | None = None) -> None:
        """Read the clock and set the rates; once after every optimizer step."""
        self.clock.tick()
        super().step(epoch)

    def state_dict(self) -> dict[str, Any]:
        return {"last_epoch": self.last_epoch, "seconds": self.clock.seconds, "step_count": self._step_count}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.last_epoch, self._step_count = state_dict["last_epoch"], state_dict["step_count"]
        self.clock.resume(state_dict["seconds"])
        self._last_lr = self.get_lr()
        for group, rate in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = rate


def factor(progress: float, warmup: float, least: float) -> float:
    """Share of the highest learning rate at some progress; ``least`` keeps the very first step from being idle."""
    if progress < warmup:
        return max(progress, min(least, warmup)) / warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def _of_first_process(value: float) -> float:
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return value
    device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
    shared = torch.tensor([value], dtype=torch.float64, device=device)
    torch.distributed.broadcast(shared, src=0)
    return float(shared.item())
