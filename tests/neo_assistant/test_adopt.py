"""Taking over a checkpoint's semantic ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog_db import sids as sid_table
from catalog_db.database import Database
from catalog_db.products import save_products, skus_by_id
from catalog_db.rows import ProductRow
from catalog_db.sid_stream import load_sids
from neo_assistant.adopt import Adopted, adopt
from neo_assistant.catalog import Catalog
from neo_assistant.errors import CheckpointError
from neo_assistant.sid_file import SIDS_FILE, write_sids
from neo_assistant.sids import Sid
from tests.neo_assistant.serving import (
    CODEBOOKS,
    SKUS,
    fill,
    make_rows,
    sid_of,
    tokenizer,
    write_tiny_checkpoint,
)
from tests.neo_assistant.ui_products import NOW

KNOWN = {sku: sid_of(number) for number, sku in enumerate(SKUS)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_checkpoint(tmp_path / "tiny", sids=KNOWN)


def stored(database: Database) -> dict[str, Sid]:
    with database.reading() as session:
        ids, types, codes = load_sids(session, CODEBOOKS.fingerprint)
        skus = skus_by_id(session)
    rows = zip(ids.tolist(), types, codes.tolist(), strict=True)
    return {skus[number]: Sid(item_type, tuple(values)) for number, item_type, values in rows}


def test_every_product_gets_the_sid_its_model_knows_it_by(database: Database, folder: Path) -> None:
    fill(database, with_sids=False)
    assert adopt(database, folder, NOW) == Adopted(adopted=len(SKUS), already=0, left=0)
    assert stored(database) == KNOWN
    assert Catalog(database, CODEBOOKS, tokenizer()).snapshot().sids(SKUS) == tuple(KNOWN.values())


def test_doing_it_again_changes_nothing(database: Database, folder: Path) -> None:
    fill(database, with_sids=False)
    adopt(database, folder, NOW)
    catalog = Catalog(database, CODEBOOKS, tokenizer())
    before = catalog.snapshot()
    assert adopt(database, folder, NOW) == Adopted(adopted=0, already=len(SKUS), left=0)
    assert catalog.snapshot() is before
    assert stored(database) == KNOWN


def test_what_the_checkpoint_does_not_know_is_left(database: Database, folder: Path) -> None:
    fill(database, make_rows(30), with_sids=False)
    assert adopt(database, folder, NOW) == Adopted(adopted=26, already=0, left=4)
    assert adopt(database, folder, NOW) == Adopted(adopted=0, already=26, left=4)
    assert stored(database) == KNOWN


def test_a_part_of_the_catalog_is_enough(database: Database, folder: Path) -> None:
    fill(database, make_rows(3), with_sids=False)
    assert adopt(database, folder, NOW) == Adopted(adopted=3, already=0, left=0)
    fill(database, make_rows(5), with_sids=False)
    assert adopt(database, folder, NOW) == Adopted(adopted=2, already=3, left=0)


def test_a_product_whose_type_is_another_one_is_left(database: Database, folder: Path) -> None:
    """Its semantic id would open with the type it does not have."""
    rows = make_rows(4)
    moved = ProductRow(sku="P-01", title="Thing", item_type="kitchen")
    fill(database, [rows[0], moved, *rows[2:]], with_sids=False)
    assert adopt(database, folder, NOW) == Adopted(adopted=3, already=0, left=1)
    assert "P-01" not in stored(database)
    with database.session() as session:
        save_products(session, [rows[1]], NOW)
    assert adopt(database, folder, NOW) == Adopted(adopted=1, already=3, left=0)


def test_another_catalog_is_refused_and_left_as_it_was(database: Database, folder: Path) -> None:
    fill(database, [ProductRow(sku="X-1", title="Thing", item_type="kitchen")], with_sids=False)
    with pytest.raises(CheckpointError, match="knows none of the 1 products") as caught:
        adopt(database, folder, NOW)
    assert "finetune" in caught.value.hint
    with database.reading() as session:
        assert sid_table.codebook_versions(session) == []


def test_a_checkpoint_without_sids_says_so(database: Database, tmp_path: Path) -> None:
    fill(database, with_sids=False)
    folder = write_tiny_checkpoint(tmp_path / "bare")
    with pytest.raises(CheckpointError, match="carries no semantic ids") as caught:
        adopt(database, folder, NOW)
    assert "--extend" in caught.value.hint
    write_sids(folder / SIDS_FILE, KNOWN)  # the manifest does not vouch for it
    with pytest.raises(CheckpointError, match="carries no semantic ids"):
        adopt(database, folder, NOW)


def test_a_list_that_is_not_the_one_that_was_written_is_refused(database: Database, folder: Path) -> None:
    fill(database, with_sids=False)
    write_sids(folder / SIDS_FILE, {**KNOWN, "P-00": Sid("kitchen", (2, 2, 3))})
    with pytest.raises(CheckpointError, match="damaged"):
        adopt(database, folder, NOW)
    (folder / SIDS_FILE).unlink()
    with pytest.raises(CheckpointError, match="missing"):
        adopt(database, folder, NOW)
    with database.reading() as session:
        assert sid_table.codebook_versions(session) == []
