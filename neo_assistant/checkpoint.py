"""A checkpoint: one folder with everything that was trained, and a manifest against which all of it is checked.

    manifest.json                            what it is and the sha256 of every other file
    codebooks/codebooks.{json,safetensors}   the codebooks its semantic ids are of
    new_rows.safetensors                     rows of the added tokens: ``input`` (tokens, hidden), ``output`` if untied
    adapter/adapter_{config.json,model.safetensors}   LoRA in fp16 under PEFT's names   (weights: adapter)
    model.safetensors                        all weights in fp16                         (weights: full)
    training.json                            the resolved training configuration

Nothing is unpickled and no code is loaded. Whatever does not match (a file that is missing or damaged, another format
version, another base model, other codebooks) raises :class:`CheckpointError`, which says what and how to mend it.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neo_assistant.base_model import BaseModel, base_tokenizer, find_base, load_base
from neo_assistant.codebooks import ARRAYS_NAME, JSON_NAME, Codebooks
from neo_assistant.errors import CheckpointError, SidError
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidScheme, SidVocabulary

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
TRAINING = "training.json"
CODEBOOKS = "codebooks"
NEW_ROWS = "new_rows.safetensors"
ADAPTER_CONFIG = "adapter/adapter_config.json"
ADAPTER = "adapter/adapter_model.safetensors"
FULL = "model.safetensors"

_COMMON = (f"{CODEBOOKS}/{JSON_NAME}", f"{CODEBOOKS}/{ARRAYS_NAME}", TRAINING)
FILES: Mapping[str, tuple[str, ...]] = {
    "adapter": (*_COMMON, NEW_ROWS, ADAPTER_CONFIG, ADAPTER),
    "full": (*_COMMON, FULL),
}
"""The files of a checkpoint by kind of weights, the manifest aside."""

_COPY = "copy the whole folder again, or train again with `python -m finetune run`"
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Manifest:
    """What a checkpoint says of itself.

    Args:
        base_model: name of the base model.
        base_sha256: of its weights; empty for a model taken from a hub by name.
        codebook_version: fingerprint of the codebooks.
        scheme: which semantic ids there are.
        first_id: size of the base vocabulary; the added tokens follow.
        weights: ``adapter`` or ``full``.
        recipe: name of the recipe it was trained with.
        training: the resolved training configuration.
        metrics: figures on held-out data.
        data: fingerprints of what it was trained on.
        date: when it was written, ISO 8601, UTC.
        files: sha256 of every other file by its path in the folder.
    """

    base_model: str
    base_sha256: str
    codebook_version: str
    scheme: SidScheme
    first_id: int
    weights: str
    recipe: str
    date: str
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def vocabulary(self) -> SidVocabulary:
        """Where the added tokens stand."""
        return SidVocabulary(self.scheme, self.first_id)

    def to_dict(self) -> dict[str, Any]:
        return {
            "format_version": FORMAT_VERSION,
            "base_model": {"name": self.base_model, "sha256": self.base_sha256},
            "codebook_version": self.codebook_version,
            "scheme": self.scheme.to_dict(),
            "first_id": self.first_id,
            "weights": self.weights,
            "recipe": self.recipe,
            "date": self.date,
            "training": dict(self.training),
            "metrics": dict(self.metrics),
            "data": dict(self.data),
            "files": dict(self.files),
        }

    @classmethod
    def from_dict(cls, values: Any) -> Manifest:
        """Raises CheckpointError if ``values`` is not what :meth:`to_dict` writes."""
        if not isinstance(values, dict) or values.get("format_version") != FORMAT_VERSION:
            found = values.get("format_version") if isinstance(values, dict) else None
            raise CheckpointError(
                f"the checkpoint is of format {found}, this release reads format {FORMAT_VERSION}",
                "use the release it was written by, or train again",
            )
        try:
            manifest = cls(
                base_model=str(values["base_model"]["name"]),
                base_sha256=str(values["base_model"]["sha256"]),
                codebook_version=str(values["codebook_version"]),
                scheme=SidScheme.from_dict(values["scheme"]),
                first_id=int(values["first_id"]),
                weights=str(values["weights"]),
                recipe=str(values["recipe"]),
                date=str(values["date"]),
                training=dict(values["training"]),
                metrics=dict(values["metrics"]),
                data=dict(values["data"]),
                files={str(name): str(digest) for name, digest in values["files"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError, SidError) as error:
            raise CheckpointError(f"{MANIFEST} is damaged: {error!r}", _COPY) from error
        if manifest.weights not in FILES:
            raise CheckpointError(
                f"{MANIFEST} names unknown weights {manifest.weights!r}", f"known: {', '.join(FILES)}"
            )
        missing = sorted(set(FILES[manifest.weights]) - set(manifest.files))
        if missing or not all(_SHA256.match(digest) for digest in manifest.files.values()):
            raise CheckpointError(f"{MANIFEST} lacks the sha256 of {', '.join(missing) or 'a file'}", _COPY)
        return manifest


@dataclass(frozen=True)
class Loaded:
    """A checkpoint ready to use: the model in fp32 with everything merged, in evaluation mode, on the CPU."""

    model: PreTrainedModel
    tokenizer: ShopTokenizer
    codebooks: Codebooks
    manifest: Manifest


@dataclass(frozen=True)
class AdapterWeights:
    """LoRA under PEFT's names, its PEFT configuration, and the new rows."""

    lora: Mapping[str, torch.Tensor]
    config: Mapping[str, Any]
    input_rows: torch.Tensor
    output_rows: torch.Tensor | None = None


@dataclass(frozen=True)
class FullWeights:
    """All weights of the model, the vocabulary extended, by parameter name; a tied matrix once."""

    tensors: Mapping[str, torch.Tensor]


def read_manifest(folder: Path) -> Manifest:
    """The manifest alone, without looking at the other files.

    Raises:
        CheckpointError: if there is none, or it is damaged or of another format version.
    """
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CheckpointError(
            f"{folder} holds no checkpoint: {MANIFEST} is missing", "set NEO_CHECKPOINT to a checkpoint's folder"
        ) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder / MANIFEST} cannot be read: {error}", _COPY) from error
    return Manifest.from_dict(values)


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Check that every file of the checkpoint is there and is the one that was written.

    Raises:
        CheckpointError: naming the first file that is not.
    """
    for name in FILES[manifest.weights]:
        try:
            found = _digest(folder / name)
        except OSError as error:
            raise CheckpointError(f"{folder} is not whole: {name} is missing or unreadable", _COPY) from error
        if found != manifest.files[name]:
            raise CheckpointError(f"{folder / name} is damaged: its sha256 is not the one in {MANIFEST}", _COPY)


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
    base = find_base(base_model or manifest.base_model)
    _check_base(manifest, base)
    codebooks = Codebooks.load(folder / CODEBOOKS)
    if codebooks.fingerprint != manifest.codebook_version or codebooks.scheme != manifest.scheme:
        raise CheckpointError(f"the codebooks in {folder} are not those of its {MANIFEST}", _COPY)
    tokenizer = ShopTokenizer(base_tokenizer(base.name), manifest.vocabulary)
    model = load_base(base.name)
    if manifest.weights == "adapter":
        _apply_adapter(model, folder, manifest)
    else:
        _apply_full(model, folder, manifest)
    return Loaded(model.eval(), tokenizer, codebooks, manifest)


def write_checkpoint(
    folder: Path,
    manifest: Manifest,
    codebooks: Codebooks,
    weights: AdapterWeights | FullWeights,
    training: Mapping[str, Any],
) -> Manifest:
    """Write a checkpoint; ``folder`` appears, or is replaced, only once everything is written.

    Returns:
        the manifest with the sha256 of every file.

    Raises:
        CheckpointError: if ``folder`` exists and is not a checkpoint, or the parts contradict each other.
    """
    if codebooks.fingerprint != manifest.codebook_version or codebooks.scheme != manifest.scheme:
        raise CheckpointError("the manifest is not of these codebooks")
    if isinstance(weights, AdapterWeights) != (manifest.weights == "adapter"):
        raise CheckpointError(f"the manifest says weights {manifest.weights!r}, which these are not")
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise CheckpointError(f"{folder} holds something that is not a checkpoint", "name another folder")
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
        else:
            _save_half(weights.tensors, new / FULL)
        manifest = replace(manifest, files={name: _digest(new / name) for name in FILES[manifest.weights]})
        _write_json(new / MANIFEST, manifest.to_dict())
        if folder.exists():
            folder.rename(Path(scratch) / "old")
        new.rename(folder)
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
    from neo_assistant.weights import INPUT_ROWS, OUTPUT_ROWS, extend_vocabulary, lora_scale, merge_lora

    rows = _load_tensors(folder / NEW_ROWS)
    expected = len(manifest.vocabulary.tokens)
    if INPUT_ROWS not in rows or any(len(tensor) != expected for tensor in rows.values()):
        raise CheckpointError(f"{folder / NEW_ROWS} does not hold the {expected} rows of the added tokens", _COPY)
    merge_lora(model, _load_tensors(folder / ADAPTER), lora_scale(_read_json(folder / ADAPTER_CONFIG)))
    extend_vocabulary(model, manifest.first_id, rows[INPUT_ROWS], rows.get(OUTPUT_ROWS))


def _apply_full(model: PreTrainedModel, folder: Path, manifest: Manifest) -> None:
    import torch

    from neo_assistant.weights import extend_vocabulary, tied

    tensors = {name: tensor.float() for name, tensor in _load_tensors(folder / FULL).items()}
    rows = torch.zeros(len(manifest.vocabulary.tokens), model.get_input_embeddings().embedding_dim)
    extend_vocabulary(model, manifest.first_id, rows, None if tied(model) else rows)
    parameters = dict(model.named_parameters())
    if set(tensors) != set(parameters):
        different = sorted(set(tensors) ^ set(parameters))
        raise CheckpointError(f"{folder / FULL} does not hold this model's weights: {different[0]}", _COPY)
    for name, tensor in tensors.items():
        if tensor.shape != parameters[name].shape or not tensor.isfinite().all():
            raise CheckpointError(f"{folder / FULL}: {name} does not fit the model", _COPY)
        parameters[name].data.copy_(tensor)


def _load_tensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}", _COPY) from error


def _save_half(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    halves = {name: tensor.detach().cpu().to(torch.float16).contiguous() for name, tensor in tensors.items()}
    for name, tensor in halves.items():
        if not tensor.isfinite().all():
            raise CheckpointError(f"{name} holds a value that is not finite in half precision; it was not written")
    save_file(halves, path, metadata={"format": "pt"})


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}", _COPY) from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{path} holds no JSON object", _COPY)
    return values


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=2, sort_keys=True, default=list) + "\n", encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
