"""Results of rankers on a benchmark: kept one by one and read together.

A folder holds, for every ranker, ``NAME.json`` (settings, what was tried, seconds, fingerprint of the benchmark) and
``NAME.npz`` (its values by metric, one per user or query, and its rankings). Whoever measures another ranker on the
same benchmark compares with :func:`~finetune.ranking.bootstrap.paired` on these values.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from finetune.errors import BenchmarkError
from finetune.ranking.data import ITEMS_FILE, QUERIES_FILE, USERS_FILE
from finetune.ranking.measure import Measured
from finetune.training.writing import write_whole


@dataclass(frozen=True, slots=True)
class Result:
    """A ranker's values, and how it came to be."""

    measured: Measured
    settings: Mapping[str, Any]
    seconds: float
    """Of training, tuning and ranking; wall clock."""
    tried: Any = None
    """What tuning tried, with the figure that chose; None where nothing was tuned."""
    seeds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Where several seeds were trained: seed → metric → mean. The values are then their mean, user by user."""

    @property
    def name(self) -> str:
        """The ranker's."""
        return self.measured.ranker


def benchmark_fingerprint(folder: Path) -> str:
    """sha256 of the files that decide the figures, hex."""
    digest = hashlib.sha256()
    for name in (ITEMS_FILE, USERS_FILE, QUERIES_FILE):
        path = folder / name
        if path.is_file():
            digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def save_result(folder: Path, result: Result, fingerprint: str) -> None:
    """Write a result, or replace the ranker's earlier one; the JSON file comes last and makes it count."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = _stem(result.name)
    arrays: dict[str, Any] = {f"values/{metric}": values for metric, values in result.measured.values.items()}
    arrays["rankings"] = result.measured.rankings.astype(np.int32)
    partial = folder / f"{stem}.npz.partial"
    with partial.open("wb") as file:
        np.savez_compressed(file, **arrays)
    os.replace(partial, folder / f"{stem}.npz")
    lines = {
        "ranker": result.name,
        "benchmark": fingerprint,
        "settings": dict(result.settings),
        "seconds": round(result.seconds, 1),
        "tried": result.tried,
        "seeds": result.seeds,
    }
    write_whole(folder / f"{stem}.json", json.dumps(lines, indent=1, ensure_ascii=False) + "\n")


def read_results(folder: Path, fingerprint: str) -> list[Result]:
    """Every result in a folder, in the order of the rankers' file names; none where there is no folder.

    Raises:
        BenchmarkError: if one cannot be read, or is of another benchmark.
    """
    return [_read(path, fingerprint) for path in sorted(folder.glob("*.json"))]


def _read(path: Path, fingerprint: str) -> Result:
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))
        if lines["benchmark"] != fingerprint:
            raise BenchmarkError(f"{path} was measured on another benchmark", "name another folder for the results")
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
            values = {name.removeprefix("values/"): arrays[name] for name in arrays.files if name != "rankings"}
            measured = Measured(lines["ranker"], values, arrays["rankings"].astype(np.int64))
        return Result(measured, lines["settings"], lines["seconds"], lines["tried"], lines["seeds"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise BenchmarkError(f"the result {path} cannot be read", "delete that file and measure anew") from error


def _stem(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
