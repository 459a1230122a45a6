"""Which checkpoint serves: promoted by whom, when, with which note, and how to go back.

A rollback is a promotion, too: it restores the checkpoint that served before the one it takes out of service. Rolling
back again goes one further back, as undo does, so nobody ends up with what was just rolled back.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, fields

from sqlalchemy import insert, select

from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.models import CatalogRevision, CheckpointPromotion
from catalog_db.validation import check_text, check_time, max_length

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LIMITS = {name: max_length(CheckpointPromotion, name) for name in ("checkpoint", "note", "who")}


@dataclass(frozen=True, slots=True)
class Promotion:
    """A checkpoint was put in service; ``restores_id`` names the promotion that a rollback brought back."""

    id: int
    checkpoint: str
    manifest_sha256: str
    note: str
    who: str
    at: dt.datetime
    restores_id: int | None


def promote(
    session: Session, checkpoint: str, manifest_sha256: str, *, note: str, who: str, now: dt.datetime
) -> Promotion:
    """Put a checkpoint in service.

    Args:
        session: a writing session.
        checkpoint: the name of its folder, one path segment.
        manifest_sha256: of its manifest's bytes, 64 lower-case hexadecimal digits.
        note: why, for colleagues; required.
        who: does it.
        now: when.

    Raises:
        CatalogError: a value that makes no sense.
    """
    return _insert(session, checkpoint, manifest_sha256, note, who, now, None)


def check_note(note: str) -> None:
    """Look at a note before anything slow begins for it.

    Raises:
        CatalogError: it is empty or too long.
    """
    if problem := check_text("the note", note, _LIMITS["note"], required=True, one_line=False):
        raise CatalogError(problem, "say in a few words why")


def current(session: Session) -> Promotion | None:
    """What serves, or None if nothing was ever promoted: then the settings say what serves."""
    newest = history(session, limit=1)
    return newest[0] if newest else None


def lock_current(session: Session) -> Promotion | None:
    """What serves; nobody else promotes anything until this transaction ends. For who decides by what serves.

    Args:
        session: a writing session.
    """
    # Before the first promotion there is no row of ours to wait at; of the catalog's revision there always is one.
    session.execute(select(CatalogRevision.number).with_for_update())
    return current(session)


def previous(session: Session) -> Promotion | None:
    """The promotion that a rollback would restore, or None if there is none."""
    serving = current(session)
    if serving is None:
        return None
    base_id = serving.restores_id or serving.id
    before = history(session, before_id=base_id, limit=1)
    if not before:
        return None
    restored_id = before[0].restores_id
    return before[0] if restored_id is None else history(session, before_id=restored_id + 1, limit=1)[0]


def roll_back(session: Session, promotion_id: int, *, note: str, who: str, now: dt.datetime) -> Promotion:
    """Take a promotion out of service and restore what served before it.

    Args:
        session: a writing session.
        promotion_id: what is to be taken out of service. It has to be what serves, so that a second click, or a click
            on a page from before a colleague's change, rolls nothing else back.
        note: why, for colleagues; required.
        who: does it.
        now: when.

    Raises:
        CatalogError: it does not serve any more, nothing served before it, or a value that makes no sense.
    """
    # Whoever rolls the same promotion back at the same time waits here, and then finds it out of service.
    serving = lock_current(session)
    if serving is None or serving.id != promotion_id:
        raise CatalogError("that promotion is not the one that serves", "load the page again")
    restored = previous(session)
    if restored is None:
        raise CatalogError("no checkpoint was promoted before this one", "promote another one instead")
    return _insert(session, restored.checkpoint, restored.manifest_sha256, note, who, now, restored.id)


def history(session: Session, *, before_id: int | None = None, limit: int = 100) -> list[Promotion]:
    """Promotions and rollbacks, the newest first; ``before_id`` is the last ``id`` of the page before."""
    columns = [getattr(CheckpointPromotion, field.name) for field in fields(Promotion)]
    query = select(*columns).order_by(CheckpointPromotion.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(CheckpointPromotion.id < before_id)
    return [Promotion(*row) for row in session.execute(query)]


def _insert(
    session: Session,
    checkpoint: str,
    manifest_sha256: str,
    note: str,
    who: str,
    now: dt.datetime,
    restores_id: int | None,
) -> Promotion:
    problems = [
        check_text("the checkpoint's name", checkpoint, _LIMITS["checkpoint"], required=True),
        check_text("the note", note, _LIMITS["note"], required=True, one_line=False),
        check_text("who does it", who, _LIMITS["who"], required=True),
        check_time("the time", now),
    ]
    for problem in filter(None, problems):
        raise CatalogError(problem)
    if checkpoint in (".", "..") or "/" in checkpoint or "\\" in checkpoint:
        raise CatalogError(f"{checkpoint!r} is no folder name", "name the folder without a path")
    if not _SHA256.fullmatch(manifest_sha256):
        raise CatalogError("the manifest's SHA-256 is not 64 lower-case hexadecimal digits")
    values = {
        "checkpoint": checkpoint,
        "manifest_sha256": manifest_sha256,
        "note": note,
        "who": who,
        "at": now,
        "restores_id": restores_id,
    }
    statement = insert(CheckpointPromotion).values(**values).returning(CheckpointPromotion.id)
    return Promotion(id=session.execute(statement).scalar_one(), **values)  # type: ignore[arg-type]
