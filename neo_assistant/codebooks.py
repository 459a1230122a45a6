"""Residual codebooks: what turns an item's embedding into its semantic id.

A codebook holds centroids. Level by level the nearest centroid gives the code and is subtracted, and the next level
quantizes what is left (residual quantization, Chen et al. 2010, doi:10.3390/s101211259; fitted with K-means as in NEO,
arXiv 2603.17533). The last level has no centroids: it tells apart the items of one *leaf*, that is, items whose
semantic codes all agree.

Fitting is ``finetune.sids.codebooks``'s job. This module only reads, writes and applies codebooks, with numpy alone, so
that a shop can give a semantic id to a new product where nothing of the training stack is installed::

    codebooks = Codebooks.load(folder)
    codes = codebooks.assign(embeddings, item_types, taken_types, taken_codes)
"""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from neo_assistant.errors import CheckpointError, SidError
from neo_assistant.leaves import LastLevel
from neo_assistant.sids import SidScheme

FORMAT_VERSION = 1
JSON_NAME = "codebooks.json"
ARRAYS_NAME = "codebooks.safetensors"
SHARED = "shared"

_CHUNK = 8192


@dataclass(frozen=True, eq=False)
class Codebooks:
    """Centroids of every semantic level, and what made the embeddings they are for.

    Args:
        scheme: the SIDs these codebooks make; its last level has no centroids.
        centroids: by type number (one entry only when codebooks are shared), then by semantic level; each
            (codes in use, dims) float32 with 1 to ``scheme.sizes[level]`` codes. A type with few items uses fewer codes
            than there are tokens.
        encoder: name of the embedding model, for people.
        encoder_fingerprint: sha256 of the embedding model's files, hex.
        item_text_version: version of the function that wrote the embedded texts.

    Raises:
        SidError: if the arrays do not fit the scheme.
    """

    scheme: SidScheme
    centroids: tuple[tuple[np.ndarray, ...], ...]
    encoder: str
    encoder_fingerprint: str
    item_text_version: int

    def __post_init__(self) -> None:
        groups = len(self.scheme.types) if self.scheme.per_type else 1
        if self.scheme.levels < 2:
            raise SidError("codebooks need a semantic level and the last level")
        if len(self.centroids) != groups or any(len(levels) != self.scheme.levels - 1 for levels in self.centroids):
            raise SidError(f"expected {groups} codebooks of {self.scheme.levels - 1} semantic levels")
        for levels in self.centroids:
            for level, centroids in enumerate(levels):
                if centroids.dtype != np.float32 or centroids.ndim != 2 or centroids.shape[1] != self.dims:
                    raise SidError(
                        f"centroids are (codes, {self.dims}) float32, not {centroids.shape} {centroids.dtype}"
                    )
                if not 1 <= len(centroids) <= self.scheme.sizes[level]:
                    raise SidError(f"level {level} has 1 to {self.scheme.sizes[level]} codes, not {len(centroids)}")
                if not np.isfinite(centroids).all():
                    raise SidError(f"level {level} has centroids that are not finite")

    @property
    def dims(self) -> int:
        """Dimensions of the vectors that are quantized: the encoder's, and those of behaviour where it was appended.

        Products without behaviour have zeros there (:func:`finetune.sids.behaviour.padded`).
        """
        return int(self.centroids[0][0].shape[-1])

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the codebooks: the item types, or ``shared``."""
        return self.scheme.types if self.scheme.per_type else (SHARED,)

    def levels_of(self, type_number: int) -> tuple[np.ndarray, ...]:
        """The centroids, by semantic level, that items of this type are quantized with."""
        return self.centroids[type_number if self.scheme.per_type else 0]

    # -- applying ----------------------------------------------------------------------------------------------------

    def type_numbers(self, item_types: Sequence[str]) -> np.ndarray:
        """Type number of each item, (n,) int64.

        Raises:
            SidError: if the codebooks do not know a type.
        """
        unknown = sorted(set(item_types) - set(self.scheme.types))
        if unknown:
            raise SidError(
                f"these codebooks know no item type {', '.join(map(repr, unknown))}",
                "a new item type needs new codebooks and a newly trained model",
            )
        return np.array([self.scheme.type_numbers[name] for name in item_types], dtype=np.int64)

    def quantize(self, embeddings: np.ndarray, item_types: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Semantic codes: per level the nearest centroid to what the levels before left over.

        Args:
            embeddings: (n, dims) float32, made as those that the codebooks were fitted to.
            item_types: n type names.

        Returns:
            codes (n, levels - 1) uint16, and residuals (n, dims) float32: the embedding minus all its centroids.

        Raises:
            SidError: if a type is unknown or the shapes do not fit.
        """
        residuals = self._checked(embeddings, item_types).copy()
        codes = np.zeros((len(residuals), self.scheme.levels - 1), dtype=np.uint16)
        numbers = self.type_numbers(item_types)
        groups = numbers if self.scheme.per_type else np.zeros_like(numbers)
        for group in np.unique(groups):
            rows = np.flatnonzero(groups == group)
            for level, centroids in enumerate(self.centroids[group]):
                nearest = nearest_centroids(residuals[rows], centroids)
                codes[rows, level] = nearest
                residuals[rows] -= centroids[nearest]
        return codes, residuals

    def assign(
        self,
        embeddings: np.ndarray,
        item_types: Sequence[str],
        taken_types: Sequence[str] = (),
        taken_codes: np.ndarray | None = None,
    ) -> np.ndarray:
        """Codes for items that have none yet, never two items with one SID, and none that is taken.

        Within a leaf the item nearest to the leaf's centroid gets the lowest free last-level code, the next nearest the
        next one; among equals the order of the input decides, so pass items in a fixed order (by SKU). Code 0 thus is
        the most typical item of its leaf, which is the best one to name when the words do not tell the leaf's items
        apart, and the numbering says nothing about the order in which a shop added its products.

        Items for which their leaf has no room left, always its furthest ones, go to the next-nearest leaf of the type
        that has room. Leaves are tried depth first with the nearest centroid first at each level, so an item keeps its
        coarse codes for as long as any leaf below them is free.

        Args:
            embeddings: (n, dims) float32, made as those that the codebooks were fitted to.
            item_types: n type names.
            taken_types: m type names of the SIDs in use.
            taken_codes: (m, levels) codes of the SIDs in use; None when there are none.

        Returns:
            (n, levels) uint16.

        Raises:
            SidError: if a type is unknown, shapes do not fit, or every SID of a type is taken.
        """
        semantic, residuals = self.quantize(embeddings, item_types)
        numbers = self.type_numbers(item_types)
        last = LastLevel(self.scheme.sizes[-1], self._taken_rows(taken_types, taken_codes))
        distances = np.einsum("nd,nd->n", residuals, residuals)
        codes = np.zeros((len(semantic), self.scheme.levels), dtype=np.uint16)
        codes[:, :-1] = semantic
        overflow: list[int] = []
        order = np.lexsort((np.arange(len(numbers)), distances, *semantic.T[::-1], numbers))
        for row in order:
            code = last.take((int(numbers[row]), *map(int, semantic[row])))
            if code is None:
                overflow.append(int(row))
            else:
                codes[row, -1] = code
        for row in overflow:
            codes[row] = self._next_nearest(embeddings[row], int(numbers[row]), last)
        return codes

    def _next_nearest(self, embedding: np.ndarray, type_number: int, last: LastLevel) -> tuple[int, ...]:
        """Codes of the first leaf with room, nearest first; takes the code."""
        for leaf in _leaves_by_nearness(embedding, self.levels_of(type_number)):
            code = last.take((type_number, *leaf))
            if code is not None:
                return (*leaf, code)
        name = self.scheme.types[type_number]
        raise SidError(
            f"every semantic id of {name!r} is taken", "make new codebooks with larger sizes, then train again"
        )

    def _checked(self, embeddings: np.ndarray, item_types: Sequence[str]) -> np.ndarray:
        if embeddings.shape != (len(item_types), self.dims):
            raise SidError(f"embeddings are ({len(item_types)}, {self.dims}), not {embeddings.shape}")
        if not np.isfinite(embeddings).all():
            raise SidError("embeddings hold a value that is not finite")
        return embeddings.astype(np.float32, copy=False)

    def _taken_rows(self, item_types: Sequence[str], codes: np.ndarray | None) -> np.ndarray:
        """Taken SIDs as (m, 1 + levels) int64 rows of type number and codes, checked."""
        rows = np.zeros((len(item_types), 1 + self.scheme.levels), dtype=np.int64)
        if codes is None or codes.size == 0:
            codes = np.zeros((0, self.scheme.levels), dtype=np.int64)
        if codes.shape != (len(item_types), self.scheme.levels):
            raise SidError(f"taken codes are ({len(item_types)}, {self.scheme.levels}), not {codes.shape}")
        rows[:, 0] = self.type_numbers(item_types)
        rows[:, 1:] = codes
        if ((rows[:, 1:] < 0) | (rows[:, 1:] >= np.array(self.scheme.sizes))).any():
            raise SidError("a taken semantic id does not fit the scheme of these codebooks")
        return rows

    # -- as files ----------------------------------------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        """The centroids by name: ``GROUP.a`` for the first level, ``GROUP.b`` for the second, …"""
        return {
            f"{name}.{string.ascii_lowercase[level]}": array
            for name, levels in zip(self.group_names, self.centroids, strict=True)
            for level, array in enumerate(levels)
        }

    def header(self) -> dict[str, Any]:
        """Everything but the arrays, as JSON values."""
        return {
            "format_version": FORMAT_VERSION,
            "scheme": self.scheme.to_dict(),
            "encoder": self.encoder,
            "encoder_fingerprint": self.encoder_fingerprint,
            "item_text_version": self.item_text_version,
        }

    @cached_property
    def fingerprint(self) -> str:
        """The codebook version: sha256 over the header and every array, hex."""
        digest = hashlib.sha256(json.dumps(self.header(), sort_keys=True).encode())
        for name, array in sorted(self.arrays().items()):
            digest.update(f"{name}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Write ``codebooks.json`` and ``codebooks.safetensors`` into ``folder``, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {name: np.ascontiguousarray(array) for name, array in self.arrays().items()}
        # Not save_file, which makes files that only their owner can read.
        (folder / ARRAYS_NAME).write_bytes(save(arrays))
        text = json.dumps({**self.header(), "fingerprint": self.fingerprint}, indent=2, sort_keys=True)
        (folder / JSON_NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Codebooks:
        """Read what :meth:`save` wrote.

        Raises:
            CheckpointError: if a file is missing or damaged, or the content does not have the fingerprint it states.
        """
        hint = "make the codebooks again with `python -m finetune sids`"
        try:
            header = json.loads((folder / JSON_NAME).read_text(encoding="utf-8"))
            arrays = load_file(folder / ARRAYS_NAME)
        except FileNotFoundError as error:
            raise CheckpointError(
                f"{folder} holds no codebooks: {Path(error.filename or '').name} is missing", hint
            ) from error
        except (ValueError, OSError, SafetensorError) as error:
            raise CheckpointError(f"the codebooks in {folder} cannot be read: {error}", hint) from error
        if not isinstance(header, dict) or header.get("format_version") != FORMAT_VERSION:
            raise CheckpointError(f"the codebooks in {folder} are not of format {FORMAT_VERSION}", hint)
        try:
            scheme = SidScheme.from_dict(header["scheme"])
            groups = scheme.types if scheme.per_type else (SHARED,)
            letters = string.ascii_lowercase[: scheme.levels - 1]
            codebooks = cls(
                scheme=scheme,
                centroids=tuple(tuple(arrays[f"{name}.{letter}"] for letter in letters) for name in groups),
                encoder=header["encoder"],
                encoder_fingerprint=header["encoder_fingerprint"],
                item_text_version=header["item_text_version"],
            )
        except (KeyError, TypeError, ValueError, SidError) as error:
            raise CheckpointError(f"the codebooks in {folder} are damaged: {error!r}", hint) from error
        if codebooks.fingerprint != header.get("fingerprint"):
            raise CheckpointError(f"the codebooks in {folder} do not have the fingerprint they state", hint)
        return codebooks


def nearest_centroids(vectors: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Number of the nearest centroid (Euclidean; the lowest number among equals) of each vector, (n,) int64."""
    half_norms = 0.5 * np.einsum("kd,kd->k", centroids, centroids)
    nearest = np.empty(len(vectors), dtype=np.int64)
    for start in range(0, len(vectors), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        nearest[chunk] = np.argmax(vectors[chunk] @ centroids.T - half_norms, axis=1)
    return nearest


def _leaves_by_nearness(residual: np.ndarray, levels: Sequence[np.ndarray]) -> Iterator[tuple[int, ...]]:
    """Every leaf, depth first, the nearest centroid first at each level."""
    if not levels:
        yield ()
        return
    offsets = levels[0] - residual
    for code in np.argsort(np.einsum("kd,kd->k", offsets, offsets), kind="stable"):
        for rest in _leaves_by_nearness(residual - levels[0][code], levels[1:]):
            yield (int(code), *rest)
