"""Bringing a checkpoint up to date after the catalog and the log have changed, against doing nothing and training anew.

Codebooks stay as they are: new items have semantic ids of the existing ones. The refresh is one stage that starts from
the old checkpoint (``TrainConfig.start_from``) and trains a tenth of the time on the examples that name anything new or
changed and on as many others, so that what was known stays known; at a fraction of the learning rates, because those of
a beginning undo what was learnt.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from catalog_db.database import open_database
from finetune.config import StageConfig, from_values
from finetune.errors import StudyError
from finetune.evaluation.shares import decimals, share
from finetune.examples.benchmark import BENCHMARK, write_shop_benchmark
from finetune.examples.files import write_folder
from finetune.examples.load import load_shop
from finetune.examples.mixture import Mixture, MixtureConfig
from finetune.examples.phrases import load_phrases
from finetune.examples.shop import Shop
from finetune.examples.stage import make_renderer
from finetune.studies import folders
from finetune.studies.changes import Change, make_change
from finetune.studies.cold_items import TASKS, WIDTH
from finetune.studies.folders import Folder
from finetune.studies.measure import heldout, mean_of, open_checkpoint, rankings, ranks_of
from finetune.studies.requests import opening
from finetune.studies.setting import Setting, Study, Table, arm, minutes_of, require_text_ids, timed, train_arm, whole
from finetune.studies.spans import find_spans
from neo_assistant.base_model import find_base
from neo_assistant.checkpoint import Loaded
from neo_assistant.codebooks import Codebooks

COST, GAIN = 0.10, 0.90
RATE = 0.3
"""Of the learning rates of a training from nothing."""
OLD, NOTHING, REFRESH, ANEW = "old", "doing nothing", "refresh", "training anew"
HELDOUT = 600
"""Held-out examples of each task: enough that new items are among them."""
MEASURES = {
    "held-out loss": ("loss", "all"),
    "requests for new items, recall@10": ("new items", "recall@10"),
    "requests for changed items, recall@10": ("changed items", "recall@10"),
    "next item, recall@10": ("next_item", "recall@10"),
}


def refresh(setting: Setting) -> Study:
    """Train the old state, refresh it, train anew, and compare all three on the new state."""
    require_text_ids(setting)
    if not setting.recipe.database:
        raise StudyError("the recipe names no database", "a refresh needs a shop with a log")
    with open_database(setting.recipe.database) as database:
        shop = load_shop(database, Codebooks.load(setting.codebooks))
    change = make_change(shop, setting.seed)
    return refreshed(setting, change)


def gentler(stage: StageConfig) -> StageConfig:
    """The stage with :data:`RATE` of its learning rates."""
    return replace(
        stage,
        learning_rate=RATE * stage.learning_rate,
        rows_learning_rate=RATE * stage.rows_learning_rate,
        base_rows_learning_rate=RATE * stage.base_rows_learning_rate,
    )


def refreshed(setting: Setting, change: Change) -> Study:
    """The study of one change."""
    inputs = arm(setting, "inputs")
    before, after = inputs / "before", inputs / "after"
    write_state(setting, change.before, before)
    write_state(setting, change.after, after)
    new_state = folders.read(after)
    old = train_arm(setting, OLD, whole(setting, setting.minutes), setting.codebooks, before)
    focused = inputs / "focused"
    folders.write_subset(new_state, focus(new_state, change, setting.seed), focused)
    stage = gentler(setting.recipe.train.stages[-1])
    config = replace(timed(setting, [(stage, COST * setting.minutes)]), start_from=str(old))
    checkpoints = {
        NOTHING: old,
        REFRESH: train_arm(setting, REFRESH, config, setting.codebooks, focused),
        ANEW: train_arm(setting, ANEW, whole(setting, setting.minutes), setting.codebooks, after),
    }
    found = {name: _measured(setting, path, new_state, after, change) for name, path in checkpoints.items()}
    costs = {NOTHING: 0.0, REFRESH: minutes_of(setting, REFRESH), ANEW: minutes_of(setting, ANEW)}
    rows, gains = [["processor minutes", *(f"{costs[name]:.1f}" for name in found), ""]], {}
    for name, path in MEASURES.items():
        values = [mean_of(one, *path) for one in found.values()]
        if any(value is None for value in values):
            continue
        nothing, short, anew = (float(value or 0.0) for value in values)
        gains[name] = round((short - nothing) / (anew - nothing), 3) if anew != nothing else None
        said = "–" if gains[name] is None else f"{100 * (short - nothing) / (anew - nothing):.0f} %"
        rows.append([name, *(_said(one, path) for one in found.values()), said])
    loss_gain = gains.get("held-out loss")
    cheap = costs[REFRESH] <= COST * costs[ANEW]
    return Study(
        name="refresh",
        question="Can a checkpoint be brought up to date cheaply?",
        how=f"{len(change.new)} items are new, {len(change.changed)} have another title and price, and a week of the "
        "log is new. The old checkpoint has seen the state before. The refresh trains on the examples that name "
        f"something new or changed and as many others, for {100 * COST:.0f} % of the time. The share of the gain is "
        "that of the way from doing nothing to training anew.",
        goal=f"at most {100 * COST:.0f} % of the cost for at least {100 * GAIN:.0f} % of the gain",
        met=None if loss_gain is None else bool(cheap and loss_gain >= GAIN),
        figures={"minutes": costs, "arms": found, "share_of_gain": gains},
        tables=[Table("On the state after the change.", ["", *found, "share of the gain"], rows)],
    )


def write_state(setting: Setting, shop: Shop, out: Path) -> None:
    """Examples of a state of the shop, as ``python -m finetune examples`` makes them."""
    options = setting.recipe.examples
    values = {"heldout_per_task": HELDOUT, **setting.recipe.mixture}
    values |= {name: options[name] for name in ("scale", "language") if name in options}
    config = from_values(MixtureConfig, values, "mixture")
    base = setting.recipe.train.base_model
    mixture = Mixture(shop, load_phrases(config.language), config)
    examples = mixture.make()
    write_shop_benchmark(out / BENCHMARK, shop, mixture.desk.lexicon)
    version = Codebooks.load(setting.codebooks).fingerprint
    write_folder(out, examples, make_renderer(shop.scheme, base), shop, config, find_base(base), version)


def focus(folder: Folder, change: Change, seed: int) -> np.ndarray:
    """Which examples a refresh sees: all but training's, what names anything new or changed, and as many others."""
    places = [place for place, item in enumerate(folder.shelf.shop.items) if item.sku in change.new | change.changed]
    spans = find_spans(folder.data, folder.vocabulary, folder.sids)
    train = folder.data.split_numbers == 0
    named = spans.naming(np.array(places), len(folder.data)) & train
    others = np.flatnonzero(train & ~named)
    random = np.random.default_rng(seed)
    kept = named | ~train
    kept[random.choice(others, min(len(others), int(named.sum())), replace=False)] = True
    return kept


def _measured(setting: Setting, checkpoint: Path, folder: Folder, path: Path, change: Change) -> dict[str, Any]:
    loaded = open_checkpoint(checkpoint)
    found = heldout(loaded, folder, setting.evaluate)
    for name, skus in (("new items", change.new), ("changed items", change.changed)):
        if requested := _requests(loaded, folder, skus):
            found[name] = requested
    log = path / BENCHMARK
    return found | rankings(loaded, folder, log if log.is_dir() else None, setting.evaluate)


def _requests(loaded: Loaded, folder: Folder, skus: frozenset[str]) -> dict[str, Any]:
    """Recall of items for held-out requests made for them."""
    wanted = [place for place, item in enumerate(folder.shelf.shop.items) if item.sku in skus]
    first = folders.first_named(folder, TASKS)
    numbers = np.flatnonzero(np.isin(first, wanted) & (folder.data.split_numbers == 2))
    if not len(numbers):
        return {}
    prompts = [opening(folder, int(number)) for number in numbers]
    view = folder.shelf.view(folder.shelf.shop.items)
    places = ranks_of(loaded, folder, prompts, first[numbers].tolist(), view, WIDTH)
    return {"requests": len(numbers), "recall@10": share((places < 10).astype(float))}


def _said(found: dict[str, Any], path: tuple[str, ...]) -> str:
    value: Any = found
    for name in path:
        value = value[name]
    return decimals(value) if isinstance(value, dict) else f"{value:.4f}"
