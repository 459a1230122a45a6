"""Which replies are being written in this process: one at a time per conversation, any number of conversations.

Behind a load balancer a shopper therefore has to stay with one process. Where one does not, the database still keeps
the turns of a conversation in one order.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from neo_assistant.errors import RequestError


@dataclass
class Run:
    """A reply that is being written.

    Attributes:
        stop: ends it after the current step.
        guard: held while something of it is stored, or while it is discarded.
        discarded: that nothing (more) of it must be stored.
    """

    stop: threading.Event
    guard: threading.Lock = field(default_factory=threading.Lock)
    discarded: bool = False


class RunningReplies:
    """The replies that are being written. Safe to share between threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._running: dict[str, Run] = {}

    @contextlib.contextmanager
    def alone(self, conversation_id: str, stop: threading.Event) -> Iterator[Run]:
        """Until the block ends, nobody else writes or takes back anything in this conversation.

        Raises:
            RequestError: somebody does already.
        """
        run = Run(stop)
        with self._guard:
            if conversation_id in self._running:
                raise RequestError("this conversation already has a reply under way", "wait for it, or stop it")
            self._running[conversation_id] = run
        try:
            yield run
        finally:
            with self._guard:
                del self._running[conversation_id]

    @contextlib.contextmanager
    def discarding(self, conversation_id: str) -> Iterator[None]:
        """Stop the reply under way, if there is one; nothing of it is stored from the beginning of the block on."""
        with self._guard:
            run = self._running.get(conversation_id, Run(threading.Event()))
        with run.guard:
            run.discarded = True
            run.stop.set()
            yield
