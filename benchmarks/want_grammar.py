"""Want spans over facets of many values: values in the index of tokens, and all of them compiled by Outlines.

    python -m benchmarks.want_grammar                    prints the table of docs/benchmarks.md
    python -m benchmarks.want_grammar --values 100 1000

A catalog with two item types, a few kinds, and that many made-up brands; the default model's tokenizer.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields

from neo_assistant.base_model import base_tokenizer
from neo_assistant.grammar import facet_values
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidScheme, SidVocabulary

SCHEME = SidScheme(("kitchen", "shoes"), (8, 8, 4), per_type=True)
KINDS = ("boot", "kettle", "lamp", "mug", "sandal")
CONTEXT = WantContext(frozenset({"20"}), shown=True)
RUNS = 3
COMPILED_UP_TO = 2_000
"""With more values compiling takes seconds to minutes, for every form of want anew."""
_SYLLABLES = (
    "al",
    "ba",
    "do",
    "en",
    "gor",
    "ko",
    "lo",
    "mar",
    "ne",
    "qui",
    "ri",
    "shi",
    "ster",
    "ta",
    "ten",
    "tra",
    "vis",
)
_ENDINGS = ("& Sons", "3000", "Co.", "Design", "GmbH", "Home", "Outdoor")


@dataclass(frozen=True)
class Row:
    """Times of one grammar.

    Attributes:
        make_s: seconds from the values to a grammar.
        again_s: the same once more after one brand was added.
        form_ms: milliseconds that a request waits whose form of want is new.
        step_us, worst_us: median and 99th percentile of a step inside spans, in microseconds.
    """

    make_s: float
    again_s: float
    form_ms: float
    step_us: float
    worst_us: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--values", type=int, nargs="+", default=[100, 1_000, 10_000, 100_000], help="brands")
    counts = parser.parse_args().values
    base = base_tokenizer()
    tokenizer = ShopTokenizer(base, SidVocabulary(SCHEME, len(base)))
    measure(tokenizer, brands(10), compiled=False)  # what depends on the tokenizer alone is made once a process
    print("| brands | values are | grammar s | with one more s | new form ms | step µs | step p99 µs |")
    print("|---|---|---|---|---|---|---|")
    for count in counts:
        for compiled in (False, True):
            if not compiled or count <= COMPILED_UP_TO:
                row = best([measure(tokenizer, brands(count), compiled) for _ in range(RUNS)])
                form = "compiled" if compiled else "indexed"
                print(
                    f"| {count:,} | {form} | {row.make_s:.2f} | {row.again_s:.2f} | {row.form_ms:.1f} "
                    f"| {row.step_us:.0f} | {row.worst_us:.0f} |",
                    flush=True,
                )


def best(rows: Sequence[Row]) -> Row:
    """The shortest times of several runs: what else the machine does only ever adds to them."""
    return Row(*(min(getattr(row, field.name) for row in rows) for field in fields(Row)))


def measure(tokenizer: ShopTokenizer, values: Sequence[str], compiled: bool) -> Row:
    """Make a grammar of these brands and write spans with it.

    Args:
        compiled: whether Outlines gets all values, however many.
    """
    most, facet_values.MOST_COMPILED = facet_values.MOST_COMPILED, len(values) + 100 if compiled else 0
    try:
        began = time.perf_counter()
        grammar = WantGrammar(SCHEME.types, {"kind": KINDS, "brand": values}, tokenizer)
        made = time.perf_counter()
        WantGrammar(SCHEME.types, {"kind": KINDS, "brand": [*values, "Zzyx"]}, tokenizer, grammar)
        again = time.perf_counter()
    finally:
        facet_values.MOST_COMPILED = most
    grammar.allowed([], CONTEXT)
    ready = time.perf_counter()
    steps = []
    for value in random.Random(2).choices(values, k=30):
        ids = tokenizer.encode(f" kind: mug; brand: {value}; price < 20; found")
        for length in range(len(ids)):
            before = time.perf_counter()
            allowed = grammar.allowed(ids[:length], CONTEXT)
            steps.append((time.perf_counter() - before) * 1e6)
            assert ids[length] in allowed
    worst = statistics.quantiles(steps, n=100)[-1]
    return Row(made - began, again - made, (ready - again) * 1e3, statistics.median(steps), worst)


def brands(count: int) -> list[str]:
    """Made-up names, sorted, the same every time."""
    choice, names = random.Random(1), set[str]()
    while len(names) < count:
        name = "".join(choice.choices(_SYLLABLES, k=choice.randint(2, 5))).capitalize()
        names.add(name if choice.random() < 0.6 else f"{name} {choice.choice(_ENDINGS)}")
    return sorted(names)


if __name__ == "__main__":
    main()
