"""The values that want spans may state, and which of them Outlines compiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neo_assistant.errors import GrammarError
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.want import is_facet_name, is_facet_value

MOST_COMPILED = 128
"""Values in an automaton at most. One takes outlines-core about 0.3 ms to compile, for every form of want anew."""


def check_facets(facets: Mapping[str, Sequence[str]]) -> None:
    """Refuse what :func:`neo_assistant.want.want_facets` would not have offered.

    Raises:
        GrammarError: if a facet's name or value could not be told apart in a span.
    """
    for name, values in facets.items():
        if not is_facet_name(name) or not values:
            raise GrammarError(
                f"{name!r} cannot be a facet of want spans",
                "names are of lower-case letters, digits and spaces, and none of the words that spans use",
            )
        for value in values:
            if not is_facet_value(value):
                raise GrammarError(
                    f"{value!r} cannot be a value of the facet {name!r} in want spans",
                    "values must not begin or end with a space, or hold semicolons or control characters",
                )


def spelled(
    tokenizer: ShopTokenizer, name: str, values: Sequence[str], end: str, known: Mapping[str, list[int]]
) -> dict[str, list[int]]:
    """The tokens of each value in `` NAME: VALUE;``, from after the colon to the semicolon.

    A value is left out if the tokenizer does not give its text back (the base vocabulary lacks a byte of it), or joins
    it with what stands around it.

    Args:
        tokenizer: whose tokens.
        name: the facet's.
        values: any text that a span can hold.
        end: what follows a condition.
        known: the tokens of some values already.
    """
    before, after = tokenizer.encode(f" {name}:"), tokenizer.encode(end)
    tokens: dict[str, list[int]] = {}
    for value in values:
        if value in known:
            tokens[value] = known[value]
            continue
        ids = tokenizer.encode(f" {name}: {value};{end}")
        own = ids[len(before) : len(ids) - len(after)]
        if [*before, *own, *after] == ids and tokenizer.decode(own) == f" {value};":
            tokens[value] = own
    return tokens


def compiled_facets(sizes: Mapping[str, int]) -> frozenset[str]:
    """The facets whose values go into the automaton: the smallest ones, as long as there are not too many values."""
    chosen, total = set(), 0
    for name in sorted(sizes, key=lambda name: (sizes[name], name)):
        total += sizes[name]
        if total > MOST_COMPILED:
            break
        chosen.add(name)
    return frozenset(chosen)
