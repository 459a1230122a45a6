"""Fingerprints of what a database holds, so that a stage whose inputs have not changed can be skipped."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from catalog_db.database import open_database
from catalog_db.events import iter_histories, iter_queries
from catalog_db.products import iter_products
from catalog_db.sids import codebook_versions
from neo_assistant.codebooks import Codebooks


def catalog_fingerprint(database_url: str) -> str:
    """sha256 over every product, also those off sale, hex; semantic ids do not enter."""
    with open_database(database_url) as database, database.reading() as session:
        rows = sorted(
            json.dumps([asdict(product.to_row()), product.active], sort_keys=True, default=str)
            for product in iter_products(session, active_only=False)
        )
    return _sha256(rows)


def log_fingerprint(database_url: str) -> str:
    """sha256 over what shoppers did and searched for, hex."""
    with open_database(database_url) as database, database.reading() as session:
        histories = sorted(repr(history) for history in iter_histories(session))
        queries = sorted(repr(query) for query in iter_queries(session))
    return _sha256([*histories, "queries", *queries])


def knows_codebooks(database_url: str, folder: Path) -> bool:
    """Whether products in the database have semantic ids of the codebooks in ``folder``."""
    fingerprint = Codebooks.load(folder).fingerprint
    with open_database(database_url) as database, database.reading() as session:
        return any(version.fingerprint == fingerprint and version.products for version in codebook_versions(session))


def _sha256(lines: list[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()
