"""The small benchmark as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from finetune.ranking.data import Benchmark, read_benchmark
from tests.finetune.ranking.bench import write_benchmark


@pytest.fixture
def benchmark_folder(tmp_path: Path) -> Path:
    return write_benchmark(tmp_path / "benchmark")


@pytest.fixture
def small(benchmark_folder: Path) -> Benchmark:
    return read_benchmark(benchmark_folder)
