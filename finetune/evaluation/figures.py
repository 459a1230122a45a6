"""All figures of a checkpoint on the held-out data of an examples folder.

A figure that the folder or the machine does not allow is not taken, and ``left_out`` says why: a folder without a log
has nobody whose next item could be guessed, a machine without Outlines has no grammar.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from finetune.config import EvaluateConfig
from finetune.errors import ExamplesError
from finetune.evaluation.replies import Reply, decode_replies, reply_figures
from finetune.evaluation.scoring import losses_by_task, score, sid_accuracy
from finetune.prepared import Prepared
from finetune.training.model_setup import PackedModel
from neo_assistant.checkpoint import Loaded
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidVocabulary

if TYPE_CHECKING:
    from finetune.evaluation.shelf import Shelf
    from finetune.examples.example import Example

ROW_TOKENS, ROWS_AT_ONCE = 384, 3
SEED = 20_260_321
ITEMS = "items.jsonl"
NEEDED = ("outlines", "sqlalchemy")
"""Without these the grammar cannot be had, nor what a want means."""
SEARCHERS_NEED = ("bm25s", "Stemmer", "sentence_transformers")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Evaluation:
    """Figures, and the replies they are from: written freely, and under the grammar (none if that was left out)."""

    figures: dict[str, Any]
    free: list[Reply]
    constrained: list[Reply] = field(default_factory=list)


def evaluate(
    loaded: Loaded,
    data: Prepared,
    data_folder: Path,
    config: EvaluateConfig,
    base_model: str | None = None,
    say: Say = lambda _: None,
) -> Evaluation:
    """Take all figures.

    Args:
        loaded: the checkpoint; its model is moved to the GPU if there is one.
        data: prepared examples; the split ``heldout`` is used.
        data_folder: where they are from, for the catalog and the log.
        config: how much of everything.
        base_model: where the base model is, if not where the manifest says.
        say: gets a line before each part.

    Raises:
        ExamplesError: if no example is held out, or the folder cannot be read.
    """
    model = loaded.model.to("cuda" if torch.cuda.is_available() else "cpu")
    examples = data.select("heldout", most_per_task=config.loss_examples, seed=SEED)
    if not len(examples):
        raise ExamplesError("no example is held out", "make the examples again")
    say(f"losses of {len(examples):,} examples …")
    scored = score(PackedModel(model), data, examples.tolist(), ROW_TOKENS, ROWS_AT_ONCE)
    asked = data.select("heldout", most_per_task=config.reply_examples, seed=SEED).tolist()
    say(f"{len(asked):,} replies without the grammar …")
    free = decode_replies(model, loaded.tokenizer, data, asked, config)
    figures: dict[str, Any] = {
        "split": "heldout",
        "examples": {"teacher_forced": len(examples), "replies": len(asked)},
        "loss": losses_by_task(data, scored),
        "sid_accuracy": sid_accuracy(data, scored, loaded.manifest.vocabulary),
    }
    left_out: dict[str, str] = {}
    constrained: list[Reply] = []
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        figures |= reply_figures(free, _items(data_folder))
        left_out["obedience"] = f"{missing[0]} is not installed"
    else:
        from finetune.evaluation.shelf import load_shelf

        shelf = load_shelf(data_folder, data.meta)
        figures |= reply_figures(free, frozenset(shelf.by_sid))
        constrained = _under_grammar(loaded, data, data_folder, shelf, free, config, figures, say)
        _rankings(loaded, data_folder, shelf, config, figures, left_out, say)
    if config.language_texts:
        figures["language"] = _language(loaded, config, base_model, say)
    figures["left_out"] = left_out
    return Evaluation(figures, free, constrained)


def _under_grammar(
    loaded: Loaded,
    data: Prepared,
    data_folder: Path,
    shelf: Shelf,
    free: Sequence[Reply],
    config: EvaluateConfig,
    figures: dict[str, Any],
    say: Say,
) -> list[Reply]:
    """The replies under the grammar; what compares them with the free ones goes into ``figures``."""
    from finetune.evaluation.exposure import exposure
    from finetune.evaluation.grounded import groundedness
    from finetune.evaluation.obedience import obedience
    from finetune.evaluation.plans import Planner
    from finetune.evaluation.profiles import profile_coverage

    examples = _examples(data_folder, [reply.number for reply in free])
    groups: dict[str, Sequence[Reply]] = {"free": free}
    if config.constrained:
        say(f"{len(free):,} replies under the grammar …")
        planner = Planner(shelf, loaded.tokenizer, loaded.terms)
        asked = [reply.number for reply in free]
        groups["constrained"] = decode_replies(
            loaded.model, loaded.tokenizer, data, asked, config, lambda number: planner.plan(examples[number])
        )
        figures["constrained"] = reply_figures(groups["constrained"], frozenset(shelf.by_sid))
    shown = groups.get("constrained", free)
    figures["obedience"] = {name: obedience(replies, examples, shelf) for name, replies in groups.items()}
    figures["profiles"] = profile_coverage(shown, examples, shelf)
    named = (sid for reply in shown for sid in reply.written.sids if sid in shelf.by_sid)
    figures["exposure"] = exposure((str(sid) for sid in named), len(shelf.by_sid))
    figures["groundedness"] = groundedness(shown, examples, shelf)
    return list(groups.get("constrained", ()))


def _rankings(
    loaded: Loaded,
    data_folder: Path,
    shelf: Shelf,
    config: EvaluateConfig,
    figures: dict[str, Any],
    left_out: dict[str, str],
    say: Say,
) -> None:
    """Next item and search on the log beside the examples, into ``figures``."""
    from finetune.evaluation.rankings import next_item, read_log, recommenders, sample_of, search, searchers_beside
    from finetune.examples.benchmark import BENCHMARK

    if not (config.shoppers or config.queries):
        return
    if not (data_folder / BENCHMARK).is_dir():
        left_out["rankings"] = "the examples' folder holds no log; make the examples again, or the shop has none"
        return
    log = read_log(data_folder / BENCHMARK)
    log = replace(log, test=sample_of(log.test, config.shoppers, config.queries))
    if log.test.users:
        say(f"the next item of {len(log.test.users):,} shoppers …")
        figures["next_item"] = next_item(loaded, log, shelf, config, recommenders(log))
    if asked := log.test.answerable("test"):
        say(f"{len(asked):,} searches …")
        searchers = []
        absent = [name for name in SEARCHERS_NEED if importlib.util.find_spec(name) is None]
        if absent:
            left_out["searchers beside the model"] = f"{absent[0]} is not installed"
        elif config.searchers:
            searchers = searchers_beside(log, data_folder / BENCHMARK)
        figures["search"] = search(loaded, log, shelf, config, searchers)


def _examples(data_folder: Path, numbers: Sequence[int]) -> dict[int, Example]:
    from finetune.examples.files import read_examples

    wanted = set(numbers)
    return {number: example for number, example in enumerate(read_examples(data_folder)) if number in wanted}


def _language(loaded: Loaded, config: EvaluateConfig, base_model: str | None, say: Say) -> dict[str, Any]:
    """Of a checkpoint of a student, what was before is the whole base that the student was cut from."""
    from finetune.evaluation.language import language_kept, load_texts, text_losses
    from neo_assistant.base_model import base_tokenizer, find_base, load_base

    texts = load_texts(loaded.tokenizer, config.language_texts)
    say(f"perplexity of {len(texts)} texts, before and after …")
    after = text_losses(loaded.model, texts, config.batch)
    student = loaded.manifest.student
    base = find_base(base_model or (student.base if student else loaded.manifest.base_model))
    name = base.student.base if base.student else base.name
    whole = base_tokenizer(name)
    tokenizer = ShopTokenizer(whole, SidVocabulary(loaded.manifest.scheme, len(whole)))
    texts = load_texts(tokenizer, config.language_texts)
    model = load_base(name).to(loaded.model.device).eval()
    return language_kept(text_losses(model, texts, config.batch), after, texts)


def _items(data_folder: Path) -> frozenset[str]:
    """Semantic ids of the folder's items, where what reads all of an item cannot be had."""
    try:
        with (data_folder / ITEMS).open(encoding="utf-8") as stream:
            return frozenset(str(json.loads(line)["sid"]) for line in stream)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExamplesError(f"{data_folder} holds no list of items: {error}", "make the examples again") from error
