"""The average of two checkpoints, value by value; which rows of the base are kept; what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from catalog_db.errors import NeoError
from finetune.cli import main
from finetune.errors import TrainingError
from finetune.prepared import ARRAYS, META
from finetune.training.average import average_checkpoints
from neo_assistant.checkpoint import AdapterWeights, BaseRows, FullWeights, load_checkpoint, write_checkpoint
from neo_assistant.errors import CheckpointError
from neo_assistant.manifest import ADAPTER, BASE_ROWS, MANIFEST, NEW_ROWS, TRAINING, Manifest, file_digest
from neo_assistant.sid_file import SIDS_FILE, read_sids
from neo_assistant.sids import Sid
from neo_assistant.terms import Terms
from tests.finetune import tiny
from tests.neo_assistant.test_checkpoint import make_manifest, make_weights
from tests.neo_assistant.tiny_model import HIDDEN, SCHEME, make_codebooks, save_base, vocabulary

FIRST_IDS, SECOND_IDS = [3, 7, 9], [5, 7, 9, 11]
SIDS = {"T1": Sid("cups", (1, 2, 3))}
TERMS = Terms({"kind": {"mug": ("coffee cup",)}}, ("cup",))


def make(factor: float, ids: list[int]) -> AdapterWeights:
    """All weights of the tiny adapter times a number, and rows of the base that are their id times it."""
    weights = make_weights()
    rows = torch.tensor(ids, dtype=torch.float32)[:, None].expand(-1, HIDDEN) * factor
    return replace(
        weights,
        lora={name: tensor * factor for name, tensor in weights.lora.items()},
        input_rows=weights.input_rows * factor,
        base_rows=BaseRows(torch.tensor(ids, dtype=torch.int32), rows) if ids else None,
    )


class Pair:
    """Two checkpoints and examples in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.first, self.second, self.out = folder, folder / "first", folder / "second", folder / "out"
        save_base(folder / "base")
        self.manifest = replace(make_manifest(folder / "base", "adapter+rows"), data={"examples": "e1"})
        write_checkpoint(self.first, self.manifest, make_codebooks(), make(1.0, FIRST_IDS), {"seed": 1})
        self.write_second(self.manifest)

    def write_second(self, manifest: Manifest, weights: AdapterWeights | FullWeights | None = None) -> None:
        manifest = replace(manifest, data={"examples": "e2"})
        weights = weights or make(2.0, SECOND_IDS)
        write_checkpoint(self.second, manifest, make_codebooks(), weights, {"seed": 2}, SIDS, TERMS)

    def average(self, share: float = 0.5, **options: Any) -> Manifest:
        return average_checkpoints([self.first, self.second], self.out, share, **options)

    def base_rows(self) -> dict[int, float]:
        """Id → the value in its row."""
        found = load_file(self.out / BASE_ROWS)
        assert (found["rows"] == found["rows"][:, :1]).all()
        return dict(zip(found["ids"].tolist(), found["rows"][:, 0].tolist(), strict=True))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def save_tokens(folder: Path, ids: list[int], **meta: Any) -> Path:
    """Prepared examples: one, of these tokens."""
    tiny.save_examples(folder, 5)
    values = json.loads((folder / META).read_text(encoding="utf-8"))
    (folder / META).write_text(json.dumps({**values, **meta}), encoding="utf-8")
    one = np.zeros(1, np.int16)
    loss = np.ones(len(ids), bool)
    np.savez(folder / ARRAYS, ids=np.array(ids, np.int32), loss=loss, offsets=[0, len(ids)], task=one, split=one)
    return folder


def test_every_tensor_is_averaged_and_a_row_that_one_alone_has_is_kept(pair: Pair) -> None:
    pair.average(share=0.25)
    lora = load_file(pair.out / ADAPTER)
    assert lora.keys() == make_weights().lora.keys()
    # Both are stored in half precision before they are averaged.
    for name, tensor in make_weights().lora.items():
        assert torch.equal(lora[name], (0.75 * tensor.half().float() + 0.25 * (tensor * 2).half().float()).half())
    rows = make_weights().input_rows
    expected = (0.75 * rows.half().float() + 0.25 * (rows * 2).half().float()).half()
    assert torch.equal(load_file(pair.out / NEW_ROWS)["input"], expected)
    assert pair.base_rows() == {3: 3.0, 5: 10.0, 7: 8.75, 9: 11.25, 11: 22.0}
    assert load_file(pair.out / BASE_ROWS)["ids"].dtype == torch.int32


def test_a_base_that_does_not_tie_has_its_output_rows_averaged(tmp_path: Path, pair: Pair) -> None:
    save_base(tmp_path / "untied", tie=False)
    manifest = make_manifest(tmp_path / "untied")
    for folder, factor in ((pair.first, 1.0), (pair.second, 3.0)):
        weights = make(factor, [])
        weights = replace(weights, output_rows=torch.full_like(weights.input_rows, factor))
        write_checkpoint(folder, manifest, make_codebooks(), weights, {})
    assert pair.average().weights == "adapter"
    assert (load_file(pair.out / NEW_ROWS)["output"] == 2.0).all()
    load_checkpoint(pair.out)


@pytest.mark.parametrize(("share", "name"), [(0.0, "first"), (1.0, "second")])
def test_a_share_of_0_or_1_is_one_or_the_other(pair: Pair, share: float, name: str) -> None:
    pair.write_second(pair.manifest, make(2.0, FIRST_IDS))
    pair.average(share=share)
    for file in (ADAPTER, NEW_ROWS, BASE_ROWS):
        found, expected = load_file(pair.out / file), load_file(pair.folder / name / file)
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[key], expected[key]) for key in expected)


def test_the_result_loads_and_says_what_it_was_made_from(pair: Pair) -> None:
    manifest = pair.average(share=0.25)
    loaded = load_checkpoint(pair.out)
    assert loaded.manifest == manifest
    assert loaded.terms == TERMS
    assert read_sids(pair.out / SIDS_FILE, SCHEME) == SIDS
    assert loaded.model.get_input_embeddings().weight[7].tolist() == [8.75] * HIDDEN
    assert manifest.metrics == {}
    assert manifest.data == {"examples": "e2", "averaged_with": "e1"}
    assert manifest.date > pair.manifest.date
    assert json.loads((pair.out / TRAINING).read_text(encoding="utf-8")) == {
        "seed": 2,
        "averaged_from": [
            {"name": "first", "manifest_sha256": file_digest(pair.first / MANIFEST), "share": 0.75},
            {"name": "second", "manifest_sha256": file_digest(pair.second / MANIFEST), "share": 0.25},
        ],
    }


def test_the_rows_of_the_most_frequent_tokens_are_kept(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    data = save_tokens(pair.folder / "data", [11, 11, 11, 9, 9, 7, 5, 100])
    manifest = average_checkpoints([pair.second], pair.out, 0.5, rows=3, data=data)
    assert pair.base_rows() == {5: 10.0, 9: 18.0, 11: 22.0}, "of 5 and 7, which occur equally often, the smaller"
    assert "3 of 4, with 85.7143% of the occurrences" in capsys.readouterr().out
    assert torch.equal(load_file(pair.out / NEW_ROWS)["input"], load_file(pair.second / NEW_ROWS)["input"])
    assert manifest.data.keys() == {"examples", "rows_counted_in"}
    training = json.loads((pair.out / TRAINING).read_text(encoding="utf-8"))
    assert [source["share"] for source in training["averaged_from"]] == [1.0]
    load_checkpoint(pair.out)


def test_more_rows_than_there_are_keeps_all_of_both(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    pair.average(rows=100, data=save_tokens(pair.folder / "data", [100, 101]))
    assert sorted(pair.base_rows()) == [3, 5, 7, 9, 11]
    assert "5 of 5, with 0.0000%" in capsys.readouterr().out


def other_rank(weights: AdapterWeights) -> AdapterWeights:
    return replace(weights, config={**weights.config, "r": 8})


def other_targets(weights: AdapterWeights) -> AdapterWeights:
    return replace(weights, config={**weights.config, "target_modules": ["q_proj"]})


def other_layers(weights: AdapterWeights) -> AdapterWeights:
    return replace(weights, lora={name: tensor for name, tensor in weights.lora.items() if "layers.0" in name})


@pytest.mark.parametrize(
    ("change", "message"),
    [(other_rank, "LoRA rank"), (other_targets, "LoRA rank"), (other_layers, "shapes of their weights")],
)
def test_other_adapters_are_refused(
    pair: Pair, change: Callable[[AdapterWeights], AdapterWeights], message: str
) -> None:
    pair.write_second(pair.manifest, change(make(2.0, SECOND_IDS)))
    with pytest.raises(TrainingError, match=message):
        pair.average()


def test_other_bases_codebooks_and_weights_are_refused(pair: Pair) -> None:
    pair.write_second(replace(pair.manifest, base_sha256="0" * 64))
    with pytest.raises(TrainingError, match="their base model"):
        pair.average()
    pair.write_second(replace(pair.manifest, weights="adapter"), make(2.0, []))
    with pytest.raises(TrainingError, match="their kind of weights"):
        pair.average()
    pair.write_second(replace(pair.manifest, weights="full"), FullWeights({"norm": torch.ones(HIDDEN)}))
    with pytest.raises(TrainingError, match="all weights"):
        pair.average()
    codebooks = replace(make_codebooks(), encoder_fingerprint="1" * 64)
    manifest = replace(pair.manifest, codebook_version=codebooks.fingerprint)
    write_checkpoint(pair.second, manifest, codebooks, make(2.0, SECOND_IDS), {})
    with pytest.raises(TrainingError, match="their codebooks"):
        pair.average()
    (pair.second / NEW_ROWS).write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="damaged"):
        pair.average()
    assert not pair.out.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"share": -0.1}, "share"),
        ({"share": 1.5}, "share"),
        ({"share": float("nan")}, "share"),
        ({"rows": 0, "data": Path("data")}, "0 rows"),
        ({"rows": 5}, "go together"),
        ({"data": Path("data")}, "go together"),
    ],
)
def test_options_that_make_no_sense_are_refused(pair: Pair, options: dict[str, Any], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        pair.average(**options)


def test_nothing_to_average_and_an_out_that_is_read_are_refused(pair: Pair) -> None:
    for folders in ([pair.first], [pair.first, pair.second, pair.second]):
        with pytest.raises(TrainingError, match="nothing to average"):
            average_checkpoints(folders, pair.out, 0.5)
    with pytest.raises(TrainingError, match="one of the checkpoints"):
        average_checkpoints([pair.first, pair.second], pair.first, 0.5)


def test_examples_that_do_not_fit_and_checkpoints_without_rows_are_refused(pair: Pair) -> None:
    for meta, message in (({"first_id": 1}, "another base"), ({"codebook_version": "0"}, "other codebooks")):
        with pytest.raises(TrainingError, match=message):
            pair.average(rows=2, data=save_tokens(pair.folder / "data", [7], **meta))
    with pytest.raises(TrainingError, match="another base"):
        pair.average(rows=2, data=save_tokens(pair.folder / "data", [vocabulary().size]))
    with pytest.raises(NeoError, match="no usable examples"):
        pair.average(rows=2, data=pair.folder / "nowhere")
    pair.write_second(replace(pair.manifest, weights="adapter"), make(2.0, []))
    with pytest.raises(TrainingError, match="no trained rows"):
        average_checkpoints([pair.second], pair.out, 0.5, rows=2, data=save_tokens(pair.folder / "data", [7]))
    assert not pair.out.exists()


def test_the_command_line(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    data = save_tokens(pair.folder / "data", [7, 7, 9])
    folders = [str(pair.first), str(pair.second)]
    options = ["--share", "0.5", "--rows", "1", "--data", str(data), "--out", str(pair.out)]
    assert main(["average", *folders, *options]) == 0
    assert pair.base_rows() == {7: 10.5}
    assert f"checkpoint in {pair.out}" in capsys.readouterr().out
    assert main(["average", *folders, "--share", "2", "--out", str(pair.out)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: the share is 2")
    assert error.count("\n") == 1
