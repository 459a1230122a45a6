"""Every method of the benchmark allows the same tokens as a look at every item: timings of wrong masks mean nothing."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
import torch

from benchmarks.decoding_peers import METHODS, PACKAGES
from benchmarks.decoding_peers.method import Method, method_class
from benchmarks.skew import Catalog, half, make_catalog
from neo_assistant.sids import SidVocabulary

FIRST_ID = 300


def allowed(catalog: Catalog, vocabulary: SidVocabulary, number: int, codes: tuple[int, ...]) -> list[int]:
    """By brute force: what may follow a type's opener and some codes."""
    found = {
        int(vocabulary.code_bases[number, len(codes)]) + int(row[len(codes)])
        for type_number, row in zip(catalog.type_numbers, catalog.codes, strict=True)
        if type_number == number and tuple(row[: len(codes)]) == codes
    }
    return sorted(found)


def check_walks(method: Method, catalog: Catalog, vocabulary: SidVocabulary, walks: int = 6, rows: int = 3) -> None:
    """Walks along SIDs of the catalog, looking at the masks of all rows at each level."""
    random = np.random.default_rng(3)
    for _ in range(walks):
        number = int(random.choice(catalog.type_numbers))
        items = catalog.codes[catalog.type_numbers == number]
        chosen = random.choice(items, rows).astype(np.int64)
        method.begin(number, rows)
        for level in range(catalog.scheme.levels):
            if level:
                method.locate(chosen[:, level - 1])
                method.advance(chosen[:, level - 1])
            expected = [allowed(catalog, vocabulary, number, tuple(row[:level])) for row in chosen]
            assert [tokens.tolist() for tokens in method.tokens()] == expected
            logits = torch.randn(rows, vocabulary.size)
            masked = method.masked(logits.clone())
            for row, tokens in enumerate(expected):
                assert torch.isfinite(masked[row]).nonzero()[:, 0].tolist() == tokens
                assert torch.equal(masked[row, tokens], logits[row, tokens])


@pytest.mark.parametrize("per_type", [False, True], ids=["shared codes", "codes per type"])
@pytest.mark.parametrize("name", list(METHODS))
def test_a_method_allows_what_the_items_allow(name: str, per_type: bool) -> None:
    if find_spec(PACKAGES[name]) is None:
        pytest.skip(f"{PACKAGES[name]} is not installed")
    catalog = make_catalog(200, types=3, sizes=(8, 16, 8), per_type=per_type)
    vocabulary = SidVocabulary(catalog.scheme, FIRST_ID)
    method = method_class(name)(vocabulary)
    method.prepare()
    method.build(catalog)
    check_walks(method, catalog, vocabulary)
    eligible = half(catalog)
    method.switch(catalog, eligible)
    check_walks(method, catalog.only(eligible), vocabulary)
