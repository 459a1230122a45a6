"""Items that training never saw: 5 % of the catalog is kept out, and reached through the constraint all the same.

Every example that names a cold item, in the prompt or in the reply, is dropped from training, grounding included; the
items keep the semantic ids that the existing codebooks give them. Requests made for cold items are then compared with
requests made for as many warm items, of which exactly those requests are dropped from training and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from finetune.errors import StudyError
from finetune.evaluation.shares import percent, share
from finetune.studies import folders
from finetune.studies.folders import Folder
from finetune.studies.measure import open_checkpoint, ranks_of
from finetune.studies.requests import opening
from finetune.studies.setting import Setting, Study, Table, arm, require_text_ids, train_arm, whole
from finetune.studies.spans import find_spans
from neo_assistant.checkpoint import Loaded

SHARE = 0.05
TASKS = ("title to item", "details to item", "title query")
"""Requests that are made for one item."""
WIDTH = 30
AT = (1, 10, 30)


def cold_items(setting: Setting) -> Study:
    """Train without the cold items and ask for them."""
    require_text_ids(setting)
    folder = folders.read(setting.examples)
    cold, warm = chosen_items(folder, setting.seed)
    requests = {"cold": requests_for(folder, cold), "warm": requests_for(folder, warm)}
    data = arm(setting, "inputs") / "examples"
    folders.write_subset(folder, kept_examples(folder, cold, requests["warm"]), data)
    checkpoint = train_arm(setting, "without", whole(setting, setting.minutes), setting.codebooks, data)
    loaded = open_checkpoint(checkpoint)
    asked = {name: _some(numbers, setting) for name, numbers in requests.items()}
    found = {name: _measured(loaded, folder, numbers) for name, numbers in asked.items()}
    rows = []
    for where in ("whole catalog", "of the type asked for"):
        for k in AT:
            cells = [percent(found[name][where][f"recall@{k}"]) for name in requests]
            rows.append([f"{where}, recall@{k}", *cells, percent(found["cold"][where][f"chance@{k}"])])
    ten = found["cold"]["whole catalog"]["recall@10"]
    chance = found["cold"]["whole catalog"]["chance@10"]
    return Study(
        name="cold-items",
        question="Can items be reached that training never saw?",
        how=f"{len(cold)} items ({100 * SHARE:.0f} % of each type) kept out of training and grounding; their semantic "
        f"ids are of the existing codebooks. {len(asked['cold'])} requests made for them against "
        f"{len(asked['warm'])} made for as many warm items, {WIDTH} beams, after the want span that is meant.",
        goal="more often than chance",
        met=None if ten is None else bool(ten["low"] > chance),
        figures={"cold_items": len(cold), **found},
        tables=[Table("Share of requests whose item is found.", ["", "cold", "warm", "chance"], rows)],
    )


def chosen_items(folder: Folder, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of cold items, 5 % of each type and at least one, and of as many warm ones of the same types; sorted."""
    random = np.random.default_rng(seed)
    cold: list[int] = []
    warm: list[int] = []
    for items in folder.shelf.shop.by_type.values():
        places = random.permutation([folder.shelf.place(item) for item in items]).tolist()
        count = max(1, round(SHARE * len(places)))
        if 2 * count <= len(places):
            cold += places[:count]
            warm += places[count : 2 * count]
    if not cold:
        raise StudyError("the catalog is too small to keep items out of training")
    return np.sort(cold), np.sort(warm)


def requests_for(folder: Folder, items: np.ndarray) -> np.ndarray:
    """Training examples that ask for one of these items and nothing else; (k,) numbers."""
    first = folders.first_named(folder, TASKS)
    found = np.flatnonzero(np.isin(first, items) & (folder.data.split_numbers == 0))
    if not len(found):
        raise StudyError("no training example asks for one item", f"the mixture needs one of {', '.join(TASKS)}")
    return found


def kept_examples(folder: Folder, cold: np.ndarray, dropped: np.ndarray) -> np.ndarray:
    """Which examples stay: all but those of training that name a cold item, and the warm items' requests."""
    spans = find_spans(folder.data, folder.vocabulary, folder.sids)
    kept = ~spans.naming(cold, len(folder.data))
    kept[dropped] = False
    return kept


def _some(numbers: np.ndarray, setting: Setting) -> np.ndarray:
    """At most as many requests as ``[evaluate] queries``; all of them where that is 0."""
    most = setting.evaluate.queries
    if not most or len(numbers) <= most:
        return numbers
    return np.sort(np.random.default_rng(setting.seed).choice(numbers, most, replace=False))


def _measured(loaded: Loaded, folder: Folder, numbers: np.ndarray) -> dict[str, Any]:
    first = folders.first_named(folder, TASKS)
    targets = first[numbers].tolist()
    prompts = [opening(folder, int(number)) for number in numbers]
    shop = folder.shelf.shop
    everything = folder.shelf.view(shop.items)
    places = ranks_of(loaded, folder, prompts, targets, everything, WIDTH)
    of_type = np.full(len(numbers), WIDTH, dtype=np.int64)
    sizes = np.zeros(len(numbers))
    types = np.array([shop.items[target].item_type for target in targets])
    for name in sorted(set(types.tolist())):
        rows = np.flatnonzero(types == name)
        view = folder.shelf.view(shop.by_type[name])
        sizes[rows] = len(view)
        of_type[rows] = ranks_of(loaded, folder, [prompts[r] for r in rows], [targets[r] for r in rows], view, WIDTH)
    return {
        "requests": len(numbers),
        "whole catalog": _recalls(places, np.full(len(numbers), len(shop.items))),
        "of the type asked for": _recalls(of_type, sizes),
    }


def _recalls(places: np.ndarray, sizes: np.ndarray) -> dict[str, Any]:
    recalls = {f"recall@{k}": share((places < k).astype(float)) for k in AT}
    return {**recalls, **{f"chance@{k}": round(float(np.minimum(k / sizes, 1).mean()), 4) for k in AT}}
