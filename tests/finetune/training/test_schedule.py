"""The learning rate follows steps or minutes, and goes on where it was."""

from __future__ import annotations

import pytest
import torch

from finetune.training.schedule import Clock, TimedCosine, factor


class FakeClock(Clock):
    """Time passes when told."""

    now = 0.0

    def start(self) -> None:
        self._begun = self.now

    def tick(self) -> float:
        self.seconds = self._before + self.now - getattr(self, "_begun", self.now)
        return self.seconds


Made = tuple[TimedCosine, FakeClock, torch.optim.Optimizer]


def make(max_steps: int, max_seconds: float, warmup: float = 0.1) -> Made:
    optimizer = torch.optim.SGD([{"params": [torch.nn.Parameter(torch.ones(1))], "lr": 2.0}])
    clock = FakeClock()
    schedule = TimedCosine(optimizer, clock, max_steps, max_seconds, warmup)
    clock.start()
    return schedule, clock, optimizer


def rates(made: Made, steps: int, each: float) -> list[float]:
    schedule, clock, optimizer = made
    found = []
    for _ in range(steps):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        clock.now += each
        schedule.step()
    return found


def test_by_steps_it_rises_and_falls_to_zero() -> None:
    schedule, clock, optimizer = make(100, 0)
    found = rates((schedule, clock, optimizer), 100, each=1000.0)
    assert 0 < found[0] < found[5] < found[10] == pytest.approx(2.0)
    assert found[10:] == sorted(found[10:], reverse=True)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("each", [[1.0] * 60, [0.1] * 300 + [3.0] * 10, [7.0] * 9])
def test_by_time_it_reaches_zero_whatever_the_throughput(each: list[float]) -> None:
    schedule, clock, optimizer = make(100_000, 60.0)
    for seconds in each:
        rates((schedule, clock, optimizer), 1, seconds)
        expected = 2.0 * factor(min(1.0, clock.now / 60), 0.1, 1e-5)
        assert optimizer.param_groups[0]["lr"] == pytest.approx(expected)
    assert clock.now >= 59.9
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.0, abs=1e-4)


def test_a_resumed_run_goes_on_where_it_was() -> None:
    whole = make(100, 50.0)
    expected = rates(whole, steps=40, each=1.0)
    first = make(100, 50.0)
    rates(first, steps=25, each=1.0)
    state = first[0].state_dict()
    schedule, clock, optimizer = make(100, 50.0)
    clock.now = 1e6  # it was killed, and started again much later
    schedule.load_state_dict(state)
    clock.start()
    assert rates((schedule, clock, optimizer), 15, 1.0) == pytest.approx(expected[25:])


def test_the_real_clock_goes_on_too() -> None:
    clock = Clock()
    assert clock.tick() == 0.0, "it has not been started"
    clock.resume(100.0)
    clock.start()
    assert 100.0 <= clock.tick() < 101.0
