"""The model on a benchmark: the next item of every user, and the products of every query, among the whole catalog.

    python -m finetune rank --checkpoint FOLDER --benchmark FOLDER [--out FOLDER] [--holdout validation] [--limit N]
    python -m finetune rank --run FOLDER        the state that a run has saved last, while it goes on

Writes ranking.json with the means and their 95 % intervals, and ranking.npz with the value of every user and query, in
the order of the benchmark's files, so that rankers can be compared user by user. Started again after it was stopped it
goes on where it was. --limit ranks a fixed random sample.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.ranking.bootstrap import interval
from finetune.ranking.data import Benchmark, Holdout, read_benchmark
from finetune.ranking.measure import Measured, measure_recommender, measure_searcher
from finetune.train import wait_passively

if TYPE_CHECKING:
    from finetune.ranking.model import ModelRanker

FIGURES, VALUES, KEPT = "ranking.json", "ranking.npz", "rankings"
SAMPLE_SEED = 0
Say = Callable[[str], None]


@dataclass(frozen=True)
class RankConfig:
    """How a model is ranked.

    Args:
        beams: width of the beam search for the next item.
        search_beams: width of the beam search for a query.
        limit: users or queries, a fixed random sample; 0 means all.
        batch: of them at a time.
        holdout: what of the users is to be guessed. Queries are always those of the test.
    """

    beams: int = 30
    search_beams: int = 100
    limit: int = 0
    batch: int = 64
    holdout: Holdout = "test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune rank``."""
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="what `finetune train` wrote")
    model.add_argument("--run", type=Path, metavar="FOLDER", help="a run of `finetune run`, finished or not")
    parser.add_argument("--benchmark", type=Path, metavar="FOLDER", help="default with --run: the run's own")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="default: beside the checkpoint, or the run's train/"
    )
    parser.add_argument("--holdout", choices=("validation", "test"), default="test", help="default: test")
    parser.add_argument(
        "--limit", type=int, default=0, metavar="N", help="a fixed random sample; 0 means all (default)"
    )
    parser.add_argument("--beams", type=int, default=30, metavar="N", help="for the next item (default: 30)")
    parser.add_argument("--search-beams", type=int, default=100, metavar="N", help="for a query (default: 100)")
    parser.add_argument("--batch", type=int, default=64, metavar="N", help="prompts at a time (default: 64)")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    from finetune.errors import BenchmarkError

    wait_passively()
    if args.run is None and args.benchmark is None:
        raise BenchmarkError("--checkpoint needs a benchmark", "add --benchmark FOLDER")
    config = RankConfig(args.beams, args.search_beams, args.limit, args.batch, args.holdout)
    benchmark = args.benchmark or args.run / "benchmark"
    if args.run is not None:
        rank_run(args.run, benchmark, args.out or args.run / "train", config)
    else:
        rank_checkpoint(args.checkpoint, benchmark, args.out or args.checkpoint.parent, config)


def rank_checkpoint(
    checkpoint: Path, benchmark_folder: Path, out: Path, config: RankConfig, say: Say = print
) -> dict[str, Any]:
    """Rank with a checkpoint, write the figures into ``out`` and into its manifest, and return them.

    Raises:
        CheckpointError: if the checkpoint cannot be loaded.
        BenchmarkError: if the benchmark cannot be read, or the checkpoint does not know its items.
    """
    from finetune.ranking.model import checkpoint_ranker
    from neo_assistant.checkpoint import add_metrics

    benchmark = read_benchmark(benchmark_folder)
    skus = [item.sku for item in benchmark.items]

    def ranker(width: int) -> ModelRanker:
        return checkpoint_ranker(checkpoint, skus, width=width, batch=config.batch, keep=out / KEPT)

    figures = rank(benchmark, ranker, out, config, say)
    add_metrics(checkpoint, {"ranking": figures})
    return figures


def rank_run(folder: Path, benchmark_folder: Path, out: Path, config: RankConfig, say: Say = print) -> dict[str, Any]:
    """Rank with the state that a run saved last, and write the figures into ``out``.

    Raises:
        TrainingError: if the run has saved nothing yet.
        BenchmarkError: if the benchmark cannot be read, or the run does not know its items.
    """
    from finetune.ranking.saved import last_saved, saved_ranker

    benchmark, saved = read_benchmark(benchmark_folder), last_saved(folder)
    say(f"{saved.stage.name}, step {saved.step}")
    skus = [item.sku for item in benchmark.items]

    def ranker(width: int) -> ModelRanker:
        return saved_ranker(saved, skus, width=width, batch=config.batch, keep=out / KEPT)

    return rank(benchmark, ranker, out, config, say, {"stage": saved.stage.name, "step": saved.step})


def rank(
    benchmark: Benchmark,
    ranker: Callable[[int], ModelRanker],
    out: Path,
    config: RankConfig,
    say: Say = print,
    noted: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Take the figures on whatever the benchmark has, and write them.

    Args:
        benchmark: whole.
        ranker: makes the ranker for a width of the beam search.
        out: folder of the figures.
        config: how.
        say: gets one line at a time.
        noted: stands in the figures as well.
    """
    figures: dict[str, Any] = {**(noted or {}), "benchmark": benchmark.name, "config": dataclasses.asdict(config)}
    values: dict[str, np.ndarray] = {}
    if benchmark.users:
        chosen = sample(len(benchmark.users), config.limit)
        part = dataclasses.replace(benchmark, users=tuple(benchmark.users[number] for number in chosen))
        start = time.perf_counter()
        measured = measure_recommender(part, ranker(config.beams), config.holdout)
        figures["recommendation"] = _figures(measured, time.perf_counter() - start)
        values |= {"users": chosen, **_values("recommendation", measured)}
    if benchmark.queries:
        answerable = benchmark.answerable("test")
        chosen = sample(len(answerable), config.limit)
        part = dataclasses.replace(benchmark, queries=tuple(answerable[number] for number in chosen))
        start = time.perf_counter()
        measured = measure_searcher(part, ranker(config.search_beams))
        figures["search"] = _figures(measured, time.perf_counter() - start)
        values |= {"queries": chosen, **_values("search", measured)}
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / VALUES, allow_pickle=False, **values)
    (out / FIGURES).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    say(table(figures))
    return figures


def sample(count: int, limit: int) -> np.ndarray:
    """(users,) numbers of a fixed random sample, ascending; of a smaller limit a part of that of a larger one."""
    order = np.random.default_rng(SAMPLE_SEED).permutation(count)
    return np.sort(order[:limit] if limit else order)


def table(figures: Mapping[str, Any]) -> str:
    """The figures as a Markdown table."""
    lines = ["| task | n | figure | mean | 95 % |", "|---|---|---|---|---|"]
    for task in ("recommendation", "search"):
        for name, one in figures.get(task, {}).get("figures", {}).items():
            lines.append(
                f"| {task} | {figures[task]['count']:,} | {name} | {one['mean']:.4f} "
                f"| {one['low']:.4f} – {one['high']:.4f} |"
            )
    return "\n".join(lines)


def _figures(measured: Measured, seconds: float) -> dict[str, Any]:
    return {
        "ranker": measured.ranker,
        "count": len(measured.rankings),
        "seconds": round(seconds, 1),
        "figures": {name: interval(values).to_dict() for name, values in measured.values.items()},
    }


def _values(task: str, measured: Measured) -> dict[str, np.ndarray]:
    return {f"{task} {name}": values for name, values in measured.values.items()}
