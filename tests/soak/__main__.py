"""Generates semantic ids until there are as many as asked for, and checks each by the source table.

    python -m tests.soak --sids 1000000

No model and no database: logits are random or adversarial, shops are random tables that are edited between batches.
Every shop goes through every path: NumPy masks, torch candidates, torch masks, the engine's beam search, and whole
replies by the grammar. Prints how many came from each, and how many were illegal; exit code 1 if any was.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import torch

from tests.soak.oracle import Record
from tests.soak.paths import Batch, by_beams, by_candidates, by_masks, by_numpy
from tests.soak.replies import by_replies
from tests.soak.shop import SCHEMES, Shop

Path = Callable[[Batch, Record], None]
PATHS: dict[str, tuple[Path, int]] = {
    "NumPy": (by_numpy, 4),
    "torch, candidates": (by_candidates, 12),
    "torch, masks": (by_masks, 4),
    "beams": (by_beams, 8),
    "whole replies": (by_replies, 6),
}
"""Each path, and its batches between two edits of a shop."""
SIZES = (12_000, 1_000, 40, 3_000, 20_000, 1, 0)
EDITS = 8
"""A shop is given up after this many edits."""


def soak(wanted: int, seed: int, tell: Callable[[str], None] = lambda text: None) -> tuple[Record, Counter[str]]:
    """Generate at least so many semantic ids; what was found, and the seconds that each path took."""
    record, seconds = Record(), Counter[str]()
    for number in itertools.count():
        random = np.random.default_rng((seed, number))
        shop = Shop.open(random, SCHEMES[number % len(SCHEMES)], SIZES[number % len(SIZES)])
        shops = [shop]
        for _ in range(EDITS):
            for name, (path, batches) in PATHS.items():
                began = time.perf_counter()
                for _ in range(batches):
                    # A reply keeps the shop it began with, so older ones are written in, too.
                    chosen = shops[int(random.integers(max(len(shops) - 3, 0), len(shops)))]
                    path(Batch(chosen, random, slots=int(random.integers(1, 17))), record)
                seconds[name] += time.perf_counter() - began  # type: ignore[assignment]
            if record.illegal or record.sids.total() >= wanted:
                return record, seconds
            shops.append(shops[-1].edited(random))
        tell(f"{record.sids.total():,} semantic ids after {number + 1} shops")
    raise AssertionError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Generate many semantic ids, check each.")
    parser.add_argument("--sids", type=int, default=1_000_000, help="how many at least (default: 1000000)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    record, seconds = soak(arguments.sids, arguments.seed, lambda text: print(text, file=sys.stderr))
    for name in PATHS:
        print(f"{name:18} {record.sids[name]:>10,} semantic ids in {seconds[name]:6.1f} s")
    for line in record.illegal[:20]:
        print(f"illegal: {line}")
    total, illegal, spent = record.sids.total(), len(record.illegal), time.perf_counter() - began
    times = f"{spent:.0f} s, {time.process_time():.0f} s of them on the processor"
    print(f"soak: {total:,} semantic ids generated, {illegal} illegal, {times} (seed {arguments.seed})")
    return 1 if illegal else 0


if __name__ == "__main__":
    sys.exit(main())
