"""A run on a student: its checkpoint stays small, loads where only the base is, and is served like any other."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from finetune.config import StudentConfig
from finetune.student.stage import EXAMPLES, create
from neo_assistant.base_model import find_base
from neo_assistant.checkpoint import Loaded, load_checkpoint
from neo_assistant.decoding.view import View
from neo_assistant.engine.engine import Engine, Sampling
from neo_assistant.engine.model import quantize
from neo_assistant.errors import CheckpointError
from neo_assistant.events import ItemFound, WantFound
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.manifest import MANIFEST
from neo_assistant.messages import Message
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering
from tests.finetune.tiny_run import Inputs, make_inputs
from tests.neo_assistant.strategies import build_index, tiny_base
from tests.neo_assistant.tiny_model import SCHEME
from tests.neo_assistant.ui_products import make_product

SIDS = [Sid(SCHEME.types[number % 2], tuple(number % size for size in SCHEME.sizes)) for number in range(12)]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """Those of the whole base, with a student of one layer and few tokens in place of the base."""
    folder = tmp_path_factory.mktemp("inputs")
    made = make_inputs(folder)
    config = StudentConfig(layers=1, common_tokens=0)
    create(made.config.base_model, made.data, config, folder / "student", say=lambda _: None)
    config = replace(made.config, base_model=str(folder / "student"))
    return Inputs(made.sids, folder / "student" / EXAMPLES, config)


@pytest.fixture(scope="module")
def checkpoint(inputs: Inputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inputs.train(tmp_path_factory.mktemp("run") / "run")


@pytest.fixture(autouse=True)
def elsewhere(inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with an empty cache that has the base and not the student."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    find_base.cache_clear()
    yield tmp_path / "cache"
    find_base.cache_clear()


def logits(loaded: Loaded) -> torch.Tensor:
    with torch.no_grad():
        return loaded.model(input_ids=torch.tensor([[3, 40, loaded.manifest.first_id, 7]])).logits


def test_serving_makes_the_student_again(inputs: Inputs, checkpoint: Path, elsewhere: Path) -> None:
    there = load_checkpoint(checkpoint, inputs.config.base_model)
    again = load_checkpoint(checkpoint)
    assert len(list((elsewhere / "neo-assistant").glob("student-*"))) == 1
    assert torch.equal(logits(there), logits(again))
    base = str(Path(inputs.config.base_model).parent / "base")
    assert torch.equal(logits(load_checkpoint(checkpoint, base)), logits(again)), "as NEO_BASE_MODEL names it"
    assert again.manifest.base_model == base
    assert again.manifest.base_sha256 == find_base(inputs.config.base_model).sha256
    assert len(again.tokenizer.base) == again.manifest.first_id < len(tiny_base())
    names = {path.name for path in checkpoint.rglob("*.safetensors")}
    assert names == {"adapter_model.safetensors", "new_rows.safetensors", "codebooks.safetensors"}


def test_all_weights_of_a_student_come_back(inputs: Inputs, tmp_path: Path) -> None:
    stage = replace(inputs.config.stages[1], trains="full", share=1.0, epochs=1, learning_rate=1e-3)
    loaded = load_checkpoint(inputs.train(tmp_path / "run", stages=(stage,)))
    assert loaded.manifest.weights == "full"
    assert loaded.model.config.num_hidden_layers == 1
    assert loaded.model.get_input_embeddings().num_embeddings == loaded.manifest.vocabulary.size


@pytest.mark.parametrize("quantization", ["none", "int8"])
def test_a_student_is_served_under_the_grammar(checkpoint: Path, quantization: str) -> None:
    loaded = load_checkpoint(checkpoint)
    model, _ = quantize(loaded.model, quantization)
    index = build_index(SCHEME, SIDS)
    grammar = WantGrammar(SCHEME.types, {"kind": ("lamp", "mug"), "colour": ("blue", "off white")}, loaded.tokenizer)
    want = WantPlan(grammar, WantContext(frozenset({"20"}), shown=False), lambda _: View(index))
    plan = ReplyPlan(loaded.tokenizer, View(index), Format.IDS, 3, 3, want=want)
    prompt = PromptRenderer(loaded.tokenizer).prompt([Message.shopper("a blue mug under $20 ☕")], Steering(count=3))
    events = list(
        Engine(model).write(
            prompt,
            plan,
            lambda position: make_product(position, sku=str(index.sid(position))),
            lambda words: (words,),
            Sampling(beams=2, max_tokens=80),
            threading.Event(),
        )
    )
    assert [type(event) for event in events].count(WantFound) == 1
    found = [event.sid for event in events if isinstance(event, ItemFound)]
    assert len(set(found)) == 3
    assert set(found) <= set(SIDS)


def test_a_recipe_that_is_not_the_base_named_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoint, folder)
    values = json.loads((folder / MANIFEST).read_text("utf-8"))
    values["base_model"]["student"]["layers"] = [0, 1]
    (folder / MANIFEST).write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(CheckpointError, match="student is not the base model"):
        load_checkpoint(folder)
