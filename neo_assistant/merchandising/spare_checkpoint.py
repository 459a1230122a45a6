"""One more checkpoint beside the one that serves: loaded when somebody looks at it, and unloaded after use."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog_db.database import Database
from neo_assistant.errors import RequestError
from neo_assistant.request import Replier
from neo_assistant.services import load_assistant
from neo_assistant.settings import Settings

BUSY = 60.0
"""Seconds that somebody waits while another one is using the spare place."""


class SpareCheckpoint:
    """Holds one model at most. Safe to share between threads: who comes second waits for the first.

    Args:
        settings: of the app; only the checkpoint is another one.
        database: the shop's.
        load: makes the replier.
        place: held while the model is in memory; shared with everything else that loads one beside the one that serves
            (:attr:`neo_assistant.services.Services.second_model`).
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        load: Callable[[Settings, Database], Replier] = load_assistant,
        place: threading.Lock | None = None,
    ) -> None:
        self._settings, self._database, self._load = settings, database, load
        self._place = place or threading.Lock()

    @contextmanager
    def loaded(self, folder: Path) -> Iterator[Replier]:
        """The replier of a checkpoint, which is gone when the block ends; loading takes seconds.

        Raises:
            CheckpointError: the checkpoint is damaged, or of other codebooks than the database's semantic ids.
            RequestError: somebody else is using the place for too long.
        """
        if not self._place.acquire(timeout=BUSY):
            raise RequestError("somebody else is looking at another checkpoint", "try again in a minute")
        try:
            yield self._load(self._settings.model_copy(update={"checkpoint": folder}), self._database)
        finally:
            # A model is part of reference cycles, so that its memory would stay until some later collection.
            gc.collect()
            self._place.release()
