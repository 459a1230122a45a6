"""outlines-core: a regular expression over the spelling of tokens, compiled into an index of states and tokens."""

from __future__ import annotations

import re

import numpy as np
import torch
from outlines_core import Guide, Index, Vocabulary

from benchmarks.decoding_peers.bitmask import empty_bits, forbid, tokens_of
from benchmarks.decoding_peers.grammar_rules import Rules, grammar_rules, inlined
from benchmarks.decoding_peers.method import Method
from benchmarks.decoding_peers.token_strings import END, token_strings
from benchmarks.skew import Catalog


class OutlinesRegex(Method):
    """One guide per row."""

    def prepare(self) -> None:
        self.strings = token_strings(self.vocabulary)
        by_string = {string: [number] for number, string in enumerate(self.strings) if number != END}
        self.by_string = Vocabulary(END, by_string)

    def build(self, catalog: Catalog) -> None:
        rules = grammar_rules(catalog, self.vocabulary)
        self.index = Index(_expression(rules, self.strings), self.by_string)

    def begin(self, type_number: int, rows: int) -> None:
        self.type_number, self.level = type_number, 0
        self.guides = [Guide(self.index) for _ in range(rows)]
        self.bits = empty_bits(rows, self.vocabulary.size)
        for guide in self.guides:
            guide.advance(int(self.vocabulary.openers[type_number]), return_tokens=False)

    def advance(self, codes: np.ndarray) -> None:
        tokens = (codes + self.vocabulary.code_bases[self.type_number, self.level]).tolist()
        for guide, token in zip(self.guides, tokens, strict=True):
            guide.advance(token, return_tokens=False)
        self.level += 1

    def legal(self) -> torch.Tensor:
        """Packed bits per row."""
        for guide, row in zip(self.guides, self.bits, strict=True):
            guide.write_mask_into(row.data_ptr(), row.numel(), row.element_size())
        return self.bits

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        return forbid(logits, self.legal())

    def tokens(self) -> list[np.ndarray]:
        return tokens_of(self.legal())


def _expression(rules: Rules, strings: list[str]) -> str:
    """A regular expression, in which a shared rule has to be written out wherever it is used."""
    written: list[str] = []
    for rule in rules:
        alternatives = []
        for alternative in rule:
            chain = inlined(rules, alternative)
            last = chain[-1].then
            text = "".join(_any_of(part.tokens, strings) for part in chain)
            alternatives.append(text if last is None else text + written[last])
        written.append(alternatives[0] if len(rule) == 1 else f"(?:{'|'.join(alternatives)})")
    return written[-1]


def _any_of(tokens: tuple[int, ...], strings: list[str]) -> str:
    characters = [re.escape(strings[token]) for token in tokens]
    return characters[0] if len(characters) == 1 else f"[{''.join(characters)}]"
