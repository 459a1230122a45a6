"""What the merchandiser's weights cost a reply and a step, on catalogs of two sizes.

    python -m benchmarks.rules [--items 10000 1000000] [--json FILE]

The catalog is the skewed one of ``benchmarks/skew.py``, the view half of it. Two rules: one boosts a tenth of all
items, one buries a thousandth. Masks and biases alternate, so that what else runs on the machine slows both, and follow
the codes of random items, 8 beams at a time, through the code that beam search runs. Prints medians as Markdown.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.decoding_peers.neo_numpy import build_index
from benchmarks.skew import half, make_catalog
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.torch_view import TorchIndex, TorchViews
from neo_assistant.decoding.torch_weights import TorchWeights
from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.decoding.weights import Weights

BEAMS = 8
WALKS = 40
SHARES = ((0.1, 2.0), (0.001, 0.5))
"""Of all items that a rule selects, and its factor."""


def measure(items: int, walks: int = WALKS) -> dict[str, Any]:
    """Milliseconds, medians; and how many items of the view weigh other than 1."""
    catalog, random = make_catalog(items), np.random.default_rng(3)
    index = build_index(catalog)
    view = View(index, half(catalog))
    sets = [(Bitmap.from_bools(random.random(items) < share), factor) for share, factor in SHARES]
    made_ms, weights = _timed(lambda: Weights.of_sets(items, sets))
    assert weights is not None
    summed_ms, sums = _timed(lambda: weights.under(view))
    on_torch = TorchIndex(index, "cpu")
    views = TorchViews(on_torch, [view], [NOTHING])
    biases = TorchWeights(on_torch, sums, NOTHING)
    steps: dict[str, list[float]] = {"mask": [], "bias": [], "mask, NumPy": [], "bias, NumPy": []}
    eligible = view.bitmap.positions()
    for _ in range(walks):
        first = int(random.choice(eligible))
        number = int(catalog.type_numbers[first])
        among = eligible[catalog.type_numbers[eligible] == number]
        codes = catalog.codes[random.choice(among, BEAMS)].astype(np.int64)
        slots = torch.zeros(BEAMS, dtype=torch.long)
        for level in range(index.scheme.levels):
            prefixes = views.after(slots, slots + number, torch.from_numpy(codes[:, :level]))
            milliseconds, candidates = _once(partial(views.candidates, prefixes, level))
            steps["mask"].append(milliseconds)
            steps["bias"].append(_once(partial(biases.bias, candidates))[0])
            written = tuple(codes[0, :level].tolist())
            milliseconds, following = _once(partial(view.codes_after, number, written))
            steps["mask, NumPy"].append(milliseconds)
            again = _once(partial(sums.bias, number, written, following, NOTHING))
            steps["bias, NumPy"].append(again[0])
    return {
        "items": items,
        "weighted": len(sums.positions),
        "rules changed": made_ms,
        "a view's sums": summed_ms,
        **{name: statistics.median(values) for name, values in steps.items()},
    }


def _once(action: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = action()
    return (time.perf_counter() - began) * 1000, result


def _timed(action: Callable[[], Any], repeat: int = 5) -> tuple[float, Any]:
    """Median milliseconds, and what the last call returned."""
    runs = [_once(action) for _ in range(repeat)]
    return statistics.median(taken for taken, _ in runs), runs[-1][1]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown."""
    names = [name for name in rows[0] if name not in ("items", "weighted")]
    lines = [f"| items | of weight other than 1 | {' | '.join(names)} |", "|---" * (len(names) + 2) + "|"]
    for row in rows:
        cells = [f"{row['items']:,}", f"{row['weighted']:,}", *(f"{row[name]:.3g} ms" for name in names)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 1_000_000], help="sizes of the catalog")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    options = parser.parse_args(arguments)
    rows = [measure(items) for items in options.items]
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
