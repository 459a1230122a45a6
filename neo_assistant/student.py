"""Making a student, a smaller base model, from its recipe: the same on every machine that has the base.

The weights are slices of the base's, in the precision they are stored in, so nothing is rounded; what the smaller model
lost it learns back in training.
"""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neo_assistant.base_model import BaseModel, base_tokenizer, cache_folder, file_sha256, find_base
from neo_assistant.cut_vocabulary import cut_tokenizer
from neo_assistant.errors import CheckpointError
from neo_assistant.student_recipe import STUDENT, StudentRecipe

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

_NOTICE = "NOTICE"


def find_student(recipe: StudentRecipe, base_model: str | None = None) -> BaseModel:
    """The student of a recipe: the folder named, or one in the user's cache, made there if it is missing.

    Args:
        recipe: from a checkpoint's manifest.
        base_model: where the student is, or the base that it is made from; the recipe's own name for it if left out.

    Raises:
        CheckpointError: if neither is there, or the base is another one.
    """
    found = find_base(base_model or recipe.base)
    if found.sha256 == recipe.sha256:
        return found
    folder = cache_folder() / f"student-{recipe.sha256[:16]}"
    if not (folder / STUDENT).is_file():
        make_student(recipe, folder, found)
    student = find_base(str(folder))
    if student.sha256 != recipe.sha256:
        raise CheckpointError(f"{folder} holds another student than the one it is named for", f"delete {folder}")
    return student


def make_student(recipe: StudentRecipe, folder: Path, base: BaseModel | None = None) -> None:
    """Write a student as a model folder, which appears only once it is whole.

    Args:
        recipe: what is kept of the base.
        folder: must be missing, empty, or an earlier student, which is replaced.
        base: where the base is; found by the recipe's name for it if left out.

    Raises:
        CheckpointError: if the base is not there, is another one than the recipe's, or cannot be cut so.
    """
    base = base or find_base(recipe.base)
    if base.sha256 != recipe.base_sha256:
        raise CheckpointError(
            f"the student is made from {recipe.base} (sha256 {recipe.base_sha256[:12] or 'unknown'}), "
            f"the base model here is {base.name} (sha256 {base.sha256[:12] or 'unknown'})",
            "set NEO_BASE_MODEL to the base the student was made from",
        )
    if folder.exists() and any(folder.iterdir()) and not (folder / STUDENT).is_file():
        raise CheckpointError(f"{folder} holds something that is not a student", "name another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        new = Path(scratch) / "model"
        _write(recipe, base, new)
        if folder.exists():
            folder.rename(Path(scratch) / "old")
        try:
            new.rename(folder)
        except OSError:  # another process finished the same student first
            if not (folder / STUDENT).is_file():
                raise
    find_base.cache_clear()


def _write(recipe: StudentRecipe, base: BaseModel, folder: Path) -> None:
    from transformers import AutoModelForCausalLM

    tokenizer = base_tokenizer(base.name)
    whole = AutoModelForCausalLM.from_pretrained(base.source, dtype="auto")
    if recipe.tokens is not None:
        tokenizer = cut_tokenizer(tokenizer, recipe.tokens)
    _cut_model(whole, recipe).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    weights = sorted(folder.glob("*.safetensors"))
    for path in weights:
        path.chmod(0o644)  # safetensors makes files that only their owner can read
    (folder / _NOTICE).write_text(
        f"Layers, vocabulary rows and dimensions of {recipe.base}, otherwise unchanged; {STUDENT} says which.\n"
        "The licence of that model applies to these weights.\n",
        encoding="utf-8",
    )
    values: dict[str, Any] = {
        "recipe": recipe.to_dict(),
        "sha256": recipe.sha256,
        "weights_sha256": file_sha256(weights),
    }
    values["vocabulary_size"] = len(tokenizer)
    (folder / STUDENT).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _cut_model(whole: PreTrainedModel, recipe: StudentRecipe) -> PreTrainedModel:
    """A model of the same class that has the kept layers and rows."""
    config = copy.deepcopy(whole.config)
    count = config.num_hidden_layers
    if recipe.layers[-1] >= count:
        raise CheckpointError(f"{recipe.base} has {count} layers, no layer {recipe.layers[-1]}")
    config.num_hidden_layers = len(recipe.layers)
    if getattr(config, "layer_types", None):
        config.layer_types = [config.layer_types[layer] for layer in recipe.layers]
    if recipe.tokens is not None:
        _cut_config(config, recipe.tokens)
    if recipe.width is not None:
        _narrow_config(config, recipe.width)
    student = type(whole)(config).to(whole.dtype)
    new_numbers = {old: new for new, old in enumerate(recipe.layers)}
    rows = {id(whole.get_input_embeddings().weight), id(whole.get_output_embeddings().weight)}
    kept: dict[str, torch.Tensor] = {}
    for name, parameter in whole.named_parameters():
        place = _layer_of(name)
        if place is not None:
            prefix, layer, rest = place
            if layer in new_numbers:
                kept[f"{prefix}.{new_numbers[layer]}.{rest}"] = parameter.detach()
        elif id(parameter) in rows and recipe.tokens is not None:
            kept[name] = parameter.detach()[list(recipe.tokens)]
        else:
            kept[name] = parameter.detach()
    parameters = dict(student.named_parameters())
    if recipe.width is not None and set(parameters) == set(kept):
        kept = {name: _leading(tensor, parameters[name].shape) for name, tensor in kept.items()}
    if set(parameters) != set(kept) or any(parameters[name].shape != kept[name].shape for name in kept):
        raise CheckpointError(f"{type(whole).__name__} is not built of layers that can be left out")
    for name, tensor in kept.items():
        parameters[name].data.copy_(tensor)
    return student


def _leading(tensor: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """The first so many entries along every axis."""
    return tensor[tuple(slice(length) for length in shape)]


def _narrow_config(config: Any, width: int) -> None:
    """New width, heads and inner width, in place; heads keep their size, and groups of query heads stay whole."""
    heads, groups = config.num_attention_heads, config.num_key_value_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    step = size * heads // groups
    if width % step or width >= config.hidden_size:
        raise CheckpointError(
            f"a student of this base is narrower by whole groups of heads: not {width} dimensions",
            f"take a multiple of {step} below {config.hidden_size}",
        )
    config.head_dim = size
    config.num_attention_heads, config.num_key_value_heads = width // size, width // step
    config.intermediate_size = config.intermediate_size * width // config.hidden_size
    config.hidden_size = width


def _layer_of(name: str) -> tuple[str, int, str] | None:
    """``model.layers.7.mlp.up_proj.weight`` → (``model.layers``, 7, ``mlp.up_proj.weight``)."""
    parts = name.split(".")
    place = next((number for number, part in enumerate(parts) if part.isdigit()), None)
    return None if place is None else (".".join(parts[:place]), int(parts[place]), ".".join(parts[place + 1 :]))


def _cut_config(config: Any, tokens: tuple[int, ...]) -> None:
    """New vocabulary size and special token ids, in place."""
    numbers = {old: new for new, old in enumerate(tokens)}
    if tokens[-1] >= config.vocab_size:
        raise CheckpointError(f"the base model has {config.vocab_size} rows, none for token {tokens[-1]}")
    config.vocab_size = len(tokens)
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        old = getattr(config, name, None)
        if old is not None:
            setattr(config, name, [numbers[each] for each in old] if isinstance(old, list) else numbers.get(old))
