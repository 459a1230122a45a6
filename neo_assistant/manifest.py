"""A checkpoint's manifest: what the checkpoint is, and the sha256 of every file of it.

Reading it needs neither torch nor the base model, so a command line can tell what a folder holds at once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neo_assistant.codebooks import ARRAYS_NAME, JSON_NAME
from neo_assistant.errors import CheckpointError, SidError
from neo_assistant.sid_file import SIDS_FILE
from neo_assistant.sids import SidScheme, SidVocabulary
from neo_assistant.student_recipe import StudentRecipe
from neo_assistant.terms import TERMS_FILE

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
TRAINING = "training.json"
CODEBOOKS = "codebooks"
NEW_ROWS = "new_rows.safetensors"
ADAPTER_CONFIG = "adapter/adapter_config.json"
ADAPTER = "adapter/adapter_model.safetensors"
BASE_ROWS = "base_rows.safetensors"
FULL = "model.safetensors"

_COMMON = (f"{CODEBOOKS}/{JSON_NAME}", f"{CODEBOOKS}/{ARRAYS_NAME}", TRAINING)
FILES: Mapping[str, tuple[str, ...]] = {
    "adapter": (*_COMMON, NEW_ROWS, ADAPTER_CONFIG, ADAPTER),
    "adapter+rows": (*_COMMON, NEW_ROWS, ADAPTER_CONFIG, ADAPTER, BASE_ROWS),
    "full": (*_COMMON, FULL),
}
"""The files that every checkpoint has, by kind of weights, the manifest aside."""
OPTIONAL = (SIDS_FILE, TERMS_FILE)
"""Files that a checkpoint may have; where the manifest names one, it is checked like the others."""

COPY_HINT = "copy the whole folder again, or train again with `python -m finetune run`"
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Manifest:
    """What a checkpoint says of itself.

    Args:
        base_model: name of the base model; of a student, of the base that it was made from.
        base_sha256: of its weights (of a student, of its recipe); empty for a model taken from a hub by name.
        codebook_version: fingerprint of the codebooks.
        scheme: which semantic ids there are.
        first_id: size of the base vocabulary; the added tokens follow.
        weights: ``adapter``; ``adapter+rows``, with trained rows of the base's own tokens; or ``full``.
        recipe: name of the recipe it was trained with.
        training: the resolved training configuration.
        metrics: figures on held-out data.
        data: fingerprints of what it was trained on.
        date: when it was written, ISO 8601, UTC.
        files: sha256 of every other file by its path in the folder.
        student: how the base model was made, if it is a student; serving makes it again from that.
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
    student: StudentRecipe | None = None

    @property
    def vocabulary(self) -> SidVocabulary:
        """Where the added tokens stand."""
        return SidVocabulary(self.scheme, self.first_id)

    def to_dict(self) -> dict[str, Any]:
        base: dict[str, Any] = {"name": self.base_model, "sha256": self.base_sha256}
        if self.student is not None:
            base["student"] = self.student.to_dict()
        return {
            "format_version": FORMAT_VERSION,
            "base_model": base,
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
            student = values["base_model"].get("student")
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
                student=None if student is None else StudentRecipe.from_dict(student),
            )
        except (KeyError, TypeError, ValueError, AttributeError, SidError) as error:
            raise CheckpointError(f"{MANIFEST} is damaged: {error!r}", COPY_HINT) from error
        if manifest.weights not in FILES:
            raise CheckpointError(
                f"{MANIFEST} names unknown weights {manifest.weights!r}", f"known: {', '.join(FILES)}"
            )
        if manifest.student is not None and manifest.student.sha256 != manifest.base_sha256:
            raise CheckpointError(f"{MANIFEST} is damaged: its student is not the base model it names", COPY_HINT)
        missing = sorted(set(FILES[manifest.weights]) - set(manifest.files))
        if missing or not all(_SHA256.match(digest) for digest in manifest.files.values()):
            raise CheckpointError(f"{MANIFEST} lacks the sha256 of {', '.join(missing) or 'a file'}", COPY_HINT)
        return manifest


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
        raise CheckpointError(f"{folder / MANIFEST} cannot be read: {error}", COPY_HINT) from error
    return Manifest.from_dict(values)


def verify_files(folder: Path, manifest: Manifest, names: Iterable[str] | None = None) -> None:
    """Check that files of the checkpoint are there and are those that were written.

    Args:
        folder: the checkpoint.
        manifest: of the checkpoint.
        names: files that the manifest names; all of them if left out.

    Raises:
        CheckpointError: naming the first file that is not.
    """
    if names is None:
        names = (*FILES[manifest.weights], *(name for name in OPTIONAL if name in manifest.files))
    for name in names:
        try:
            found = file_digest(folder / name)
        except OSError as error:
            raise CheckpointError(f"{folder} is not whole: {name} is missing or unreadable", COPY_HINT) from error
        if found != manifest.files[name]:
            raise CheckpointError(f"{folder / name} is damaged: its sha256 is not the one in {MANIFEST}", COPY_HINT)


def file_digest(path: Path) -> str:
    """sha256 of a file, hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
