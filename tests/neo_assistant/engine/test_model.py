"""Sessions and quantization."""

from __future__ import annotations

import sys
import types
import warnings
from typing import Any

import pytest
import torch

from neo_assistant.engine.model import Session, quantize
from neo_assistant.errors import SettingsError
from tests.neo_assistant.serving import random_model

IDS = [5, 90, 33, 212, 7, 301, 44, 120, 9, 61]


@pytest.fixture(scope="module")
def model() -> Any:
    return random_model()


def fresh(model: Any, ids: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0, -1]


@pytest.mark.parametrize("cut", [1, 4, 9])
def test_tokens_may_be_fed_together_or_apart(model: Any, cut: int) -> None:
    session = Session(model)
    session.forward([IDS[:cut]])
    together = session.forward([IDS[cut:]])[0]
    apart = Session(model)
    for token in IDS:
        last = apart.forward([[token]])[0]
    assert together.dtype == torch.float32
    torch.testing.assert_close(together, fresh(model, IDS), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(last, fresh(model, IDS), atol=1e-4, rtol=1e-4)


def test_rows_of_the_cache_can_be_doubled_reordered_and_dropped(model: Any) -> None:
    session = Session(model)
    session.forward([IDS])
    session.select([0, 0, 0])
    session.forward([[1], [2], [3]])
    session.select([2, 0])
    rows = session.forward([[11], [12]])
    for row, tail in zip(rows, ([3, 11], [1, 12]), strict=True):
        torch.testing.assert_close(row, fresh(model, [*IDS, *tail]), atol=1e-4, rtol=1e-4)
    session.select([1])
    torch.testing.assert_close(session.forward([[8]])[0], fresh(model, [*IDS, 1, 12, 8]), atol=1e-4, rtol=1e-4)


def test_int8_agrees_with_fp32_and_warns_of_nothing() -> None:
    random = torch.Generator().manual_seed(0)
    contexts = torch.randint(0, 400, (24, 10), generator=random)
    with warnings.catch_warnings(record=True) as raised, torch.inference_mode():
        warnings.simplefilter("always")
        expected = random_model()(input_ids=contexts).logits
        small, kind = quantize(random_model(), "int8")
        found = small(input_ids=contexts).logits
    assert kind == "int8"
    assert not raised
    assert isinstance(small.lm_head, torch.ao.nn.quantized.dynamic.Linear)
    left = [name for name, layer in small.named_modules() if isinstance(layer, torch.nn.Linear)]
    assert left == [f"model.layers.{number}.mlp.down_proj" for number in range(2)]
    agree = (found.argmax(-1) == expected.argmax(-1)).float().mean()
    assert agree > 0.85
    assert not torch.equal(found, expected)
    # Quantized layers serve a session like any others.
    session = Session(small)
    session.forward([IDS[:5]])
    torch.testing.assert_close(session.forward([IDS[5:]])[0].argmax(), fresh(small, IDS).argmax())


def test_without_a_gpu_auto_is_int8_and_none_leaves_the_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert quantize(random_model(), "auto")[1] == "int8"
    model = random_model()
    assert quantize(model, "none") == (model, "none")
    with pytest.raises(SettingsError, match="GPU") as caught:
        quantize(model, "nf4")
    assert "NEO_QUANTIZATION" in caught.value.hint
    with pytest.raises(SettingsError, match="'int4'"):
        quantize(model, "int4")


class _Small(torch.nn.Module):
    """What a layer of bitsandbytes is made with."""

    def __init__(self, inputs: int, outputs: int, **options: Any) -> None:
        super().__init__()
        self.shape, self.options = (outputs, inputs), options


@pytest.mark.parametrize(("asked", "kind"), [("auto", "nf4"), ("nf4", "nf4"), ("int8", "int8")])
def test_on_a_gpu_every_linear_layer_but_the_head_is_bitsandbytes(
    monkeypatch: pytest.MonkeyPatch, asked: str, kind: str
) -> None:
    """Its structure only: the layers themselves need a GPU."""

    class Linear4bit(_Small):
        pass

    class Linear8bitLt(_Small):
        pass

    def weight(data: torch.Tensor, **options: Any) -> torch.nn.Parameter:
        return torch.nn.Parameter(data, requires_grad=options["requires_grad"])

    fake = types.ModuleType("bitsandbytes")
    fake.nn = types.SimpleNamespace(  # type: ignore[attr-defined]
        Linear4bit=Linear4bit, Linear8bitLt=Linear8bitLt, Params4bit=weight, Int8Params=weight
    )
    monkeypatch.setitem(sys.modules, "bitsandbytes", fake)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    moved: list[str] = []
    model = random_model()
    monkeypatch.setattr(type(model), "to", lambda self, device: moved.append(device) or self)
    before = {name: layer.weight for name, layer in model.named_modules() if isinstance(layer, torch.nn.Linear)}
    head, embedding = model.lm_head, model.get_input_embeddings()
    small, done = quantize(model, asked)
    assert (done, moved) == (kind, ["cuda"])
    assert small.lm_head is head
    assert small.get_input_embeddings() is embedding
    layers = {name: layer for name, layer in small.named_modules() if isinstance(layer, _Small)}
    assert set(layers) == set(before) - {"lm_head"}
    for name, layer in layers.items():
        assert isinstance(layer, Linear4bit if kind == "nf4" else Linear8bitLt)
        assert layer.shape == tuple(before[name].shape)
        assert torch.equal(layer.weight, before[name])  # type: ignore[arg-type]
