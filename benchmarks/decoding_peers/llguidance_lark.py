"""llguidance: a Lark grammar whose terminals are token ids."""

from __future__ import annotations

import os

import llguidance
import numpy as np
import torch

from benchmarks.decoding_peers.bitmask import PARALLEL_FROM, empty_bits, forbid, tokens_of
from benchmarks.decoding_peers.grammar_rules import Rules, grammar_rules, inlined, used
from benchmarks.decoding_peers.method import Method
from benchmarks.decoding_peers.token_strings import END, token_strings
from benchmarks.skew import Catalog
from neo_assistant.sids import SidVocabulary

_LIMITS = llguidance.LLParserLimits(
    max_items_in_row=1 << 20,
    initial_lexer_fuel=1 << 40,
    step_lexer_fuel=1 << 40,
    step_max_items=1 << 30,
    max_lexer_states=1 << 30,
    max_grammar_size=1 << 40,
)
"""Far above what it allows by default, so that it gives up only where it has to."""


class LLGuidanceLark(Method):
    """One matcher per row; masks are filled by an executor."""

    def prepare(self) -> None:
        self.tokenizer = llguidance.LLTokenizer(
            llguidance.TokenizerWrapper(_Tokens(self.vocabulary)), n_vocab=self.vocabulary.size, slices=[]
        )
        self.executor = llguidance.LLExecutor(os.cpu_count() or 1)

    def build(self, catalog: Catalog) -> None:
        grammar = llguidance.LLMatcher.grammar_from_lark(_lark(grammar_rules(catalog, self.vocabulary)))
        self.matcher = llguidance.LLMatcher(self.tokenizer, grammar, limits=_LIMITS)
        _check(self.matcher)

    def begin(self, type_number: int, rows: int) -> None:
        self.type_number, self.level = type_number, 0
        self.matchers = [self.matcher.deep_copy() for _ in range(rows)]
        self.bits = empty_bits(rows, self.vocabulary.size)
        for matcher in self.matchers:
            matcher.consume_token(int(self.vocabulary.openers[type_number]))
            _check(matcher)

    def advance(self, codes: np.ndarray) -> None:
        tokens = (codes + self.vocabulary.code_bases[self.type_number, self.level]).tolist()
        for matcher, token in zip(self.matchers, tokens, strict=True):
            matcher.consume_token(token)
        self.level += 1

    def legal(self) -> torch.Tensor:
        """Packed bits per row."""
        # The calls that `llguidance.torch` wraps; importing that module compiles a kernel.
        pointer, width = self.bits.data_ptr(), self.bits.shape[1] * self.bits.element_size()
        if len(self.matchers) < PARALLEL_FROM:
            for row, matcher in enumerate(self.matchers):
                matcher.unsafe_compute_mask_ptr(pointer + row * width, width)
        else:
            pairs = [(matcher, row) for row, matcher in enumerate(self.matchers)]
            self.executor.unsafe_compute_mask_ptr(pairs, pointer, width, len(pairs))
        return self.bits

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        return forbid(logits, self.legal())

    def tokens(self) -> list[np.ndarray]:
        found = tokens_of(self.legal())
        for matcher in self.matchers:
            _check(matcher)
        return found


class _Tokens:
    """A tokenizer as llguidance wants to see one."""

    def __init__(self, vocabulary: SidVocabulary) -> None:
        self.eos_token_id, self.bos_token_id = END, None
        self.tokens = [string.encode() for string in token_strings(vocabulary)]
        self.special_token_ids = [END, *range(vocabulary.first_id, vocabulary.size)]

    def __call__(self, text: str) -> list[int]:
        raise NotImplementedError("no text is read here")


def _check(matcher: llguidance.LLMatcher) -> None:
    if matcher.is_error():
        raise RuntimeError(matcher.get_error().strip().splitlines()[0])


def _lark(rules: Rules) -> str:
    lines = []
    for number in used(rules):
        alternatives = []
        for alternative in rules[number]:
            chain = inlined(rules, alternative)
            parts = [f"<[{_ranges(part.tokens)}]>" for part in chain]
            last = chain[-1].then
            alternatives.append(" ".join(parts if last is None else [*parts, f"r{last}"]))
        name = "start" if number == len(rules) - 1 else f"r{number}"
        lines.append(f"{name}: {' | '.join(alternatives)}")
    return "\n".join(lines) + "\n"


def _ranges(tokens: tuple[int, ...]) -> str:
    """Token ids as llguidance writes a set of them, ``3-5,9``; they are ascending."""
    ranges: list[list[int]] = []
    for token in tokens:
        if ranges and token == ranges[-1][1] + 1:
            ranges[-1][1] = token
        else:
            ranges.append([token, token])
    return ",".join(str(lo) if lo == hi else f"{lo}-{hi}" for lo, hi in ranges)
