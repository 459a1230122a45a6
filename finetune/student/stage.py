"""A smaller base model out of a base: some of its layers, and the vocabulary that the examples and the catalog need.

    python -m finetune student --data var/run/examples --layers 10 --out var/student/ten

writes a model folder that `base_model = "var/student/ten"` in a recipe names, and in its folder examples/ the prepared
examples in its token ids. What a student is for, and what it was measured to give: docs/training.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from finetune.config import StudentConfig
from finetune.student.layers import CHOICES
from finetune.student.vocabulary import COMMON_TOKENS
from neo_assistant.base_model import DEFAULT_BASE

EXAMPLES = "examples"
Say = Callable[[str], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune student``."""
    parser.add_argument("--base", default=DEFAULT_BASE, metavar="NAME", help="the base model (default: %(default)s)")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="examples made for the base")
    parser.add_argument("--layers", type=int, required=True, metavar="N", help="how many layers are kept")
    parser.add_argument("--choose", choices=CHOICES, default=CHOICES[0], help="which of them (default: %(default)s)")
    parser.add_argument("--keep-vocabulary", action="store_true", help="keep every token")
    parser.add_argument(
        "--common-tokens", type=int, default=COMMON_TOKENS, metavar="N", help="keep the N most common tokens anyhow"
    )
    parser.add_argument(
        "--no-catalog-words", action="store_true", help="keep no token for the catalog's texts that no example has"
    )
    parser.add_argument("--width", type=int, metavar="N", help="hidden dimensions that are kept (default: all)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the student goes")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    from finetune.training.command import wait_passively

    wait_passively()
    config = StudentConfig(
        layers=args.layers,
        choose=args.choose,
        common_tokens=args.common_tokens,
        keep_vocabulary=args.keep_vocabulary,
        catalog_words=not args.no_catalog_words,
        width=args.width,
    )
    create(args.base, args.data, config, args.out)


def create(base_name: str, data_folder: Path, config: StudentConfig, out: Path, say: Say = print) -> None:
    """Make a student and the examples in its ids; an earlier student in ``out`` is replaced.

    Args:
        base_name: the base model.
        data_folder: prepared examples in the base's ids.
        config: what is kept of the base.
        out: folder of the student; its examples go into ``out / EXAMPLES``.
        say: gets one line at a time.

    Raises:
        StudentError: if the base has not so many layers.
        ExamplesError: if the examples cannot be read or are not in the base's ids.
        CheckpointError: if the base is not there or cannot be cut.
    """
    from finetune.prepared import load_prepared
    from finetune.student.layers import block_influence, check_count, evenly_spaced, most_influential, text_sample
    from finetune.student.vocabulary import needed_tokens, renumber_examples
    from neo_assistant.base_model import base_tokenizer, find_base, load_base
    from neo_assistant.student import make_student
    from neo_assistant.student_recipe import StudentRecipe

    base, data, tokenizer = find_base(base_name), load_prepared(data_folder), base_tokenizer(base_name)
    kept = None
    if not config.keep_vocabulary:
        kept = needed_tokens(data, data_folder, tokenizer, config.common_tokens, config.catalog_words)
    model = load_base(base_name)
    count = int(model.config.num_hidden_layers)
    check_count(count, config.layers)
    if config.choose == "evenly":
        chosen = evenly_spaced(count, config.layers)
    else:
        influence = block_influence(model, text_sample(data, len(tokenizer)))
        chosen = most_influential(influence, config.layers)
        say("block influence: " + ", ".join(f"{number}: {value:.3f}" for number, value in enumerate(influence)))
    say(f"layers kept: {', '.join(map(str, chosen))}")
    say(f"tokens kept: {len(tokenizer) if kept is None else len(kept):,} of {len(tokenizer):,}")
    recipe = StudentRecipe(base.name, base.sha256, chosen, kept, config.width)
    make_student(recipe, out)
    renumber_examples(data, data_folder, out / EXAMPLES, kept, find_base(str(out)))
    say(f'student in {out}: base_model = "{out}", its examples in {out / EXAMPLES}')
