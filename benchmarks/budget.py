"""What a budget on a whole reply costs: of a decoding step, and once a reply.

    python -m benchmarks.budget [--items 10000,1000000] [--database URL]

The reply names three items of three kinds with words between them, over a synthetic catalog (``benchmarks.skew``): the
same tokens under the same quotas, once without a budget and once with one, each time after a step of the packaged base
model, whose work leaves the caches as they are when a reply is written. Processor time with one thread, so that what
else runs on the machine does not count. With a database, reading the prices of the largest catalog and following a
changed one is measured too (``catalog_db.synthetic`` fills an empty one). Prints Markdown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from benchmarks.conditions import change_a_price, current, open_filled, synthetic_index
from benchmarks.decoding_peers.neo_numpy import build_index
from benchmarks.decoding_share import PROMPT_TOKENS, extended
from benchmarks.machine import load
from benchmarks.skew import make_catalog
from neo_assistant.base_model import base_tokenizer, load_base
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.engine.model import Session, quantize
from neo_assistant.grammar.budget import Budget
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.quotas import Quota
from neo_assistant.prices import PriceList
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidVocabulary

ITEMS = (10_000, 1_000_000)
KINDS = 40
"""Every item is of one of so many kinds."""
REPEATS = 3


def prices_of(items: int) -> np.ndarray:
    """Minor units, most at the lower end: $5 to some hundreds."""
    return (500 + np.random.default_rng(3).lognormal(8, 1, items)).astype(np.int64)


def make_quotas(index: SegmentedIndex) -> list[Quota]:
    """One item each of three kinds."""
    kinds = np.random.default_rng(4).integers(0, KINDS, len(index))
    return [Quota(f"kind {kind}", View(index, Bitmap.from_bools(kinds == kind)), 1, 1) for kind in range(3)]


def make_plans(tokenizer: ShopTokenizer, index: SegmentedIndex, prices: np.ndarray, quotas: Sequence[Quota]) -> Any:
    """A fresh plan without a budget and one with three times the median price."""
    whole = View(index)
    budget = Budget(int(3 * np.median(prices)), prices)
    return (
        ReplyPlan(tokenizer, whole, quotas=tuple(quotas)),
        ReplyPlan(tokenizer, whole, quotas=tuple(quotas), budget=budget),
    )


def reply_ids(plan: ReplyPlan, seed: int) -> list[int]:
    """A reply of some words and three items, chosen at random among those that the plan allows."""
    random, ids = np.random.default_rng(seed), list[int]()
    words = plan.tokenizer.encode(" This one is light and keeps tea warm for hours")
    vocabulary = plan.tokenizer.vocabulary
    for _ in plan.quotas:
        ids += words
        openers = plan.allowed(ids).tokens
        ids.append(int(random.choice(openers[openers >= vocabulary.first_id])))
        for _ in range(plan.view.index.scheme.levels):
            ids.append(int(random.choice(plan.allowed(ids).tokens)))
    return ids


def steps(model: Any, tokenizer: ShopTokenizer, index: SegmentedIndex, prompt: list[int]) -> Iterator[tuple[Any, ...]]:
    """For every token of some replies: whether it is the first after an item, and milliseconds of the model's step and
    of finding what may follow without a budget and with one.
    """
    prices, quotas = prices_of(len(index)), make_quotas(index)
    span = index.scheme.span_length
    for repeat in range(REPEATS):
        ids = reply_ids(make_plans(tokenizer, index, prices, quotas)[1], repeat)
        without, budgeted = make_plans(tokenizer, index, prices, quotas)
        session = Session(model)
        session.forward([prompt])
        for place in range(len(ids)):
            taken = []
            for plan in (without, budgeted):
                began = time.process_time()
                session.forward([[ids[place - 1] if place else prompt[-1]]])
                done = time.process_time()
                plan.allowed(ids[:place])
                taken += [(done - began) * 1000, (time.process_time() - done) * 1000]
            opener = ids[place - span] if place >= span else 0
            after_item = tokenizer.vocabulary.first_id <= opener < tokenizer.vocabulary.first_code
            yield after_item, (taken[0] + taken[2]) / 2, taken[1], taken[3]


def measure(items: Sequence[int]) -> list[str]:
    """Rows of a table, one per catalog."""
    catalogs = [make_catalog(count) for count in items]
    tokenizer = ShopTokenizer(base_tokenizer(), SidVocabulary(catalogs[0].scheme, len(base_tokenizer())))
    model, _ = quantize(extended(load_base(), tokenizer), "auto")
    prompt = tokenizer.encode("Which mug would you take on a long walk? " * PROMPT_TOKENS)[:PROMPT_TOKENS]
    rows = []
    for catalog in catalogs:
        found = np.array(list(steps(model, tokenizer, build_index(catalog), prompt)), dtype=float)
        after = found[:, 0] > 0
        model_ms, without_ms, with_ms = np.median(found[~after, 1:], axis=0)
        first = np.median(found[after, 3] - found[after, 2])
        total = found[:, 1:].sum(axis=0) / REPEATS
        shares = [f"{100 * part / (part + total[0]):.1f} %" for part in total[1:]]
        rows.append(
            f"| {len(catalog):,} | {model_ms:.1f} ms | {without_ms:.3f} ms | {with_ms:.3f} ms | {first:.2f} ms "
            f"| {shares[0]} | {shares[1]} |"
        )
    return rows


def measure_prices(url: str, items: int) -> str:
    """What reading all prices of a catalog takes, and following one that changed."""
    database, _ = open_filled(url, items)
    with database:
        index, known = synthetic_index(items), PriceList(database)
        number = current(database)
        first_ms = spent(lambda: known.at(index, number, "USD"))
        again_ms = spent(lambda: known.at(index, number, "USD"))
        change_a_price(database, 1)
        number = current(database)
        changed_ms = spent(lambda: known.at(index, number, "USD"))
        size = known.at(index, number, "USD").nbytes
    return f"| {items:,} | {first_ms:,.0f} ms | {again_ms:.3f} ms | {changed_ms:.1f} ms | {size / 1e6:,.0f} MB |"


def spent(action: Callable[[], object]) -> float:
    """Milliseconds of processor time; a database in this process is in it."""
    began = time.process_time()
    action()
    return (time.process_time() - began) * 1000


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What a budget on a whole reply costs.")
    parser.add_argument("--items", default=",".join(map(str, ITEMS)), help="sizes of catalogs, with commas between")
    parser.add_argument("--database", metavar="URL", help="an empty one, or one that was filled before")
    options = parser.parse_args(arguments)
    sizes = [int(count) for count in options.items.split(",")]
    torch.set_num_threads(1)
    print(f"Load average {load()[0]}.\n")
    print(
        "| items | model's step | constraint, no budget | with a budget | once after each item | of a reply, no budget "
        "| with a budget |\n|---|---|---|---|---|---|---|"
    )
    print("\n".join(measure(sizes)))
    if options.database:
        print("\n| items | all prices, first | again | after one price changed | memory |\n|---|---|---|---|---|")
        print(measure_prices(options.database, max(sizes)))


if __name__ == "__main__":
    main()
