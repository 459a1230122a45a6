"""A checkpoint comes back as it was written, and whatever is wrong with one is one clear error."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from neo_assistant.base_model import find_base, load_base
from neo_assistant.checkpoint import AdapterWeights, FullWeights, add_metrics, load_checkpoint, write_checkpoint
from neo_assistant.errors import CheckpointError
from neo_assistant.manifest import (
    ADAPTER,
    ADAPTER_CONFIG,
    FILES,
    FORMAT_VERSION,
    MANIFEST,
    NEW_ROWS,
    Manifest,
    file_digest,
    read_manifest,
)
from neo_assistant.terms import NO_TERMS, TERMS_FILE, Terms
from neo_assistant.weights import PEFT_PREFIX
from tests.neo_assistant.tiny_model import HIDDEN, SCHEME, make_codebooks, save_base, vocabulary

CONFIG = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "r": 4,
    "lora_alpha": 8,
    "target_modules": ["q_proj", "up_proj"],
}


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * 0.1


def make_lora() -> dict[str, torch.Tensor]:
    shapes = {"self_attn.q_proj": (HIDDEN, HIDDEN), "mlp.up_proj": (96, HIDDEN)}
    tensors = {}
    for layer in range(2):
        for number, (name, (rows, columns)) in enumerate(shapes.items()):
            prefix = f"{PEFT_PREFIX}model.layers.{layer}.{name}"
            tensors[f"{prefix}.lora_A.weight"] = random(4, columns, seed=layer + 10 * number)
            tensors[f"{prefix}.lora_B.weight"] = random(rows, 4, seed=5 + layer + 10 * number)
    return tensors


def make_weights(tie: bool = True) -> AdapterWeights:
    rows = random(len(vocabulary().tokens), HIDDEN, seed=99)
    return AdapterWeights(make_lora(), CONFIG, rows, None if tie else -rows)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    save_base(folder)
    return folder


def make_manifest(base: Path, weights: str = "adapter") -> Manifest:
    found = find_base(str(base))
    return Manifest(
        base_model=found.name,
        base_sha256=found.sha256,
        codebook_version=make_codebooks().fingerprint,
        scheme=SCHEME,
        first_id=vocabulary().first_id,
        weights=weights,
        recipe="test",
        date="2026-01-01T00:00:00+00:00",
        metrics={"loss": 1.5},
    )


@pytest.fixture(scope="module")
def written(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "checkpoint"
    write_checkpoint(folder, make_manifest(base), make_codebooks(), make_weights(), {"seed": 1})
    return folder


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


def test_terms_travel_with_it_and_are_checked(base: Path, tmp_path: Path) -> None:
    terms = Terms({"kind": {"bathrobe": ("dressing gown",)}}, ("lamp",))
    folder = tmp_path / "c"
    write_checkpoint(folder, make_manifest(base), make_codebooks(), make_weights(), {}, terms=terms)
    assert load_checkpoint(folder).terms == terms
    (folder / TERMS_FILE).write_text('{"facets": {}, "families": []}')
    with pytest.raises(CheckpointError, match=re.escape(TERMS_FILE)):
        load_checkpoint(folder)


def test_a_checkpoint_need_not_have_terms(written: Path) -> None:
    assert load_checkpoint(written).terms == NO_TERMS


def test_the_model_is_the_base_with_adapter_and_rows(base: Path, written: Path) -> None:
    loaded = load_checkpoint(written)
    assert loaded.codebooks.fingerprint == make_codebooks().fingerprint
    assert loaded.tokenizer.vocabulary == vocabulary()
    assert loaded.manifest == read_manifest(written)
    assert loaded.manifest.metrics == {"loss": 1.5}
    expected = load_base(str(base))
    lora, rows = make_lora(), make_weights().input_rows
    with torch.no_grad():
        for layer in range(2):
            for name in ("self_attn.q_proj", "mlp.up_proj"):
                prefix = f"{PEFT_PREFIX}model.layers.{layer}.{name}"
                product = lora[f"{prefix}.lora_B.weight"] @ lora[f"{prefix}.lora_A.weight"]
                expected.get_parameter(f"model.layers.{layer}.{name}.weight").add_(2.0 * product)
        expected.resize_token_embeddings(vocabulary().size, mean_resizing=False)
        expected.get_input_embeddings().weight[vocabulary().first_id :] = rows
        ids = torch.tensor([[5, 9, vocabulary().first_id, vocabulary().first_code, vocabulary().want_close]])
        logits = loaded.model(input_ids=ids).logits
        assert logits.shape == (1, 5, vocabulary().size)
        assert torch.allclose(logits, expected(input_ids=ids).logits, atol=5e-3), "half precision loses no more"
    assert loaded.model.get_output_embeddings().weight is loaded.model.get_input_embeddings().weight
    assert not loaded.model.training
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.float32}


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # PEFT 0.21 asks for it
def test_peft_reads_the_same_adapter(base: Path, written: Path) -> None:
    peft = pytest.importorskip("peft")
    model = peft.PeftModel.from_pretrained(load_base(str(base)), written / "adapter").merge_and_unload()
    loaded = load_checkpoint(written).model
    for name in ("model.layers.1.self_attn.q_proj.weight", "model.layers.0.mlp.up_proj.weight"):
        assert torch.allclose(model.get_parameter(name), loaded.get_parameter(name), atol=1e-6)


def test_a_base_that_does_not_tie_has_output_rows(tmp_path: Path) -> None:
    save_base(tmp_path / "base", tie=False)
    manifest = make_manifest(tmp_path / "base")
    write_checkpoint(tmp_path / "c", manifest, make_codebooks(), make_weights(tie=False), {})
    model = load_checkpoint(tmp_path / "c").model
    first, rows = vocabulary().first_id, make_weights().input_rows
    assert torch.allclose(model.get_input_embeddings().weight[first:], rows, atol=1e-3)
    assert torch.allclose(model.get_output_embeddings().weight[first:], -rows, atol=1e-3)
    write_checkpoint(tmp_path / "c", manifest, make_codebooks(), make_weights(tie=True), {})
    with pytest.raises(CheckpointError, match="exactly where the base does not tie"):
        load_checkpoint(tmp_path / "c")


def damage_manifest(**changed: Any) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        (folder / MANIFEST).write_text(json.dumps({**values, **changed}), encoding="utf-8")

    return damage


def sealed(change: Callable[[Path], None], name: str) -> Callable[[Path], None]:
    """Change a file and state its new sha256, as somebody would who edits a checkpoint by hand."""

    def damage(folder: Path) -> None:
        change(folder / name)
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        values["files"][name] = file_digest(folder / name)
        (folder / MANIFEST).write_text(json.dumps(values), encoding="utf-8")

    return damage


def tensors(change: Callable[[dict[str, torch.Tensor]], None]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        found = load_file(path)
        change(found)
        save_file(found, path)

    return edit


def edit_json(**changed: Any) -> Callable[[Path], None]:
    return lambda path: void(path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changed})))


def void(_: object) -> None:
    """Nothing."""


def first(found: dict[str, torch.Tensor], ending: str = "lora_A.weight") -> str:
    return next(name for name in sorted(found) if name.endswith(ending))


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no manifest": (lambda folder: (folder / MANIFEST).unlink(), "holds no checkpoint: manifest.json is missing"),
    "manifest cut short": (lambda f: void((f / MANIFEST).write_text("{'a")), "manifest.json cannot be read"),
    "manifest is a list": (lambda folder: void((folder / MANIFEST).write_text("[]")), "of format None"),
    "later format": (
        damage_manifest(format_version=FORMAT_VERSION + 1),
        f"of format {FORMAT_VERSION + 1}, this release",
    ),
    "no first id": (damage_manifest(first_id=None), "manifest.json is damaged"),
    "unknown weights": (damage_manifest(weights="pickle"), "unknown weights 'pickle'"),
    "no digests": (damage_manifest(files={}), "lacks the sha256 of"),
    "bad scheme": (damage_manifest(scheme={"types": []}), "manifest.json is damaged"),
    "other base": (
        damage_manifest(base_model={"name": "big", "sha256": "0" * 64}),
        "there is no base model folder|trained from big",
    ),
    "other first id": (damage_manifest(first_id=3), "the tokenizer has .* were made for 3"),
    "other codebooks": (damage_manifest(codebook_version="0" * 64), "the codebooks in .* are not those of its"),
    "foreign tensor": (
        sealed(tensors(lambda found: found.update(extra=torch.zeros(2))), ADAPTER),
        "holds a tensor 'extra'",
    ),
    "half an adapter": (sealed(tensors(lambda found: void(found.pop(first(found)))), ADAPTER), "only half there"),
    "adapter of another shape": (
        sealed(tensors(lambda found: found.update({first(found): torch.zeros(4, 3)})), ADAPTER),
        "its matrix",
    ),
    "adapter not finite": (
        sealed(tensors(lambda found: void(found[first(found)].fill_(torch.nan))), ADAPTER),
        "not finite",
    ),
    "adapter of no matrix": (
        sealed(tensors(lambda found: found.update({f"{PEFT_PREFIX}x.lora_A.weight": torch.zeros(2)})), ADAPTER),
        "no matrix 'x'",
    ),
    "rows missing": (
        sealed(tensors(lambda found: found.update(input=found["input"][:-1].clone())), NEW_ROWS),
        "does not hold the",
    ),
    "rows too wide": (
        sealed(tensors(lambda found: found.update(input=torch.zeros(len(found["input"]), 3))), NEW_ROWS),
        "must be finite and",
    ),
    "not LoRA": (sealed(edit_json(peft_type="IA3"), ADAPTER_CONFIG), "not plain LoRA"),
    "not plain LoRA": (sealed(edit_json(use_dora=True), ADAPTER_CONFIG), "not plain LoRA"),
    "rank of nothing": (sealed(edit_json(r=0), ADAPTER_CONFIG), "rank is 0"),
    "rank of a word": (sealed(edit_json(r="x"), ADAPTER_CONFIG), "configuration is damaged"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_does_not_match_is_said(copy: Path, base: Path, name: str) -> None:
    damage, said = DAMAGES[name]
    damage(copy)
    with pytest.raises(CheckpointError, match=said) as caught:
        load_checkpoint(copy, str(base) if name == "other base" else None)
    assert caught.value.hint, "it says how to mend it"


@pytest.mark.parametrize("name", FILES["adapter"])
def test_a_file_that_is_missing_cut_short_or_flipped(copy: Path, name: str) -> None:
    path = copy / name
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], bytes([whole[0] ^ 1]) + whole[1:], b""):
        path.write_bytes(broken)
        with pytest.raises(CheckpointError, match=rf"{re.escape(str(path))} is damaged"):
            load_checkpoint(copy)
    path.unlink()
    with pytest.raises(CheckpointError, match=f"{re.escape(name)} is missing"):
        load_checkpoint(copy)


def test_another_base_model_is_refused_whatever_its_name(copy: Path, tmp_path: Path) -> None:
    save_base(tmp_path / "other", tie=False)
    with pytest.raises(CheckpointError, match=r"was trained from .* NEO_BASE_MODEL"):
        load_checkpoint(copy, str(tmp_path / "other"))


def test_the_same_base_model_may_be_elsewhere(copy: Path, base: Path, tmp_path: Path) -> None:
    shutil.copytree(base, tmp_path / "moved")
    damage_manifest(base_model={"name": "gone", "sha256": find_base(str(base)).sha256})(copy)
    assert load_checkpoint(copy, str(tmp_path / "moved")).manifest.base_model == "gone"


def test_figures_are_added_to_the_manifest_alone(copy: Path) -> None:
    before = {name: (copy / name).read_bytes() for name in FILES["adapter"]}
    add_metrics(copy, {"heldout": {"exact": 0.5}})
    assert read_manifest(copy).metrics == {"loss": 1.5, "heldout": {"exact": 0.5}}
    assert {name: (copy / name).read_bytes() for name in FILES["adapter"]} == before
    load_checkpoint(copy)


def test_writing_replaces_a_checkpoint_and_nothing_else(base: Path, copy: Path, tmp_path: Path) -> None:
    weights = replace(make_weights(), input_rows=make_weights().input_rows * 0)
    write_checkpoint(copy, make_manifest(base), make_codebooks(), weights, {"seed": 2})
    assert load_file(copy / NEW_ROWS)["input"].abs().max() == 0
    assert sorted(path.name for path in copy.parent.iterdir()) == ["copy"], "no scratch is left"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        write_checkpoint(tmp_path / "mine", make_manifest(base), make_codebooks(), weights, {})
    assert (tmp_path / "mine" / "letter.txt").read_text(encoding="utf-8") == "dear"


def test_a_failed_write_leaves_the_old_one(base: Path, copy: Path) -> None:
    weights = make_weights()
    broken = replace(weights, input_rows=weights.input_rows + 1e6)
    with pytest.raises(CheckpointError, match="half precision"):
        write_checkpoint(copy, make_manifest(base), make_codebooks(), broken, {})
    load_checkpoint(copy)
    assert sorted(path.name for path in copy.parent.iterdir()) == ["copy"]


def test_parts_that_contradict_each_other_are_not_written(base: Path, tmp_path: Path) -> None:
    manifest = replace(make_manifest(base), codebook_version="0")
    with pytest.raises(CheckpointError, match="not of these codebooks"):
        write_checkpoint(tmp_path / "c", manifest, make_codebooks(), make_weights(), {})
    with pytest.raises(CheckpointError, match="weights 'full'"):
        write_checkpoint(tmp_path / "c", make_manifest(base, "full"), make_codebooks(), make_weights(), {})
    assert not (tmp_path / "c").exists()


def test_full_weights_must_be_this_model_s(base: Path, tmp_path: Path) -> None:
    weights = FullWeights({"model.norm.weight": torch.ones(HIDDEN)})
    write_checkpoint(tmp_path / "c", make_manifest(base, "full"), make_codebooks(), weights, {})
    with pytest.raises(CheckpointError, match="does not hold this model's weights"):
        load_checkpoint(tmp_path / "c")
