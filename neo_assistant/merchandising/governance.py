"""Which checkpoint serves, and who decided so: the shelf, promotions and rollbacks, and what made each reply.

A promotion is written down when the new checkpoint is loaded, was tried and is about to serve; one that is refused
leaves no trace but in the log. Whoever decides names the promotion that they saw in service. If somebody else has
decided in the meantime, they are told so and nothing changes.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from catalog_db import promotions, reply_records
from catalog_db.csv_export import Column, Kind, csv_lines
from catalog_db.database import Session
from catalog_db.errors import EmptyCatalogError
from catalog_db.overview import shop_overview
from catalog_db.promotions import Promotion
from catalog_db.reply_records import StoredReply
from neo_assistant.checkpoint_shelf import ShelfEntry, find_checkpoint, list_checkpoints
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.answers import Answer, answers
from neo_assistant.merchandising.side_by_side import Comparison, Progress, Side, compare
from neo_assistant.merchandising.spare_checkpoint import SpareCheckpoint
from neo_assistant.request import Request
from neo_assistant.services import Services, load_assistant
from neo_assistant.serving import Change, Served, Serving

PAGE = 20
MOST_REQUESTS = 20
"""Requests that a checkpoint is tried with at once."""
_BATCH = 1_000

HISTORY_COLUMNS = (
    *(Column("promotion_id", Kind.INTEGER), Column("at_utc", Kind.TIME), Column("who"), Column("what")),
    *(Column("checkpoint"), Column("manifest_sha256"), Column("restores_promotion_id", Kind.INTEGER), Column("note")),
)


@dataclass(frozen=True)
class State:
    """What there is, and what serves.

    Attributes:
        shelf: every checkpoint, the configured one first.
        scripted: whether replies are written without a model, so that nothing can be promoted.
        served: what serves; None while it is being loaded, or if it could not be, and where replies are scripted.
        change: the latest change in this process, under way or finished.
        problem: why what was promoted last does not serve; empty if it does.
        current: the promotion that holds; None before the first one.
        previous: what a rollback would restore.
        products: products of the catalog that are on sale.
    """

    shelf: tuple[ShelfEntry, ...]
    scripted: bool
    served: Served | None
    change: Change | None
    problem: str
    current: Promotion | None
    previous: Promotion | None
    products: int

    @property
    def seen(self) -> int | None:
        """The promotion that whoever looks at this saw in service."""
        return None if self.current is None else self.current.id

    def serves(self, entry: ShelfEntry) -> bool:
        """Whether this checkpoint serves."""
        served = self.served
        return served is not None and (served.entry.name, served.entry.sha256) == (entry.name, entry.sha256)

    def entry(self, name: object) -> ShelfEntry:
        """The checkpoint of a name.

        Raises:
            RequestError: there is none.
        """
        found = next((entry for entry in self.shelf if entry.name == name), None)
        if found is None:
            raise RequestError("no checkpoint has been chosen", "choose one from the list")
        return found

    @property
    def rollback_note(self) -> str:
        """What a rollback's note says unless somebody writes another one."""
        if self.current is None or self.previous is None:
            return ""
        return f"Back from {self.current.checkpoint} to {self.previous.checkpoint}"


class Governance:
    """The checkpoints of one shop. Safe to share between threads.

    Args:
        services: of the app.
        clock: what time it is, with a time zone.
        spare: loads a checkpoint to be looked at.
    """

    def __init__(
        self,
        services: Services,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        spare: SpareCheckpoint | None = None,
    ) -> None:
        self._settings, self._database = services.settings, services.database
        self._replier, self._clock = services.assistant, clock
        self._spare = spare or SpareCheckpoint(
            services.settings, services.database, load_assistant, services.second_model
        )

    def state(self) -> State:
        """Look at everything anew."""
        serving = self._replier if isinstance(self._replier, Serving) else None
        with self._database.reading() as session:
            try:
                products = shop_overview(session).products
            except EmptyCatalogError:
                products = 0
            return State(
                shelf=tuple(list_checkpoints(self._settings, session)),
                scripted=serving is None,
                served=serving.served if serving else None,
                change=serving.change if serving else None,
                problem=serving.problem if serving else "",
                current=promotions.current(session),
                previous=promotions.previous(session),
                products=products,
            )

    def promote(self, checkpoint: ShelfEntry, note: str, who: str, seen: int | None) -> Change:
        """Begin to put a checkpoint in service.

        Args:
            checkpoint: as it stood on the shelf; it must not have changed since.
            note: why, for colleagues; required.
            who: does it.
            seen: the promotion that they saw in service.

        Returns:
            the change; see :meth:`neo_assistant.serving.Serving.begin`.

        Raises:
            RequestError: somebody else has decided, or is deciding, in the meantime; it serves already; replies are
                scripted.
            CheckpointError: the checkpoint cannot serve.
            CatalogError: the note is empty or too long.
        """
        serving, note = self._serving(), note.strip()
        promotions.check_note(note)
        with self._database.reading() as session:
            _require_seen(promotions.current(session), seen)
            found = find_checkpoint(self._settings, checkpoint.name, checkpoint.sha256, session)
        if self._serves(serving, found) and not serving.problem:
            raise RequestError(f"{found.name} serves already", "choose another checkpoint")

        def record(session: Session) -> Promotion:
            now = self._clock()
            if _require_seen(promotions.lock_current(session), seen) is None and (before := serving.served):
                # So that the first promotion can be rolled back like any other.
                served_until_now = "Served by the settings before the first promotion"
                name, sha256 = before.entry.name, before.entry.sha256
                promotions.promote(session, name, sha256, note=served_until_now, who=who, now=now)
            return promotions.promote(session, found.name, found.sha256, note=note, who=who, now=now)

        return serving.begin(found, who, record)

    def roll_back(self, note: str, who: str, seen: int | None) -> Change:
        """Begin to put back in service what served before.

        Args:
            note, who, seen: as for :meth:`promote`; ``seen`` is what goes out of service.

        Raises:
            RequestError, CheckpointError, CatalogError: as :meth:`promote`; also if nothing served before.
        """
        serving, note = self._serving(), note.strip()
        with self._database.reading() as session:
            _require_seen(promotions.current(session), seen)
            target = promotions.previous(session)
            if target is None or seen is None:
                raise RequestError("nothing was promoted before", "promote another checkpoint instead")
            promotions.check_note(note)
            found = find_checkpoint(self._settings, target.checkpoint, target.manifest_sha256, session)
        leaving = seen

        def record(session: Session) -> Promotion:
            _require_seen(promotions.lock_current(session), leaving)
            return promotions.roll_back(session, leaving, note=note, who=who, now=self._clock())

        return serving.begin(found, who, record)

    def preview(self, checkpoint: ShelfEntry, words: str, stop: threading.Event) -> Iterator[Answer]:
        """What a checkpoint answers to requests, one a line; it is loaded for that, and gone afterwards.

        Raises:
            RequestError: there is no request, or there are too many; replies are scripted.
            CheckpointError: it cannot serve.
        """
        requests, serving = read_lines(words), self._serving()
        checkpoint.require()
        if self._serves(serving, checkpoint):
            yield from answers(serving, requests, stop)
            return
        with self._spare.loaded(checkpoint.folder) as replier:
            yield from answers(replier, requests, stop)
            del replier

    def compare(
        self, checkpoint: ShelfEntry, words: str, stop: threading.Event
    ) -> Iterator[Progress | list[Comparison]]:
        """The one that serves and another checkpoint on the same requests, one a line.

        Raises:
            RequestError, CheckpointError: as :meth:`preview`; also if it is the one that serves.
        """
        requests, serving = read_lines(words), self._serving()
        checkpoint.require()
        if self._serves(serving, checkpoint):
            raise RequestError(f"{checkpoint.name} is the one that serves", "choose another checkpoint")
        sides = (Side("What serves"), Side(checkpoint.name, checkpoint=checkpoint.folder))
        yield from compare(serving, self._spare, sides, requests, stop)

    def history(self, before: int | None = None) -> list[Promotion]:
        """Promotions and rollbacks, the newest first; ``before`` is the last id of the page before."""
        with self._database.reading() as session:
            return promotions.history(session, before_id=before, limit=PAGE)

    def history_csv(self) -> Iterator[str]:
        """All of them as CSV, the newest first."""
        return csv_lines(HISTORY_COLUMNS, self._history_rows())

    def replies(self, before: int | None = None) -> list[StoredReply]:
        """What made the latest replies, the newest first; ``before`` is the last id of the page before."""
        with self._database.reading() as session:
            return reply_records.latest_replies(session, before_id=before, limit=PAGE)

    def reply(self, message_id: int) -> StoredReply:
        """What made one reply.

        Raises:
            RequestError: there is no such reply.
        """
        with self._database.reading() as session:
            found = reply_records.find_reply(session, message_id)
        if found is None:
            raise RequestError(f"there is no reply {message_id}", "it may have been taken back by the shopper")
        return found

    def currency(self) -> str:
        """The shop's currency.

        Raises:
            EmptyCatalogError: nothing is on sale.
        """
        with self._database.reading() as session:
            return shop_overview(session).currency

    def _serving(self) -> Serving:
        if not isinstance(self._replier, Serving):
            raise RequestError(
                "replies are scripted here, so there is no model to look at or to promote",
                "set NEO_ENGINE to transformers for one",
            )
        return self._replier

    @staticmethod
    def _serves(serving: Serving, entry: ShelfEntry) -> bool:
        served = serving.served
        return served is not None and (served.entry.name, served.entry.sha256) == (entry.name, entry.sha256)

    def _history_rows(self) -> Iterator[Sequence[object]]:
        last = None
        while True:
            with self._database.reading() as session:
                page = promotions.history(session, before_id=last, limit=_BATCH)
            if not page:
                return
            for each in page:
                what = "promotion" if each.restores_id is None else "rollback"
                yield (
                    *(each.id, each.at, each.who, what),
                    *(each.checkpoint, each.manifest_sha256, each.restores_id, each.note),
                )
            last = page[-1].id


def read_lines(words: str) -> list[Request]:
    """One request a line.

    Raises:
        RequestError: there is none, there are more than ``MOST_REQUESTS``, or one is too long.
    """
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    if not lines:
        raise RequestError("there is no request", "type one, or one a line")
    if len(lines) > MOST_REQUESTS:
        raise RequestError(
            f"there are {len(lines)} requests", f"at most {MOST_REQUESTS}; the Side by side tab takes more"
        )
    return [Request(line) for line in lines]


def _require_seen(current: Promotion | None, seen: int | None) -> Promotion | None:
    if (None if current is None else current.id) == seen:
        return current
    if current is None:
        raise RequestError("the page is out of date", "load it again")
    raise RequestError(
        f"{current.who} has put {current.checkpoint} in service in the meantime ({current.note})",
        "look at what serves now, then decide again",
    )
