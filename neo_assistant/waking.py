"""A replier that is still being loaded: the page opens at once, and the first replies wait in sight of the shopper."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from catalog_db.rules import StoredRule
from neo_assistant.events import Done, Event, Notice, Timings
from neo_assistant.messages import Message
from neo_assistant.request import Replier, Request

WAKING_UP = "waking-up"
"""Code of the passing notice; it belongs to no record of the conversation."""

_log = logging.getLogger(__name__)


@runtime_checkable
class Waiting(Protocol):
    """A replier that stands for another one, which may still be being loaded."""

    def wait(self, timeout: float | None = None) -> Replier:
        """The other one, once it is loaded."""
        ...


class WakingReplier:
    """Loads a replier in a thread of its own and then hands every request to it.

    Args:
        load: makes the replier; it is called once, at once.
        report_every: seconds between two notices that the model is still being loaded.
    """

    def __init__(self, load: Callable[[], Replier], report_every: float = 1.0) -> None:
        self._load = load
        self._report_every = report_every
        self._started = time.monotonic()
        self._finished = threading.Event()
        self._replier: Replier | None = None
        self._error: Exception | None = None
        threading.Thread(target=self._run, name="load-model", daemon=True).start()

    def wait(self, timeout: float | None = None) -> Replier:
        """The loaded replier; for callers who cannot do anything useful before.

        Raises:
            NeoError: what loading raised.
            TimeoutError: it is not loaded after ``timeout`` seconds.
        """
        if not self._finished.wait(timeout):
            raise TimeoutError("the model is still being loaded")
        if self._error is not None:
            raise self._error
        assert self._replier is not None
        return self._replier

    def reply(
        self,
        messages: Sequence[Message],
        request: Request,
        stop: threading.Event,
        rules: Sequence[StoredRule] | None = None,
    ) -> Iterator[Event]:
        """As :meth:`Replier.reply`; until the model is there, notices with the code ``waking-up``.

        Raises:
            NeoError: what loading raised.
        """
        while not self._finished.is_set():
            if stop.is_set():
                yield Done(Timings(), stopped=True)
                return
            seconds = int(time.monotonic() - self._started)
            yield Notice(WAKING_UP, f"The assistant is waking up ({seconds} s)" if seconds else "Waking up")
            self._finished.wait(self._report_every)
        yield from self.wait().reply(messages, request, stop, rules)

    def _run(self) -> None:
        try:
            self._replier = self._load()
        except Exception as error:  # noqa: BLE001 - every reply raises it in its own thread
            _log.error("the model could not be loaded: %s", error)
            self._error = error
        finally:
            self._finished.set()
