"""Shoppers without a history: the first item that held-out shoppers took, guessed from nothing.

With nothing known everybody gets the same ranking, so this asks whether the model has learned what is popular: of
everything, and of the item type that the shopper asks for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from finetune.errors import StudyError
from finetune.evaluation.rankings import item_counts, read_log, sample_of
from finetune.evaluation.shares import decimals, share
from finetune.examples.benchmark import LEARNING_FILE
from finetune.examples.ranking_prompts import history_prompt
from finetune.ranking.base import NOTHING, top_items
from finetune.ranking.bootstrap import Interval, paired
from finetune.ranking.measure import recommendation_values
from finetune.studies import folders
from finetune.studies.folders import Folder
from finetune.studies.measure import open_checkpoint
from finetune.studies.setting import Setting, Study, Table, train_arm, whole
from neo_assistant.checkpoint import Loaded
from neo_assistant.messages import WantPart
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.want import Want, found_words

COUNT = 3
METRICS = ("recall@5", "recall@10", "ndcg@10")
NOTHING_KNOWN, TYPE_ASKED = "nothing known", "item type asked for"


def cold_users(setting: Setting) -> Study:
    """Rank for shoppers without a past with a checkpoint; train one first if none is given."""
    if setting.benchmark is None or not (setting.benchmark / LEARNING_FILE).is_file():
        raise StudyError(
            "there is no log of held-out shoppers beside the examples",
            "make the examples again; in a public data set every shopper's first item is for training",
        )
    folder = folders.read(setting.examples)
    log = read_log(setting.benchmark)
    test = sample_of(log.test, setting.evaluate.shoppers, 0)
    checkpoint = setting.checkpoint or train_arm(
        setting, "trained", whole(setting, setting.minutes), setting.codebooks, setting.examples
    )
    loaded = open_checkpoint(checkpoint)
    numbers = {item.sku: number for number, item in enumerate(test.items)}
    targets = [user.items[0] for user in test.users]
    types = [test.items[target].item_type for target in targets]
    counts = item_counts(log).astype(np.float64)
    of_type = np.array([item.item_type for item in test.items])
    popular: dict[str | None, np.ndarray] = {None: top_items(counts[None], 10)[0]}
    asked: dict[str | None, np.ndarray] = {None: _ranking(loaded, folder, numbers, "", setting.evaluate.beams)}
    for name in sorted(set(types)):
        popular[name] = top_items(np.where(of_type == name, counts, -np.inf)[None], 10)[0]
        asked[name] = _ranking(loaded, folder, numbers, name, setting.evaluate.beams)
    values = {
        NOTHING_KNOWN: {
            "the model": recommendation_values(np.stack([asked[None]] * len(targets)), targets),
            "popularity": recommendation_values(np.stack([popular[None]] * len(targets)), targets),
        },
        TYPE_ASKED: {
            "the model": recommendation_values(np.stack([asked[name] for name in types]), targets),
            "popularity by type": recommendation_values(np.stack([popular[name] for name in types]), targets),
        },
    }
    found: dict[str, Any] = {}
    rows: list[list[str]] = []
    reached: list[bool | None] = []
    for situation, rankers in values.items():
        found[situation] = {name: {metric: share(one[metric]) for metric in METRICS} for name, one in rankers.items()}
        rows += [
            [situation, name, *(decimals(one[metric]) for metric in METRICS)] for name, one in found[situation].items()
        ]
        model, other = (one["recall@10"] for one in rankers.values())
        difference = paired(model, other)
        found[situation]["the model above"] = difference.to_dict()
        reached.append(_at_least(difference))
    return Study(
        name="cold-users",
        question="What do shoppers without a history get?",
        how=f"The first item of {len(targets)} held-out shoppers, guessed from an empty history: with nothing known, "
        "and with the item type asked for (the prompt states it and the constraint keeps to it). Popularity is counted "
        "over all other shoppers.",
        goal="at least popularity by type",
        met=False if False in reached else (None if None in reached else True),
        figures=found,
        tables=[Table("All items ranked.", ["", "", *METRICS], rows)],
    )


def _at_least(difference: Interval) -> bool | None:
    """Whether the model is as good; None where it is lower, but not beyond chance."""
    if difference.mean >= 0:
        return True
    return False if difference.high < 0 else None


def _ranking(loaded: Loaded, folder: Folder, numbers: dict[str, int], item_type: str, beams: int) -> np.ndarray:
    """(10,) item numbers of the benchmark, for a request without a past."""
    from neo_assistant.engine.batch_beams import BatchBeams

    shop = folder.shelf.shop
    items = shop.by_type[item_type] if item_type else shop.items
    steering, message = history_prompt((), COUNT)
    steering = replace(steering, types=(item_type,) if item_type else ())
    renderer = PromptRenderer(loaded.tokenizer)
    opening = renderer.parts([WantPart(Want().text() + found_words(len(items)))])
    prompt = [*renderer.prompt([message], steering), *opening]
    ranker = BatchBeams(loaded.model, folder.vocabulary, folder.shelf.view(items), beams)
    positions = ranker.rank([prompt]).positions[0]
    found = [numbers[item.sku] for item in folder.shelf.items_at(positions[positions != NOTHING])][:10]
    return np.array([*found, *[NOTHING] * (10 - len(found))], dtype=np.int64)
