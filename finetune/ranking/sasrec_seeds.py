"""SASRec over settings and seeds: a small grid on the first seed, then every seed with what validation chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from finetune.ranking.data import Benchmark
from finetune.ranking.measure import Measured, measure_recommender
from finetune.ranking.sasrec import Sasrec, SasrecConfig
from finetune.ranking.sasrec_training import Say, Trained, train_sasrec

GRID: tuple[SasrecConfig, ...] = (
    SasrecConfig(),
    replace(SasrecConfig(), dropout=0.5),
    replace(SasrecConfig(), dropout=0.2),
    replace(SasrecConfig(), learning_rate=5e-4),
    replace(SasrecConfig(), width=64),
    replace(SasrecConfig(), width=256),
)
"""One thing changed at a time."""


def run_name(config: SasrecConfig, seed: int) -> str:
    """The folder of a run."""
    return f"width{config.width}-dropout{config.dropout:g}-rate{config.learning_rate:g}-seed{seed}"


def measure_sasrec(
    benchmark: Benchmark, folder: Path, seeds: Sequence[int], grid: bool, say: Say = print
) -> tuple[Measured, SasrecConfig, dict[str, dict[str, float]], dict[str, float]]:
    """Train and measure; runs that are in ``folder`` are not trained again.

    Returns:
        The values, user by user the mean over the seeds, with the rankings of the first; the setting; seed → metric →
        mean; and run → validation NDCG@10 of its best epoch.
    """

    def train(config: SasrecConfig, seed: int) -> Trained:
        place = folder / run_name(config, seed)
        return train_sasrec(benchmark.users, len(benchmark.items), config, seed, place, say)

    tried: dict[SasrecConfig, float] = {}
    for config in GRID if grid else ():
        tried[config] = train(config, seeds[0]).best.ndcg_10
    chosen = max(tried, key=tried.__getitem__) if tried else SasrecConfig()
    validated = {run_name(config, seeds[0]): value for config, value in tried.items()}
    by_seed = []
    for seed in seeds:
        trained = train(chosen, seed)
        validated[run_name(chosen, seed)] = trained.best.ndcg_10
        by_seed.append(measure_recommender(benchmark, Sasrec(trained.model)))
    values = {metric: np.mean([one.values[metric] for one in by_seed], axis=0) for metric in by_seed[0].values}
    means = {
        str(seed): {metric: float(found.mean()) for metric, found in one.values.items()}
        for seed, one in zip(seeds, by_seed, strict=True)
    }
    return Measured("SASRec", values, by_seed[0].rankings), chosen, means, validated
