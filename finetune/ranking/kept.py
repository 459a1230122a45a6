"""Rankings kept on disk, so that a run over many users can be stopped at any moment and goes on where it was.

A ranking belongs to what the model was shown, the prompt's token ids, and to everything that decides what it says,
which names the folder. A folder holds shards: ``keys`` (n, 32) uint8, the sha256 of each prompt, and ``rows``
(n, width) int32 item numbers.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from finetune.errors import BenchmarkError

SHARD = 256
"""Rankings that are written at a time; about as many are lost when a run is killed."""


class KeptRankings:
    """The rankings of one model, by prompt.

    Args:
        folder: holds a folder for every model.
        fingerprint: of everything that decides the rankings, the prompts aside.

    Raises:
        BenchmarkError: if a shard cannot be read.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder / fingerprint[:16]
        self._rows: dict[bytes, np.ndarray] = {}
        self._new: dict[bytes, np.ndarray] = {}
        for path in sorted(self._folder.glob("*.npz")):
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    keys, rows = arrays["keys"], arrays["rows"].astype(np.int64)
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
                raise BenchmarkError(f"{path} cannot be read: {error}", "delete it; its rankings are done again") from (
                    error
                )
            self._rows.update((key.tobytes(), row) for key, row in zip(keys, rows, strict=True))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, prompt: Sequence[int]) -> np.ndarray | None:
        """(width,) item numbers, or None if this prompt has not been ranked."""
        return self._rows.get(_key(prompt))

    def add(self, prompts: Sequence[Sequence[int]], rows: np.ndarray) -> None:
        """Keep (prompts, width) rankings; they are on disk once a shard is full or after :meth:`flush`."""
        found = {_key(prompt): row for prompt, row in zip(prompts, rows, strict=True)}
        self._rows.update(found)
        self._new.update(found)
        if len(self._new) >= SHARD:
            self.flush()

    def flush(self) -> None:
        """Write what is not on disk yet; a shard appears when it is whole.

        Raises:
            BenchmarkError: if it cannot be written.
        """
        if not self._new:
            return
        keys = np.frombuffer(b"".join(self._new), dtype=np.uint8).reshape(len(self._new), -1)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{keys[0].tobytes().hex()[:16]}.npz"
            half = path.with_suffix(".half")
            with half.open("wb") as stream:
                np.savez(
                    stream, allow_pickle=False, keys=keys, rows=np.stack(list(self._new.values())).astype(np.int32)
                )
            half.replace(path)
        except OSError as error:
            raise BenchmarkError(f"cannot write {self._folder}: {error.strerror or error}") from error
        self._new.clear()


def digest_of(values: Any) -> str:
    """sha256 over JSON values, hex."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _key(prompt: Sequence[int]) -> bytes:
    return hashlib.sha256(np.asarray(prompt, dtype=np.int32).tobytes()).digest()
