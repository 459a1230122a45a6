"""Training that goes on from a checkpoint: its adapter and rows, or all of its weights, as what a stage begins with.

    [train]
    start_from = "checkpoints/sample"

It is how a checkpoint is brought up to date when products, prices and events have changed but the codebooks have not.
Adapters go on as adapters of the same rank; all weights may go on from either sort of checkpoint.
"""

from __future__ import annotations

from pathlib import Path

import torch

from finetune.config import StageConfig, TrainConfig
from finetune.errors import TrainingError
from finetune.training.model_setup import LORA_PARAMETER, PackedModel, prepare_model, trainable_state
from neo_assistant.base_model import load_base
from neo_assistant.checkpoint import AdapterWeights, load_checkpoint, read_adapter
from neo_assistant.manifest import read_manifest, verify_files
from neo_assistant.sids import SidVocabulary
from neo_assistant.weights import lora_scale


def starting_state(
    config: TrainConfig, codebook_version: str, vocabulary: SidVocabulary, seen: torch.Tensor
) -> dict[str, torch.Tensor]:
    """The trained parameters of ``config.start_from`` by the names they have in the run's stages.

    Args:
        config: of the run; its stages must all train adapters, or all train everything.
        codebook_version: of the run's examples.
        vocabulary: the added tokens.
        seen: (k,) ids of the base's tokens whose rows may be trained, those of the checkpoint among them.

    Raises:
        CheckpointError: if the checkpoint cannot be read.
        TrainingError: if it is of other codebooks, or its weights cannot go on in these stages.
    """
    folder, stage = Path(config.start_from), config.stages[0]
    manifest = read_manifest(folder)
    verify_files(folder, manifest)
    if manifest.codebook_version != codebook_version:
        raise TrainingError(
            f"{folder} was trained with other codebooks than the examples", "train anew: leave start_from out"
        )
    if any(stage.trains != config.stages[0].trains for stage in config.stages) or stage.trains == "rows":
        raise TrainingError(
            "a run that goes on from a checkpoint trains adapters in all stages, or everything in all",
            'take the stage that trains "rows" out of the recipe',
        )
    if stage.trains == "full":
        return _all_weights(folder, config, stage, vocabulary)
    if manifest.weights == "full":
        raise TrainingError(f"{folder} holds all weights, no adapter to go on with", 'set trains = "full"')
    weights = read_adapter(folder, manifest)
    if weights.base_rows is not None and not stage.base_rows:
        raise TrainingError(f"{folder} has trained rows of the base", "set base_rows = true in the recipe's stage")
    return _adapter(weights, config, stage, vocabulary, seen)


def trained_base_rows(folder: str) -> torch.Tensor:
    """(k,) ids of the base's tokens whose rows a checkpoint has trained.

    Raises:
        CheckpointError: if it cannot be read.
    """
    manifest = read_manifest(Path(folder))
    if manifest.weights == "full":
        return torch.zeros(0, dtype=torch.int64)
    rows = read_adapter(Path(folder), manifest).base_rows
    return torch.zeros(0, dtype=torch.int64) if rows is None else rows.ids.long()


def _adapter(
    weights: AdapterWeights,
    config: TrainConfig,
    stage: StageConfig,
    vocabulary: SidVocabulary,
    seen: torch.Tensor,
) -> dict[str, torch.Tensor]:
    found = (weights.config["r"], lora_scale(weights.config))
    if found != (stage.lora_rank, stage.lora_alpha / stage.lora_rank):
        raise TrainingError(
            f"the checkpoint's adapter has rank {found[0]} and scale {found[1]:g}, "
            f"the recipe's rank {stage.lora_rank} and scale {stage.lora_alpha / stage.lora_rank:g}",
            "give lora_rank and lora_alpha those of the checkpoint",
        )
    rows = weights.input_rows.float()
    model = prepare_model(load_base(config.base_model), vocabulary, rows, stage, config.seed, seen)
    _put_output_rows(model, weights.output_rows)
    if weights.base_rows is not None:
        with torch.no_grad():
            model.causal_lm.get_input_embeddings().base[weights.base_rows.ids.long()] = weights.base_rows.rows.float()
    state = trainable_state(model)
    lora = {name for name in state if LORA_PARAMETER in name}
    saved = {model.parameter_name(name): tensor.float() for name, tensor in weights.lora.items()}
    if lora != set(saved) or any(state[name].shape != saved[name].shape for name in lora):
        raise TrainingError("the checkpoint's adapter is not of this base model's layers", "use the base it is of")
    return {**state, **saved}


def _all_weights(
    folder: Path, config: TrainConfig, stage: StageConfig, vocabulary: SidVocabulary
) -> dict[str, torch.Tensor]:
    causal_lm = load_checkpoint(folder, config.base_model).model
    embedding, head = causal_lm.get_input_embeddings().weight, causal_lm.get_output_embeddings().weight
    output = None if head is embedding else head.detach()[vocabulary.first_id :].clone()
    rows = embedding.detach()[vocabulary.first_id :].clone()
    model = prepare_model(causal_lm, vocabulary, rows, stage, config.seed)
    _put_output_rows(model, output)
    return trainable_state(model)


def _put_output_rows(model: PackedModel, rows: torch.Tensor | None) -> None:
    if rows is not None:
        with torch.no_grad():
            model.causal_lm.get_output_embeddings().new.copy_(rows)
