"""A run from codebooks and examples to a checkpoint."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from finetune import cli
from finetune.config import to_values
from finetune.errors import ExamplesError, TrainingError
from finetune.prepared import load_prepared
from finetune.training.plots import read_log
from finetune.training.stages import CHECKPOINT, RUN, train
from finetune.training.trainer import STATE
from neo_assistant.base_model import load_base
from neo_assistant.checkpoint import load_checkpoint
from neo_assistant.errors import CheckpointError
from neo_assistant.sid_file import SIDS_FILE, read_sids, write_sids
from neo_assistant.sids import Sid
from tests.finetune.tiny import TERMS, save_examples
from tests.finetune.tiny_run import Inputs, make_inputs

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return make_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture(scope="module")
def finished(inputs: Inputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished") / "run"
    inputs.train(out, pictures=True)
    return out


def test_losses_fall_and_everything_is_written(inputs: Inputs, finished: Path) -> None:
    lines = read_log(finished / "log.jsonl")
    validations = [line for line in lines if line["event"] == "validation"]
    assert [line["stage"] for line in validations] == ["grounding"] * 2 + ["induction"] * 2
    assert validations[-1]["loss"]["all"] < validations[0]["loss"]["all"] - 0.5
    assert set(validations[-1]["loss"]) == {"a", "b", "c", "all"}
    assert (finished / "loss.png").stat().st_size > 5000
    assert (finished / "validation.png").stat().st_size > 5000
    resolved = json.loads((finished / RUN).read_text(encoding="utf-8"))
    assert resolved["config"] == json.loads(json.dumps(to_values(inputs.config)))
    assert not list(finished.glob("*/checkpoint-*")), "states to resume from are not kept"


def test_the_checkpoint_computes_what_was_trained(inputs: Inputs, finished: Path) -> None:
    """Up to half precision, through the loader that serving uses."""
    from finetune.training.model_setup import load_trainable_state, prepare_model
    from finetune.training.stages import read_inputs
    from neo_assistant.base_model import load_base

    loaded = load_checkpoint(finished / CHECKPOINT)
    assert loaded.manifest.recipe == "tiny"
    assert loaded.terms == TERMS
    assert loaded.manifest.metrics["validation_loss"]["all"] > 0
    read = read_inputs(inputs.config, inputs.sids, inputs.data)
    trained = prepare_model(
        load_base(inputs.config.base_model), read.vocabulary, read.rows, inputs.config.stages[-1], 0
    )
    load_trainable_state(trained, load_file(finished / "induction" / STATE))
    ids = torch.from_numpy(read.data.ids_of(3).astype("int64"))[None]
    with torch.no_grad():
        expected = trained.eval().causal_lm(input_ids=ids).logits
        assert torch.allclose(loaded.model(input_ids=ids).logits, expected, atol=2e-2)
        assert (expected.abs().max() > 1).item()


def test_the_checkpoint_carries_the_semantic_ids_it_was_trained_with(
    inputs: Inputs, finished: Path, tmp_path: Path
) -> None:
    """They come from beside the codebooks; a folder that has none makes a checkpoint that has none."""
    assert SIDS_FILE not in load_checkpoint(finished / CHECKPOINT).manifest.files
    sids = {"A": Sid("cups", (3, 2, 1)), "B": Sid("shoes", (0, 0, 0))}
    folder, out = tmp_path / "sids", tmp_path / "run"
    shutil.copytree(inputs.sids, folder)
    shutil.copytree(finished, out)
    write_sids(folder / SIDS_FILE, sids)
    replace(inputs, sids=folder).train(out)  # every stage is done: only the checkpoint is written anew
    loaded = load_checkpoint(out / CHECKPOINT)
    assert read_sids(out / CHECKPOINT / SIDS_FILE, loaded.manifest.scheme) == sids
    write_sids(out / CHECKPOINT / SIDS_FILE, {})
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(out / CHECKPOINT)


def test_a_finished_run_is_not_run_again(inputs: Inputs, finished: Path) -> None:
    log = (finished / "log.jsonl").read_bytes()
    inputs.train(finished)
    assert (finished / "log.jsonl").read_bytes() == log


def test_a_run_begun_before_an_entry_was_known_is_the_same_run(inputs: Inputs, finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    values = json.loads((out / RUN).read_text(encoding="utf-8"))
    del values["config"]["base_targets"], values["config"]["stages"][0]["input_rows"]
    (out / RUN).write_text(json.dumps(values), encoding="utf-8")
    inputs.train(out)
    assert (out / RUN).read_bytes() == (finished / RUN).read_bytes()
    (out / RUN).write_text(json.dumps({**values, "config": {"poems": 1}}), encoding="utf-8")
    with pytest.raises(TrainingError, match=r"run.json is damaged.*poems"):
        inputs.train(out)


def test_a_folder_with_another_run_is_left_alone(inputs: Inputs, finished: Path) -> None:
    with pytest.raises(TrainingError, match=r"another config .*--restart"):
        inputs.train(finished, seed=1)


def test_a_time_budget_ends_the_run_with_the_rate_at_zero(inputs: Inputs, tmp_path: Path) -> None:
    stage = replace(inputs.config.stages[1], epochs=2000, share=1.0)
    # By the processor's clock: on a busy machine two seconds may pass within a step.
    inputs.train(tmp_path / "run", stages=(stage,), max_minutes=2 / 60, clock="processor")
    lines = [line for line in read_log(tmp_path / "run" / "log.jsonl") if line["event"] == "train"]
    assert lines[-1]["learning_rate"] < 0.05 * stage.learning_rate
    assert 2 <= lines[-1]["seconds"] < 20
    assert lines[-1]["step"] < 1000


def test_full_weights_come_back(inputs: Inputs, tmp_path: Path) -> None:
    stage = replace(inputs.config.stages[1], trains="full", share=1.0, learning_rate=1e-3)
    folder = inputs.train(tmp_path / "run", stages=(stage,))
    loaded = load_checkpoint(folder)
    assert loaded.manifest.weights == "full"
    state = load_file(tmp_path / "run" / "induction" / STATE)
    weight = state["causal_lm.model.layers.0.mlp.up_proj.weight"]
    assert torch.allclose(loaded.model.get_parameter("model.layers.0.mlp.up_proj.weight"), weight, atol=1e-3)
    rows = state["causal_lm.model.embed_tokens.new"]
    assert torch.allclose(loaded.model.get_input_embeddings().weight[-len(rows) :], rows, atol=1e-3)
    assert loaded.model.get_output_embeddings().weight is loaded.model.get_input_embeddings().weight


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"codebook_version": "0"}, "other codebooks"), ({"first_id": 7}, "another base model")],
)
def test_examples_of_something_else_are_refused(
    inputs: Inputs, tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    save_examples(tmp_path / "data")
    path = tmp_path / "data" / "meta.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changed}), encoding="utf-8")
    with pytest.raises(TrainingError, match=said):
        train(inputs.config, "tiny", inputs.sids, tmp_path / "data", tmp_path / "run")


def test_damaged_terms_are_refused(inputs: Inputs, tmp_path: Path) -> None:
    save_examples(tmp_path / "data")
    path = tmp_path / "data" / "meta.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "terms": {}}), encoding="utf-8")
    with pytest.raises(ExamplesError, match=r"meta\.json: no terms"):
        train(inputs.config, "tiny", inputs.sids, tmp_path / "data", tmp_path / "run")


def test_evaluate_by_the_command_line(
    inputs: Inputs, finished: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    recipe = tmp_path / "few.toml"
    recipe.write_text("[evaluate]\nreply_examples = 2\nmax_new_tokens = 24\nlanguage_texts = 2\n", encoding="utf-8")
    arguments = ["--checkpoint", str(finished / CHECKPOINT), "--data", str(inputs.data), "--recipe", str(recipe)]
    assert cli.main(["evaluate", *arguments]) == 0
    assert "Held-out figures" in capsys.readouterr().out
    figures = json.loads((finished / "evaluation.json").read_text(encoding="utf-8"))
    assert figures["examples"] == {"teacher_forced": 12, "replies": 6}
    assert set(figures["loss"]) == {"a", "b", "c", "all"}
    assert figures["sid_accuracy"]["all"]["items"] == 12
    assert figures["want"]["replies"] == 6
    assert figures["constrained"]["sids"]["on_sale"] in (1.0, None)
    assert figures["language"]["all"]["texts"] == 2
    assert load_checkpoint(finished / CHECKPOINT).manifest.metrics["heldout"] == figures
    table = (finished / "evaluation.md").read_text(encoding="utf-8")
    assert "| task | loss | items | type | a | b | c | exact |" in table


def test_training_needs_neither_database_nor_grammar() -> None:
    """The loop runs on a machine that has neither SQLAlchemy nor Outlines."""
    blocked = """
        import sys
        for name in ("sqlalchemy", "outlines", "outlines_core", "gradio", "sentence_transformers"):
            sys.modules[name] = None
        import finetune.training.command, finetune.training.stages
        import finetune.evaluation.command, finetune.evaluation.figures
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(blocked)], cwd=REPOSITORY, check=True, timeout=200)


@pytest.mark.parametrize("trains", ["lora", "full"])
def test_a_run_goes_on_from_a_checkpoint(inputs: Inputs, finished: Path, tmp_path: Path, trains: str) -> None:
    """With a learning rate next to nothing it ends as the model it began with."""
    stage = replace(inputs.config.stages[1], trains=trains, share=1.0, learning_rate=1e-12, epochs=1)
    start = finished / CHECKPOINT
    folder = inputs.train(tmp_path / "run", stages=(stage,), start_from=str(start))
    recorded = json.loads((folder / "training.json").read_text("utf-8"))
    assert recorded["config"]["start_from"] == start.name
    assert recorded["start"] == load_checkpoint(start).manifest.files
    before, after = load_checkpoint(start).model, load_checkpoint(folder).model
    ids = torch.arange(12).unsqueeze(0)
    assert torch.allclose(before(ids).logits, after(ids).logits, atol=1e-2)
    untouched = inputs.train(tmp_path / "anew", stages=(stage,))
    assert not torch.allclose(before(ids).logits, load_checkpoint(untouched).model(ids).logits, atol=1e-2)


def test_a_checkpoint_that_cannot_go_on_is_refused(inputs: Inputs, finished: Path, tmp_path: Path) -> None:
    start, lora = str(finished / CHECKPOINT), replace(inputs.config.stages[1], share=1.0)
    with pytest.raises(TrainingError, match="rank 4 and scale"):
        inputs.train(tmp_path / "a", stages=(replace(lora, lora_rank=8),), start_from=start)
    with pytest.raises(TrainingError, match="adapters in all stages"):
        inputs.train(tmp_path / "b", start_from=start)
    with pytest.raises(CheckpointError):
        inputs.train(tmp_path / "c", stages=(lora,), start_from=str(tmp_path))
    full = inputs.train(tmp_path / "d", stages=(replace(lora, trains="full", epochs=1),))
    with pytest.raises(TrainingError, match="no adapter"):
        inputs.train(tmp_path / "e", stages=(lora,), start_from=str(full))


def test_rows_of_the_base_are_trained_where_the_examples_hold_their_tokens(inputs: Inputs, tmp_path: Path) -> None:
    stage = replace(inputs.config.stages[1], share=1.0, base_rows=True, base_rows_learning_rate=1e-2)
    folder = inputs.train(tmp_path / "run", stages=(stage,))
    loaded = load_checkpoint(folder)
    assert loaded.manifest.weights == "adapter+rows"
    base = load_base(inputs.config.base_model).get_input_embeddings().weight
    now = loaded.model.get_input_embeddings().weight[: len(base)]
    held = set(np.unique(load_prepared(inputs.data).ids).tolist())
    changed = {
        token for token in range(loaded.manifest.first_id) if not torch.allclose(base[token], now[token], atol=1e-3)
    }
    assert changed
    assert changed <= held
    ids = torch.arange(12).unsqueeze(0)
    trained = load_file(tmp_path / "run" / "induction" / STATE)["causal_lm.model.embed_tokens.base"]
    assert torch.allclose(trained[: len(now)], now[: len(trained)], atol=1e-3)
    still = replace(stage, learning_rate=1e-12, rows_learning_rate=1e-12, base_rows_learning_rate=1e-12, epochs=1)
    again = inputs.train(tmp_path / "again", stages=(still,), start_from=str(folder))
    assert torch.allclose(loaded.model(ids).logits, load_checkpoint(again).model(ids).logits, atol=1e-2)
    with pytest.raises(TrainingError, match="base_rows"):
        inputs.train(tmp_path / "no", stages=(replace(stage, base_rows=False),), start_from=str(folder))
