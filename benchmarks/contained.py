"""Run a measurement in a child process with limits on time and memory, and hear what it says as it goes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Limits:
    """Of one stage (building, steps, switching): seconds; of the whole process: bytes of resident memory."""

    seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Failure:
    """Why a child did not finish, and in which stage."""

    stage: str
    reason: str


def run_contained(
    module: str, job: dict[str, Any], limits: Limits, heard: Callable[[dict[str, Any]], None]
) -> Failure | None:
    """Run ``python -m module JOB EVENTS`` and pass on each event it writes.

    An event with the key ``stage`` begins a stage, and its time; what comes before the first one is not limited.

    Returns:
        Why the child did not finish, or None if it did.
    """
    with tempfile.TemporaryDirectory() as scratch:
        files = {name: Path(scratch) / name for name in ("job", "events", "output")}
        files["job"].write_text(json.dumps(job), encoding="utf-8")
        files["events"].touch()
        with files["output"].open("w", encoding="utf-8") as output, files["events"].open(encoding="utf-8") as events:
            command = [sys.executable, "-m", module, str(files["job"]), str(files["events"])]
            with subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as child:
                try:
                    failure = _watch(child, events, limits, heard)
                finally:
                    child.kill()
        if failure is None or failure.reason:
            return failure
        return Failure(failure.stage, _last_error(files["output"].read_text(encoding="utf-8", errors="replace")))


def _watch(
    child: subprocess.Popen[bytes], events: Any, limits: Limits, heard: Callable[[dict[str, Any]], None]
) -> Failure | None:
    """Until the child ends or breaks a limit. A failure without a reason is one that its output tells."""
    process = psutil.Process(child.pid)
    stage, began = "start", float("inf")
    unfinished = ""
    while True:
        code = child.poll()
        # Events are read after the look at the exit code, so that none is missed.
        unfinished += events.read()
        *lines, unfinished = unfinished.split("\n")
        for event in map(json.loads, lines):
            if "stage" in event:
                stage, began = event["stage"], time.monotonic()
            else:
                heard(event)
        if code is not None:
            if code == 0:
                return None
            return Failure(stage, f"ended by signal {-code}" if code < 0 else "")
        if _resident(process) > limits.memory_bytes:
            return Failure(stage, f"over {limits.memory_bytes / 1e9:g} GB")
        if time.monotonic() - began > limits.seconds:
            return Failure(stage, f"over {limits.seconds:g} s")
        time.sleep(_LOOK_EVERY)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _last_error(output: str) -> str:
    """The last line that names an error, as the end of a traceback does; else the last line at all."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"[A-Za-z_][\w.]*(Error|Exception): ", line)]
    return (named or lines or ["ended without a word"])[-1][:200]
