"""Recipes are read whole or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from finetune.config import RECIPES, Recipe, StageConfig, TrainConfig, from_values, load_recipe, to_values
from finetune.errors import ConfigError


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_every_recipe_that_is_shipped_can_be_read(name: str) -> None:
    assert load_recipe(name).name == name


def test_a_configuration_survives_its_values() -> None:
    config = TrainConfig(stages=(StageConfig("all", trains="full", tasks=("search",)),), max_minutes=3)
    assert from_values(TrainConfig, to_values(config), "x") == config


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[train]\nepoch = 3", "train has an unknown entry 'epoch'"),
        ("[train]\nmax_minutes = 'long'", "max_minutes must be float"),
        ("[train]\nshare_prefixes = 1", "share_prefixes must be bool"),
        ("[[train.stages]]\ntrains = 'rows'", "not complete"),
        ("[[train.stages]]\nname = 'a'\ntrains = 'everything'", "trains rows, lora or full"),
        ("[[train.stages]]\nname = 'a'\nshare = 0.5", "shares must add up to 1"),
        ("[[train.stages]]\nname = 'a'\nlearning_rate = 0.0", "learning rates"),
        ("[[train.stages]]\nname = '../a'", "plain word"),
        ("[train.token_weights]\nsid = -1", "negative"),
        ("[evaluate]\nbatch = 0", "start at 1"),
        ("train = 3", "table of entries"),
        ("train = ", "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_recipe(str(path))


def test_a_recipe_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match=r"known: .*sample"):
        load_recipe("nonesuch")


def test_a_recipe_is_named_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("database = 'sqlite:///x.db'", encoding="utf-8")
    assert load_recipe(str(path)) == Recipe("mine", database="sqlite:///x.db")


def test_adapters_and_full_weights_do_not_mix() -> None:
    with pytest.raises(ConfigError, match="not both"):
        TrainConfig(stages=(StageConfig("a", trains="full", share=0.5), StageConfig("b", trains="lora", share=0.5)))
