"""All figures of a model that has learned nothing: under the grammar it obeys all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from finetune.config import EvaluateConfig
from finetune.evaluation.figures import Evaluation, evaluate
from finetune.evaluation.grounded import groundedness
from finetune.evaluation.obedience import obedience
from finetune.evaluation.reading import read_reply
from finetune.evaluation.replies import Reply
from finetune.evaluation.report import markdown
from finetune.evaluation.shelf import load_shelf
from tests.finetune.evaluation.tiny_shop import TinyShop
from tests.neo_assistant.tiny_model import save_base

CONFIG = EvaluateConfig(
    loss_examples=3, reply_examples=2, max_new_tokens=48, batch=24, language_texts=6, shoppers=4, queries=4, beams=10,
    search_beams=10, searchers=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def evaluation(tiny_shop: TinyShop, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    base = tmp_path_factory.mktemp("base")
    save_base(base)
    manifest = replace(tiny_shop.loaded.manifest, base_model=str(base))
    return evaluate(replace(tiny_shop.loaded, manifest=manifest), tiny_shop.data, tiny_shop.folder, CONFIG)


def test_under_the_grammar_every_reply_obeys(evaluation: Evaluation) -> None:
    figures = evaluation.figures
    assert figures["constrained"]["sids"]["on_sale"] == 1.0
    obeyed = figures["obedience"]["constrained"]
    taken = {name: obeyed[name] for name in ("type", "count", "no_repeats", "conditions_read") if obeyed[name]}
    assert len(taken) >= 3
    assert {name: found["mean"] for name, found in taken.items()} == dict.fromkeys(taken, 1.0)
    free = figures["obedience"]["free"]
    assert free["conditions_asked"] is None or free["conditions_asked"]["mean"] < 1
    assert figures["sids"]["on_sale"] is None or figures["sids"]["on_sale"] < 0.5


def test_the_page_shows_every_figure(evaluation: Evaluation) -> None:
    page = markdown(evaluation.figures)
    for words in (
        "Want spans",
        "items of the types asked for",
        "Exposure",
        "Perplexity",
        "with the constraint",
        "Next item",
        "Held-out searches",
    ):
        assert words in page, words
    assert "None" not in page
    assert evaluation.figures["language"]["all"]["texts"] == 6


def test_numbers_of_zero_take_no_figure(tiny_shop: TinyShop) -> None:
    config = replace(CONFIG, language_texts=0, shoppers=0, queries=0, constrained=False, max_new_tokens=4)
    figures = evaluate(tiny_shop.loaded, tiny_shop.data, tiny_shop.folder, config).figures
    assert not {"language", "next_item", "search", "constrained"} & set(figures)
    assert set(figures["obedience"]) == {"free"}
    assert "Perplexity" not in markdown(figures)


def test_without_a_grammar_what_needs_one_is_left_out_and_said(
    tiny_shop: TinyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = SimpleNamespace(find_spec=lambda name: None)
    monkeypatch.setattr("finetune.evaluation.figures.importlib.util", missing)
    config = replace(CONFIG, language_texts=0, max_new_tokens=4)
    figures = evaluate(tiny_shop.loaded, tiny_shop.data, tiny_shop.folder, config).figures
    assert figures["left_out"] == {"obedience": "outlines is not installed"}
    assert "Not taken: obedience (outlines is not installed)" in markdown(figures)


def test_a_folder_without_items_is_refused(tiny_shop: TinyShop, tmp_path: Path) -> None:
    from finetune.errors import ExamplesError

    with pytest.raises(ExamplesError, match="list of items"):
        evaluate(tiny_shop.loaded, tiny_shop.data, tmp_path, replace(CONFIG, max_new_tokens=2))


def test_what_is_taught_keeps_to_what_was_asked(tiny_shop: TinyShop) -> None:
    """The measures find no fault in the replies that the examples teach."""
    shelf = load_shelf(tiny_shop.folder, tiny_shop.data.meta)
    examples = dict(enumerate(tiny_shop.examples))
    replies = []
    for number in tiny_shop.data.select("heldout").tolist():
        ids = tiny_shop.data.ids_of(number)[tiny_shop.data.prompt_length(number) :].tolist()
        read = read_reply(ids, tiny_shop.loaded.tokenizer)
        replies.append(Reply(number, examples[number].task, read, read))
    found = obedience(replies, examples, shelf)
    assert {name for name, one in found.items() if one and one["mean"] < 1} == set()
    grounded = groundedness(replies, examples, shelf)
    assert grounded["all"]["claims"] > 20
    assert grounded["all"]["true"]["mean"] > 0.95


def test_rankers_are_compared_on_the_same_shoppers(evaluation: Evaluation) -> None:
    found = evaluation.figures["next_item"]
    assert list(found["rankers"]) == ["the model", "popularity", "popularity by type", "co-occurrence"]
    assert {values["recall@10"]["of"] for values in found["rankers"].values()} == {found["of"]}
    searched = evaluation.figures["search"]["rankers"]
    assert list(searched) == ["the model", "the model, conditions applied"]
