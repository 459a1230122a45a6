"""Runs that are killed and go on end where an undisturbed one does; several processes train as one."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from finetune.config import TrainConfig, to_values
from finetune.errors import TrainingError
from finetune.training.packing import epoch_rows
from finetune.training.plots import read_log
from finetune.training.stages import CHECKPOINT, DONE
from finetune.training.trainer import COMPLETE, STATE, forget_incomplete, last_complete
from finetune.training.writing import seal
from neo_assistant.checkpoint import load_checkpoint
from tests.finetune.tiny import save_examples
from tests.finetune.tiny_run import Inputs, make_inputs, recipe_file

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return make_inputs(tmp_path_factory.mktemp("inputs"), words=20)


@pytest.fixture(scope="module")
def undisturbed(inputs: Inputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    inputs.train(out)
    return out


@pytest.mark.timeout(1500)  # of which a free core needs half a minute
def test_a_run_killed_again_and_again_ends_where_it_would_have(
    inputs: Inputs, undisturbed: Path, tmp_path: Path
) -> None:
    """To the last bit: weights, checkpoint, and the last validation."""
    steps = {name: json.loads((undisturbed / name / DONE).read_text("utf-8"))["steps"] for name in stages(inputs)}
    drawn = sorted(random.Random(11).sample(range(2, steps["induction"]), 3))
    deaths = [
        ("step", "grounding", 1),
        ("stage's end", "grounding", 0),
        *(("step", "induction", step) for step in drawn),
        ("saving", "induction", drawn[-1] + 1 if drawn[-1] + 1 < steps["induction"] else drawn[-1]),
        ("stage's end", "induction", 0),
        ("checkpoint", "", 0),
    ]
    out = tmp_path / "run"
    every_step = replace(inputs.config, save_minutes=1e-9)
    plan = {"config": to_values(every_step), "sids": str(inputs.sids), "data": str(inputs.data), "out": str(out)}
    (tmp_path / "plan.json").write_text(json.dumps({**plan, "deaths": deaths}), encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "tests.finetune.killing", str(tmp_path / "plan.json")],
        cwd=REPOSITORY,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1400,
    )
    assert process.returncode == 0, process.stderr
    assert not (out / CHECKPOINT).exists()

    inputs.train(out, save_minutes=1e-9)
    for name in stages(inputs):
        whole, resumed = (load_file(folder / name / STATE) for folder in (undisturbed, out))
        assert all(torch.equal(tensor, resumed[tensor_name]) for tensor_name, tensor in whole.items()), name
    first, second = (load_checkpoint(folder / CHECKPOINT).manifest for folder in (undisturbed, out))
    assert first.files["new_rows.safetensors"] == second.files["new_rows.safetensors"]
    assert first.metrics == second.metrics
    logged = [line["step"] for line in read_log(out / "log.jsonl") if line["stage"] == "induction"]
    assert logged == sorted(logged)
    assert not list(out.glob("*/checkpoint-*")), "states to resume from are not kept"


def stages(inputs: Inputs) -> list[str]:
    return [stage.name for stage in inputs.config.stages]


def save_state(folder: Path, step: int) -> Path:
    state = folder / f"checkpoint-{step}"
    state.mkdir()
    (state / STATE).write_bytes(b"weights")
    return state


def test_only_a_whole_state_is_resumed_from(tmp_path: Path) -> None:
    assert last_complete(tmp_path) is None
    for step in (9, 10, 200):
        save_state(tmp_path, step)
    for step in (9, 10):
        seal(tmp_path / f"checkpoint-{step}", COMPLETE)
    assert last_complete(tmp_path) == tmp_path / "checkpoint-10"
    (tmp_path / "checkpoint-10" / STATE).write_bytes(b"weig")
    assert last_complete(tmp_path) == tmp_path / "checkpoint-9"
    forget_incomplete(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-9"]


def test_damaged_states_alone_are_no_reason_to_begin_anew(tmp_path: Path) -> None:
    seal(save_state(tmp_path, 9), COMPLETE)
    (tmp_path / "checkpoint-9" / STATE).unlink()
    with pytest.raises(TrainingError, match=r"every saved state .* is damaged"):
        last_complete(tmp_path)


def even_examples(folder: Path, config: TrainConfig) -> Path:
    """Examples that fill an even number of rows in every stage.

    With an odd number the last step would differ: the processes get equal shares by repeating a row.
    """
    for count in range(200, 300, 5):
        data = save_examples(folder / f"data-{count}", count, words=20)
        rows = [
            sum(len(epoch_rows(data, chosen, config.row_tokens, True, config.seed, e)) for e in range(stage.epochs))
            for stage in config.stages
            for chosen in [data.select("train", stage.tasks)]
        ]
        if not any(number % 2 for number in rows):
            return folder / f"data-{count}"
    raise AssertionError("every number of examples fills an odd number of rows")


@pytest.mark.slow  # two more imports of torch
@pytest.mark.timeout(1800)
def test_two_processes_train_as_one_does(inputs: Inputs, tmp_path: Path) -> None:
    """With half the tokens per process, on the CPU, told of each other as ``torchrun`` would tell them.

    Without torchrun itself: its meeting point wants a sign of life every five seconds, which two busy cores do not
    always give it.
    """

    def with_batches(batch_tokens: int) -> TrainConfig:
        changed = [replace(s, batch_tokens=batch_tokens, lora_dropout=0.0) for s in inputs.config.stages]
        return replace(inputs.config, stages=tuple(changed))

    data = even_examples(tmp_path, inputs.config)
    replace(inputs, data=data, config=with_batches(512)).train(tmp_path / "1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "finetune", "train", "--sids", str(inputs.sids), "--data", str(data)]
    command += ["--out", str(tmp_path / "2"), "--recipe", str(recipe_file(tmp_path / "two.toml", with_batches(256)))]
    said = [tmp_path / f"said-{rank}" for rank in range(2)]
    running = []
    for rank in range(2):
        environment = {
            **os.environ,
            **{"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "GLOO_SOCKET_IFNAME": "lo"},
            **{"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"},
            **{"RANK": str(rank), "LOCAL_RANK": str(rank)},
        }
        with said[rank].open("w") as stream:
            running.append(
                subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=stream, stderr=subprocess.STDOUT)
            )
    try:
        end = time.monotonic() + 900
        while any(process.poll() is None for process in running):
            failed = any(process.poll() for process in running)  # then the other would wait for it
            if failed or time.monotonic() > end:
                pytest.fail("\n".join(path.read_text("utf-8")[-3000:] for path in said))
            time.sleep(0.2)
    finally:
        for process in running:
            process.kill()
            process.wait()
    assert [process.returncode for process in running] == [0, 0], [path.read_text("utf-8")[-3000:] for path in said]
    assert [path.read_text("utf-8").count("induction: ") for path in said] == [2, 0], "one process speaks"
    for stage in stages(inputs):
        one, two = (load_file(tmp_path / name / stage / STATE) for name in "12")
        # Sums in another order differ in their last digits, and Adam makes steps of the same length of gradients that
        # are nothing but such digits: a few entries part, on average they agree.
        apart = max(float((tensor - two[name]).abs().mean()) for name, tensor in one.items())
        assert apart < (1e-6 if stage == "grounding" else 1e-4), stage
    last = [read_log(tmp_path / name / "log.jsonl")[-1] for name in "12"]
    assert last[0]["step"] == last[1]["step"]
    assert last[0]["loss"] == pytest.approx(last[1]["loss"], abs=1e-3)
