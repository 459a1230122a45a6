"""The state that a training run saved last, as a ranker: a learning curve while the run goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.config import StageConfig, TrainConfig, from_values
from finetune.errors import TrainingError
from finetune.ranking.kept import KeptRankings, digest_of
from finetune.ranking.model import ModelRanker, sids_of


@dataclass(frozen=True)
class Saved:
    """A saved state.

    Args:
        run: folder of `python -m finetune run`.
        config: of the training.
        stage: that the state is of.
        step: optimizer steps of the stage so far; 0 for a finished one.
        state: file with the trained parameters.
    """

    run: Path
    config: TrainConfig
    stage: StageConfig
    step: int
    state: Path


def last_saved(run: Path) -> Saved:
    """The newest state of a run.

    Raises:
        TrainingError: if there is none.
    """
    from finetune.training.stages import DONE, RUN
    from finetune.training.trainer import STATE, last_complete

    train = run / "train"
    try:
        config = from_values(TrainConfig, json.loads((train / RUN).read_text(encoding="utf-8"))["config"], RUN)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"{train} holds no training run: {error}", "start it with `python -m finetune run`") from (
            error
        )
    for stage in reversed(config.stages):
        folder = train / stage.name
        if (folder / DONE).is_file():
            return Saved(run, config, stage, 0, folder / STATE)
        if saved := last_complete(folder):
            return Saved(run, config, stage, int(saved.name.removeprefix("checkpoint-")), saved / STATE)
    raise TrainingError(f"the run in {run} has saved nothing yet", "wait for save_minutes")


def saved_ranker(saved: Saved, skus: Sequence[str], *, width: int, batch: int, keep: Path | None) -> ModelRanker:
    """The model in that state; arguments as of ``finetune.ranking.model.checkpoint_ranker``."""
    import torch
    from safetensors.torch import load_file

    from finetune.sids.code_words import load_code_words
    from finetune.training.model_setup import load_trainable_state, prepare_model
    from finetune.training.token_rows import initial_rows
    from neo_assistant.base_model import base_tokenizer, load_base
    from neo_assistant.codebooks import Codebooks
    from neo_assistant.manifest import file_digest
    from neo_assistant.prompts.tokenizer import ShopTokenizer
    from neo_assistant.sid_file import SIDS_FILE, read_sids
    from neo_assistant.sids import SidVocabulary

    folder = saved.run / "codebooks"
    codebooks, base = Codebooks.load(folder), base_tokenizer(saved.config.base_model)
    vocabulary = SidVocabulary(codebooks.scheme, len(base))
    tokenizer = ShopTokenizer(base, vocabulary)
    model = load_base(saved.config.base_model)
    words = model.get_input_embeddings().weight.detach().numpy()[: vocabulary.first_id]
    rows = initial_rows(codebooks, load_code_words(folder), words, tokenizer.encode)
    packed = prepare_model(model, vocabulary, torch.from_numpy(rows), saved.stage, saved.config.seed)
    load_trainable_state(packed, load_file(saved.state))
    sids = sids_of(skus, read_sids(folder / SIDS_FILE, codebooks.scheme))
    kept = None
    if keep is not None:
        kept = KeptRankings(keep, digest_of([file_digest(saved.state), width, list(map(str, sids))]))
    causal_lm = packed.causal_lm.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    label = f"{saved.stage.name}, step {saved.step}"
    return ModelRanker(causal_lm, tokenizer, sids, label, width=width, batch=batch, kept=kept)
