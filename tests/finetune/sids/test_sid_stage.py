"""The stage as a whole, on a small shop and with an encoder that needs no model."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from catalog_db.database import Database
from catalog_db.errors import EmptyCatalogError
from catalog_db.products import save_products, skus_by_id
from catalog_db.rows import ProductRow
from catalog_db.sid_stream import load_sids
from catalog_db.sids import products_without_sid
from finetune.cli import main
from finetune.errors import EncoderError, QuantizationError
from finetune.sids.code_words import CODE_WORDS_NAME
from finetune.sids.item_text import ITEM_TEXT_VERSION
from finetune.sids.stage import METRICS_NAME, extend_sids, make_sids
from neo_assistant.codebooks import Codebooks
from neo_assistant.sid_file import SIDS_FILE, read_sids
from neo_assistant.sids import Sid
from tests.finetune.conftest import WordEncoder

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def fill(database: Database, rows: list[ProductRow]) -> None:
    with database.session() as session:
        save_products(session, rows, NOW)


def silent(_: str) -> None:
    pass


def test_every_product_gets_a_sid_and_the_folder_what_made_it(
    database: Database, items: list[ProductRow], encoder: WordEncoder, tmp_path: Path
) -> None:
    fill(database, items)
    said: list[str] = []
    kept = make_sids(database, tmp_path, encoder, [(4, 4), (3, 3)], (True, False), None, said.append)
    codebooks = Codebooks.load(tmp_path)
    with database.reading() as session:
        ids, types, codes = load_sids(session, codebooks.fingerprint)
        assert products_without_sid(session, codebooks.fingerprint) == []
    assert len(ids) == len(items)
    assert len({(name, *row) for name, row in zip(types, codes.tolist(), strict=True)}) == len(items)
    metrics = json.loads((tmp_path / METRICS_NAME).read_text())
    assert metrics["codebook_version"] == codebooks.fingerprint == kept.codebooks.fingerprint
    assert metrics["kept"] == kept.label
    assert len(metrics["candidates"]) == 4
    assert "embedding" in metrics["seconds"]
    assert (tmp_path / CODE_WORDS_NAME).is_file()
    assert kept.label in "\n".join(said)
    with database.reading() as session:
        skus = skus_by_id(session)
    rows = zip(ids.tolist(), types, codes.tolist(), strict=True)
    stored = {skus[number]: Sid(name, tuple(row)) for number, name, row in rows}
    assert read_sids(tmp_path / SIDS_FILE, codebooks.scheme) == stored


def test_the_same_shop_gives_the_same_version_and_sids(
    database: Database, items: list[ProductRow], encoder: WordEncoder, tmp_path: Path
) -> None:
    fill(database, items)
    one, two = (make_sids(database, tmp_path / n, encoder, [(4, 4)], (True,), None, silent) for n in "ab")
    assert one.codebooks.fingerprint == two.codebooks.fingerprint
    np.testing.assert_array_equal(one.codes, two.codes)


def test_new_products_are_added_and_old_ones_stay(
    database: Database, items: list[ProductRow], encoder: WordEncoder, tmp_path: Path
) -> None:
    fill(database, items[::2])
    make_sids(database, tmp_path, encoder, [(4, 4)], (True,), None, silent)
    codebooks = Codebooks.load(tmp_path)
    with database.reading() as session:
        ids, types, codes = load_sids(session, codebooks.fingerprint)
    before = dict(zip(ids.tolist(), zip(types, codes.tolist(), strict=True), strict=True))
    fill(database, [*items[1::2], ProductRow("hat-1", "Red hat", "hats")])
    said: list[str] = []
    extension = extend_sids(database, codebooks, encoder, None, said.append)
    assert extension.added == len(items[1::2])
    assert extension.unknown_types == {"hats": 1}
    assert any("'hats'" in line for line in said)
    with database.reading() as session:
        ids, types, codes = load_sids(session, codebooks.fingerprint)
        assert len(products_without_sid(session, codebooks.fingerprint)) == 1
    after = dict(zip(ids.tolist(), zip(types, codes.tolist(), strict=True), strict=True))
    assert {key: after[key] for key in before} == before
    assert len({str(value) for value in after.values()}) == len(items)
    assert extend_sids(database, codebooks, encoder, None, silent).added == 0


def test_an_empty_shop_and_another_encoder_are_refused(
    database: Database,
    items: list[ProductRow],
    encoder: WordEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(EmptyCatalogError):
        make_sids(database, tmp_path, encoder, [(4, 4)], (True,), None, silent)
    fill(database, items)
    make_sids(database, tmp_path, encoder, [(4, 4)], (True,), None, silent)
    codebooks = Codebooks.load(tmp_path)
    other = WordEncoder()
    other.fingerprint = "00" * 32
    with pytest.raises(EncoderError, match="another encoder"):
        extend_sids(database, codebooks, other, None, silent)
    monkeypatch.setattr("finetune.sids.stage.ITEM_TEXT_VERSION", 99)
    with pytest.raises(QuantizationError, match=f"version {ITEM_TEXT_VERSION}"):
        extend_sids(database, codebooks, encoder, None, silent)


def test_the_command(
    database_url: str,
    database: Database,
    items: list[ProductRow],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("finetune.sids.stage.SentenceEncoder", lambda name: WordEncoder())
    fill(database, items[1:])
    out = str(tmp_path / "codebooks")
    cache = ["--cache", str(tmp_path / "cache")]
    assert main(["sids", "--database", database_url, "--out", out, "--sizes", "4,4", "--layout", "shared", *cache]) == 0
    assert "kept: shared 4 × 4" in capsys.readouterr().out
    fill(database, items)
    assert main(["sids", "--database", database_url, "--extend", out, *cache]) == 0
    assert "1 products got a semantic id" in capsys.readouterr().out
    listed = read_sids(Path(out) / SIDS_FILE, Codebooks.load(Path(out)).scheme)
    assert set(listed) == {item.sku for item in items}
    assert main(["sids", "--database", database_url, "--extend", str(tmp_path), *cache]) == 2
