"""A training run: stage after stage in one folder, resumed where it was stopped, and the checkpoint at its end."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import PartialState
from safetensors.torch import save_file

from finetune.config import StageConfig, TrainConfig, from_values, to_values
from finetune.errors import ConfigError, ExamplesError, TrainingError
from finetune.evaluation.scoring import losses_by_task, score
from finetune.prepared import META, Prepared, load_prepared, token_kinds
from finetune.sids.code_words import load_code_words
from finetune.training import plots
from finetune.training.batches import RowDataset
from finetune.training.callbacks import LOG, StageCallback
from finetune.training.frozen_base import learnt_from_base
from finetune.training.model_setup import (
    PackedModel,
    checkpoint_weights,
    load_trainable_state,
    prepare_model,
    trainable_state,
)
from finetune.training.packing import epoch_rows
from finetune.training.schedule import Clock
from finetune.training.token_rows import initial_rows
from finetune.training.trainer import STATE, PackedTrainer, forget_incomplete, last_complete, read_state
from finetune.training.warm_start import starting_state, trained_base_rows
from finetune.training.writing import write_whole
from neo_assistant.base_model import base_tokenizer, find_base, load_base
from neo_assistant.checkpoint import Manifest, kind_of, write_checkpoint
from neo_assistant.codebooks import Codebooks
from neo_assistant.manifest import read_manifest
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sid_file import SIDS_FILE, read_sids
from neo_assistant.sids import Sid, SidVocabulary
from neo_assistant.terms import NO_TERMS, Terms

RUN, DONE, CHECKPOINT = "run.json", "done.json", "checkpoint"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Inputs:
    """What a run is made from."""

    data: Prepared
    codebooks: Codebooks
    vocabulary: SidVocabulary
    rows: torch.Tensor
    """(added tokens, hidden), where the new rows start."""
    seen: torch.Tensor
    """(k,) ids of the base's tokens that the examples hold, and of those whose rows the run's start has trained."""
    from_base: torch.Tensor
    """(examples,) bool, which have the base's distribution as their target."""
    sids: Mapping[str, Sid] | None
    """SKU → SID, for the checkpoint; None where the folder of codebooks does not say."""
    terms: Terms
    """Other words for what the shop sells, for the checkpoint."""


def train(
    config: TrainConfig, recipe: str, sids: Path, data: Path, out: Path, restart: bool = False, say: Say = print
) -> Path:
    """Train, or go on with the run in ``out``; returns the checkpoint's folder.

    Raises:
        TrainingError: if ``out`` holds another run, or the examples are not of these codebooks.
        ExamplesError, CheckpointError, QuantizationError: if an input cannot be read or used.
    """
    state = _processes()
    say = say if state.is_main_process else _silent
    inputs = read_inputs(config, sids, data)
    _open_run(out, _identity(config, inputs, recipe), restart, state)
    before = (
        starting_state(config, inputs.codebooks.fingerprint, inputs.vocabulary, inputs.seen)
        if config.start_from
        else {}
    )
    for stage in config.stages:
        before = _run_stage(config, stage, inputs, before, out, say)
    if state.is_main_process:
        plots.draw(out / LOG, out, say)
        folder = _write_checkpoint(config, recipe, inputs, before, out)
        say(f"checkpoint in {folder}")
    state = _processes()
    state.wait_for_everyone()
    if state.num_processes > 1:
        state.destroy_process_group()  # left to the interpreter, its end can wait for ever
    return out / CHECKPOINT


def read_inputs(config: TrainConfig, sids: Path, data: Path) -> Inputs:
    """Read and check what a run is made from.

    Raises:
        TrainingError: if the examples are not of these codebooks or this base model, or ``base_targets`` names a task
            that cannot have such targets.
        CheckpointError: if the codebooks or the list of semantic ids beside them cannot be read.
    """
    codebooks = Codebooks.load(sids)
    base = base_tokenizer(config.base_model)
    vocabulary = SidVocabulary(codebooks.scheme, len(base))
    tokenizer = ShopTokenizer(base, vocabulary)
    prepared = load_prepared(data)
    check_data(prepared, codebooks, vocabulary)
    weights = np.array([config.token_weights.text, config.token_weights.sid, config.token_weights.want], np.float32)
    prepared = replace(prepared, weights=prepared.weights * weights[token_kinds(prepared.ids, vocabulary)])
    table = load_base(config.base_model).get_input_embeddings().weight.detach().numpy()[: vocabulary.first_id]
    rows = initial_rows(codebooks, load_code_words(sids), table, tokenizer.encode)
    learnt = read_sids(sids / SIDS_FILE, codebooks.scheme) if (sids / SIDS_FILE).is_file() else None
    seen = _seen(config, prepared, vocabulary)
    from_base = learnt_from_base(prepared, config.base_targets, vocabulary.first_id)
    terms = _terms(prepared, data)
    return Inputs(prepared, codebooks, vocabulary, torch.from_numpy(rows), seen, from_base, learnt, terms)


def _terms(prepared: Prepared, data: Path) -> Terms:
    """Those that stand beside the examples; none where no shop's phrasings made them."""
    try:
        return Terms.from_dict(prepared.meta["terms"]) if "terms" in prepared.meta else NO_TERMS
    except ValueError as error:
        raise ExamplesError(f"{data / META}: {error}", "make the examples again") from error


def _seen(config: TrainConfig, data: Prepared, vocabulary: SidVocabulary) -> torch.Tensor:
    ids = torch.from_numpy(np.unique(data.ids[data.ids < vocabulary.first_id])).long()
    earlier = trained_base_rows(config.start_from) if config.start_from else ids[:0]
    return torch.cat([ids, earlier]).unique()


def check_data(data: Prepared, codebooks: Codebooks, vocabulary: SidVocabulary) -> None:
    """Raises TrainingError if the examples were not made with these codebooks and this base model's tokenizer."""
    hint = "make the examples again with `python -m finetune examples`"
    if data.meta.get("codebook_version") != codebooks.fingerprint:
        raise TrainingError("the examples name semantic ids of other codebooks", hint)
    if data.meta.get("first_id") != vocabulary.first_id or int(data.ids.max()) >= vocabulary.size:
        raise TrainingError("the examples were made with another base model's tokenizer", hint)


def _run_stage(
    config: TrainConfig, stage: StageConfig, inputs: Inputs, before: dict[str, torch.Tensor], out: Path, say: Say
) -> dict[str, torch.Tensor]:
    """Train one stage, or read what it left; returns the trained parameters."""
    folder = out / stage.name
    if (folder / DONE).is_file():
        say(f"{stage.name}: done already")
        return read_state(folder / STATE)
    examples = inputs.data.select("train", stage.tasks)
    if not len(examples):
        raise TrainingError(f"there is no example to train {stage.name} on", "look at the recipe's tasks")
    base, needs_base = load_base(config.base_model), bool(inputs.from_base[examples].any())
    model = prepare_model(base, inputs.vocabulary, inputs.rows, stage, config.seed, inputs.seen, needs_base)
    load_trainable_state(model, before, partly=True)
    packed = [
        row
        for epoch in range(stage.epochs)
        for row in epoch_rows(inputs.data, examples, config.row_tokens, config.share_prefixes, config.seed, epoch)
    ]
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    say(
        f"{stage.name}: {len(examples):,} examples, {stage.epochs} passes, {len(packed):,} rows of at most "
        f"{config.row_tokens} tokens; {trained:,} parameters are trained"
    )
    clock = Clock(time.process_time if config.clock == "processor" else time.monotonic)
    seconds = stage.share * config.max_minutes * 60
    log = out / LOG
    callback = StageCallback(
        stage.name,
        clock,
        seconds,
        config.save_minutes * 60,
        config.validate_minutes * 60,
        lambda: validate(model, inputs.data, config),
        log,
    )
    dataset = RowDataset(inputs.data, packed)
    trainer = PackedTrainer(model, dataset, inputs.from_base, config, stage, folder, seconds, callback, clock)
    resume = last_complete(folder)
    if _processes().is_main_process:
        forget_incomplete(folder)
        _forget_after(log, stage.name, int(resume.name.removeprefix("checkpoint-")) if resume else -1)
    if resume:
        say(f"{stage.name}: going on from {resume.name}")
    start = time.monotonic()
    result = trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    learnt = trainable_state(model)
    if _processes().is_main_process:
        save_file(learnt, folder / STATE)
        done = {"steps": result.global_step, "seconds": round(clock.seconds, 1), "loss": round(result.training_loss, 4)}
        write_whole(folder / DONE, json.dumps(done) + "\n")
        for saved in sorted(folder.glob("checkpoint-*")):
            shutil.rmtree(saved)
    say(f"{stage.name}: {result.global_step:,} steps in {(time.monotonic() - start) / 60:.1f} minutes")
    return learnt


def validate(model: PackedModel, data: Prepared, config: TrainConfig) -> dict[str, float]:
    """Loss by task on a fixed sample of the validation examples, every token counting the same."""
    examples = data.select("validation", most_per_task=config.validation_examples, seed=config.seed)
    if not len(examples):
        raise TrainingError("there are no validation examples", "make the examples again")
    return losses_by_task(data, score(model, data, examples.tolist(), config.row_tokens, 4))


def _identity(config: TrainConfig, inputs: Inputs, recipe: str) -> dict[str, Any]:
    """What makes a run this run and no other."""
    base = find_base(config.base_model)
    values: dict[str, Any] = {
        "recipe": recipe,
        "config": to_values(config),
        "data": inputs.data.fingerprint,
        "codebooks": inputs.codebooks.fingerprint,
        "base_model": {"name": base.name, "sha256": base.sha256},
    }
    if config.start_from:
        # The sha256 of its files tell which checkpoint it was; where it lay does not belong into what is published.
        values["start"] = read_manifest(Path(config.start_from)).files
        values["config"]["start_from"] = Path(config.start_from).name
    return dict(json.loads(json.dumps(values)))


def _open_run(out: Path, identity: dict[str, Any], restart: bool, state: PartialState) -> None:
    """Make the folder, or check that the run in it is this one."""
    if state.is_main_process:
        path = out / RUN
        if restart and path.is_file():
            shutil.rmtree(out)
        out.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            found = _read_run(path)
            different = sorted(name for name in identity if found.get(name) != identity[name])
            if different:
                raise TrainingError(
                    f"{out} holds a run with another {', '.join(different)}", "name another folder, or add --restart"
                )
        write_whole(path, json.dumps(identity, indent=2) + "\n")
    state.wait_for_everyone()


def _read_run(path: Path) -> dict[str, Any]:
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
        # A run begun by an earlier version lacks the entries added since; what it did is what their defaults do.
        config = to_values(from_values(TrainConfig, found["config"], RUN))
    except (ValueError, KeyError, ConfigError) as error:
        raise TrainingError(f"{path} is damaged: {error}", "start over with --restart, or in another folder") from error
    return {**found, "config": json.loads(json.dumps(config))}


def _forget_after(log: Path, stage: str, step: int) -> None:
    """Drop what the log says of steps that a kill lost, and which are done again."""
    lines = plots.read_log(log) if log.is_file() else []
    kept = [line for line in lines if line["stage"] != stage or line["step"] <= step]
    write_whole(log, "".join(json.dumps(line) + "\n" for line in kept))


def _write_checkpoint(
    config: TrainConfig, recipe: str, inputs: Inputs, learnt: dict[str, torch.Tensor], out: Path
) -> Path:
    stage = config.stages[-1]
    base = find_base(config.base_model)
    model = prepare_model(load_base(config.base_model), inputs.vocabulary, inputs.rows, stage, config.seed, inputs.seen)
    load_trainable_state(model, learnt)
    weights = checkpoint_weights(model, stage, base.name)
    validations = [line for line in plots.read_log(out / LOG) if line["event"] == "validation"]
    stages = {stage.name: json.loads((out / stage.name / DONE).read_text("utf-8")) for stage in config.stages}
    manifest = Manifest(
        base_model=base.student.base if base.student else base.name,
        base_sha256=base.sha256,
        codebook_version=inputs.codebooks.fingerprint,
        scheme=inputs.codebooks.scheme,
        first_id=inputs.vocabulary.first_id,
        weights=kind_of(weights),
        recipe=recipe,
        date=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        training={"seed": config.seed, "max_minutes": config.max_minutes, "stages": stages},
        metrics={"validation_loss": validations[-1]["loss"]},
        data={"examples": inputs.data.fingerprint, "count": len(inputs.data)},
        student=base.student,
    )
    identity = json.loads((out / RUN).read_text(encoding="utf-8"))
    write_checkpoint(out / CHECKPOINT, manifest, inputs.codebooks, weights, identity, inputs.sids, inputs.terms)
    return out / CHECKPOINT


def _processes() -> PartialState:
    """The processes of this run; not told that there is no GPU, several on a CPU would each think itself alone."""
    return PartialState(cpu=not torch.cuda.is_available())


def _silent(_: str) -> None:
    """Say nothing: only the first process speaks."""
