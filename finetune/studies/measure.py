"""What the arms of a study are compared by: held-out losses, semantic ids, next items, searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.config import EvaluateConfig
from finetune.errors import StudyError
from finetune.evaluation.figures import ROW_TOKENS, ROWS_AT_ONCE, SEED
from finetune.evaluation.rankings import MODEL, next_item, read_log, sample_of, search
from finetune.evaluation.scoring import losses_by_task, score, sid_accuracy
from finetune.examples.benchmark import BENCHMARK, LEARNING_FILE
from finetune.ranking.base import NOTHING
from finetune.studies.folders import Folder
from finetune.training.model_setup import PackedModel
from neo_assistant.checkpoint import Loaded, load_checkpoint

if TYPE_CHECKING:
    from finetune.ranking.data import Benchmark
    from neo_assistant.decoding.view import View


def open_checkpoint(folder: Path) -> Loaded:
    """A checkpoint with its model on the GPU, if there is one."""
    import torch

    loaded = load_checkpoint(folder)
    loaded.model.to("cuda" if torch.cuda.is_available() else "cpu")
    return loaded


def heldout(loaded: Loaded, folder: Folder, config: EvaluateConfig, tasks: Sequence[str] = ()) -> dict[str, Any]:
    """``loss`` and ``sids`` by task, under teacher forcing on held-out examples."""
    chosen = folder.data.select("heldout", tuple(tasks), config.loss_examples, SEED)
    if not len(chosen):
        raise StudyError("no example of these tasks is held out", "make the examples again, or a larger catalog")
    scored = score(PackedModel(loaded.model), folder.data, chosen.tolist(), ROW_TOKENS, ROWS_AT_ONCE)
    return {"loss": losses_by_task(folder.data, scored), "sids": sid_accuracy(folder.data, scored, folder.vocabulary)}


def rankings(loaded: Loaded, folder: Folder, benchmark: Path | None, config: EvaluateConfig) -> dict[str, Any]:
    """``next_item`` and ``search``, each metric with its interval; what the benchmark lacks is absent.

    Args:
        loaded: the checkpoint.
        folder: gives every item its semantic id.
        benchmark: the shop's own log, or that of a public data set; None takes nothing.
        config: how many shoppers and searches.
    """
    if benchmark is None:
        return {}
    if (benchmark / LEARNING_FILE).is_file():
        log = read_log(benchmark)
        log = replace(log, test=sample_of(log.test, config.shoppers, config.queries))
        found: dict[str, Any] = {}
        if log.test.users:
            found["next_item"] = next_item(loaded, log, folder.shelf, config)["rankers"][MODEL]
        if log.test.answerable("test"):
            found["search"] = search(loaded, log, folder.shelf, config)["rankers"][MODEL]
        return found
    return _public(loaded, folder, benchmark, config)


def _public(loaded: Loaded, folder: Folder, path: Path, config: EvaluateConfig) -> dict[str, Any]:
    """On a public data set, whose searches are asked without a want."""
    from finetune.evaluation.shares import share
    from finetune.ranking.data import read_benchmark
    from finetune.ranking.measure import measure_recommender, measure_searcher
    from finetune.ranking.model import ModelRanker, sids_of

    benchmark: Benchmark = sample_of(read_benchmark(path), config.shoppers, config.queries)
    known = {item.sku: item.sid for item in folder.shelf.shop.items}
    sids = sids_of([item.sku for item in benchmark.items], known)

    def ranker(width: int) -> ModelRanker:
        return ModelRanker(loaded.model, loaded.tokenizer, sids, MODEL, width=width, batch=config.batch)

    found = {}
    if benchmark.users:
        found["next_item"] = measure_recommender(benchmark, ranker(config.beams)).values
    if benchmark.answerable("test"):
        found["search"] = measure_searcher(benchmark, ranker(config.search_beams)).values
    return {name: {metric: share(values) for metric, values in one.items()} for name, one in found.items()}


def ranks_of(
    loaded: Loaded, folder: Folder, prompts: Sequence[Sequence[int]], targets: Sequence[int], view: View, width: int
) -> np.ndarray:
    """Place, from 0, of each prompt's target among the best ``width`` items of a view; ``width`` if it is not there.

    Args:
        loaded: the checkpoint.
        folder: whose items are ranked.
        prompts: token ids up to where the item would begin.
        targets: item numbers.
        view: what may be named.
        width: of the beam search.
    """
    from neo_assistant.engine.batch_beams import BatchBeams

    beams = BatchBeams(loaded.model, folder.vocabulary, view, width)
    step = min(beams.most_prompts, 16)
    places = np.full(len(prompts), width, dtype=np.int64)
    for start in range(0, len(prompts), step):
        ranking = beams.rank(prompts[start : start + step]).positions
        for row, positions in enumerate(ranking, start):
            items = folder.shelf.index.product_id_at(positions[positions != NOTHING])
            found = np.flatnonzero(items == targets[row])
            places[row] = found[0] if len(found) else width
    return places


def mean_of(found: dict[str, Any], *names: str) -> float | None:
    """The mean under a path of names, where it was taken."""
    value: Any = found
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value["mean"] if isinstance(value, dict) else value


def benchmark_of(folder: Path, run: Path) -> Path | None:
    """A run's public benchmark, else the log beside its examples, else None."""
    return next((path for path in (run / BENCHMARK, folder / BENCHMARK) if path.is_dir()), None)
