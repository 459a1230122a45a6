"""What writes the replies of a shop: the checkpoint that serves, exchanged by a promotion between two replies.

The newest promotion says which checkpoint that is; before the first one, the settings do. A promotion loads the new
checkpoint beside the one that serves, holds it against the catalog, and only then takes effect. Replies under way end
with the checkpoint they began with, whose memory is released after the last of them. At no time are there more than two
models: what else loads one beside the one that serves shares the place for it (:class:`threading.Lock`).

A promoted checkpoint that is missing, was changed, or cannot be loaded never serves, and nothing serves under its name:
at the start the settings' checkpoint takes its place, later the one that serves stays, and :attr:`Serving.problem`, the
log and the record of every reply say so.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from catalog_db import promotions
from catalog_db.database import Database, Session
from catalog_db.errors import NeoError
from catalog_db.promotions import Promotion
from catalog_db.rules import StoredRule
from neo_assistant.checkpoint_shelf import ShelfEntry, configured_checkpoint, find_checkpoint
from neo_assistant.errors import CheckpointError, RequestError
from neo_assistant.events import Event, ItemFound
from neo_assistant.messages import Message
from neo_assistant.request import Replier, Request
from neo_assistant.settings import Settings
from neo_assistant.steering import Format
from neo_assistant.waking import WakingReplier

POLL = 2.0
"""Seconds between two looks for a promotion that another process made."""
ROOM = 60.0
"""Seconds that a promotion waits for the place of a second model."""
RELEASE = 120.0
"""Seconds that the former model is waited for; then its place is given up, so that a rollback stays possible."""

_log = logging.getLogger(__name__)


class Stage(StrEnum):
    """How far a checkpoint is on its way into service."""

    WAITING = "waiting for room in memory"
    CHECKING = "checking its files and its codebooks"
    LOADING = "loading the model"
    TRYING = "trying it on the catalog"
    IN_SERVICE = "in service"
    REFUSED = "refused"


@dataclass(frozen=True)
class Served:
    """What serves: a checkpoint, and the promotion that put it there; None if the settings did."""

    entry: ShelfEntry
    promotion: Promotion | None = None


@dataclass
class Change:
    """A checkpoint on its way into service.

    Attributes:
        checkpoint: its name.
        who: wants it.
        stage: how far it is.
        error: why it was refused.
        finished: set when it serves or was refused.
    """

    checkpoint: str
    who: str
    stage: Stage = Stage.WAITING
    error: NeoError | None = None
    finished: threading.Event = field(default_factory=threading.Event)
    _began: float = field(default_factory=time.monotonic)
    _ended: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return (self._ended or time.monotonic()) - self._began

    def end(self, stage: Stage, error: NeoError | None = None) -> None:
        """It serves, or was refused."""
        self.stage, self.error, self._ended = stage, error, time.monotonic()
        self.finished.set()


class Serving:
    """Hands every request to the checkpoint that serves; a :class:`Replier`. Safe to share between threads.

    Args:
        settings: of the app; promoted checkpoints differ from it in their folder alone.
        database: the shop's.
        load: makes a replier of the settings' checkpoint.
        place: held by whoever has a second model in memory.
        poll: seconds between two looks for promotions by other processes; None for no such looks.

    Raises:
        CheckpointError: nothing is promoted that could serve, and the settings' checkpoint is missing, damaged, or of
            other codebooks than the database's semantic ids.
        EmptyCatalogError: nothing is on sale.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        load: Callable[[Settings, Database], Replier],
        place: threading.Lock,
        poll: float | None = POLL,
    ) -> None:
        self._settings, self._database, self._load, self._place = settings, database, load, place
        self._guard = threading.Lock()
        self._served: Served | None = None
        self._change: Change | None = None
        self._problem = ""
        self._closed = threading.Event()
        with database.reading() as session:
            promoted = promotions.current(session)
            first = self._first(session, promoted)
        self._seen = None if promoted is None else promoted.id
        self._replier: Replier = WakingReplier(lambda: self._start(first))
        self._watcher: threading.Thread | None = None
        if poll is not None:
            self._watcher = threading.Thread(target=self._watch, args=(poll,), name="watch-promotions", daemon=True)
            self._watcher.start()

    @property
    def served(self) -> Served | None:
        """What serves; None while the first checkpoint is being loaded, or if it could not be."""
        return self._served

    @property
    def change(self) -> Change | None:
        """The latest change, under way or finished."""
        return self._change

    @property
    def problem(self) -> str:
        """Why the checkpoint that was promoted last does not serve; empty if it does."""
        return self._problem

    def reply(
        self,
        messages: Sequence[Message],
        request: Request,
        stop: threading.Event,
        rules: Sequence[StoredRule] | None = None,
    ) -> Iterator[Event]:
        """As :meth:`Replier.reply`, by the checkpoint that serves when the reply begins."""
        return self._replier.reply(messages, request, stop, rules)

    def wait(self, timeout: float | None = None) -> Replier:
        """The replier that serves. Who keeps it keeps its memory.

        Raises:
            NeoError: what loading the first one raised.
            TimeoutError: the first one is not loaded after ``timeout`` seconds.
        """
        replier = self._replier
        return replier.wait(timeout) if isinstance(replier, WakingReplier) else replier

    def begin(self, checkpoint: ShelfEntry, who: str, record: Callable[[Session], Promotion]) -> Change:
        """Bring a checkpoint into service, in a thread of its own.

        Args:
            checkpoint: from the shelf.
            who: wants it.
            record: writes the promotion down, once the checkpoint is loaded and has been tried; what it raises refuses
                the change.

        Returns:
            the change, which goes on whether or not anybody looks at it.

        Raises:
            RequestError: another change is under way.
        """
        change = Change(checkpoint.name, who)
        with self._guard:
            if self._change is not None and not self._change.finished.is_set():
                other = self._change
                raise RequestError(
                    f"{other.who} is putting {other.checkpoint} in service at the moment", "wait for the end of it"
                )
            self._change = change
        threading.Thread(
            target=self._bring, args=(change, checkpoint, record), name="promote-checkpoint", daemon=True
        ).start()
        return change

    def look(self) -> None:
        """Follow a promotion that another process has made since the last look.

        Raises:
            CatalogError: the database cannot be asked.
        """
        with self._database.reading() as session:
            newest = promotions.current(session)
        busy = self._change is not None and not self._change.finished.is_set()
        if newest is None or newest.id == self._seen or busy:
            return
        _log.info("%s was promoted by %s", newest.checkpoint, newest.who)
        if served := self._serves(newest.checkpoint, newest.manifest_sha256):
            with self._guard:
                self._served, self._seen, self._problem = Served(served.entry, newest), newest.id, ""
            return
        sought = ShelfEntry(newest.checkpoint, self._settings.checkpoint_shelf, sha256=newest.manifest_sha256)
        change = self.begin(sought, newest.who, lambda session: newest)
        change.finished.wait()
        if change.error is not None:
            # It is not tried again: what is in the way has to be mended by somebody, who then promotes it once more.
            self._seen = newest.id
            self._report(newest, change.error, "what served before")

    def close(self) -> None:
        """Look for promotions no more; waits for a look that is under way."""
        self._closed.set()
        if self._watcher is not None and self._watcher is not threading.current_thread():
            self._watcher.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _first(self, session: Session, promoted: Promotion | None) -> Served:
        """What is to serve first, looked at before anything slow begins."""
        if promoted is not None:
            try:
                entry = find_checkpoint(self._settings, promoted.checkpoint, promoted.manifest_sha256, session)
            except NeoError as error:
                self._report(promoted, error, self._settings.checkpoint.name)
            else:
                _log.info("%s serves, promoted by %s: %s", entry.name, promoted.who, promoted.note)
                return Served(entry, promoted)
        return Served(configured_checkpoint(self._settings, session))

    def _start(self, first: Served) -> Replier:
        """Load what serves first; the settings' checkpoint if a promoted one cannot be loaded."""
        replier = None
        try:
            replier = self._loaded(first.entry)
        except Exception as error:  # the shop opens all the same, with what the settings name, and says so
            if first.promotion is None:
                raise
            self._report(first.promotion, error, self._settings.checkpoint.name)
        if replier is None:  # after the block, with whose error the memory of what could not be loaded goes
            with self._database.reading() as session:
                first = Served(configured_checkpoint(self._settings, session))
            replier = self._loaded(first.entry)
        with self._guard:
            self._served, self._replier = first, replier
        return replier

    def _bring(self, change: Change, checkpoint: ShelfEntry, record: Callable[[Session], Promotion]) -> None:
        try:
            self._settle_start()
            if not self._place.acquire(timeout=ROOM):
                raise RequestError("somebody else is looking at another checkpoint", "try again in a minute")
        except NeoError as error:
            change.end(Stage.REFUSED, error)
            return
        try:
            former = self._exchange(change, checkpoint, record)
            change.end(Stage.IN_SERVICE)
            _wait_until_gone(former)
        except NeoError as error:
            _log.warning("%s is not put in service: %s", change.checkpoint, str(error))
            # Not the error itself, whose traceback would keep the model that was refused.
            change.end(Stage.REFUSED, CheckpointError(error.message, error.hint))
        except Exception as error:  # noqa: BLE001 - whoever asked for the change is told
            _log.exception("%s is not put in service", change.checkpoint)
            words = f"{change.checkpoint} cannot serve: {str(error) or type(error).__name__}"
            change.end(Stage.REFUSED, CheckpointError(words, "the server's log says more"))
        finally:
            # A model is part of reference cycles, so that its memory would stay until some later collection.
            gc.collect()
            self._place.release()

    def _exchange(
        self, change: Change, checkpoint: ShelfEntry, record: Callable[[Session], Promotion]
    ) -> weakref.ref[Replier]:
        """Load, try, write down, swap; returns what served before."""
        change.stage = Stage.CHECKING
        with self._database.reading() as session:
            entry = find_checkpoint(self._settings, checkpoint.name, checkpoint.sha256, session)
        change.stage = Stage.LOADING
        replier = self._loaded(entry)
        change.stage = Stage.TRYING
        try_out(replier)
        # Not seen by a look in between, which would take it for another process's.
        with self._guard:
            with self._database.session() as session:
                promotion = record(session)
            former = weakref.ref(self._replier)
            self._served, self._replier = Served(entry, promotion), replier
            self._seen, self._problem = promotion.id, ""
        _log.info("%s serves now, promoted by %s: %s", entry.name, promotion.who, promotion.note)
        return former

    def _serves(self, name: str, sha256: str) -> Served | None:
        served = self._served
        return served if served is not None and (served.entry.name, served.entry.sha256) == (name, sha256) else None

    def _loaded(self, entry: ShelfEntry) -> Replier:
        replier = self._load(self._settings.model_copy(update={"checkpoint": entry.folder}), self._database)
        # The folder may have been exchanged while it was read.
        find_checkpoint(self._settings, entry.name, entry.sha256)
        return replier

    def _settle_start(self) -> None:
        """Wait until what serves first is loaded, or could not be."""
        replier = self._replier
        if isinstance(replier, WakingReplier):
            try:
                replier.wait()
            except Exception as error:  # noqa: BLE001 - a checkpoint that cannot be loaded may be replaced
                _log.info("what was to serve could not be loaded: %s", str(error))

    def _report(self, promoted: Promotion, error: Exception, instead: str) -> None:
        self._problem = f"{promoted.checkpoint}, which {promoted.who} promoted, does not serve: {error}"
        _log.error("%s; %s serves in its place", self._problem, instead)

    def _watch(self, poll: float) -> None:
        while not self._closed.wait(poll):
            try:
                self.look()
            except NeoError as error:
                _log.warning("promotions cannot be looked for: %s", error)


def try_out(replier: Replier) -> None:
    """Have one item named, whatever it is.

    Raises:
        CheckpointError: none is.
    """
    asked = Request("Something popular.", format=Format.IDS, count=1, want="")
    events = replier.reply([], asked, threading.Event(), rules=())
    if not any(isinstance(event, ItemFound) for event in events):
        raise CheckpointError("it names no item of this catalog", "look at it on the desk's Preview tab")


def _wait_until_gone(former: weakref.ref[Replier]) -> None:
    deadline = time.monotonic() + RELEASE
    while former() is not None:
        if time.monotonic() > deadline:
            _log.warning("the former checkpoint is still in use after %.0f s", RELEASE)
            return
        time.sleep(0.2)
        gc.collect()
