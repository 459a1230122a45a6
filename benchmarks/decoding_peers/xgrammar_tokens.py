"""xgrammar: an EBNF of token ids, which is what its structural tags over tokens are turned into."""

from __future__ import annotations

import os

import numpy as np
import torch
import xgrammar

from benchmarks.decoding_peers.bitmask import PARALLEL_FROM, tokens_of
from benchmarks.decoding_peers.grammar_rules import Rules, grammar_rules, inlined, used
from benchmarks.decoding_peers.method import Method
from benchmarks.decoding_peers.token_strings import END, token_strings
from benchmarks.skew import Catalog


class XGrammarTokens(Method):
    """One matcher per row; masks are filled by a batch matcher."""

    def prepare(self) -> None:
        information = xgrammar.TokenizerInfo(
            token_strings(self.vocabulary),
            xgrammar.VocabType.RAW,
            vocab_size=self.vocabulary.size,
            stop_token_ids=[END],
        )
        self.compiler = xgrammar.GrammarCompiler(information, max_threads=os.cpu_count() or 1, cache_enabled=False)
        self.batch = xgrammar.BatchGrammarMatcher(max_threads=os.cpu_count() or 1)

    def build(self, catalog: Catalog) -> None:
        self.compiled = self.compiler.compile_grammar(_ebnf(grammar_rules(catalog, self.vocabulary)))

    def begin(self, type_number: int, rows: int) -> None:
        self.type_number, self.level = type_number, 0
        first = xgrammar.GrammarMatcher(self.compiled)
        _taken(first.accept_token(int(self.vocabulary.openers[type_number])))
        self.matchers = [first, *(first.fork() for _ in range(rows - 1))]
        self.bits = xgrammar.allocate_token_bitmask(rows, self.vocabulary.size)

    def advance(self, codes: np.ndarray) -> None:
        tokens = (codes + self.vocabulary.code_bases[self.type_number, self.level]).tolist()
        for matcher, token in zip(self.matchers, tokens, strict=True):
            _taken(matcher.accept_token(token))
        self.level += 1

    def legal(self) -> torch.Tensor:
        """Packed bits per row."""
        if len(self.matchers) < PARALLEL_FROM:
            for row, matcher in enumerate(self.matchers):
                matcher.fill_next_token_bitmask(self.bits, row)
        else:
            self.batch.batch_fill_next_token_bitmask(self.matchers, self.bits)
        return self.bits

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        xgrammar.apply_token_bitmask_inplace(logits, self.legal(), vocab_size=self.vocabulary.size)
        return logits

    def tokens(self) -> list[np.ndarray]:
        return tokens_of(self.legal())


def _taken(accepted: bool) -> None:
    if not accepted:
        raise RuntimeError("a legal token was refused")


def _ebnf(rules: Rules) -> str:
    lines = []
    for number in used(rules):
        alternatives = []
        for alternative in rules[number]:
            chain = inlined(rules, alternative)
            parts = [f"Token({', '.join(map(str, part.tokens))})" for part in chain]
            last = chain[-1].then
            alternatives.append(" ".join(parts if last is None else [*parts, f"r{last}"]))
        name = "root" if number == len(rules) - 1 else f"r{number}"
        lines.append(f"{name} ::= {' | '.join(alternatives)}")
    return "\n".join(lines) + "\n"
