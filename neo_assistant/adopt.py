"""Take over a checkpoint's semantic ids: ``python -m neo_assistant adopt`` after importing the catalog it was trained
on.

A checkpoint carries the SIDs its model has learned, by SKU. Computing them again from the codebooks would nearly
always give the same, but an embedding that differs in its last digits on another machine may fall to the other side of
a border, and then the model's knowledge of that product is lost. Products the checkpoint does not know get their SIDs
from the item encoder (``python -m finetune sids --extend``).
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog_db import products, sids
from catalog_db.database import Database
from neo_assistant.errors import CheckpointError, SidError
from neo_assistant.sids import Sid, SidScheme

SIDS_FILE = "sids.csv.gz"
_HEADER = ["sku", "sid"]


@dataclass(frozen=True)
class Adopted:
    """How many products got a checkpoint's SID now, had it before, and are left without one."""

    adopted: int
    already: int
    left: int


def write_sids(path: Path, rows: Iterable[tuple[str, Sid]]) -> None:
    """Write SKUs and SIDs, sorted by SKU; the same rows give the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows((sku, str(sid)) for sku, sid in sorted(rows))
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def read_sids(path: Path, scheme: SidScheme) -> Iterator[tuple[str, Sid]]:
    """SKUs and SIDs of a checkpoint.

    Raises:
        CheckpointError: if the file is missing or damaged.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream)
            if next(lines, None) != _HEADER:
                raise CheckpointError(f"{path} is not a list of semantic ids")
            for sku, text in lines:
                sid = Sid.parse(text)
                scheme.check(sid)
                yield sku, sid
    except (OSError, ValueError, SidError, EOFError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}", "copy the whole checkpoint again") from error


def adopt(database: Database, folder: Path, now: dt.datetime) -> Adopted:
    """Give the products of a database the SIDs that a checkpoint's model knows them by. Doing it again changes nothing.

    Args:
        folder: the checkpoint.
        now: when a codebook version that the database does not know came into it.

    Raises:
        CheckpointError: if the checkpoint is damaged, or fits no product of the database.
    """
    from neo_assistant.checkpoint import read_manifest

    manifest = read_manifest(folder)
    known = dict(read_sids(folder / SIDS_FILE, manifest.scheme))
    version = manifest.codebook_version
    with database.session() as session:
        sids.save_codebook_version(session, version, manifest.scheme.to_dict(), now)
        missing = products.get_products(session, sids.products_without_sid(session, version))
        found = [(product, known[product.sku]) for product in missing if product.sku in known]
        fitting = [(product, sid) for product, sid in found if sid.item_type == product.item_type]
        already = products.count_products(session, active_only=False) - len(missing)
        if not fitting and not already:
            raise CheckpointError(
                f"the checkpoint {folder.name} knows none of the {len(missing)} products of this database",
                "train one on this catalog: python -m finetune run --recipe my-catalog",
            )
        if fitting:
            ids = [product.id for product, _ in fitting]
            types = [sid.item_type for _, sid in fitting]
            sids.save_sids(session, version, ids, types, [sid.codes for _, sid in fitting])
    return Adopted(len(fitting), already, len(missing) - len(fitting))
