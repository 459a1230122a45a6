"""A training run of seconds, on the tiny base model."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest

from finetune.config import StageConfig, TrainConfig
from finetune.training import plots
from finetune.training.stages import train
from tests.finetune.tiny import save_examples, save_sids
from tests.neo_assistant.tiny_model import save_base


@dataclass(frozen=True)
class Inputs:
    """What a run is made from."""

    sids: Path
    data: Path
    config: TrainConfig

    def train(self, out: Path, pictures: bool = False, **changes: object) -> Path:
        """Run it in ``out``; returns the checkpoint. Its pictures, if wanted, take as long as half of the rest."""
        with pytest.MonkeyPatch.context() as patch:
            if not pictures:
                patch.setattr(plots, "draw", lambda *_: [])
            return train(replace(self.config, **changes), "tiny", self.sids, self.data, out, say=lambda _: None)


def make_inputs(folder: Path, words: int = 0) -> Inputs:
    """Codebooks, examples, a base model, and two stages of some dozen steps with dropout.

    ``words`` examples in words alone have the base's distribution as their target.
    """
    save_base(folder / "base")
    save_sids(folder / "sids")
    save_examples(folder / "data", words=words)
    return inputs_of(folder, words)


def inputs_of(folder: Path, words: int = 0) -> Inputs:
    """Those that :func:`make_inputs` has put into a folder, or into the one that it is a copy of."""
    sizes = {"batch_tokens": 256, "micro_tokens": 128, "epochs": 3}
    config = TrainConfig(
        base_model=str(folder / "base"),
        row_tokens=128,
        base_targets=("words",) if words else (),
        stages=(
            StageConfig("grounding", trains="rows", tasks=("a", "b"), learning_rate=1e-2, share=0.3, **sizes),
            StageConfig(
                "induction", trains="lora", learning_rate=1e-2, share=0.7, lora_dropout=0.1, lora_rank=4, **sizes
            ),
        ),
    )
    return Inputs(folder / "sids", folder / "data", config)


def recipe_file(path: Path, config: TrainConfig) -> Path:
    """The configuration as a recipe."""
    lines = ["[train]", f"base_model = {json.dumps(config.base_model)}", f"row_tokens = {config.row_tokens}"]
    lines += [f"save_minutes = {config.save_minutes}", f"base_targets = {json.dumps(config.base_targets)}"]
    for stage in config.stages:
        lines.append("[[train.stages]]")
        # JSON's numbers, strings, lists and truth values are TOML's as well.
        lines += [f"{name} = {json.dumps(value)}" for name, value in asdict(stage).items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """What a full disk does to a file that grows, by the limit that Unix has for it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
