"""Whether a database can be served with a checkpoint; asked before anything slow is loaded, and for every snapshot."""

from __future__ import annotations

from catalog_db import sids
from catalog_db.database import Session
from catalog_db.overview import Overview, shop_overview
from neo_assistant.errors import CheckpointError


def check_ready(session: Session, codebook_version: str) -> Overview:
    """Look at what is on sale, and at the codebooks its semantic ids are of.

    Args:
        session: any session.
        codebook_version: that of the checkpoint.

    Raises:
        EmptyCatalogError: if nothing is on sale.
        CheckpointError: if the database's semantic ids were made with other codebooks.
    """
    shop = shop_overview(session)
    known = [entry.fingerprint for entry in sids.codebook_versions(session)]
    if codebook_version not in known:
        theirs = f"of codebooks {known[-1][:12]}" if known else "not made yet"
        raise CheckpointError(
            f"the checkpoint has codebooks {codebook_version[:12]}, the database's semantic ids are {theirs}",
            "python -m neo_assistant adopt gives every product that the checkpoint knows its semantic id",
        )
    return shop
