"""Inputs that cannot be used and disks that are full: one clear line, exit status 2, and nothing half-written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from catalog_db.database import Database
from catalog_db.sids import save_codebook_version
from finetune import cli
from finetune.training import plots, stages
from finetune.training.stages import CHECKPOINT, RUN
from finetune.training.trainer import STATE
from neo_assistant.base_model import find_base
from neo_assistant.checkpoint import load_checkpoint
from tests.finetune.tiny_run import Inputs, inputs_of, make_inputs, no_file_above, recipe_file
from tests.neo_assistant import serving
from tests.neo_assistant.strategies import tiny_base
from tests.neo_assistant.ui_products import NOW


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untouched")
    make_inputs(folder)
    return folder


@pytest.fixture
def inputs(untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inputs]:
    """Inputs to be spoilt, with one short stage that saves after every step and no pictures at its end."""
    monkeypatch.setattr(plots, "draw", lambda *_: [])
    shutil.copytree(untouched, tmp_path / "inputs")
    made = inputs_of(tmp_path / "inputs")
    stage = replace(made.config.stages[1], share=1.0, epochs=1, lora_dropout=0.0)
    find_base.cache_clear()
    yield replace(made, config=replace(made.config, stages=(stage,), save_minutes=1e-9))
    find_base.cache_clear()


def run(inputs: Inputs, out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """Train by the command line; returns the one line that says why it failed, or nothing."""
    recipe = recipe_file(Path(inputs.config.base_model).parent / "recipe.toml", inputs.config)
    capsys.readouterr()
    arguments = ["--sids", str(inputs.sids), "--data", str(inputs.data), "--out", str(out), "--recipe", str(recipe)]
    status = cli.main(["train", *arguments, *more])
    *_, last = capsys.readouterr().err.rstrip("\n").splitlines()
    assert status in (0, 2)
    assert last.startswith("error: ") == (status == 2), last
    return last if status else ""


def cut(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


SPOILT: dict[str, tuple[Any, str]] = {
    "no codebooks": (lambda i: shutil.rmtree(i.sids), "holds no codebooks"),
    "codebooks cut short": (lambda i: cut(i.sids / "codebooks.safetensors"), "cannot be read"),
    "code words cut short": (lambda i: cut(i.sids / "code_words.json"), "holds no words of codes"),
    "semantic ids cut short": (lambda i: (i.sids / "sids.csv.gz").write_bytes(b"\x1f\x8b\x08\x00"), "sids.csv.gz"),
    "no examples": (lambda i: shutil.rmtree(i.data), "holds no usable examples"),
    "examples cut short": (lambda i: cut(i.data / "tokens.npz"), "holds no usable examples"),
    "a file for a folder": (lambda i: (shutil.rmtree(i.data), i.data.write_text("")), "holds no usable examples"),
    "what the examples say cut short": (lambda i: cut(i.data / "meta.json"), "holds no usable examples"),
    "no base model": (lambda i: shutil.rmtree(i.config.base_model), "no base model folder"),
    "weights cut short": (lambda i: cut(Path(i.config.base_model) / "model.safetensors"), "cannot be loaded"),
    "tokenizer cut short": (lambda i: cut(Path(i.config.base_model) / "tokenizer.json"), "cannot be loaded"),
    "model's settings cut short": (lambda i: cut(Path(i.config.base_model) / "config.json"), "cannot be loaded"),
    "no chat template": (
        lambda i: (Path(i.config.base_model) / "chat_template.jinja").unlink(),
        "no usable chat template",
    ),
    "a template without a system text": (
        lambda i: (Path(i.config.base_model) / "chat_template.jinja").write_text("{{ messages[1]['content'] }}"),
        "chat template drops",
    ),
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_an_input_that_cannot_be_used_ends_with_one_line(
    spoil: str, inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    how, said = SPOILT[spoil]
    how(inputs)
    assert said in run(inputs, tmp_path / "run", capsys)
    assert not (tmp_path / "run").exists(), "nothing is written before all inputs are read"


def test_examples_that_name_unknown_semantic_ids_are_refused(
    inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import numpy as np

    with np.load(inputs.data / "tokens.npz") as arrays:
        changed = dict(arrays)
    changed["ids"] = changed["ids"] + 1000 * (changed["ids"] >= len(tiny_base()))
    np.savez(inputs.data / "tokens.npz", **changed)
    assert "another base model's tokenizer" in run(inputs, tmp_path / "run", capsys)


@pytest.mark.parametrize("place", ["file", "file/run"])
def test_an_out_that_can_be_no_folder_is_refused(
    place: str, inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert "name a folder" in run(inputs, tmp_path / place, capsys)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_disk_that_fills_up_costs_no_more_than_the_last_step(
    inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights, then the optimizer's state, then the checkpoint do not fit; then there is room, and the run goes on."""
    assert run(inputs, tmp_path / "undisturbed", capsys) == ""
    out = tmp_path / "run"
    weights = (tmp_path / "undisturbed" / "induction" / STATE).stat().st_size
    for size in (weights // 2, weights + 4096):
        with no_file_above(size):
            assert "start the same command again" in run(inputs, out, capsys)
        assert not (out / CHECKPOINT).exists()

    write = stages.write_checkpoint

    def full(*args: Any) -> Any:
        with no_file_above(4096):
            return write(*args)

    monkeypatch.setattr(stages, "write_checkpoint", full)
    assert "start the same command again" in run(inputs, out, capsys)
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["induction"]

    monkeypatch.setattr(stages, "write_checkpoint", write)
    assert run(inputs, out, capsys) == ""
    one, other = (load_file(tmp_path / name / "induction" / STATE) for name in ("undisturbed", "run"))
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())
    assert (
        load_checkpoint(out / CHECKPOINT).manifest.metrics
        == load_checkpoint(tmp_path / "undisturbed" / CHECKPOINT).manifest.metrics
    )


def test_a_damaged_folder_of_a_run_says_what_to_delete(
    inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert run(inputs, out, capsys) == ""
    cut(out / "induction" / STATE)
    assert f"delete {out / 'induction'}" in run(inputs, out, capsys)
    (out / RUN).write_text('{"recipe": ', encoding="utf-8")
    assert "--restart" in run(inputs, out, capsys)
    assert load_checkpoint(out / CHECKPOINT).manifest.recipe == "recipe", "the checkpoint that was there is untouched"
    assert run(inputs, out, capsys, "--restart") == ""


@pytest.mark.parametrize("known", [False, True])
def test_a_catalog_without_semantic_ids_makes_no_examples(
    known: bool, database: Database, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither where the codebooks are new to the database, nor where it knows them and no product has an id."""
    serving.fill(database, with_sids=False)
    serving.CODEBOOKS.save(tmp_path / "codebooks")
    if known:
        with database.session() as session:
            save_codebook_version(session, serving.CODEBOOKS.fingerprint, serving.SCHEME.to_dict(), NOW)
    out = tmp_path / "examples"
    arguments = ["--database", database_url, "--codebooks", str(tmp_path / "codebooks"), "--out", str(out)]
    assert cli.main(["examples", *arguments]) == 2
    assert "python -m finetune sids" in capsys.readouterr().err.splitlines()[-1]
    assert not out.exists()
