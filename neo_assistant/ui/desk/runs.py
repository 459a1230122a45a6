"""What runs for minutes and can be stopped by whoever started it, and by nobody else."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Runs:
    """Runs by a name that only their owner knows. Safe to share between threads."""

    def __init__(self) -> None:
        self._running: dict[str, threading.Event] = {}

    @contextmanager
    def run(self) -> Iterator[tuple[str, threading.Event]]:
        """A new run: its name, and the event that is set when it is to end. It is set at the end of the block, too,
        so that what goes on elsewhere ends with its reader."""
        name, stop = secrets.token_urlsafe(12), threading.Event()
        self._running[name] = stop
        try:
            yield name, stop
        finally:
            stop.set()
            self._running.pop(name, None)

    def stop(self, name: str | None) -> bool:
        """Have a run end; whether there is such a run."""
        stop = self._running.get(name or "")
        if stop is not None:
            stop.set()
        return stop is not None
