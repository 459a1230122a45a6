"""Finding base models, and the cache of the packaged one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from neo_assistant import base_model
from neo_assistant.base_model import BaseModel, base_tokenizer, cache_folder, find_base, load_base
from neo_assistant.errors import CheckpointError
from tests.neo_assistant.strategies import tiny_base


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    find_base.cache_clear()
    yield
    find_base.cache_clear()


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of some thousand parameters and its tokenizer, as save_pretrained writes them."""
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("base")
    tiny_base().save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tiny_base()),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(repetition_penalty=1.5, do_sample=True, top_k=5)
    model.half().save_pretrained(folder)
    return folder


def test_a_folder_is_known_by_its_weights(tiny_folder: Path, tmp_path: Path) -> None:
    found = find_base(str(tiny_folder))
    assert found == BaseModel(str(tiny_folder), str(tiny_folder), found.sha256)
    assert len(found.sha256) == 64
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    assert find_base(str(tmp_path)).sha256 != found.sha256


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(CheckpointError, match="safetensors"):
        find_base(str(tmp_path))


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "~/nowhere"])
def test_a_folder_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(CheckpointError, match="no base model folder"):
        find_base(name)


def test_anything_else_is_a_hub_name() -> None:
    assert find_base("Qwen/Qwen3-0.6B") == BaseModel("Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B", "")


def test_the_packaged_model_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_model, "_PACKAGE", "no_such_package")
    with pytest.raises(CheckpointError, match="not installed"):
        find_base()


def test_the_cache_goes_where_the_setting_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "neo-assistant"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "neo-assistant"


def test_the_packaged_model_is_converted_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / base_model._GGUF).write_bytes(b"weights")
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(base_model, "_PACKAGE", "package")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    converted: list[Path] = []

    def convert(gguf: Path, target: Path) -> None:
        assert gguf == package / base_model._GGUF
        target.mkdir(parents=True)
        (target / "config.json").touch()
        converted.append(target)

    monkeypatch.setattr(base_model, "_convert", convert)
    first = find_base()
    find_base.cache_clear()
    assert find_base() == first
    assert converted == [Path(first.source)]
    assert first.sha256[:12] in first.source
    (package / base_model._GGUF).write_bytes(b"newer weights")
    find_base.cache_clear()
    assert find_base().source != first.source
    assert len(converted) == 2


def test_a_model_comes_ready_for_the_grammar(tiny_folder: Path) -> None:
    model = load_base(str(tiny_folder))
    assert not model.training
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    # What a checkpoint's own settings add to the logits would come after the grammar.
    assert model.generation_config.repetition_penalty in (None, 1.0)
    assert model.generation_config.top_k is None or model.generation_config.top_k == 50
    assert not model.generation_config.do_sample


def test_the_tokenizer_comes_without_our_tokens(tiny_folder: Path) -> None:
    base = base_tokenizer(str(tiny_folder))
    assert len(base) == len(tiny_base())
    assert base.get_vocab() == tiny_base().get_vocab()
    assert base.chat_template == tiny_base().chat_template
