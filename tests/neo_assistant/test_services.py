"""From settings to replies, and what goes wrong on the way: one error each, before anything slow begins."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from catalog_db.database import Database
from catalog_db.errors import CatalogError, EmptyCatalogError, NeoError
from neo_assistant.errors import CheckpointError
from neo_assistant.events import Done, WantFound
from neo_assistant.manifest import CODEBOOKS, FULL, MANIFEST, TRAINING
from neo_assistant.request import Request
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import open_services
from neo_assistant.serving import Serving
from neo_assistant.settings import Settings, load_settings
from neo_assistant.sid_file import SIDS_FILE
from neo_assistant.steering import Format
from neo_assistant.terms import Terms
from tests.neo_assistant.serving import (
    CODEBOOKS as SHOP_CODEBOOKS,
)
from tests.neo_assistant.serving import (
    fill,
    items_of,
    make_codebooks,
    only,
    products,
    reply,
    save_tiny_base,
    sid_of,
    write_tiny_checkpoint,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base model and a checkpoint; tests copy what they damage."""
    folder = tmp_path_factory.mktemp("made")
    save_tiny_base(folder / "base")
    terms = Terms({"kind": {"mug": ("drinking vessel",)}})
    write_tiny_checkpoint(folder / "tiny", folder / "base", sids={"P-00": sid_of(0)}, terms=terms)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "tiny", tmp_path / "tiny"))


@pytest.fixture
def shop(database: Database) -> Database:
    fill(database)
    return database


@pytest.fixture
def settings(made: Path, folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("NEO_ENGINE", raising=False)
    return load_settings(
        database_url=database_url,
        checkpoint=folder,
        base_model=str(made / "base"),
        quantization="none",
        max_reply_tokens=60,
        torch_threads=1,
    )


def with_(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update=changes)


@pytest.fixture
def nothing_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading weights or a tokenizer fails the test."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("something slow began")

    for name in ("load_base", "base_tokenizer", "find_base"):
        monkeypatch.setattr(f"neo_assistant.checkpoint.{name}", refuse)


def test_the_terms_of_the_checkpoint_are_read(settings: Settings, shop: Database) -> None:
    services = open_services(settings)
    with services.database:
        events = reply(services.assistant, Request("drinking vessels", format=Format.IDS, count=1))  # type: ignore[arg-type]
    assert "kind: mug" in only(events, WantFound).phrases


@pytest.mark.parametrize("quantization", ["none", "int8"])
def test_a_checkpoint_and_a_database_make_an_assistant(settings: Settings, shop: Database, quantization: str) -> None:
    services = open_services(with_(settings, quantization=quantization))
    with services.database:
        events = reply(services.assistant, Request("a blue mug", format=Format.IDS, count=2))  # type: ignore[arg-type]
    on_sale = {sku for sku, product in products(shop).items() if product.active}
    assert set(items_of(events)) <= on_sale
    made_by = only(events, Done).made_by
    assert made_by["checkpoint"] == "tiny"
    assert made_by["codebook_version"] == SHOP_CODEBOOKS.fingerprint
    assert made_by["quantization"] == quantization


def test_in_the_background_the_model_is_loaded_while_the_page_opens(settings: Settings, shop: Database) -> None:
    services = open_services(settings, in_background=True)
    with services.database:
        assert isinstance(services.assistant, Serving)
        with services.assistant:
            services.assistant.wait(120)
            events = list(services.assistant.reply([], Request("a mug", format=Format.TEXT), threading.Event()))
    assert not only(events, Done).stopped


def test_the_scripted_engine_needs_no_checkpoint(settings: Settings, shop: Database) -> None:
    services = open_services(with_(settings, engine="scripted", checkpoint=Path("nowhere")))
    with services.database:
        assert isinstance(services.assistant, ScriptedReplier)


def refused(settings: Settings, error: type[NeoError], match: str) -> None:
    """The same error whether the model is loaded at once or later, with a hint how to mend it."""
    for in_background in (False, True):
        with pytest.raises(error, match=match) as caught:
            open_services(settings, in_background=in_background)
        assert caught.value.hint


@pytest.mark.usefixtures("nothing_slow")
class TestRefusedAtOnce:
    def test_a_database_that_is_not_there(self, settings: Settings, tmp_path: Path) -> None:
        refused(with_(settings, database_url=f"sqlite:///{tmp_path}/none.db"), CatalogError, "no database")

    def test_a_folder_that_holds_no_checkpoint(self, settings: Settings, shop: Database, tmp_path: Path) -> None:
        for nothing in (tmp_path / "nothing", tmp_path, tmp_path / "shop.db"):
            refused(with_(settings, checkpoint=nothing), CheckpointError, "holds no checkpoint")

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": 1}', '{"format_version": 99}'])
    def test_a_manifest_that_is_none(self, settings: Settings, shop: Database, folder: Path, text: str) -> None:
        (folder / MANIFEST).write_text(text)
        refused(settings, CheckpointError, "manifest|format")

    @pytest.mark.parametrize("name", [FULL, TRAINING, SIDS_FILE, f"{CODEBOOKS}/codebooks.json"])
    def test_a_file_that_is_damaged_or_missing(
        self, settings: Settings, shop: Database, folder: Path, name: str
    ) -> None:
        whole = bytearray((folder / name).read_bytes())
        whole[len(whole) // 2] ^= 1
        (folder / name).write_bytes(whole)
        refused(settings, CheckpointError, f"{name} is damaged")
        (folder / name).unlink()
        refused(settings, CheckpointError, f"{name} is missing")

    def test_a_shop_with_nothing_on_sale(self, settings: Settings, database: Database) -> None:
        refused(settings, EmptyCatalogError, "nothing on sale")

    def test_a_shop_whose_products_have_no_semantic_ids(self, settings: Settings, database: Database) -> None:
        fill(database, with_sids=False)
        refused(settings, CheckpointError, "not made yet")

    def test_semantic_ids_of_other_codebooks(self, settings: Settings, shop: Database, folder: Path) -> None:
        about = json.loads((folder / MANIFEST).read_text())
        about["codebook_version"] = make_codebooks(seed=5).fingerprint
        (folder / MANIFEST).write_text(json.dumps(about))
        refused(settings, CheckpointError, "are of codebooks")


def test_another_base_model_is_refused(settings: Settings, shop: Database, tmp_path: Path) -> None:
    save_tiny_base(tmp_path / "other", seed=9)
    with pytest.raises(CheckpointError, match="was trained from") as caught:
        open_services(with_(settings, base_model=str(tmp_path / "other")))
    assert "NEO_BASE_MODEL" in caught.value.hint


def test_what_cannot_be_served_leaves_no_connection_open(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, close = [], Database.close
    monkeypatch.setattr(Database, "close", lambda self: (closed.append(self), close(self)))
    with pytest.raises(EmptyCatalogError):
        open_services(settings)
    assert len(closed) == 1
