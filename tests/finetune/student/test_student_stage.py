"""A student out of a base: which layers, which tokens, and the same examples in its ids."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from finetune import cli
from finetune.config import StudentConfig
from finetune.errors import ExamplesError, StudentError
from finetune.prepared import load_prepared
from finetune.student.layers import block_influence, evenly_spaced, most_influential, text_sample
from finetune.student.stage import EXAMPLES, create
from finetune.student.vocabulary import needed_tokens, renumber_examples
from neo_assistant.base_model import BaseModel, base_tokenizer, find_base
from tests.finetune.tiny import save_examples
from tests.neo_assistant.strategies import tiny_base
from tests.neo_assistant.tiny_model import save_base, tiny_llama

ITEM = {
    "sku": "A",
    "title": "Blue mug, suggest",
    "brand": "Acme",
    "item_type": "kitchen",
    "attributes": {"use": ["tea"]},
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    save_base(folder)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    save_examples(tmp_path / "data")
    (tmp_path / "data" / "items.jsonl").write_text(json.dumps(ITEM) + "\n", encoding="utf-8")
    return tmp_path / "data"


def test_evenly_spaced_layers_keep_both_ends() -> None:
    assert evenly_spaced(30, 4) == (0, 10, 19, 29)
    assert evenly_spaced(30, 30) == tuple(range(30))
    assert evenly_spaced(30, 1) == (0,)


def test_the_most_influential_layers_are_kept_in_their_order() -> None:
    assert most_influential([0.9, 0.1, 0.3, 0.1, 0.5], 3) == (0, 2, 4)
    assert most_influential([0.2, 0.2, 0.2], 2) == (0, 1)


@pytest.mark.parametrize("keep", [0, 31])
def test_more_layers_than_there_are_are_refused(keep: int) -> None:
    with pytest.raises(StudentError, match=f"30 layers, .* not {keep}"):
        evenly_spaced(30, keep)


def test_block_influence_is_what_a_layer_changes() -> None:
    """A layer whose outputs are zero passes its input on; the residual stream then stays as it is."""
    model = tiny_llama()
    with torch.no_grad():
        model.model.layers[1].self_attn.o_proj.weight.zero_()
        model.model.layers[1].mlp.down_proj.weight.zero_()
    influence = block_influence(model, [np.array([5, 9, 30]), np.array([7])])
    assert influence[0] > 0.05
    assert influence[1] == pytest.approx(0, abs=1e-6)
    assert not any(layer._forward_hooks for layer in model.model.layers)


def test_the_sample_is_of_training_examples_without_added_tokens(data: Path) -> None:
    prepared = load_prepared(data)
    texts = text_sample(prepared, len(tiny_base()))
    assert 1 <= len(texts) <= 64
    assert max(int(ids.max()) for ids in texts) < len(tiny_base())
    same = zip(texts, text_sample(prepared, len(tiny_base())), strict=True)
    assert all((left == right).all() for left, right in same)


def test_the_vocabulary_holds_examples_catalog_and_markup(data: Path) -> None:
    base = tiny_base()
    prepared = load_prepared(data)
    kept = set(needed_tokens(prepared, data, base, common=0))
    assert len(kept) < len(base)
    assert {int(token) for token in np.unique(prepared.ids) if token < len(base)} <= kept
    markup = base.apply_chat_template([{"role": "assistant", "content": " tea Blue mug, suggest"}], tokenize=False)
    assert set(base.encode(markup)) <= kept
    assert set(range(300)) <= set(needed_tokens(prepared, data, base, common=300))


def test_examples_of_another_tokenizer_are_refused(data: Path) -> None:
    meta = json.loads((data / "meta.json").read_text("utf-8"))
    (data / "meta.json").write_text(json.dumps({**meta, "first_id": 7}), encoding="utf-8")
    with pytest.raises(ExamplesError, match="another base model"):
        needed_tokens(load_prepared(data), data, tiny_base())


def test_a_student_is_made_with_its_examples(base: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "student"
    arguments = ["--base", str(base), "--data", str(data), "--layers", "1", "--common-tokens", "0", "--out", str(out)]
    assert cli.main(["student", *arguments]) == 0
    found = find_base(str(out))
    assert found.student is not None
    assert found.student.layers == (0,) or found.student.layers == (1,)
    tokenizer, before, after = base_tokenizer(str(out)), load_prepared(data), load_prepared(out / EXAMPLES)
    first_id = len(tokenizer)
    assert after.meta["first_id"] == first_id < len(tiny_base())
    assert after.meta["base_model"] == {"name": str(out), "sha256": found.sha256}
    for example in range(len(before)):
        old, new = before.ids_of(example), after.ids_of(example)
        assert tokenizer.convert_ids_to_tokens(new[new < first_id].tolist()) == tiny_base().convert_ids_to_tokens(
            old[old < len(tiny_base())].tolist()
        )
        added = new >= first_id
        assert (new[added] - first_id == old[added] - len(tiny_base())).all()
    assert (before.weights == after.weights).all()
    assert (before.offsets == after.offsets).all()


def test_a_whole_vocabulary_may_stay(base: Path, data: Path, tmp_path: Path) -> None:
    config = StudentConfig(layers=1, choose="evenly", keep_vocabulary=True)
    create(str(base), data, config, tmp_path / "student", say=lambda _: None)
    assert base_tokenizer(str(tmp_path / "student")).get_vocab() == tiny_base().get_vocab()
    assert (load_prepared(tmp_path / "student" / EXAMPLES).ids == load_prepared(data).ids).all()


def test_a_token_that_the_student_lacks_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ExamplesError, match="tokens that the student lacks"):
        renumber_examples(load_prepared(data), data, tmp_path / "out", (0, 1, 2), BaseModel("s", "s", ""))
    assert not (tmp_path / "out").exists()


def test_too_many_layers_end_with_one_line(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "student"
    assert cli.main(["student", "--base", str(base), "--data", str(data), "--layers", "9", "--out", str(out)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: the base model has 2 layers")
    assert not out.exists()
