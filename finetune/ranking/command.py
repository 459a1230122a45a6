"""Baselines on a benchmark folder: trained or tuned on its training part, measured on its test part.

What a folder's users allow is ranked from histories (popularity, popularity by type, co-occurrence, SASRec), what its
queries allow from words (BM25, dense, and the two fused). Results are kept ranker by ranker in --out, and tables are
made of all that are there: figures with 95 % intervals and paired differences, as Markdown and JSON. SASRec goes on
where it was stopped.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.errors import BenchmarkError
from finetune.ranking.data import Benchmark, read_benchmark
from finetune.ranking.measure import measure_recommender, measure_searcher
from finetune.ranking.report import write_report
from finetune.ranking.results import Result, benchmark_fingerprint, read_results, save_result
from finetune.sids.embeddings import DEFAULT_ENCODER, SentenceEncoder

if TYPE_CHECKING:
    from finetune.ranking.bm25 import Bm25
    from finetune.ranking.dense import Dense

Say = Callable[[str], None]


@dataclass(frozen=True)
class Task:
    """What a baseline is given, and the searchers that more than one of them needs."""

    benchmark: Benchmark
    out: Path
    seeds: tuple[int, ...]
    grid: bool
    cache: Path
    encoder: str
    say: Say

    @cached_property
    def bm25(self) -> tuple[Bm25, dict[str, float], dict[str, float]]:
        """BM25 as tuned, its settings, and what was tried."""
        from finetune.ranking.tuning import tune_bm25, tuning_queries

        return tune_bm25([item.text for item in self.benchmark.items], tuning_queries(self.benchmark))

    @cached_property
    def dense(self) -> Dense:
        """The catalog's embeddings."""
        from finetune.ranking.dense import Dense

        return Dense([item.text for item in self.benchmark.items], SentenceEncoder(self.encoder), self.cache)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune baselines``."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="a benchmark folder")
    parser.add_argument(
        "--only", nargs="+", choices=[*RECOMMENDERS, *SEARCHERS], metavar="NAME", help=f"of {_names()}; default: all"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where results go (default: baselines beside the data)"
    )
    parser.add_argument("--seeds", type=_seeds, default=(0,), metavar="N,N,…", help="SASRec's seeds (default: 0)")
    parser.add_argument("--grid", action="store_true", help="SASRec: try every setting of its grid, on the first seed")
    parser.add_argument(
        "--cache", type=Path, default=Path("var/embeddings"), metavar="FOLDER", help="embeddings (default: %(default)s)"
    )
    parser.add_argument("--encoder", default=DEFAULT_ENCODER, metavar="NAME", help="of dense (default: %(default)s)")


def run(args: argparse.Namespace) -> None:
    """Train, tune and measure what was asked for, and write the tables.

    Raises:
        BenchmarkError: if the folder cannot be read, or has nothing that a baseline asked for could be measured on.
    """
    benchmark = read_benchmark(args.data)
    fingerprint = benchmark_fingerprint(args.data)
    out: Path = args.out or args.data.parent / "baselines"
    kept = out / "rankers"
    read_results(kept, fingerprint)  # refuses a folder of another benchmark before hours are spent
    possible = {**(RECOMMENDERS if benchmark.users else {}), **(SEARCHERS if benchmark.answerable("test") else {})}
    names = args.only or list(possible)
    for name in names:
        if name not in possible:
            missing = "users" if name in RECOMMENDERS else "test queries with a relevant item"
            raise BenchmarkError(f"{name} cannot be measured: {args.data} has no {missing}")
    task = Task(benchmark, out, args.seeds, args.grid, args.cache, args.encoder, print)
    for name in names:
        for result in possible[name](task):
            save_result(kept, result, fingerprint)
            figures = ", ".join(f"{metric} {values.mean():.4f}" for metric, values in result.measured.values.items())
            print(f"{result.name}: {figures} ({result.seconds:.0f} s)")
    write_report(out, benchmark.name, read_results(kept, fingerprint))


def _popularity(task: Task) -> Iterator[Result]:
    from finetune.ranking.popularity import Popularity, train_counts

    start = time.perf_counter()
    measured = measure_recommender(task.benchmark, Popularity(train_counts(task.benchmark)))
    yield Result(measured, {}, time.perf_counter() - start)


def _popularity_by_type(task: Task) -> Iterator[Result]:
    from finetune.ranking.popularity import tune_popularity_by_type

    start = time.perf_counter()
    ranker, tried = tune_popularity_by_type(task.benchmark)
    measured = measure_recommender(task.benchmark, ranker)
    yield Result(measured, {"prior": ranker.prior}, time.perf_counter() - start, tried)


def _cooccurrence(task: Task) -> Iterator[Result]:
    from finetune.ranking.cooccurrence import tune_cooccurrence

    start = time.perf_counter()
    ranker, tried = tune_cooccurrence(task.benchmark)
    measured = measure_recommender(task.benchmark, ranker)
    yield Result(measured, asdict(ranker.config), time.perf_counter() - start, tried)


def _sasrec(task: Task) -> Iterator[Result]:
    from finetune.ranking.sasrec_seeds import measure_sasrec

    start = time.perf_counter()
    measured, config, seeds, tried = measure_sasrec(
        task.benchmark, task.out / "sasrec", task.seeds, task.grid, task.say
    )
    yield Result(measured, asdict(config), time.perf_counter() - start, tried, seeds)


def _bm25(task: Task) -> Iterator[Result]:
    start = time.perf_counter()
    ranker, settings, tried = task.bm25
    yield Result(measure_searcher(task.benchmark, ranker), settings, time.perf_counter() - start, tried)


def _dense(task: Task) -> Iterator[Result]:
    start = time.perf_counter()
    measured = measure_searcher(task.benchmark, task.dense)
    yield Result(measured, {"encoder": task.encoder}, time.perf_counter() - start)


def _fusion(task: Task) -> Iterator[Result]:
    from finetune.ranking.fusion import ReciprocalRankFusion, WeightedSum
    from finetune.ranking.tuning import tune_fusion, tuning_queries

    start = time.perf_counter()
    (bm25, settings, _), dense = task.bm25, task.dense
    (constant, by_rank), (weight, by_score) = tune_fusion(bm25, dense, tuning_queries(task.benchmark))
    for ranker, chosen, tried in (
        (ReciprocalRankFusion([bm25, dense], constant), {"constant": constant}, by_rank),
        (WeightedSum(bm25, dense, weight), {"dense weight": weight}, by_score),
    ):
        measured = measure_searcher(task.benchmark, ranker)
        yield Result(measured, {**settings, **chosen}, time.perf_counter() - start, tried)
        start = time.perf_counter()


Baseline = Callable[[Task], Iterator[Result]]
RECOMMENDERS: Mapping[str, Baseline] = {
    "popularity": _popularity,
    "popularity-by-type": _popularity_by_type,
    "cooccurrence": _cooccurrence,
    "sasrec": _sasrec,
}
SEARCHERS: Mapping[str, Baseline] = {"bm25": _bm25, "dense": _dense, "fusion": _fusion}


def _names() -> str:
    return ", ".join([*RECOMMENDERS, *SEARCHERS])


def _seeds(text: str) -> tuple[int, ...]:
    try:
        seeds = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of whole numbers such as 0,1,2") from error
    if len(set(seeds)) != len(seeds) or min(seeds) < 0:
        raise argparse.ArgumentTypeError(f"{text!r} names a seed twice, or one below 0")
    return seeds
