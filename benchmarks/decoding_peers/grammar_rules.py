"""The catalog as a small context-free grammar, for peers that read grammars.

One rule per prefix would be as many rules as prefixes. Prefixes under which the same codes follow share one rule, and a
rule of one alternative is written out where it is used: most clusters hold few items numbered from 0, so few rules
are left of them. This is the smallest form we found, and it is what lets the peers get as far as they do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.skew import Catalog
from neo_assistant.sids import SidVocabulary


@dataclass(frozen=True)
class Alternative:
    """Any of these tokens, then what a rule says; ``then`` is None at the end of a span."""

    tokens: tuple[int, ...]
    then: int | None


Rules = list[tuple[Alternative, ...]]
"""Rules by number; the last one is where a span begins."""


def grammar_rules(catalog: Catalog, vocabulary: SidVocabulary) -> Rules:
    """The rules of all spans of a catalog, from the last level up to the openers."""
    rules: Rules = []
    known: dict[bytes, int] = {}
    numbers = catalog.type_numbers.astype(np.int64)
    # ``first``: where the nodes of a depth begin; ``token``, ``then``: what leads to each and what follows it.
    starts = _starts(catalog)
    then = np.full(len(catalog), -1, dtype=np.int64)
    for level in reversed(range(-1, catalog.scheme.levels)):
        children = starts[level + 1]
        if level < 0:
            tokens = vocabulary.openers[numbers[children]]
            bounds = np.array([0, len(children)])
        else:
            tokens = vocabulary.code_bases[numbers[children], level] + catalog.codes[children, level]
            bounds = np.append(np.searchsorted(children, starts[level]), len(children))
        follow = np.empty(len(bounds) - 1, dtype=np.int64)
        for node, (lo, hi) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
            key = tokens[lo:hi].tobytes() + then[lo:hi].tobytes()
            if key not in known:
                known[key] = len(rules)
                rules.append(_alternatives(tokens[lo:hi].tolist(), then[lo:hi].tolist()))
            follow[node] = known[key]
        then = follow
    return rules


def inlined(rules: Rules, alternative: Alternative) -> list[Alternative]:
    """An alternative with the rules of one alternative that it leads to written out, one after the other."""
    chain = [alternative]
    while (number := chain[-1].then) is not None and len(rules[number]) == 1:
        chain.append(rules[number][0])
    return chain


def used(rules: Rules) -> list[int]:
    """Numbers of the rules that are not written out everywhere, the first one last."""
    return [number for number, rule in enumerate(rules) if len(rule) > 1 or number == len(rules) - 1]


def _starts(catalog: Catalog) -> list[np.ndarray]:
    """Where the nodes of every depth begin: types first, items last."""
    fresh = np.ones(len(catalog), dtype=bool)
    fresh[1:] = catalog.type_numbers[1:] != catalog.type_numbers[:-1]
    starts = [np.flatnonzero(fresh)]
    for level in range(catalog.scheme.levels):
        fresh[1:] |= catalog.codes[1:, level] != catalog.codes[:-1, level]
        starts.append(np.flatnonzero(fresh))
    return starts


def _alternatives(tokens: list[int], then: list[int]) -> tuple[Alternative, ...]:
    """Tokens after which the same follows, together."""
    together: dict[int, list[int]] = {}
    for token, follow in zip(tokens, then, strict=True):
        together.setdefault(follow, []).append(token)
    return tuple(
        Alternative(tuple(sorted(group)), follow if follow >= 0 else None) for follow, group in together.items()
    )
