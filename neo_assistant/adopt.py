"""Take over a checkpoint's semantic ids: ``python -m neo_assistant adopt`` after importing the catalog it was trained
on.

A checkpoint carries the SIDs its model has learned, by SKU. Computing them again from the codebooks would nearly
always give the same, but an embedding that differs in its last digits on another machine may fall to the other side of
a border, and then the model's knowledge of that product is lost. Products the checkpoint does not know get their SIDs
from the item encoder (``python -m finetune sids --extend``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from catalog_db import products, sids
from catalog_db.database import Database
from neo_assistant.errors import CheckpointError
from neo_assistant.manifest import read_manifest, verify_files
from neo_assistant.sid_file import SIDS_FILE, read_sids


@dataclass(frozen=True)
class Adopted:
    """How many products got a checkpoint's SID now, had it before, and are left without one."""

    adopted: int
    already: int
    left: int


def adopt(database: Database, folder: Path, now: dt.datetime) -> Adopted:
    """Give the products of a database the SIDs that a checkpoint's model knows them by. Doing it again changes nothing.

    Args:
        folder: the checkpoint.
        now: when a codebook version that the database does not know came into it.

    Raises:
        CheckpointError: if the checkpoint carries no SIDs, is damaged, or fits no product of the database.
    """
    manifest = read_manifest(folder)
    if SIDS_FILE not in manifest.files:
        raise CheckpointError(
            f"the checkpoint {folder.name} carries no semantic ids to adopt",
            "take the folder of codebooks it was trained with: python -m finetune sids --extend FOLDER",
        )
    verify_files(folder, manifest, [SIDS_FILE])
    known = read_sids(folder / SIDS_FILE, manifest.scheme)
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
