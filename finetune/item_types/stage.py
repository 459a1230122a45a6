"""Item types and kinds for a catalog file that states none.

Two steps, with a person between them. First what the titles call things is collected and grouped:

    python -m finetune types FILE --propose types.toml

The proposal is then edited (an hour for twenty thousand products), and applied: the file is written again with the
columns item_type and kind.

    python -m finetune types FILE --types types.toml --out typed.jsonl.gz

A product whose title names no kind gets the one that the products most like it have, if these agree. How often that
vote is right is measured on products whose titles do name their kind, and printed. docs/real-catalogs.md shows both
steps on a real catalog.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from catalog_db.importers.mapping import parse_mapping
from finetune.errors import ItemTypesError
from finetune.item_types.catalog_file import CatalogFile, read_catalog, write_catalog
from finetune.item_types.derive import BY_NEIGHBOURS, BY_NOTHING, BY_TITLE, Agreement, Derived, derive
from finetune.item_types.propose import propose
from finetune.item_types.type_file import dump_type_file, load_type_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune types``."""
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV or JSON Lines, gzipped or not")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="the mapping that the file is imported with")
    parser.add_argument(
        "--map", metavar="FIELD=COLUMN", action="append", default=[], help="as in python -m catalog_db import"
    )
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--propose", type=Path, metavar="TOML", help="write kinds and item types there, to be edited")
    task.add_argument("--types", type=Path, metavar="TOML", help="kinds and item types to apply")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the catalog with item types, with --types")
    parser.add_argument("--count", type=int, default=24, metavar="N", help="item types to propose (default: 24)")
    parser.add_argument(
        "--least", type=int, default=0, metavar="N", help="fewest products of a kind (default: one of a thousand)"
    )
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N products at random, to check by hand")
    parser.add_argument("--seed", type=int, default=0, help="of what is shown and measured (default: 0)")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    if args.count < 1 or args.least < 0 or args.show < 0:
        raise ItemTypesError("--count starts at 1, --least and --show at 0")
    if (args.types is None) != (args.out is None):
        raise ItemTypesError("--types and --out belong together")
    for path in (args.propose, args.out):
        if path is not None and path.exists():
            raise ItemTypesError(f"{path} is there already", "name another file, or remove it")
    mapping = parse_mapping(args.map, (), args.mapping)
    types = None if args.types is None else load_type_file(args.types)
    file = read_catalog(args.file, mapping)
    print(f"{len(file.listings):,} products, {len(file.refusals):,} records left out")
    for refusal in file.refusals[:5]:
        print(f"  line {refusal.line}: {refusal.reason}")
    if types is None:
        proposal = propose(file.listings, args.count, args.least or max(3, len(file.listings) // 1000))
        _write(args.propose, dump_type_file(proposal))
        print(f"{sum(map(len, proposal.values()))} kinds of {len(proposal)} item types in {args.propose}")
        return
    found, agreement = derive(file.listings, types, args.seed)
    write_catalog(args.out, file, [(one.item_type, one.kind) for one in found])
    print(report(found, agreement))
    if args.show:
        print(sample(file, found, args.show, args.seed))


def report(found: Sequence[Derived], agreement: Agreement) -> str:
    """Counts by item type and by source, and how far the vote can be trusted."""
    by_type = Counter(one.item_type for one in found)
    kinds = {name: len({one.kind for one in found if one.item_type == name and one.kind}) for name in by_type}
    lines = [f"{'item type':<32} {'products':>8} {'kinds':>6}"]
    lines += [
        f"{name:<32} {count:>8,} {kinds[name]:>6}"
        for name, count in sorted(by_type.items(), key=lambda entry: (-entry[1], entry[0]))
    ]
    by_source = Counter(one.source for one in found)
    without = sum(one.source == BY_NEIGHBOURS and not one.kind for one in found)
    lines.append(
        f"by their title {by_source[BY_TITLE]:,}, by their neighbours {by_source[BY_NEIGHBOURS]:,} "
        f"({without:,} of them without a kind), by nothing {by_source[BY_NOTHING]:,}"
    )
    if agreement.checked:
        lines.append(
            f"the neighbours' vote on {agreement.checked:,} products whose title names their kind, with that hidden: "
            f"kind right in {agreement.kinds_right:,} of {agreement.kinds_said:,} given, "
            f"item type right in {agreement.types_right:,} of {agreement.types_said:,} given"
        )
    return "\n".join(lines)


def sample(file: CatalogFile, found: Sequence[Derived], count: int, seed: int) -> str:
    """Products at random with what was found for them."""
    chosen = sorted(random.Random(seed).sample(range(len(found)), min(count, len(found))))
    return "\n".join(
        f"{found[number].item_type} / {found[number].kind or '-'} ({found[number].source}): "
        f"{file.listings[number].title}"
        for number in chosen
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ItemTypesError(f"cannot write {path}: {error.strerror or error}") from error
