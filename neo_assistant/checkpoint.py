"""A checkpoint: one folder with everything that was trained, and a manifest against which all of it is checked.

    manifest.json                            what it is and the sha256 of every other file
    codebooks/codebooks.{json,safetensors}   the codebooks its semantic ids are of
    new_rows.safetensors                     rows of the added tokens: ``input`` (tokens, hidden), ``output`` if untied
    adapter/adapter_{config.json,model.safetensors}   LoRA in fp16 under PEFT's names   (weights: adapter)
    model.safetensors                        all weights in fp16                         (weights: full)
    training.json                            the resolved training configuration
    sids.csv.gz                              the semantic ids the model has learned, by SKU      (may be missing)
    terms.json                               other words by which people mean kinds and values   (may be missing)

Nothing is unpickled and no code is loaded. Whatever does not match (a file that is missing or damaged, another format
version, another base model, other codebooks) raises :class:`CheckpointError`, which says what and how to mend it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neo_assistant.base_model import BaseModel, base_tokenizer, find_base, load_base
from neo_assistant.codebooks import Codebooks
from neo_assistant.errors import CheckpointError
from neo_assistant.manifest import (
    ADAPTER,
    ADAPTER_CONFIG,
    BASE_ROWS,
    CODEBOOKS,
    COPY_HINT,
    FILES,
    FULL,
    MANIFEST,
    NEW_ROWS,
    TRAINING,
    Manifest,
    file_digest,
    read_manifest,
    verify_files,
)
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sid_file import SIDS_FILE, write_sids
from neo_assistant.sids import Sid
from neo_assistant.terms import NO_TERMS, TERMS_FILE, Terms, read_terms, write_terms

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Loaded:
    """A checkpoint ready to use: the model in fp32 with everything merged, in evaluation mode, on the CPU."""

    model: PreTrainedModel
    tokenizer: ShopTokenizer
    codebooks: Codebooks
    manifest: Manifest
    terms: Terms = NO_TERMS


@dataclass(frozen=True)
class BaseRows:
    """Rows of the base's own tokens that were trained: their ids, (k,) int32, and the rows, (k, hidden)."""

    ids: torch.Tensor
    rows: torch.Tensor


@dataclass(frozen=True)
class AdapterWeights:
    """LoRA under PEFT's names, its PEFT configuration, the new rows, and trained rows of the base if there are any."""

    lora: Mapping[str, torch.Tensor]
    config: Mapping[str, Any]
    input_rows: torch.Tensor
    output_rows: torch.Tensor | None = None
    base_rows: BaseRows | None = None


@dataclass(frozen=True)
class FullWeights:
    """All weights of the model, the vocabulary extended, by parameter name; a tied matrix once."""

    tensors: Mapping[str, torch.Tensor]


def load_checkpoint(folder: Path, base_model: str | None = None) -> Loaded:
    """Load a checkpoint onto its base model, having checked all of it.

    Args:
        folder: the checkpoint.
        base_model: where the base model is, if not under the name in the manifest (a folder or a hub name).

    Raises:
        CheckpointError: if anything is missing, damaged or does not match.
    """
    manifest = read_manifest(folder)
    verify_files(folder, manifest)
    if manifest.student is not None:
        from neo_assistant.student import find_student

        base = find_student(manifest.student, base_model)
    else:
        base = find_base(base_model or manifest.base_model)
    _check_base(manifest, base)
    codebooks = Codebooks.load(folder / CODEBOOKS)
    if codebooks.fingerprint != manifest.codebook_version or codebooks.scheme != manifest.scheme:
        raise CheckpointError(f"the codebooks in {folder} are not those of its {MANIFEST}", COPY_HINT)
    tokenizer = ShopTokenizer(base_tokenizer(base.name), manifest.vocabulary)
    model = load_base(base.name)
    if manifest.weights != "full":
        _apply_adapter(model, folder, manifest)
    else:
        _apply_full(model, folder, manifest)
    terms = read_terms(folder / TERMS_FILE) if TERMS_FILE in manifest.files else NO_TERMS
    return Loaded(model.eval(), tokenizer, codebooks, manifest, terms)


def read_adapter(folder: Path, manifest: Manifest) -> AdapterWeights:
    """The adapter and the rows of a checkpoint, as they are stored.

    Raises:
        CheckpointError: if they cannot be read, or the rows are not those of the manifest's tokens.
    """
    from neo_assistant.weights import INPUT_ROWS, OUTPUT_ROWS

    rows = _load_tensors(folder / NEW_ROWS)
    expected = len(manifest.vocabulary.tokens)
    if INPUT_ROWS not in rows or any(len(tensor) != expected for tensor in rows.values()):
        raise CheckpointError(f"{folder / NEW_ROWS} does not hold the {expected} rows of the added tokens", COPY_HINT)
    lora, config = _load_tensors(folder / ADAPTER), _read_json(folder / ADAPTER_CONFIG)
    trained = _base_rows(folder, manifest) if manifest.weights == "adapter+rows" else None
    return AdapterWeights(lora, config, rows[INPUT_ROWS], rows.get(OUTPUT_ROWS), trained)


def write_checkpoint(
    folder: Path,
    manifest: Manifest,
    codebooks: Codebooks,
    weights: AdapterWeights | FullWeights,
    training: Mapping[str, Any],
    sids: Mapping[str, Sid] | None = None,
    terms: Terms = NO_TERMS,
) -> Manifest:
    """Write a checkpoint; ``folder`` appears, or is replaced, only once everything is written.

    Args:
        folder: the checkpoint.
        manifest: what it is; the sha256 of its files are added.
        codebooks: those the model was trained with.
        weights: what was trained.
        training: the resolved training configuration.
        sids: SKU → SID of what the model has learned, so that other databases can adopt them.
        terms: other words by which people mean the kinds and values of the shop that it was trained for.

    Returns:
        the manifest with the sha256 of every file.

    Raises:
        CheckpointError: if ``folder`` exists and is not a checkpoint, or the parts contradict each other.
        SidError: if a SID does not belong to the codebooks' scheme.
    """
    if codebooks.fingerprint != manifest.codebook_version or codebooks.scheme != manifest.scheme:
        raise CheckpointError("the manifest is not of these codebooks")
    if kind_of(weights) != manifest.weights:
        raise CheckpointError(f"the manifest says weights {manifest.weights!r}, which these are not")
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise CheckpointError(f"{folder} holds something that is not a checkpoint", "name another folder")
    for sid in (sids or {}).values():
        manifest.scheme.check(sid)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        new = Path(scratch) / "new"
        codebooks.save(new / CODEBOOKS)
        _write_json(new / TRAINING, training)
        if isinstance(weights, AdapterWeights):
            rows = {"input": weights.input_rows, "output": weights.output_rows}
            _save_half({name: tensor for name, tensor in rows.items() if tensor is not None}, new / NEW_ROWS)
            _write_json(new / ADAPTER_CONFIG, weights.config)
            _save_half(weights.lora, new / ADAPTER)
            if weights.base_rows is not None:
                _save_half({"ids": weights.base_rows.ids, "rows": weights.base_rows.rows}, new / BASE_ROWS)
        else:
            _save_half(weights.tensors, new / FULL)
        names = FILES[manifest.weights]
        if sids is not None:
            write_sids(new / SIDS_FILE, sids)
            names = (*names, SIDS_FILE)
        if terms != NO_TERMS:
            write_terms(new / TERMS_FILE, terms)
            names = (*names, TERMS_FILE)
        manifest = replace(manifest, files={name: file_digest(new / name) for name in names})
        _write_json(new / MANIFEST, manifest.to_dict())
        if folder.exists():
            folder.rename(Path(scratch) / "old")
        new.rename(folder)
    return manifest


def add_metrics(folder: Path, metrics: Mapping[str, Any]) -> Manifest:
    """Add figures to the manifest of a checkpoint, in one step; nothing else of it changes.

    Raises:
        CheckpointError: if there is no readable manifest.
    """
    manifest = read_manifest(folder)
    manifest = replace(manifest, metrics={**manifest.metrics, **metrics})
    new = folder / f".{MANIFEST}.new"
    _write_json(new, manifest.to_dict())
    new.replace(folder / MANIFEST)
    return manifest


def _check_base(manifest: Manifest, base: BaseModel) -> None:
    same = base.sha256 == manifest.base_sha256 if manifest.base_sha256 else base.name == manifest.base_model
    if not same:
        raise CheckpointError(
            f"the checkpoint was trained from {manifest.base_model} (sha256 {manifest.base_sha256[:12] or 'unknown'}), "
            f"the base model here is {base.name} (sha256 {base.sha256[:12] or 'unknown'})",
            "set NEO_BASE_MODEL to the base model it was trained from",
        )


def _apply_adapter(model: PreTrainedModel, folder: Path, manifest: Manifest) -> None:
    from neo_assistant.weights import extend_vocabulary, lora_scale, merge_lora, replace_rows

    weights = read_adapter(folder, manifest)
    merge_lora(model, weights.lora, lora_scale(weights.config))
    if weights.base_rows is not None:
        replace_rows(model, weights.base_rows.ids, weights.base_rows.rows)
    extend_vocabulary(model, manifest.first_id, weights.input_rows, weights.output_rows)


def _apply_full(model: PreTrainedModel, folder: Path, manifest: Manifest) -> None:
    import torch

    from neo_assistant.weights import extend_vocabulary, tied

    tensors = {name: tensor.float() for name, tensor in _load_tensors(folder / FULL).items()}
    rows = torch.zeros(len(manifest.vocabulary.tokens), model.get_input_embeddings().embedding_dim)
    extend_vocabulary(model, manifest.first_id, rows, None if tied(model) else rows)
    parameters = dict(model.named_parameters())
    if set(tensors) != set(parameters):
        different = sorted(set(tensors) ^ set(parameters))
        raise CheckpointError(f"{folder / FULL} does not hold this model's weights: {different[0]}", COPY_HINT)
    for name, tensor in tensors.items():
        if tensor.shape != parameters[name].shape or not tensor.isfinite().all():
            raise CheckpointError(f"{folder / FULL}: {name} does not fit the model", COPY_HINT)
        parameters[name].data.copy_(tensor)


def kind_of(weights: AdapterWeights | FullWeights) -> str:
    """What a manifest calls such weights."""
    if isinstance(weights, FullWeights):
        return "full"
    return "adapter" if weights.base_rows is None else "adapter+rows"


def _base_rows(folder: Path, manifest: Manifest) -> BaseRows:
    tensors = _load_tensors(folder / BASE_ROWS)
    ids, rows = tensors.get("ids"), tensors.get("rows")
    if ids is None or rows is None or ids.ndim != 1 or rows.ndim != 2 or len(ids) != len(rows):
        raise CheckpointError(f"{folder / BASE_ROWS} does not hold ids and a row for each", COPY_HINT)
    if len(ids.unique()) != len(ids) or bool(((ids < 0) | (ids >= manifest.first_id)).any()):
        raise CheckpointError(f"{folder / BASE_ROWS} names tokens that the base does not have", COPY_HINT)
    return BaseRows(ids, rows)


def _load_tensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}", COPY_HINT) from error


def _save_half(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    stored = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    halves = {name: t.to(torch.float16) if t.is_floating_point() else t for name, t in stored.items()}
    for name, tensor in halves.items():
        if not tensor.isfinite().all():
            raise CheckpointError(f"{name} holds a value that is not finite in half precision; it was not written")
    save_file(halves, path, metadata={"format": "pt"})
    path.chmod(0o644)  # safetensors makes files that only their owner can read


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}", COPY_HINT) from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{path} holds no JSON object", COPY_HINT)
    return values


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=2, sort_keys=True, default=list) + "\n", encoding="utf-8")
