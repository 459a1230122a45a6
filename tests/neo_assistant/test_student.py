"""Students: the same model from the same recipe everywhere, and checkpoints that bring the recipe along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from neo_assistant.base_model import base_tokenizer, find_base, load_base
from neo_assistant.cut_vocabulary import closure
from neo_assistant.errors import CheckpointError
from neo_assistant.student import find_student, make_student
from neo_assistant.student_recipe import STUDENT, StudentRecipe, read_student
from tests.neo_assistant.strategies import tiny_base
from tests.neo_assistant.tiny_model import save_base


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    find_base.cache_clear()
    yield
    find_base.cache_clear()


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    save_base(folder, tie=request.param)
    return folder


def recipe_for(base: Path, layers: tuple[int, ...] = (1,)) -> StudentRecipe:
    found = find_base(str(base))
    return StudentRecipe(found.name, found.sha256, layers, closure(tiny_base(), tiny_base().encode("a blue mug")))


def test_a_recipe_survives_json() -> None:
    recipe = StudentRecipe("base", "ab" * 32, (0, 3, 29), (0, 1, 5, 49_151))
    again = StudentRecipe.from_dict(json.loads(json.dumps(recipe.to_dict())))
    assert again == recipe
    assert again.sha256 == recipe.sha256
    whole = StudentRecipe("base", "", (0,))
    assert StudentRecipe.from_dict(whole.to_dict()) == whole
    assert whole.sha256 != recipe.sha256


def test_a_narrower_student_has_the_first_heads_and_dimensions(base: Path, tmp_path: Path) -> None:
    found, whole = find_base(str(base)), load_base(str(base))
    size = whole.config.hidden_size // whole.config.num_attention_heads
    step = size * whole.config.num_attention_heads // whole.config.num_key_value_heads
    recipe = StudentRecipe(found.name, found.sha256, (1,), None, step)
    assert StudentRecipe.from_dict(recipe.to_dict()) == recipe
    make_student(recipe, tmp_path / "student")
    student = load_base(str(tmp_path / "student"))
    assert student.config.hidden_size == step
    assert student.config.num_key_value_heads == 1
    mine, theirs = student.model.layers[0], whole.model.layers[1]
    assert torch.equal(mine.self_attn.q_proj.weight, theirs.self_attn.q_proj.weight[:step, :step])
    assert torch.equal(mine.self_attn.k_proj.weight, theirs.self_attn.k_proj.weight[:size, :step])
    assert torch.equal(mine.input_layernorm.weight, theirs.input_layernorm.weight[:step])
    assert student(input_ids=torch.tensor([[3, 50]])).logits.isfinite().all()


@pytest.mark.parametrize("width", [0, 1, 10_000])
def test_a_width_that_cannot_be_is_refused(base: Path, tmp_path: Path, width: int) -> None:
    found = find_base(str(base))
    with pytest.raises(CheckpointError, match=r"width is at least|whole groups"):
        make_student(StudentRecipe(found.name, found.sha256, (0,), None, width), tmp_path / "student")


@pytest.mark.parametrize("layers", [(), (1, 1), (2, 1), (-1, 2)])
def test_layers_that_are_no_selection_are_refused(layers: tuple[int, ...]) -> None:
    with pytest.raises(CheckpointError, match="layers must be ascending"):
        StudentRecipe("base", "", layers)


def test_keeping_everything_changes_nothing(base: Path, tmp_path: Path) -> None:
    found = find_base(str(base))
    make_student(StudentRecipe(found.name, found.sha256, (0, 1)), tmp_path / "same")
    ids = torch.tensor([[3, 50, 7, 120]])
    with torch.no_grad():
        expected = load_base(str(base))(input_ids=ids).logits
        assert torch.equal(load_base(str(tmp_path / "same"))(input_ids=ids).logits, expected)


def test_a_student_computes_with_the_kept_layers_and_rows(base: Path, tmp_path: Path) -> None:
    recipe = recipe_for(base)
    assert recipe.tokens is not None
    make_student(recipe, tmp_path / "student")
    student, whole = load_base(str(tmp_path / "student")), load_base(str(base))
    tokenizer = base_tokenizer(str(tmp_path / "student"))
    assert len(tokenizer) == student.get_input_embeddings().num_embeddings == len(recipe.tokens)
    assert student.config.eos_token_id == tokenizer.eos_token_id
    head, embedding = student.get_output_embeddings(), student.get_input_embeddings()
    assert (head.weight is embedding.weight) == whole.config.tie_word_embeddings
    del whole.model.layers[0]
    whole.model.layers[0].self_attn.layer_idx = 0
    whole.config.num_hidden_layers = 1
    ids = tokenizer.encode("a blue mug")
    with torch.no_grad():
        expected = whole(input_ids=torch.tensor([[recipe.tokens[token] for token in ids]]), use_cache=False).logits
        found = student(input_ids=torch.tensor([ids]), use_cache=False).logits
    assert torch.allclose(found, expected[..., list(recipe.tokens)], atol=1e-5)


def test_a_student_is_known_by_its_recipe(base: Path, tmp_path: Path) -> None:
    recipe = recipe_for(base)
    make_student(recipe, tmp_path / "student")
    found = find_base(str(tmp_path / "student"))
    assert (found.sha256, found.student) == (recipe.sha256, recipe)
    values = json.loads((tmp_path / "student" / STUDENT).read_text("utf-8"))
    values["weights_sha256"] = "0" * 64
    (tmp_path / "student" / STUDENT).write_text(json.dumps(values), encoding="utf-8")
    find_base.cache_clear()
    with pytest.raises(CheckpointError, match=r"not those of its student\.json"):
        find_base(str(tmp_path / "student"))


def test_a_missing_student_is_made_in_the_cache_once(base: Path, tmp_path: Path) -> None:
    recipe = recipe_for(base)
    made = find_student(recipe)
    assert made.sha256 == recipe.sha256
    assert Path(made.source).is_relative_to(tmp_path / "cache")
    stamp = (Path(made.source) / STUDENT).stat().st_mtime_ns
    assert find_student(recipe, str(base)) == made
    assert find_student(recipe, made.source) == made
    assert (Path(made.source) / STUDENT).stat().st_mtime_ns == stamp
    first = read_student(Path(made.source))
    make_student(recipe, tmp_path / "elsewhere")
    assert read_student(tmp_path / "elsewhere") == first, "the weights are the same to the last bit"


def test_another_base_is_refused(base: Path, tmp_path: Path) -> None:
    save_base(tmp_path / "other", tie=True)
    (tmp_path / "other" / "more.safetensors").write_bytes(b"")
    other = recipe_for(base)
    wrong = StudentRecipe(other.base, "0" * 64, other.layers, other.tokens)
    with pytest.raises(CheckpointError, match="made from"):
        find_student(wrong)
    assert not (tmp_path / "cache").exists() or not list((tmp_path / "cache").rglob(STUDENT))


def test_a_layer_the_base_lacks_is_refused_and_nothing_is_left(base: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no layer 5"):
        make_student(recipe_for(base, layers=(0, 5)), tmp_path / "student")
    assert not list(tmp_path.glob("*student*"))


def test_only_a_student_is_replaced(base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "student"
    make_student(recipe_for(base), folder)
    make_student(recipe_for(base, layers=(0,)), folder)
    assert find_base(str(folder)).student == recipe_for(base, layers=(0,))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(CheckpointError, match="not a student"):
        make_student(recipe_for(base), tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_damaged_recipe_is_refused(tmp_path: Path) -> None:
    (tmp_path / STUDENT).write_text('{"recipe": {"format_version": 1, "layers": [0]}, "weights_sha256": ""}', "utf-8")
    with pytest.raises(CheckpointError, match="damaged"):
        read_student(tmp_path)
    (tmp_path / STUDENT).write_text("{", "utf-8")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_student(tmp_path)
