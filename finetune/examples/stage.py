"""Training examples from a shop's catalog, semantic ids and log, in a folder from which a model can be trained.

With --out: makes them all and prints how many tokens each task has. With --show N beside it, or on a folder that is
there already (--out FOLDER --show N without --database): prints N examples as the model reads them, the trained part
in colour.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalog_db.database import Database, open_database
from finetune.config import from_values, load_recipe
from finetune.errors import ExamplesError
from finetune.examples.benchmark import BENCHMARK, write_shop_benchmark
from finetune.examples.example import TRAIN, Example
from finetune.examples.files import META, read_examples, write_folder
from finetune.examples.known import read_known
from finetune.examples.load import load_shop
from finetune.examples.mixture import Mixture, MixtureConfig
from finetune.examples.phrases import load_phrases
from finetune.examples.terms import candidate_terms, learn_terms
from finetune.teacher.taught import Taught, load_taught
from neo_assistant.base_model import DEFAULT_BASE, base_tokenizer, find_base
from neo_assistant.codebooks import Codebooks
from neo_assistant.prompts.renderer import PromptRenderer, marked
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidScheme, SidVocabulary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune examples``."""
    parser.add_argument("--database", metavar="URL", help="the shop's database, e.g. sqlite:///var/shop.db")
    parser.add_argument("--codebooks", type=Path, metavar="FOLDER", help="what `python -m finetune sids` wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the examples go, or are")
    parser.add_argument("--base-model", default=DEFAULT_BASE, metavar="NAME", help="whose tokenizer is used")
    parser.add_argument("--seed", type=int, default=0, help="of every choice (default: 0)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the number of examples (default: 1)")
    parser.add_argument("--language", default="en", help="folder of phrasings (default: en)")
    parser.add_argument(
        "--benchmark", type=Path, metavar="FOLDER", help="sequences and judged queries to learn from as well"
    )
    parser.add_argument(
        "--mixture", default="{}", metavar="RECIPE|JSON", help="a recipe's [mixture] table, or such a table as JSON"
    )
    parser.add_argument("--teacher", type=Path, metavar="FILE", help="texts that `python -m finetune teacher` wrote")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N examples")
    parser.add_argument("--task", default="", help="print examples of this task only")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    if args.database and args.codebooks:
        given = {"scale": args.scale, "seed": args.seed, "language": args.language}
        config = from_values(MixtureConfig, {**given, **_mixture_table(args.mixture)}, "mixture")
        meta = make_examples(
            args.database, args.codebooks, args.out, config, args.base_model, args.benchmark, args.teacher
        )
        print(table(meta))
    elif args.database or args.codebooks or not args.show:
        raise ExamplesError(
            "--database and --codebooks are needed together", "or --out FOLDER --show N for what is there"
        )
    if args.show:
        show(args.out, args.show, args.seed, args.task, args.base_model)


def _mixture_table(text: str) -> Mapping[str, Any]:
    """A recipe's [mixture] table, by the recipe's name or file, or as JSON.

    Raises:
        ConfigError: if there is no such recipe.
        ExamplesError: if it is not JSON.
    """
    if not text.startswith("{"):
        return load_recipe(text).mixture
    try:
        return dict(json.loads(text))
    except ValueError as error:
        raise ExamplesError(f"the mixture is not JSON: {error}", "name a recipe, or write a JSON object") from error


def make_examples(
    database_url: str,
    codebooks_folder: Path,
    out: Path,
    config: MixtureConfig,
    base_model: str = DEFAULT_BASE,
    benchmark: Path | None = None,
    teacher: Path | None = None,
) -> dict[str, Any]:
    """Make the examples and write the folder; returns what ``meta.json`` holds.

    Args:
        database_url: of the shop.
        codebooks_folder: what ``python -m finetune sids`` wrote.
        out: where the examples go.
        config: the mixture.
        base_model: whose tokenizer is used.
        benchmark: folder whose sequences and training queries are learnt from too.
        teacher: file of texts that serve in place of the project's own phrasing.

    Raises:
        NeoError: if the database, the codebooks, the phrasings or the base model cannot be used.
    """
    codebooks = Codebooks.load(codebooks_folder)
    with open_database(database_url) as database:
        shop = load_shop(database, codebooks, None if benchmark is None else read_known(benchmark))
        taught = Taught() if teacher is None else _read_taught(teacher, database)
    mixture = Mixture(shop, load_phrases(config.language), config, taught)
    examples = mixture.make()
    renderer = make_renderer(codebooks.scheme, base_model)
    write_shop_benchmark(out / BENCHMARK, shop, mixture.desk.lexicon)
    book = mixture.desk.book
    terms = learn_terms(candidate_terms(shop, mixture.desk.lexicon, book.families), shop, book, examples)
    return write_folder(
        out, examples, renderer, shop, config, find_base(base_model), codebooks.fingerprint, taught.sha256, terms
    )


def _read_taught(path: Path, database: Database) -> Taught:
    """The teacher's texts, with a line that says how many there are and were left out."""
    taught, left_out = load_taught(path, database)
    told = [f"{count} of {task}s" for task, count in taught.counts().items()]
    told += [f"{count} left out ({reason})" for reason, count in sorted(left_out.items())]
    print(f"texts of the teacher: {', '.join(told)}")
    return taught


def make_renderer(scheme: SidScheme, base_model: str) -> PromptRenderer:
    """The renderer for a base model extended by a scheme's tokens."""
    base = base_tokenizer(base_model)
    return PromptRenderer(ShopTokenizer(base, SidVocabulary(scheme, len(base))))


def table(meta: dict[str, Any]) -> str:
    """Examples and tokens by task, for a terminal."""
    counts = meta["counts"]
    lines = [f"{'task':<16} {'train':>7} {'valid.':>7} {'held out':>8} {'tokens':>7} {'trained':>7}"]
    lines += [
        f"{task:<16} {row['train']:>7} {row['validation']:>7} {row['heldout']:>8} "
        f"{row['tokens']:>7.1f} {row['trained_tokens']:>7.1f}"
        for task, row in counts.items()
    ]
    total = sum(row["train"] for row in counts.values())
    tokens = sum(row["train"] * row["tokens"] for row in counts.values())
    trained = sum(row["train"] * row["trained_tokens"] for row in counts.values())
    lines.append(
        f"{'all':<16} {total:>7} {sum(row['validation'] for row in counts.values()):>7} "
        f"{sum(row['heldout'] for row in counts.values()):>8} {tokens / total:>7.1f} {trained / total:>7.1f}"
    )
    lines.append(f"{tokens:,.0f} tokens in training, {trained:,.0f} of them trained")
    return "\n".join(lines)


def show(folder: Path, count: int, seed: int, task: str, base_model: str) -> None:
    """Print examples of a folder at random, the trained part in colour."""
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        scheme = SidScheme.from_dict(meta["scheme"])
    except (OSError, ValueError, KeyError) as error:
        raise ExamplesError(
            f"{folder} holds no examples: {error}", "make them with --database and --codebooks"
        ) from error
    renderer = make_renderer(scheme, base_model)
    chosen: list[Example] = [e for e in read_examples(folder) if e.split == TRAIN and task in ("", e.task)]
    for example in random.Random(seed).sample(chosen, min(count, len(chosen))):
        rendered = renderer.example(example.messages, example.steering, example.reply)
        print(f"--- {example.task} ({len(rendered.ids)} tokens, {sum(rendered.loss)} trained)")
        print(marked(renderer.tokenizer, rendered))
