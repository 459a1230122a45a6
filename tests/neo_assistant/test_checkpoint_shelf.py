"""The shelf: what is listed, what is wrong with it, and that nothing is taken for something else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from catalog_db.database import Database
from neo_assistant.checkpoint import add_metrics
from neo_assistant.checkpoint_shelf import Figure, figures_of, find_checkpoint, list_checkpoints
from neo_assistant.errors import CheckpointError
from neo_assistant.manifest import FULL, MANIFEST, file_digest
from neo_assistant.settings import Settings, load_settings
from tests.neo_assistant.serving import CODEBOOKS, SKUS, make_codebooks, write_tiny_checkpoint


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for number, name in enumerate(("autumn", "spring")):
        write_tiny_checkpoint(folder / name, seed=number)
    return folder


@pytest.fixture
def shelf(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "shelf"))


@pytest.fixture
def settings(shelf: Path) -> Settings:
    return load_settings(checkpoint=shelf / "spring")


def problems(settings: Settings, database: Database | None = None) -> dict[str, str]:
    if database is None:
        return {entry.name: entry.problem for entry in list_checkpoints(settings)}
    with database.reading() as session:
        return {entry.name: entry.problem for entry in list_checkpoints(settings, session)}


def test_checkpoints_beside_the_configured_one_are_listed_it_first(settings: Settings, shelf: Path) -> None:
    shutil.copytree(shelf / "autumn", shelf / ".being-written-1")
    (shelf / "notes").mkdir()
    (shelf / "again").symlink_to(shelf / "autumn")
    spring, autumn = list_checkpoints(settings)
    assert [(entry.name, entry.folder, entry.problem) for entry in (spring, autumn)] == [
        ("spring", shelf / "spring", ""),
        ("autumn", shelf / "autumn", ""),
    ]
    assert autumn.sha256 == file_digest(shelf / "autumn" / MANIFEST)
    assert autumn.require().codebook_version == CODEBOOKS.fingerprint


def test_another_shelf_may_be_named(settings: Settings, shelf: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(shelf / "autumn", other / "winter")
    shutil.copytree(shelf / "autumn", other / "spring")
    elsewhere = settings.model_copy(update={"checkpoints_dir": other})
    configured, same_name, winter = list_checkpoints(elsewhere)
    assert (configured.folder, configured.problem) == (shelf / "spring", "")
    assert "same name" in same_name.problem
    assert (winter.name, winter.problem) == ("winter", "")
    assert find_checkpoint(elsewhere, "spring", configured.sha256).folder == shelf / "spring"


def test_what_is_wrong_with_one_stands_beside_it(settings: Settings, shelf: Path) -> None:
    names = ("half", "no-manifest", "other-format", "bytes")
    for name in names:
        shutil.copytree(shelf / "autumn", shelf / name)
    (shelf / "half" / FULL).unlink()
    (shelf / "no-manifest" / MANIFEST).write_text("{")
    (shelf / "other-format" / MANIFEST).write_text('{"format_version": 99}')
    (shelf / "bytes" / MANIFEST).write_bytes(b"\xff\xfe")
    found = problems(settings)
    assert (found["spring"], found["autumn"]) == ("", "")
    assert f"{FULL} is missing" in found["half"]
    assert "cannot be read" in found["no-manifest"]
    assert "format 99" in found["other-format"]
    assert "cannot be read" in found["bytes"]
    for entry in list_checkpoints(settings):
        if entry.name in names:
            with pytest.raises(CheckpointError, match=f"{entry.name} cannot serve"):
                entry.require()


def test_damage_is_noticed_though_files_are_not_read_again_and_again(
    settings: Settings, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert problems(settings)["autumn"] == ""
    with monkeypatch.context() as patch:
        patch.setattr("neo_assistant.checkpoint_shelf.verify_files", lambda *_: pytest.fail("read again"))
        assert problems(settings)["autumn"] == ""
    weights = shelf / "autumn" / FULL
    about, whole = weights.stat(), bytearray(weights.read_bytes())
    whole[-1] ^= 1
    weights.write_bytes(whole)
    os.utime(weights, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    assert "is damaged" in problems(settings)["autumn"]


def test_a_configured_folder_that_holds_none_is_listed_with_that(settings: Settings, shelf: Path) -> None:
    shutil.rmtree(shelf / "spring")
    assert "cannot be read" in problems(settings)["spring"]


def test_codebooks_are_held_against_the_catalog(settings: Settings, shelf: Path, own_serving_shop: Database) -> None:
    shutil.copytree(shelf / "autumn", shelf / "foreign")
    about = json.loads((shelf / "foreign" / MANIFEST).read_text())
    about["codebook_version"] = make_codebooks(seed=5).fingerprint
    (shelf / "foreign" / MANIFEST).write_text(json.dumps(about))
    with own_serving_shop.reading() as session:
        entries = {entry.name: entry for entry in list_checkpoints(settings, session)}
    assert entries["autumn"].products == len(SKUS)
    foreign = entries["foreign"]
    assert "the database's semantic ids are of codebooks" in foreign.problem
    assert foreign.hint == f"run: python -m neo_assistant adopt --checkpoint {shelf / 'foreign'}"


def test_codebooks_that_are_known_but_of_no_product_are_refused(
    settings: Settings, shelf: Path, database: Database
) -> None:
    from catalog_db import sids
    from tests.neo_assistant.serving import NOW, SCHEME, fill

    fill(database, with_sids=False)
    with database.session() as session:
        sids.save_codebook_version(session, CODEBOOKS.fingerprint, SCHEME.to_dict(), NOW)
    assert "no product has a semantic id" in problems(settings, database)["autumn"]


def test_a_checkpoint_is_found_by_name_and_manifest(settings: Settings, shelf: Path) -> None:
    sha256 = file_digest(shelf / "autumn" / MANIFEST)
    assert find_checkpoint(settings, "autumn", sha256).folder == shelf / "autumn"
    with pytest.raises(CheckpointError, match="no checkpoint winter"):
        find_checkpoint(settings, "winter", sha256)
    add_metrics(shelf / "autumn", {"loss": 1.0})
    with pytest.raises(CheckpointError, match="was changed"):
        find_checkpoint(settings, "autumn", sha256)
    for path in ("../shelf/autumn", "", "."):
        with pytest.raises(CheckpointError, match="no checkpoint"):
            find_checkpoint(settings, path, sha256)


def test_single_figures_are_taken_from_the_metrics() -> None:
    metrics = {
        "exam": {
            "groups": {"price": {"faultless": 4}},
            "quantization": "int8",
            "read_exactly": {"goal": 0.95, "high": 0.67, "low": 0.48, "mean": 0.57, "of": 100},
            "requests": 150,
            "sound": True,
        },
        "loss": 0.5,
    }
    assert figures_of(metrics) == (
        Figure("exam.read_exactly", 0.57, 0.48, 0.67, 100, 0.95),
        Figure("exam.requests", 150.0),
        Figure("loss", 0.5),
    )
