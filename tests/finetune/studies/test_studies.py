"""Every study from its inputs to its page, with a model that can learn next to nothing in the second it is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finetune import cli
from finetune.config import StageConfig, load_recipe
from finetune.errors import StudyError
from finetune.examples.mixture import TASKS
from finetune.studies import folders
from finetune.studies.changes import SHARE, make_change
from finetune.studies.cold_items import chosen_items, cold_items, kept_examples, requests_for
from finetune.studies.cold_users import cold_users
from finetune.studies.refresh import RATE, gentler, refresh, refreshed
from finetune.studies.report import write
from finetune.studies.setting import Setting, Study, minutes_of
from finetune.studies.shuffled import shuffled
from finetune.studies.spans import find_spans
from finetune.studies.transfer import FAMILIES, TOGETHER, token_share, transfer
from finetune.studies.weights import trained_as, weights
from tests.finetune.examples.small_shop import make_shop


def check_page(study: Study, setting: Setting) -> None:
    page = write(study, setting)
    assert page.startswith(f"# {study.question}")
    assert "None" not in page
    assert json.loads((setting.out / "study.json").read_text("utf-8"))["study"] == study.name


def test_shuffled(setting: Setting) -> None:
    study = shuffled(setting)
    check_page(study, setting)
    assert set(study.figures["arms"]) == {"true", "shuffled"}
    assert any(name.startswith("title to item") for name in study.figures["falls"])


def test_transfer_gives_a_family_its_share_of_the_time(setting: Setting) -> None:
    study = transfer(setting)
    check_page(study, setting)
    arms = study.figures["arms"]
    alone = sum(found["minutes"] for name, found in arms.items() if name != TOGETHER)
    assert alone == pytest.approx(arms[TOGETHER]["minutes"], abs=0.03)
    first = [(setting.out / name.replace(" ", "-") / "grounding" / "done.json").read_text("utf-8") for name in arms]
    assert len(set(first)) == 1, "all begin with the same rows"


def test_cold_items_are_not_in_training(setting: Setting) -> None:
    folder = folders.read(setting.examples)
    cold, warm = chosen_items(folder, seed=1)
    requests = requests_for(folder, warm)
    kept = kept_examples(folder, cold, requests)
    out = setting.out / "subset"
    folders.write_subset(folder, kept, out)
    less = folders.read(out)
    assert not np.isin(find_spans(less.data, less.vocabulary, less.sids).items, cold).any()
    assert len(less.data) == kept.sum() < len(folder.data)
    for number, original in enumerate(np.flatnonzero(kept)[:50]):
        assert less.data.ids_of(number).tolist() == folder.data.ids_of(int(original)).tolist()
        assert less.data.prompt_length(number) == folder.data.prompt_length(int(original))
    assert not set(cold.tolist()) & set(warm.tolist())


def test_cold_items(setting: Setting) -> None:
    study = cold_items(setting)
    check_page(study, setting)
    chance = study.figures["cold"]["whole catalog"]["chance@10"]
    assert chance == pytest.approx(10 / 120, abs=1e-4)
    assert study.figures["cold"]["of the type asked for"]["chance@10"] > chance


@pytest.mark.parametrize("study", [cold_items, refresh])
def test_ids_that_know_behaviour_are_refused(study: Callable[[Setting], Study], setting: Setting) -> None:
    known = replace(setting, recipe=replace(setting.recipe, sids={"behaviour": 1.0}))
    with pytest.raises(StudyError, match="know what shoppers did"):
        study(known)


def test_cold_users(setting: Setting) -> None:
    study = cold_users(setting)
    check_page(study, setting)
    assert set(study.figures) == {"nothing known", "item type asked for"}
    with pytest.raises(StudyError, match="no log"):
        cold_users(replace(setting, benchmark=None))


def test_a_refresh_learns_more_slowly_than_a_beginning() -> None:
    stage = StageConfig("induction", learning_rate=2e-3, rows_learning_rate=4e-3)
    slower = gentler(stage)
    assert (slower.learning_rate, slower.rows_learning_rate) == pytest.approx((RATE * 2e-3, RATE * 4e-3))
    assert slower.base_rows_learning_rate == 0  # which stands for the learning rate


def test_refresh(setting: Setting) -> None:
    shop = make_shop()
    days = tuple(
        replace(journey, times=tuple(86_400.0 * 3 * place for place in range(len(journey.times))))
        for journey in shop.journeys
    )
    change = make_change(replace(shop, journeys=days, queries=()), seed=1)
    study = refreshed(setting, change)
    check_page(study, setting)
    assert minutes_of(setting, "refresh") < 0.6 * minutes_of(setting, "training anew")
    assert study.figures["arms"]["doing nothing"]["loss"]["all"] > 0


def test_a_change_takes_back_a_tenth_of_the_catalog_and_a_week() -> None:
    shop = make_shop()
    days = tuple(
        replace(journey, times=tuple(86_400.0 * 3 * place for place in range(len(journey.times))))
        for journey in shop.journeys
    )
    shop = replace(shop, journeys=days)
    change = make_change(shop, seed=2)
    assert len(change.new) + len(change.changed) == round(SHARE * len(shop.items))
    assert not change.new & set(change.before.by_sku)
    for sku in change.changed:
        old, now = change.before.by_sku[sku], change.after.by_sku[sku]
        assert (old.title, old.price_minor) != (now.title, now.price_minor)
        assert old.sid == now.sid
    last = max(time for journey in days for time in journey.times)
    assert all(time < last - 7 * 86_400 for journey in change.before.journeys for time in journey.times)
    with pytest.raises(StudyError, match="no log"):
        make_change(replace(shop, journeys=()), seed=1)


def test_weights_are_compared_by_their_logs(setting: Setting, tmp_path: Path) -> None:
    study = weights(setting)
    check_page(study, setting)
    assert (setting.out / "weights.png").stat().st_size > 5000
    runs = {name: setting.out / name for name in study.figures}
    again = weights(replace(setting, runs=runs, out=tmp_path / "again"))
    assert again.figures == study.figures
    with pytest.raises(StudyError, match="no run"):
        weights(replace(setting, runs={"a": tmp_path}))


@pytest.mark.parametrize("recipe", ["sample", "sample-small"])
def test_the_last_stage_of_a_recipe_can_train_either(recipe: str) -> None:
    stage = load_recipe(recipe).train.stages[-1]
    full, lora = (trained_as(stage, stage, kind) for kind in ("full", "lora"))
    assert (full.trains, lora.trains) == ("full", "lora")
    assert not full.base_rows
    assert stage in (full, lora), "what the recipe trains stays as it is"


def test_every_task_is_of_one_family() -> None:
    members = [task for tasks in FAMILIES.values() for task in tasks]
    assert sorted(members) == sorted(TASKS)


def test_shares_of_the_tokens_add_up(setting: Setting) -> None:
    data = folders.read(setting.examples).data
    tasks = [task for task in data.tasks if len(data.select("train", (task,)))]
    assert sum(token_share(data, (task,)) for task in tasks) == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shuffled", "--run", "nowhere"], "is missing"),
        (["weights", "--runs", "full"], "is not a run"),
        (["transfer", "--minutes", "0"], "more than 0 minutes"),
        (["transfer", "--recipe", "none-such"], "no recipe"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["study", *arguments]) == 2
    assert said in capsys.readouterr().err
