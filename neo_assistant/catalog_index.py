"""The decoding index of a database's catalog, kept up to date while replies are being written.

The first time all semantic ids are read, later only those given since, which go into a small side segment. When
that has grown, a thread merges it into the main one; the merged index takes its place at the next occasion, with what
came meanwhile beside it. Every index handed out stays as it is, so a reply goes on with the one it began with.
"""

from __future__ import annotations

import logging
import threading

from catalog_db.database import Session
from catalog_db.sid_stream import changed_sids, iter_sids
from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import SidScheme

MERGE_ABOVE = 50_000
"""Positions beside the main segment, or dead in it, that are searched along before they are merged away."""
MERGE_ABOVE_SHARE = 0.02
"""The same as a share of all positions; the larger of the two counts."""

_log = logging.getLogger(__name__)


class CatalogIndex:
    """Reads and keeps the index of one codebook version. One thread at a time may call :meth:`update`.

    Args:
        scheme: of the semantic ids.
        codebook_version: whose semantic ids to read.
    """

    def __init__(self, scheme: SidScheme, codebook_version: str) -> None:
        self._scheme, self._version = scheme, codebook_version
        self._newest: tuple[SegmentedIndex, int] | None = None
        """The index and the revision up to which it holds everything."""
        self._merged: tuple[SegmentedIndex, int] | None = None
        """What the thread has made, until it is taken over."""
        self._thread: threading.Thread | None = None

    @property
    def merge_is_ready(self) -> bool:
        """Whether a merged index waits to be taken over by :meth:`update`."""
        return self._merged is not None

    def update(self, session: Session, revision: int) -> SegmentedIndex:
        """The index at the revision that the session sees.

        Args:
            session: a reading session.
            revision: of the catalog, read in that session.

        Raises:
            CatalogError: if the database does not know the codebook version, or its semantic ids do not fit the scheme.
            DecodingIndexError: as above, or if two products share a semantic id.
        """
        if self._merged is not None:
            self._newest, self._merged = self._merged, None
        if self._newest is None or self._newest[1] != revision:
            self._newest = (self._read(session), revision)
        index = self._newest[0]
        busy = self._thread is not None and self._thread.is_alive()
        if not busy and not self.merge_is_ready and index.untidy > max(MERGE_ABOVE, MERGE_ABOVE_SHARE * len(index)):
            # A daemon: a merge that is still at work when the process ends is of no use to anybody.
            self._thread = threading.Thread(target=self._merge, args=self._newest, name="merge-index", daemon=True)
            self._thread.start()
        return index

    def close(self) -> None:
        """Wait for a merge that is at work."""
        if self._thread is not None:
            self._thread.join()

    def _read(self, session: Session) -> SegmentedIndex:
        types = self._scheme.types
        if self._newest is not None:
            index, since = self._newest
            changed = changed_sids(session, self._version, types, since)
            if changed is not None:
                ids, numbers, codes = changed
                return index.with_added(numbers, codes, ids) if len(ids) else index
        blocks = iter_sids(session, self._version, types)
        rows = ((numbers, codes, ids) for ids, numbers, codes in blocks)
        return SegmentedIndex(DecodingIndex.build_from(self._scheme, self._version, rows))

    def _merge(self, index: SegmentedIndex, revision: int) -> None:
        try:
            self._merged = (index.merged(), revision)
        except (DecodingIndexError, MemoryError):
            # The index goes on with its side segment; the next change of the catalog tries again.
            _log.exception("the index of %d items could not be merged", len(index))
