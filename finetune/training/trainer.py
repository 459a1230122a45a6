"""The transformers ``Trainer`` for packed rows: weighted loss, a schedule by time, and small states to resume from.

What differs from the stock trainer, and why:

* the loss is the weighted mean over all counted tokens of an optimizer step, however they fall into micro-batches and
  processes, so neither packing nor the number of GPUs changes what is optimized;
* rows come in a fixed order (shuffled beforehand), so a resumed run goes on with the very next row;
* the state to resume from holds the trained parameters only, not the base model;
* the new rows have a learning rate of their own and no weight decay.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.data import SequentialSampler
from transformers import Trainer, TrainingArguments
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from finetune.config import StageConfig, TrainConfig
from finetune.errors import TrainingError
from finetune.training.batches import RowDataset, collate, only_inputs
from finetune.training.callbacks import StageCallback
from finetune.training.model_setup import (
    PackedModel,
    base_row_parameters,
    load_trainable_state,
    row_parameters,
    trainable_state,
)
from finetune.training.schedule import Clock, TimedCosine
from finetune.training.writing import is_sealed, seal

STATE = "trainable.safetensors"
COMPLETE = "complete.json"
"""Written last into a saved state, with the sizes of its files; a state that is not as it says is not resumed from."""


class PackedTrainer(Trainer):
    """Trains a :class:`PackedModel` on a :class:`RowDataset`.

    ``from_base``, (examples,) bool, says which of them have the base's distribution as their target.
    """

    optimizer: Any
    lr_scheduler: Any

    def __init__(
        self,
        model: PackedModel,
        dataset: RowDataset,
        from_base: torch.Tensor,
        config: TrainConfig,
        stage: StageConfig,
        folder: Path,
        max_seconds: float,
        callback: StageCallback,
        clock: Clock,
    ) -> None:
        self.stage, self.max_seconds, self.clock = stage, max_seconds, clock
        super().__init__(
            model=model, args=_arguments(config, stage, folder), train_dataset=dataset, data_collator=collate
        )
        # compute_loss divides by the whole step's weights, so the trainer must not divide by the micro-batches again.
        self.model_accepts_loss_kwargs = True
        self.stage_callback = callback
        self.from_base = from_base
        if self.args.n_gpu > 1:
            raise TrainingError(
                "several GPUs need a process each",
                "start with `accelerate launch -m finetune train …`, or set CUDA_VISIBLE_DEVICES to one of them",
            )
        for printing in (PrinterCallback, ProgressCallback):
            self.remove_callback(printing)
        self.add_callback(callback)

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW with betas (0.9, 0.95), as NEO; rows apart from the rest."""
        if self.optimizer is None:
            assert isinstance(self.model, PackedModel)
            trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
            rows = [parameter for parameter in trained if parameter in row_parameters(self.model)]
            base_rows = [parameter for parameter in trained if parameter in base_row_parameters(self.model)]
            special = row_parameters(self.model) | base_row_parameters(self.model)
            rest = [parameter for parameter in trained if parameter not in special]
            rate = self.stage.learning_rate
            groups = [
                {"params": base_rows, "lr": self.stage.base_rows_learning_rate or rate, "weight_decay": 0.0},
                {"params": rows, "lr": self.stage.rows_learning_rate or rate, "weight_decay": 0.0},
                {"params": [p for p in rest if p.ndim > 1], "lr": rate, "weight_decay": self.stage.weight_decay},
                {"params": [p for p in rest if p.ndim <= 1], "lr": rate, "weight_decay": 0.0},
            ]
            self.optimizer = torch.optim.AdamW([group for group in groups if group["params"]], betas=(0.9, 0.95))
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> TimedCosine:
        """A cosine over steps or minutes, whichever ends first."""
        if self.lr_scheduler is None:
            self.lr_scheduler = TimedCosine(
                optimizer or self.optimizer, self.clock, num_training_steps, self.max_seconds, self.stage.warmup
            )
        return self.lr_scheduler

    def _get_train_sampler(self, train_dataset: Any = None) -> SequentialSampler:
        return SequentialSampler(train_dataset if train_dataset is not None else self.train_dataset)

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> torch.Tensor:
        """Sum of the weights over all micro-batches and processes of an optimizer step."""
        total = torch.stack([batch["weights"].sum().to(device) for batch in batch_samples]).sum()
        return self.accelerator.gather(total).sum() if self.args.world_size > 1 else total

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        self.stage_callback.count(int(inputs["example_tokens"].item()))
        from_base = self.from_base.to(inputs["examples"].device)[inputs["examples"]]
        losses = model(**only_inputs(inputs), from_base=from_base)
        # Gradients are averaged over processes, the weights were summed over them.
        loss = (losses * inputs["weights"]).sum() / num_items_in_batch * self.args.world_size
        return (loss, losses) if return_outputs else loss

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        folder = Path(output_dir or self.args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        assert isinstance(self.model, PackedModel)
        save_file(trainable_state(self.model), folder / STATE)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        assert isinstance(self.model, PackedModel)
        load_trainable_state(self.model, read_state(Path(resume_from_checkpoint) / STATE))

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        self.accelerator.wait_for_everyone()  # every process writes its own random generators
        if self.args.should_save:
            seal(Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}", COMPLETE)


def last_complete(folder: Path) -> Path | None:
    """The newest saved state of a stage that was written to its end.

    Raises:
        TrainingError: if there were such states, and all of them are damaged.
    """
    whole = [path for path in folder.glob("checkpoint-*") if is_sealed(path, COMPLETE)]
    if not whole and any(folder.glob(f"checkpoint-*/{COMPLETE}")):
        raise TrainingError(
            f"every saved state in {folder} is damaged", f"delete {folder} to do this stage again, or add --restart"
        )
    return max(whole, key=lambda path: int(path.name.removeprefix("checkpoint-")), default=None)


def forget_incomplete(folder: Path) -> None:
    """Delete saved states that were not written to their end; they would count among those that are kept."""
    for path in sorted(folder.glob("checkpoint-*")):
        if not is_sealed(path, COMPLETE):
            shutil.rmtree(path)


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """Trained parameters by name.

    Raises:
        TrainingError: if the file is missing or damaged.
    """
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"{path} cannot be read: {error}", f"delete {path.parent} to do this stage again, or add --restart"
        ) from error


def _arguments(config: TrainConfig, stage: StageConfig, folder: Path) -> TrainingArguments:
    rows = max(1, stage.micro_tokens // config.row_tokens)
    cuda = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=rows,
        gradient_accumulation_steps=max(1, round(stage.batch_tokens / (rows * config.row_tokens))),
        num_train_epochs=1,  # the dataset holds all passes, each in its own order
        max_grad_norm=stage.max_grad_norm,
        learning_rate=stage.learning_rate,
        seed=config.seed,
        bf16=cuda and config.bf16,
        use_cpu=not cuda,
        save_strategy="no",  # the callback says when: by minutes, not by steps
        logging_strategy="no",
        eval_strategy="no",
        save_total_limit=2,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        dataloader_pin_memory=cuda,
        ddp_find_unused_parameters=not stage.input_rows,
    )
