"""Known answers to learn from: the sequences and the judged queries of a benchmark folder.

The answers of the test are left behind here, at the door: neither the last item of a sequence nor a query of the test
is in what this module returns, so no example can be made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from finetune.ranking.data import read_benchmark


@dataclass(frozen=True, slots=True)
class KnownSequence:
    """What one shopper bought, oldest first, and what they bought next, which only validation may see."""

    user: str
    skus: tuple[str, ...]
    next_sku: str


@dataclass(frozen=True, slots=True)
class KnownQuery:
    """A search and the relevant products: (SKU, how relevant), the most relevant first, equals by SKU."""

    text: str
    relevant: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What a benchmark lets one learn from."""

    sequences: tuple[KnownSequence, ...] = ()
    queries: tuple[KnownQuery, ...] = ()


def read_known(folder: Path) -> Known:
    """The sequences and training queries of a benchmark folder.

    Raises:
        BenchmarkError: if it cannot be read.
    """
    benchmark = read_benchmark(folder)
    skus = [item.sku for item in benchmark.items]
    sequences = tuple(
        KnownSequence(user.name, tuple(skus[item] for item in user.train), skus[user.target("validation")])
        for user in benchmark.users
    )
    queries = []
    for query in benchmark.answerable("train"):
        relevant = ((skus[item], query.judgments[item]) for item in query.relevant(benchmark.relevant_from))
        queries.append(KnownQuery(query.text, tuple(sorted(relevant, key=lambda pair: (-pair[1], pair[0])))))
    return Known(sequences, tuple(queries))
