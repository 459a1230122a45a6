"""Tables of results: every ranker with its intervals, and every two of them compared on the same users or queries."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from finetune.errors import BenchmarkError
from finetune.ranking.bootstrap import Interval, intervals
from finetune.ranking.results import Result
from finetune.training.writing import write_whole

JSON_FILE, MARKDOWN_FILE, CURVE_PLOT = "baselines.json", "baselines.md", "sasrec.png"
COMPARED = ("recall@10", "ndcg@10")


def write_report(folder: Path, benchmark: str, results: Sequence[Result], say: Callable[[str], None] = print) -> None:
    """Write ``baselines.json``, ``baselines.md`` and, where SASRec was trained, ``sasrec.png`` into ``folder``.

    Raises:
        BenchmarkError: if the results are not of the same users or queries.
    """
    report = make_report(benchmark, results)
    write_whole(folder / JSON_FILE, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    write_whole(folder / MARKDOWN_FILE, to_markdown(report))
    say(f"{folder / MARKDOWN_FILE}, {folder / JSON_FILE}")
    curves = sorted((folder / "sasrec").glob("*/curve.json"))
    if curves:
        draw_curves(curves, folder / CURVE_PLOT, say)


def make_report(benchmark: str, results: Sequence[Result]) -> dict[str, Any]:
    """The figures as JSON holds them; rankers of users and of queries apart, the best by NDCG@10 first.

    Raises:
        BenchmarkError: if the results of one task are not of the same users or queries.
    """
    tasks: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        tasks.setdefault(tuple(result.measured.values), []).append(result)
    parts = []
    for metrics, of_task in tasks.items():
        ordered = sorted(of_task, key=lambda result: (-result.measured.values["ndcg@10"].mean(), result.name))
        parts.append(_task(metrics, ordered))
    return {"benchmark": benchmark, "tasks": parts}


def _task(metrics: Sequence[str], results: Sequence[Result]) -> dict[str, Any]:
    counts = {len(result.measured.values[metric]) for result in results for metric in metrics}
    if len(counts) != 1:
        raise BenchmarkError("the results are not of the same users or queries", "measure all rankers anew")
    pairs = list(combinations(results, 2))
    columns = [result.measured.values[metric] for result in results for metric in metrics]
    columns += [
        first.measured.values[metric] - second.measured.values[metric] for first, second in pairs for metric in COMPARED
    ]
    found = iter(intervals(np.stack(columns, axis=1)))
    rankers = [
        {
            "ranker": result.name,
            "metrics": {metric: next(found).to_dict() for metric in metrics},
            "settings": dict(result.settings),
            "seconds": result.seconds,
            "seeds": result.seeds,
            "tried": result.tried,
        }
        for result in results
    ]
    differences = [
        {"first": first.name, "second": second.name, **{metric: next(found).to_dict() for metric in COMPARED}}
        for first, second in pairs
    ]
    return {"metrics": list(metrics), "count": counts.pop(), "rankers": rankers, "differences": differences}


def to_markdown(report: dict[str, Any]) -> str:
    """The report as tables: figures with 95 % intervals, then differences with theirs."""
    parts = []
    for task in report["tasks"]:
        metrics = task["metrics"]
        parts.append(f"{report['benchmark']}, {task['count']:,} {'users' if 'ndcg@5' in metrics else 'queries'}\n")
        parts.append(_table(["ranker", *metrics], [_figures(ranker, metrics) for ranker in task["rankers"]]))
        if task["differences"]:
            rows = [
                [f"{line['first']} − {line['second']}", *(_cell(line[metric], signed=True) for metric in COMPARED)]
                for line in task["differences"]
            ]
            parts.append(_table(["difference, paired", *COMPARED], rows))
    return "\n".join(parts)


def _figures(ranker: dict[str, Any], metrics: Sequence[str]) -> list[str]:
    name = ranker["ranker"]
    if len(ranker["seeds"]) > 1:
        name += f" ({len(ranker['seeds'])} seeds)"
    return [name, *(_cell(ranker["metrics"][metric]) for metric in metrics)]


def _cell(figure: dict[str, float], signed: bool = False) -> str:
    found = Interval(**figure)
    sign = "+" if signed else ""
    return f"{found.mean:{sign}.4f} [{found.low:{sign}.4f}, {found.high:{sign}.4f}]"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def draw_curves(curves: Sequence[Path], path: Path, say: Callable[[str], None] = print) -> None:
    """Draw SASRec's training loss and validation NDCG@10 by epoch, a line for every run."""
    if importlib.util.find_spec("matplotlib") is None:
        say("no plot: matplotlib is not installed")
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for file in curves:
        epochs = json.loads(file.read_text(encoding="utf-8"))["curve"]
        numbers = [epoch["epoch"] for epoch in epochs]
        left.plot(numbers, [epoch["loss"] for epoch in epochs], marker="o", markersize=3, label=file.parent.name)
        right.plot(numbers, [epoch["ndcg_10"] for epoch in epochs], marker="o", markersize=3, label=file.parent.name)
    left.set(xlabel="epoch", ylabel="nats per item", title="SASRec: training loss")
    right.set(xlabel="epoch", ylabel="NDCG@10", title="SASRec: validation")
    left.grid(alpha=0.3)
    right.grid(alpha=0.3)
    right.legend(fontsize="small")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
