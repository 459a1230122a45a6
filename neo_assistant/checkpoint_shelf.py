"""Which checkpoints there are: the folders with a manifest beside the configured one, or in ``NEO_CHECKPOINTS_DIR``.

Each is listed with its manifest and figures. One that is damaged, or of other codebooks than the catalog's semantic
ids, is listed with the reason. A checkpoint is known by the name of its folder and the sha256 of its manifest, and the
manifest holds the sha256 of everything else, so that a folder whose content was exchanged is not taken for the same.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from catalog_db.database import Session
from catalog_db.errors import EmptyCatalogError, NeoError
from catalog_db.sids import codebook_versions
from neo_assistant.errors import CheckpointError
from neo_assistant.manifest import MANIFEST, Manifest, file_digest, read_manifest, verify_files
from neo_assistant.readiness import check_ready
from neo_assistant.settings import Settings


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a checkpoint on held-out data.

    Attributes:
        name: ``exam.read_exactly``, the path in the manifest's metrics.
        value: a share where ``of`` is known, else whatever it counts or measures.
        low, high: confidence interval, if there is one.
        of: how many cases it is a share of.
        goal: what it should at least be.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    of: int | None = None
    goal: float | None = None


@dataclass(frozen=True)
class ShelfEntry:
    """A checkpoint on the shelf.

    Attributes:
        name: of its folder.
        folder: where it is.
        manifest: None if it cannot be read.
        figures: from the manifest.
        problem: why it cannot serve; empty if nothing is known against it.
        hint: how to mend that.
        sha256: of the manifest's bytes, hex; empty if it cannot be read.
        products: products with a semantic id of its codebooks; None if the catalog was not asked.
    """

    name: str
    folder: Path
    manifest: Manifest | None = None
    figures: tuple[Figure, ...] = ()
    problem: str = ""
    hint: str = ""
    sha256: str = ""
    products: int | None = None

    def require(self) -> Manifest:
        """The manifest of a checkpoint that nothing is known against.

        Raises:
            CheckpointError: its problem.
        """
        if self.problem or self.manifest is None:
            raise CheckpointError(f"{self.name} cannot serve: {self.problem}", self.hint)
        return self.manifest


def list_checkpoints(settings: Settings, session: Session | None = None) -> list[ShelfEntry]:
    """Every checkpoint by name, the configured one first.

    Args:
        settings: which one is configured, and where the others are.
        session: any session of the shop's database; without one, codebooks are not compared with the catalog's.
    """
    configured, *others = _folders(settings)
    entries = [_entry(configured, session)]
    for folder in others:
        entry = _entry(folder, session)
        if folder.name == configured.name:
            same = "the configured checkpoint, which is elsewhere, has the same name"
            entry = replace(entry, problem=same, hint="give one of the folders another name")
        entries.append(entry)
    return entries


def find_checkpoint(settings: Settings, name: str, sha256: str, session: Session | None = None) -> ShelfEntry:
    """The checkpoint of a name whose manifest has this sha256, looked at anew.

    Raises:
        CheckpointError: there is none, it was changed, or it cannot serve.
    """
    folder = next((folder for folder in _folders(settings) if folder.name == name), None)
    if folder is None:
        raise CheckpointError(f"there is no checkpoint {name} in {settings.checkpoint_shelf}", "put its folder back")
    found = _entry(folder, session)
    if found.sha256 and found.sha256 != sha256:
        raise CheckpointError(
            f"the checkpoint {name} was changed: its {MANIFEST} has another sha256", "look at it and promote it again"
        )
    found.require()
    return found


def configured_checkpoint(settings: Settings, session: Session) -> ShelfEntry:
    """The checkpoint that the settings name.

    Raises:
        CheckpointError: it is missing, damaged, or of other codebooks than the database's semantic ids.
        EmptyCatalogError: nothing is on sale.
    """
    folder = settings.checkpoint
    manifest = read_manifest(folder)
    check_ready(session, manifest.codebook_version)
    verify_files(folder, manifest)
    return _described(folder.resolve(), manifest, file_digest(folder / MANIFEST))


def figures_of(metrics: Mapping[str, Any]) -> tuple[Figure, ...]:
    """The single figures among a manifest's metrics, in their order; tables of them are left out."""
    return tuple(_figures("", metrics))


def _figures(path: str, metrics: Mapping[str, Any]) -> Iterator[Figure]:
    for name, value in metrics.items():
        if _is_number(value):
            yield Figure(f"{path}{name}", float(value))
        elif isinstance(value, Mapping) and _is_number(value.get("mean")):
            rest = {key: value[key] for key in ("low", "high", "of", "goal") if _is_number(value.get(key))}
            yield Figure(f"{path}{name}", float(value["mean"]), **rest)
        elif isinstance(value, Mapping) and not path:
            yield from _figures(f"{name}.", value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _folders(settings: Settings) -> list[Path]:
    """The configured checkpoint's folder, whether or not it is one, then the others by name."""
    configured = settings.checkpoint.resolve()
    manifests = settings.checkpoint_shelf.glob(f"*/{MANIFEST}")
    # What begins with a point is a checkpoint that is being written.
    others = {path.parent.resolve() for path in manifests if not path.parent.name.startswith(".")} - {configured}
    return [configured, *sorted(others)]


def _entry(folder: Path, session: Session | None) -> ShelfEntry:
    try:
        sha256 = file_digest(folder / MANIFEST)
        manifest = read_manifest(folder)
    except OSError as error:
        return ShelfEntry(folder.name, folder, problem=f"{MANIFEST} cannot be read: {error.strerror}")
    except CheckpointError as error:
        return ShelfEntry(folder.name, folder, problem=error.message, hint=error.hint)
    entry = _described(folder, manifest, sha256)
    try:
        _verify(folder, manifest, sha256)
        if session is None:
            return entry
        return replace(entry, products=_products(session, manifest, folder))
    except EmptyCatalogError:
        return entry
    except NeoError as error:
        return replace(entry, problem=error.message, hint=error.hint)


def _described(folder: Path, manifest: Manifest, sha256: str) -> ShelfEntry:
    return ShelfEntry(folder.name, folder, manifest, figures_of(manifest.metrics), sha256=sha256)


def _products(session: Session, manifest: Manifest, folder: Path) -> int:
    version, run = manifest.codebook_version, f"run: python -m neo_assistant adopt --checkpoint {folder}"
    try:
        check_ready(session, version)
    except CheckpointError as error:
        raise CheckpointError(error.message, run) from error
    [products] = [known.products for known in codebook_versions(session) if known.fingerprint == version]
    if not products:
        raise CheckpointError("no product has a semantic id of its codebooks", run)
    return products


def _verify(folder: Path, manifest: Manifest, sha256: str) -> None:
    """Check every file of a checkpoint; files that look untouched since the last time are not read again."""
    looks = []
    for name in manifest.files:
        try:
            about = (folder / name).stat()
        except OSError:
            looks.append((name, -1, 0))
        else:
            looks.append((name, about.st_size, about.st_mtime_ns))
    problem = _problem(folder, sha256, tuple(looks))
    if problem is not None:
        raise CheckpointError(problem.message, problem.hint)


@functools.lru_cache(maxsize=64)
def _problem(folder: Path, sha256: str, looks: tuple[tuple[str, int, int], ...]) -> CheckpointError | None:
    try:
        verify_files(folder, read_manifest(folder))
    except CheckpointError as error:
        return error
    return None
