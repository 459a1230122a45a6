"""Measure one method on one catalog, in a process of its own, so that a method that hangs or grows takes nothing along.

    python -m benchmarks.decoding_peers.measure JOB.json EVENTS.jsonl

Writes an event a line as soon as it is known; `benchmarks.decoding` starts this, reads the events and sets the limits.
A method that fails ends the process with the error.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.decoding_peers.method import Method, method_class
from benchmarks.skew import Catalog, half
from neo_assistant.sids import SidVocabulary

MOST_STEPS = 4000
SWITCHES = 6
"""How often a method with views changes the condition."""


@dataclass(frozen=True)
class Job:
    """What to measure.

    Attributes:
        method: a name of ``METHODS``.
        folder: where the catalog is.
        vocabularies: sizes of the base vocabulary. The index is built for the first one; the others only make logits
            wider.
        beams: rows.
        seconds: how long each measurement of steps goes on.
        device: ``cpu`` or ``cuda``.
    """

    method: str
    folder: str
    vocabularies: tuple[int, ...]
    beams: tuple[int, ...]
    seconds: float
    device: str = "cpu"


def run(job: Job, emit: Callable[[dict[str, Any]], None]) -> None:
    """Measure everything about a method, and say so as it goes."""
    if job.device == "cuda":
        torch.zeros(1, device="cuda")
    catalog = Catalog.load(Path(job.folder))
    method = method_class(job.method)(SidVocabulary(catalog.scheme, job.vocabularies[0]), job.device)
    method.prepare()
    gc.collect()
    before = _memory("VmRSS")
    # Makes the peak begin anew (man proc_pid_clear_refs).
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    emit({"stage": "build"})
    began = time.perf_counter()
    method.build(catalog)
    _wait(job.device)
    seconds = time.perf_counter() - began
    gc.collect()
    emit(
        {
            "event": "built",
            "seconds": seconds,
            "resident_bytes": _memory("VmRSS") - before,
            "peak_bytes": _memory("VmHWM") - before,
            "arrays": method.nbytes(),
        }
    )
    gc.freeze()
    walks = Walks(catalog)
    for beams in job.beams:
        emit({"stage": f"steps at {beams} beams"})
        emit({"event": "step", "beams": beams, **measure(method, walks, beams, None, job.seconds)})
        for size in job.vocabularies:
            logits = torch.randn(beams, SidVocabulary(catalog.scheme, size).size, device=job.device)
            took = measure(method, walks, beams, logits, job.seconds)
            emit({"event": "masked", "beams": beams, "vocabulary": size, **took})
    emit({"stage": "switch"})
    emit({"event": "switch", **switch(method, catalog)})


class Walks:
    """Random walks along the codes of items, which are all legal. Large clusters are walked through more often."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._bounds = np.searchsorted(catalog.type_numbers, np.arange(len(catalog.scheme.types) + 1))
        self._random = np.random.default_rng(11)

    def next(self, rows: int) -> tuple[int, np.ndarray]:
        """The type of a random item, and the codes of some items of that type, (rows, levels) int64."""
        number = int(self._catalog.type_numbers[self._random.integers(len(self._catalog))])
        chosen = self._random.integers(self._bounds[number], self._bounds[number + 1], size=rows)
        return number, self._catalog.codes[chosen].astype(np.int64)


@torch.inference_mode()
def measure(method: Method, walks: Walks, rows: int, logits: torch.Tensor | None, seconds: float) -> dict[str, Any]:
    """Time steps for a while: what a row did last is taken in, and what may follow is found or put into the logits.

    Args:
        logits: (rows, vocabulary) to be masked; None stops at what may follow.
    """
    levels = method.vocabulary.scheme.levels
    took: list[list[float]] = [[] for _ in range(levels)]
    end = float("inf")
    walked = 0
    while walked < 2 or (time.perf_counter() < end and levels * walked < MOST_STEPS):
        number, codes = walks.next(rows)
        method.begin(number, rows)
        for level in range(levels):
            if level:
                method.locate(codes[:, level - 1])
            _wait(method.device)
            began = time.perf_counter()
            if level:
                method.advance(codes[:, level - 1])
            # Named, so that freeing it is not timed.
            result = method.legal() if logits is None else method.masked(logits)
            _wait(method.device)
            took[level].append(time.perf_counter() - began)
            del result
        walked += 1
        if walked == 1:  # The first walk warms up.
            took = [[] for _ in range(levels)]
            end = time.perf_counter() + seconds
    every = np.concatenate(took) * 1e6
    return {
        "steps": len(every),
        "median_us": float(np.median(every)),
        "p99_us": float(np.percentile(every, 99)),
        "level_medians_us": [float(np.median(level)) * 1e6 for level in took],
    }


@torch.inference_mode()
def switch(method: Method, catalog: Catalog) -> dict[str, Any]:
    """Time from a condition's bools to the first mask under it, for one row."""
    eligible = half(catalog)
    seconds = []
    for turn in range(1 if method.rebuilds else SWITCHES):
        condition = ~eligible if turn % 2 else eligible
        number = int(catalog.type_numbers[np.argmax(condition)])
        _wait(method.device)
        began = time.perf_counter()
        method.switch(catalog, condition)
        method.begin(number, 1)
        method.legal()
        _wait(method.device)
        seconds.append(time.perf_counter() - began)
    return {"seconds": float(np.median(seconds)), "rebuilt": method.rebuilds}


def _memory(key: str) -> int:
    """Bytes of this process now (``VmRSS``) or at most (``VmHWM``); Linux only."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:")) * 1024


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def main() -> None:
    """Read the job, measure, write the events."""
    values = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    job = Job(**{**values, "vocabularies": tuple(values["vocabularies"]), "beams": tuple(values["beams"])})
    with Path(sys.argv[2]).open("a", encoding="utf-8") as stream:

        def emit(event: dict[str, Any]) -> None:
            stream.write(json.dumps(event) + "\n")
            stream.flush()

        run(job, emit)


def job_values(job: Job) -> dict[str, Any]:
    """A job as JSON holds it."""
    return asdict(job)


if __name__ == "__main__":
    main()
