"""The model on a benchmark: the next item of every user, and the products of every query, among the whole catalog.

    python -m finetune rank --checkpoint FOLDER --benchmark FOLDER [--out FOLDER] [--holdout validation] [--limit N]
    python -m finetune rank --run FOLDER        the state that a run has saved last, while it goes on

Writes ranking.json with the means and their 95 % intervals, ranking.npz with the value of every user and query, in the
order of the benchmark's files, and ranking.md: the model beside the baselines of the same benchmark that have been
measured (`python -m finetune baselines`), on the same users, with paired differences. Started again after it was
stopped it goes on where it was. --limit ranks a fixed random sample.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.ranking.bootstrap import interval
from finetune.ranking.data import Benchmark, Holdout, read_benchmark
from finetune.ranking.measure import Measured, measure_recommender, measure_searcher
from finetune.ranking.report import make_report, to_markdown
from finetune.ranking.results import Result, benchmark_fingerprint, read_results
from finetune.training.command import wait_passively
from finetune.training.writing import write_whole

if TYPE_CHECKING:
    from finetune.ranking.model import ModelRanker

FIGURES, VALUES, TABLES, KEPT = "ranking.json", "ranking.npz", "ranking.md", "rankings"
RANKERS = "rankers"
"""Where the baselines' command keeps its results."""
RECOMMENDATION, SEARCH = "recommendation", "search"
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
        baselines: folder that `python -m finetune baselines` wrote; by default the one beside the benchmark.
    """

    beams: int = 30
    search_beams: int = 100
    limit: int = 0
    batch: int = 64
    holdout: Holdout = "test"
    baselines: Path | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune rank``."""
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="what `finetune train` wrote")
    model.add_argument("--run", type=Path, metavar="FOLDER", help="a run of `finetune run`, finished or not")
    parser.add_argument("--benchmark", type=Path, metavar="FOLDER", help="default with --run: the run's own")
    parser.add_argument("--baselines", type=Path, metavar="FOLDER", help="default: baselines beside the benchmark")
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
    config = RankConfig(args.beams, args.search_beams, args.limit, args.batch, args.holdout, args.baselines)
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

    skus = [item.sku for item in read_benchmark(benchmark_folder).items]

    def ranker(width: int) -> ModelRanker:
        return checkpoint_ranker(checkpoint, skus, width=width, batch=config.batch, keep=out / KEPT)

    figures = rank(benchmark_folder, ranker, out, config, say)
    add_metrics(checkpoint, {"ranking": figures})
    return figures


def rank_run(folder: Path, benchmark_folder: Path, out: Path, config: RankConfig, say: Say = print) -> dict[str, Any]:
    """Rank with the state that a run saved last, and write the figures into ``out``.

    Raises:
        TrainingError: if the run has saved nothing yet.
        BenchmarkError: if the benchmark cannot be read, or the run does not know its items.
    """
    from finetune.ranking.saved import last_saved, saved_ranker

    saved = last_saved(folder)
    say(f"{saved.stage.name}, step {saved.step}")
    skus = [item.sku for item in read_benchmark(benchmark_folder).items]

    def ranker(width: int) -> ModelRanker:
        return saved_ranker(saved, skus, width=width, batch=config.batch, keep=out / KEPT)

    return rank(benchmark_folder, ranker, out, config, say, {"stage": saved.stage.name, "step": saved.step})


def rank(
    benchmark_folder: Path,
    ranker: Callable[[int], ModelRanker],
    out: Path,
    config: RankConfig,
    say: Say = print,
    noted: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Take the figures on whatever the benchmark has, and write them.

    Args:
        benchmark_folder: of the whole benchmark.
        ranker: makes the ranker for a width of the beam search.
        out: folder of the figures.
        config: how.
        say: gets one line at a time.
        noted: stands in the figures as well.

    Raises:
        BenchmarkError: if the benchmark or the baselines' results cannot be read.
    """
    benchmark = read_benchmark(benchmark_folder)
    baselines = config.baselines or benchmark_folder.parent / "baselines"
    others = read_results(baselines / RANKERS, benchmark_fingerprint(benchmark_folder))
    settings = {name: value for name, value in dataclasses.asdict(config).items() if name != "baselines"}
    figures: dict[str, Any] = {**(noted or {}), "benchmark": benchmark.name, "config": settings}
    values: dict[str, np.ndarray] = {}
    results: list[Result] = []
    for task, chosen, measure in _tasks(benchmark, config):
        start = time.perf_counter()
        measured = measure(ranker(config.beams if task == RECOMMENDATION else config.search_beams))
        result = Result(measured, settings, round(time.perf_counter() - start, 1))
        figures[task] = _figures(result)
        values |= {task: chosen, **{f"{task} {name}": array for name, array in measured.values.items()}}
        results.append(result)
        if task == SEARCH or config.holdout == "test":  # what baselines are measured on
            alike = [other for other in others if set(other.measured.values) == set(measured.values)]
            results += [_of_sample(other, chosen) for other in alike]
    report = make_report(benchmark.name, results)
    models = {result.name for result in results} - {other.name for other in others}
    for part in report["tasks"]:
        part["differences"] = [one for one in part["differences"] if {one["first"], one["second"]} & models]
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / VALUES, allow_pickle=False, **values)
    write_whole(out / TABLES, to_markdown(report))
    write_whole(out / FIGURES, json.dumps({**figures, "report": report}, indent=2) + "\n")
    say(to_markdown(report))
    return figures


def _tasks(
    benchmark: Benchmark, config: RankConfig
) -> Iterator[tuple[str, np.ndarray, Callable[[ModelRanker], Measured]]]:
    """What the benchmark has: the task, the numbers of its users or queries that are ranked, and what measures them."""
    if benchmark.users:
        chosen = sample(len(benchmark.users), config.limit)
        users = dataclasses.replace(benchmark, users=tuple(benchmark.users[number] for number in chosen))
        yield RECOMMENDATION, chosen, lambda ranker: measure_recommender(users, ranker, config.holdout)
    if answerable := benchmark.answerable("test"):
        chosen = sample(len(answerable), config.limit)
        queries = dataclasses.replace(benchmark, queries=tuple(answerable[number] for number in chosen))
        yield SEARCH, chosen, lambda ranker: measure_searcher(queries, ranker)


def sample(count: int, limit: int) -> np.ndarray:
    """(users,) numbers of a fixed random sample, ascending; of a smaller limit a part of that of a larger one."""
    order = np.random.default_rng(SAMPLE_SEED).permutation(count)
    return np.sort(order[:limit] if limit else order)


def _of_sample(result: Result, chosen: np.ndarray) -> Result:
    """A baseline's result on a sample of the users or queries."""
    whole = result.measured
    values = {name: array[chosen] for name, array in whole.values.items()}
    return dataclasses.replace(result, measured=Measured(whole.ranker, values, whole.rankings[chosen]))


def _figures(result: Result) -> dict[str, Any]:
    return {
        "ranker": result.name,
        "count": len(result.measured.rankings),
        "seconds": result.seconds,
        "figures": {name: interval(values).to_dict() for name, values in result.measured.values.items()},
    }
