"""What every study is given, what it gives back, and how a training arm of it is run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from finetune.config import EvaluateConfig, Recipe, StageConfig, TrainConfig
from finetune.errors import StudyError

Say = Callable[[str], None]
DONE = "done.json"


@dataclass(frozen=True)
class Setting:
    """What a study works with.

    Args:
        recipe: gives the training and how much is evaluated.
        codebooks: folder that ``python -m finetune sids`` wrote.
        examples: folder that ``python -m finetune examples`` wrote.
        benchmark: folder with the next items and searches to measure on; None where there is none.
        minutes: of training for every arm, on the processor's clock, so that arms compare on a shared machine.
        out: where the arms, ``study.json`` and ``study.md`` go.
        checkpoint: a trained checkpoint, for studies that need no training; None trains one.
        runs: folders of runs by name, for studies that compare runs.
        seed: of every choice and of training.
        say: gets one line at a time.
    """

    recipe: Recipe
    codebooks: Path
    examples: Path
    benchmark: Path | None
    minutes: float
    out: Path
    checkpoint: Path | None = None
    runs: Mapping[str, Path] = field(default_factory=dict)
    seed: int = 20_260_319
    say: Say = print

    @property
    def evaluate(self) -> EvaluateConfig:
        """How much is evaluated."""
        return self.recipe.evaluate


@dataclass(frozen=True)
class Table:
    """A table of a study's page."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Study:
    """What a study found.

    Args:
        name: of the study.
        question: in a sentence.
        how: what was done and held equal, in a few sentences.
        goal: in words; empty if none was set.
        met: whether the goal was met; None where there is none or it cannot be told.
        figures: for JSON.
        tables: for people.
        plots: names of pictures in the study's folder.
    """

    name: str
    question: str
    how: str
    goal: str
    met: bool | None
    figures: Mapping[str, Any]
    tables: Sequence[Table]
    plots: Sequence[str] = ()


def require_text_ids(setting: Setting) -> None:
    """For studies of what came later: semantic ids that know behaviour would tell of it beforehand.

    Raises:
        StudyError: if the recipe's semantic ids know behaviour.
    """
    if setting.recipe.ids_know_behaviour:
        raise StudyError(
            "the semantic ids know what shoppers did, also with the items that this study takes for new",
            "take a recipe without `behaviour` in [sids]",
        )


def timed(setting: Setting, stages: Sequence[tuple[StageConfig, float]]) -> TrainConfig:
    """The recipe's training with these stages and minutes of each, on the processor's clock."""
    total = sum(minutes for _, minutes in stages)
    # Rounded shares might not add up to 1, so the last one takes what the others leave.
    shares = [minutes / total for _, minutes in stages[:-1]]
    shares.append(1 - sum(shares))
    return replace(
        setting.recipe.train,
        stages=tuple(replace(stage, share=share) for (stage, _), share in zip(stages, shares, strict=True)),
        max_minutes=total,
        clock="processor",
        seed=setting.seed,
        validate_minutes=max(total / 4, 0.5),
    )


def whole(setting: Setting, minutes: float) -> TrainConfig:
    """The recipe's own stages in so many minutes."""
    return timed(setting, [(stage, stage.share * minutes) for stage in setting.recipe.train.stages])


def train_arm(setting: Setting, name: str, config: TrainConfig, codebooks: Path, data: Path) -> Path:
    """Train one arm, or go on with it; returns its checkpoint."""
    from finetune.training.stages import train

    setting.say(f"— {name}: {config.max_minutes:.1f} processor minutes")
    return train(config, f"{setting.recipe.name}, study, {name}", codebooks, data, arm(setting, name), say=setting.say)


def arm(setting: Setting, name: str) -> Path:
    """Folder of an arm."""
    return setting.out / name.replace(" ", "-")


def share_grounding(setting: Setting, source: str, target: str) -> None:
    """Let an arm begin with the first stage that another one trained, where that is the same."""
    first = setting.recipe.train.stages[0].name
    done, folder = arm(setting, source) / first, arm(setting, target) / first
    if not (done / DONE).is_file():
        raise StudyError(f"{done} is not finished", "run the study again")
    if not folder.is_dir():
        shutil.copytree(done, folder)


def minutes_of(setting: Setting, name: str) -> float:
    """Processor minutes that an arm's stages took."""
    stages = sorted(arm(setting, name).glob(f"*/{DONE}"))
    return float(sum(json.loads(path.read_text(encoding="utf-8"))["seconds"] for path in stages)) / 60
