"""The constraint side by side with its peers: which tokens may follow, on catalogs of 1,000 to 10 million items.

    python -m benchmarks.decoding                                   the whole table, some 25 minutes
    python -m benchmarks.decoding --items 1000 10000 --only neo-numpy static-csr
    python -m benchmarks.decoding --out var/decoding.json --resume  go on with a run that was broken off
    python -m benchmarks.decoding --model-share                     share of a decoding step of the default model
    python -m benchmarks.decoding --resume --items --write-docs     only write what is there into docs/benchmarks.md

Prints Markdown and writes JSON after every measurement. Each method runs on each size in a process of its own; one that
goes over a limit or fails is said to give up there, and is not asked for larger catalogs. Peers that are not installed
(`pip install --no-deps -r requirements-bench.txt`) are left out and named. What is measured: docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import decoding_report
from benchmarks.contained import Limits, run_contained
from benchmarks.decoding_peers import BY_VOCABULARY, METHODS, ON_GPU, PACKAGES
from benchmarks.decoding_peers.measure import Job, job_values
from benchmarks.machine import load, machine
from benchmarks.skew import EXPONENT, SEED, SIZES, TYPES, make_catalog

ITEMS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
BEAMS = (1, 8, 30, 256)
VOCABULARY = (49_152, 151_936)
"""Base vocabularies of SmolLM2 and Qwen2.5; the SID tokens come on top."""
GPU_ITEMS, GPU_BEAMS = 20_000_000, 70
"""As STATIC was measured."""
OUT = Path("var/benchmarks/decoding.json")
VERSIONS = ("numpy", "torch", "transformers", "outlines-core", "xgrammar", "llguidance")


@dataclass(frozen=True)
class Cell:
    """One method on one size of catalog; with a vocabulary where its index depends on it."""

    method: str
    items: int
    vocabulary: int | None
    device: str

    def line(self) -> tuple[str, int | None, str]:
        """What a method that gives up gives up on: itself on all larger sizes."""
        return self.method, self.vocabulary, self.device


class Results:
    """What has been measured, on disk after every event."""

    def __init__(self, path: Path, resume: bool) -> None:
        self.path = path
        self.values: dict[str, Any] = {"cells": []}
        if resume and path.is_file():
            self.values = json.loads(path.read_text(encoding="utf-8"))

    def find(self, cell: Cell) -> dict[str, Any] | None:
        """The record of a cell."""
        keys = vars(cell)
        return next((r for r in self.values["cells"] if all(r[key] == value for key, value in keys.items())), None)

    def start(self, cell: Cell) -> dict[str, Any]:
        """A new record of a cell, in the place of an old one."""
        if (old := self.find(cell)) is not None:
            self.values["cells"].remove(old)
        record: dict[str, Any] = {**vars(cell), "status": "running", "reason": "", "steps": {}, "masked": {}}
        self.values["cells"].append(record)
        return record

    def save(self) -> None:
        """Write everything; a run that is broken off leaves the last whole state."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_suffix(".part")
        scratch.write_text(json.dumps(self.values, indent=1) + "\n", encoding="utf-8")
        scratch.replace(self.path)


def cells(options: argparse.Namespace) -> Iterator[Cell]:
    """All that was asked for, small catalogs first, so that who gives up is known before the larger ones."""
    for items in sorted(options.items):
        for method in options.only:
            for vocabulary in options.vocabulary if method in BY_VOCABULARY else (None,):
                yield Cell(method, items, vocabulary, "cpu")
    if options.items and _gpu():
        for method in ON_GPU:
            if method in options.only:
                yield Cell(method, options.gpu_items, None, "cuda")


def run_cells(options: argparse.Namespace, results: Results) -> None:
    """Measure every cell that has no result yet."""
    waiting = list(cells(options))
    gone: dict[tuple[str, int | None, str], str] = {}
    for items in sorted({cell.items for cell in waiting}):
        now = [cell for cell in waiting if cell.items == items]
        with tempfile.TemporaryDirectory() as folder:
            for cell in now:
                record = results.find(cell)
                if record is None or record["status"] == "running":
                    record = results.start(cell)
                    if find_spec(PACKAGES[cell.method]) is None:
                        record |= {"status": "not installed"}
                    elif cell.line() in gone:
                        record |= {"status": "skipped", "reason": gone[cell.line()]}
                    else:
                        if not (Path(folder) / "scheme.json").is_file():
                            make_catalog(items).save(Path(folder))
                        _measure(cell, record, options, folder, results)
                    results.save()
                    _say(record)
                if record["status"] == "gave up":
                    gone.setdefault(cell.line(), f"gave up at {items:,}")


def _measure(cell: Cell, record: dict[str, Any], options: argparse.Namespace, folder: str, results: Results) -> None:
    on_gpu = cell.device == "cuda"
    vocabularies = options.vocabulary if cell.vocabulary is None else [cell.vocabulary]
    beams = (options.gpu_beams,) if on_gpu else tuple(options.beams)
    job = Job(cell.method, folder, tuple(vocabularies), beams, options.seconds, cell.device)

    def heard(event: dict[str, Any]) -> None:
        kind = event.pop("event")
        if kind == "step":
            record["steps"][str(event.pop("beams"))] = event
        elif kind == "masked":
            record["masked"].setdefault(str(event.pop("vocabulary")), {})[str(event.pop("beams"))] = event
        else:
            record[kind] = event
        results.save()

    limits = Limits(options.budget_seconds, int(options.memory_gb * 1e9))
    failure = run_contained("benchmarks.decoding_peers.measure", job_values(job), limits, heard)
    record["status"] = "done" if failure is None else "gave up"
    if failure is not None:
        record |= {"reason": failure.reason, "stage": failure.stage}


def _say(record: dict[str, Any]) -> None:
    where = "" if record["vocabulary"] is None else f", vocabulary {record['vocabulary']:,}"
    reason = f" ({record['reason']})" if record["reason"] else ""
    print(
        f"{record['method']}, {record['items']:,} items{where}: {record['status']}{reason}", file=sys.stderr, flush=True
    )


def _gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, nargs="*", default=list(ITEMS), help="sizes of the catalog")
    parser.add_argument("--beams", type=int, nargs="+", default=list(BEAMS), help="rows of a batch")
    parser.add_argument("--vocabulary", type=int, nargs="+", default=list(VOCABULARY), help="base vocabularies")
    parser.add_argument("--only", nargs="+", default=list(METHODS), choices=list(METHODS), metavar="METHOD")
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes")
    parser.add_argument("--resume", action="store_true", help="keep what --out holds already, and add the rest")
    parser.add_argument("--budget-seconds", type=float, default=90, help="a method, a size and a stage at most")
    parser.add_argument("--memory-gb", type=float, default=8, help="of a method's process at most")
    parser.add_argument("--seconds", type=float, default=0.4, help="how long each time a step is measured")
    parser.add_argument("--gpu-items", type=int, default=GPU_ITEMS, help="size of the catalog on a GPU")
    parser.add_argument("--gpu-beams", type=int, default=GPU_BEAMS, help="rows on a GPU")
    parser.add_argument("--model-share", action="store_true", help="measure the share of a model's step, nothing else")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/benchmarks.md")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    options = parse(arguments)
    results = Results(options.out, options.resume)
    values = results.values
    before = load()
    if options.model_share:
        from benchmarks.decoding_share import model_share

        values["model_share"] = {**model_share(), "load_before": before, "load_after": load()}
    elif options.items:
        conditions = _conditions(options)
        if values["cells"] and any(values.get(key) != value for key, value in conditions.items()):
            sys.exit(
                f"error: {options.out} holds a run of another kind (name another file with --out, or drop --resume)"
            )
        if not _gpu():
            print("no GPU here: the rows of 20 million items and 70 beams on one are left out", file=sys.stderr)
        values |= {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(VERSIONS) | {"gpu": _gpu_name()},
            "load_before": before,
            **conditions,
        }
        run_cells(options, results)
        values["load_after"] = load()
    results.save()
    text = decoding_report.report(values)
    print(text)
    if options.write_docs:
        decoding_report.write_docs(text)


def _conditions(options: argparse.Namespace) -> dict[str, Any]:
    """What must be the same where results stand side by side; as JSON gives it back."""
    kept = ("beams", "vocabulary", "seconds", "budget_seconds", "memory_gb")
    return {
        "catalog": {"types": TYPES, "sizes": list(SIZES), "exponent": EXPONENT, "seed": SEED},
        "settings": {name: getattr(options, name) for name in kept},
    }


def _gpu_name() -> str | None:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


if __name__ == "__main__":
    main()
