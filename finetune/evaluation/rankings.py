"""The checkpoint as a ranker on the shop's own log: the next item of held-out shoppers, and their searches.

The rankings go through the harness of :mod:`finetune.ranking`, as do the baselines beside them, which learn from the
journeys that the training examples were made from. All items on sale are ranked (docs/results.md tells the protocol).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.config import EvaluateConfig
from finetune.errors import BenchmarkError
from finetune.evaluation.plans import Planner, meeting
from finetune.evaluation.reading import read_reply
from finetune.evaluation.replies import generate
from finetune.evaluation.shares import share
from finetune.evaluation.shelf import Shelf
from finetune.examples.benchmark import LEARNING_FILE
from finetune.examples.example import HELDOUT, Example
from finetune.examples.ranking_prompts import SEARCH_COUNT, query_prompt
from finetune.ranking.base import NOTHING, Recommender, Searcher
from finetune.ranking.data import Benchmark, User, read_benchmark
from finetune.ranking.measure import measure_recommender, measure_searcher
from neo_assistant.checkpoint import Loaded
from neo_assistant.messages import Message
from neo_assistant.prompts.renderer import PromptRenderer

if TYPE_CHECKING:
    from finetune.sids.embeddings import Encoder

MODEL = "the model"
NARROWED = "the model, conditions applied"
SEED = 20_260_321


@dataclass(frozen=True)
class ShopLog:
    """The log beside the examples.

    Args:
        test: held-out shoppers and searches.
        others: all other shoppers. Baselines choose their settings on these by leave-one-out, and learn from the whole.
    """

    test: Benchmark
    others: Benchmark


def read_log(folder: Path) -> ShopLog:
    """Read what :mod:`finetune.examples.benchmark` wrote.

    Raises:
        BenchmarkError: if it is missing or damaged.
    """
    test = read_benchmark(folder)
    numbers = {item.sku: number for number, item in enumerate(test.items)}
    path = folder / LEARNING_FILE
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        users = [User(str(line["user"]), tuple(numbers[sku] for sku in line["items"])) for line in lines]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BenchmarkError(f"{path} cannot be read: {error!r}", "make the examples again") from error
    return ShopLog(test, replace(test, users=tuple(users), queries=()))


def sample_of(benchmark: Benchmark, shoppers: int, queries: int) -> Benchmark:
    """At most so many shoppers and answerable test queries, always the same ones."""
    answerable = benchmark.answerable("test")
    training = tuple(query for query in benchmark.queries if query.split == "train")
    return replace(benchmark, users=_some(benchmark.users, shoppers), queries=(*training, *_some(answerable, queries)))


def _some(values: Sequence[Any], most: int) -> tuple[Any, ...]:
    if len(values) <= most:
        return tuple(values)
    chosen = np.random.default_rng(SEED).choice(len(values), most, replace=False)
    return tuple(values[number] for number in sorted(chosen.tolist()))


def next_item(
    loaded: Loaded, log: ShopLog, shelf: Shelf, config: EvaluateConfig, beside: Sequence[Recommender] = ()
) -> dict[str, Any]:
    """Recall and NDCG at 5 and 10 of the next item, leave-one-out, of the model and of other recommenders.

    Returns:
        ``of``: shoppers; ``beams``; ``rankers``: name → metric → mean with its interval.
    """
    from finetune.ranking.model import ModelRanker

    sids = [shelf.shop.by_sku[item.sku].sid for item in log.test.items]
    model = ModelRanker(loaded.model, loaded.tokenizer, sids, MODEL, width=config.beams, batch=config.batch)
    measured = {ranker.name: measure_recommender(log.test, ranker).values for ranker in (model, *beside)}
    return {"of": len(log.test.users), "beams": config.beams, "rankers": _means(measured)}


def recommenders(log: ShopLog) -> list[Recommender]:
    """Popularity, popularity by type and co-occurrence."""
    from finetune.ranking.cooccurrence import Cooccurrence, pairs_of, tune_cooccurrence
    from finetune.ranking.popularity import Popularity, PopularityByType, tune_popularity_by_type, type_numbers

    sequences = [user.items for user in log.others.users]
    counts = item_counts(log)
    prior = tune_popularity_by_type(log.others)[0].prior
    settings = tune_cooccurrence(log.others)[0].config
    return [
        Popularity(counts),
        PopularityByType(counts, type_numbers(log.others), prior),
        Cooccurrence(counts, pairs_of(sequences), settings),
    ]


def item_counts(log: ShopLog) -> np.ndarray:
    """(items,) in how many journeys of the other shoppers each item stands."""
    taken = [item for user in log.others.users for item in user.items]
    return np.bincount(taken, minlength=len(log.others.items))


def searchers_beside(log: ShopLog, cache: Path, encoder: Encoder | None = None) -> list[Searcher]:
    """BM25, dense retrieval with the item encoder, and the two fused, their settings chosen on the training queries.

    Args:
        log: the shop's log.
        cache: folder under which the texts' embeddings are kept.
        encoder: of dense retrieval; by default the item encoder.
    """
    from finetune.ranking.dense import Dense
    from finetune.ranking.fusion import ReciprocalRankFusion, WeightedSum
    from finetune.ranking.tuning import tune_bm25, tune_fusion, tuning_queries
    from finetune.sids.embeddings import SentenceEncoder

    texts, queries = [item.text for item in log.test.items], tuning_queries(log.test)
    bm25, _, _ = tune_bm25(texts, queries)
    dense = Dense(texts, encoder or SentenceEncoder(), cache / "embeddings")
    (constant, _), (weight, _) = tune_fusion(bm25, dense, queries)
    return [bm25, dense, ReciprocalRankFusion([bm25, dense], constant), WeightedSum(bm25, dense, weight)]


def search(
    loaded: Loaded, log: ShopLog, shelf: Shelf, config: EvaluateConfig, searchers: Sequence[Searcher] = ()
) -> dict[str, Any]:
    """NDCG@10 and recall at 10 and 100 of the held-out searches, of the model and of other searchers.

    The model first writes the want span, under the grammar, as it does when it serves. It then ranks all items on
    sale; with its conditions applied, those that meet what it read come first.

    Returns:
        ``of``: searches; ``beams``; ``rankers``: name → metric → mean with its interval.
    """
    model = _ModelSearcher(loaded, shelf, log.test, config)
    rankers: list[Searcher] = [model, _Narrowed(model), *searchers]
    measured = {ranker.name: measure_searcher(log.test, ranker).values for ranker in rankers}
    return {"of": len(log.test.answerable("test")), "beams": config.search_beams, "rankers": _means(measured)}


def _means(measured: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, Any]:
    return {name: {metric: share(found) for metric, found in values.items()} for name, values in measured.items()}


class _ModelSearcher:
    """The model ranks all items on sale after the want span that it wrote."""

    name = MODEL

    def __init__(self, loaded: Loaded, shelf: Shelf, benchmark: Benchmark, config: EvaluateConfig) -> None:
        self.loaded, self.shelf, self.config = loaded, shelf, config
        self.numbers = {item.sku: number for number, item in enumerate(benchmark.items)}
        self._renderer = PromptRenderer(loaded.tokenizer)
        self._planner = Planner(shelf, loaded.tokenizer, loaded.terms)
        self._opened: dict[str, tuple[list[int], tuple[str, ...]]] = {}
        self._ranked: dict[str, list[int]] = {}

    def search(self, queries: Sequence[str], k: int) -> np.ndarray:
        """(queries, k), as the protocol says."""
        waiting = [text for text in dict.fromkeys(queries) if text not in self._ranked]
        for start in range(0, len(waiting), self.config.batch):
            some = waiting[start : start + self.config.batch]
            self._open(some)
            everything = self.shelf.view(self.shelf.shop.items)
            rows = self.rank([self._opened[text][0] for text in some], everything)
            self._ranked |= dict(zip(some, rows, strict=True))
        return filled([self._ranked[text] for text in queries], k)

    def rank(self, prompts: Sequence[Sequence[int]], view: Any) -> list[list[int]]:
        """Item numbers after each prompt, best first, of the items of a view."""
        from neo_assistant.engine.batch_beams import BatchBeams

        beams = BatchBeams(self.loaded.model, self.loaded.tokenizer.vocabulary, view, self.config.search_beams)
        rows: list[list[int]] = []
        for start in range(0, len(prompts), beams.most_prompts):
            for positions in beams.rank(prompts[start : start + beams.most_prompts]).positions:
                items = self.shelf.items_at(positions[positions != NOTHING])
                rows.append([self.numbers[item.sku] for item in items])
        return rows

    def opened(self, text: str) -> tuple[list[int], tuple[str, ...]]:
        """Prompt and want span of a query that was searched, and the conditions in it."""
        return self._opened[text]

    def _open(self, texts: Sequence[str]) -> None:
        """Let the model write the want spans of some queries."""
        tokenizer = self.loaded.tokenizer
        prompts, plans = [], []
        for text in texts:
            example = as_example(text)
            prompts.append(self._renderer.prompt(example.messages, example.steering))
            # It may end right after the span: rows that are done are padded with the end of a reply.
            plans.append(replace(self._planner.plan(example), at_least=0))
        close = tokenizer.vocabulary.want_close
        written = generate(
            self.loaded.model, tokenizer.end_of_reply, prompts, plans, self.config.max_new_tokens, stop=close
        )
        for text, prompt, tokens in zip(texts, prompts, written, strict=True):
            span = tokens[: tokens.index(close) + 1] if close in tokens else []
            self._opened[text] = ([*prompt, *span], read_reply(span, tokenizer).want or ())


class _Narrowed:
    """The model's ranking with the items that meet the conditions it read before all others, as serving narrows."""

    name = NARROWED

    def __init__(self, model: _ModelSearcher) -> None:
        self._model = model

    def search(self, queries: Sequence[str], k: int) -> np.ndarray:
        """(queries, k), as the protocol says."""
        rows = []
        for text, broad in zip(queries, self._model.search(queries, k), strict=True):
            prompt, conditions = self._model.opened(text)
            skus = meeting(as_example(text), conditions, self._model.shelf)
            first: list[int] = []
            if conditions and skus:
                items = [self._model.shelf.shop.by_sku[sku] for sku in sorted(skus)]
                first = self._model.rank([prompt], self._model.shelf.view(items))[0]
            rows.append(list(dict.fromkeys([*first, *broad[broad != NOTHING].tolist()])))
        return filled(rows, k)


def as_example(text: str) -> Example:
    """A query as the request of an example, for the constraint on its reply."""
    steering, message = query_prompt(text, SEARCH_COUNT)
    return Example("search", steering, (message,), Message.assistant(""), split=HELDOUT)


def filled(rows: Sequence[Sequence[int]], k: int) -> np.ndarray:
    """(rows, k) item numbers, -1 where there are fewer."""
    ranking = np.full((len(rows), k), NOTHING, dtype=np.int64)
    for number, row in enumerate(rows):
        ranking[number, : len(row[:k])] = row[:k]
    return ranking
