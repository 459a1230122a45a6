"""Which setting is kept, and what is tried."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from catalog_db.rows import ProductRow
from finetune.errors import QuantizationError
from finetune.sids.codebooks import EncoderInfo
from finetune.sids.embeddings import embed_texts
from finetune.sids.item_text import item_kind, item_text
from finetune.sids.search import Candidate, auto_sizes, best, make_candidate, settings, table
from tests.finetune.conftest import WordEncoder


@pytest.fixture
def candidate(items: list[ProductRow], encoder: WordEncoder) -> Candidate:
    embeddings = embed_texts(encoder, [item_text(item) for item in items], None)
    types, kinds = [item.item_type for item in items], [item_kind(item) for item in items]
    return make_candidate(embeddings, types, kinds, (4, 4), True, EncoderInfo("words", "5e" * 32, 1))


def variant(
    candidate: Candidate,
    ambiguity: float,
    agreement: float | None,
    tokens: int = 100,
    sizes: tuple[int, ...] = (4, 4, 8),
) -> Candidate:
    """The same with other figures, for 600 items; only what the rule reads."""
    first = replace(candidate.metrics.levels[0], kind_agreement=agreement)
    levels = (first, *[candidate.metrics.levels[1]] * (len(sizes) - 1))
    metrics = replace(candidate.metrics, ambiguity_bits=ambiguity, tokens=tokens, levels=levels)
    centroids = tuple((book[0],) * (len(sizes) - 1) for book in candidate.codebooks.centroids)
    scheme = replace(candidate.codebooks.scheme, sizes=sizes)
    codes = np.resize(candidate.codes, (600, candidate.codes.shape[1]))
    return Candidate(replace(candidate.codebooks, scheme=scheme, centroids=centroids), codes, metrics)


def test_the_rule(candidate: Candidate) -> None:
    blurred = variant(candidate, 2.0, 1.0)
    vague = variant(candidate, 0.5, 0.5, tokens=10)
    clear = variant(candidate, 0.5, 0.9, tokens=90)
    cheaper = variant(candidate, 0.6, 0.88, tokens=80)
    longer = variant(candidate, 0.1, 0.9, tokens=20, sizes=(4, 4, 4, 8))
    assert best([blurred, vague, clear]) is clear, "sharp before anything else, then kinds"
    assert best([blurred, vague, clear, cheaper]) is cheaper, "kinds alike: fewer tokens"
    assert best([longer, clear, cheaper]) is cheaper, "fewer levels before fewer tokens"
    assert best([longer, blurred]) is longer
    assert best([variant(candidate, 3.0, None), blurred]) is blurred, "none is sharp: the least ambiguous"
    lavish = variant(candidate, 0.1, 1.0, tokens=201)
    assert best([lavish, blurred]) is blurred, "sharp at the price of a token for every second item"
    assert best([lavish, variant(candidate, 0.1, 1.0, tokens=400)]) is lavish, "none is affordable: the smallest"
    plain = [variant(candidate, 0.5, None, tokens=tokens) for tokens in (50, 40, 60)]
    assert best(plain) is plain[1], "without kinds: the smallest vocabulary that is sharp"
    with pytest.raises(QuantizationError):
        best([])


def test_auto_sizes_fit_the_catalog() -> None:
    for items in (1, 30, 125, 1500, 20_000, 1_000_000):
        tried = auto_sizes(items)
        assert tried
        assert len(tried) == len(set(tried))
        for sizes in tried:
            assert items <= np.prod(sizes) <= 64 * items or len(tried) == 1


def test_settings_follow_the_largest_codebook() -> None:
    types = ["bags"] * 100 + ["shoes"] * 20
    assert list(settings(types, [(4, 4)], (True, False))) == [(True, (4, 4)), (False, (4, 4))]
    assert [sizes for _, sizes in settings(types, None, (True,))] == auto_sizes(100)
    assert [sizes for _, sizes in settings(types, None, (False,))] == auto_sizes(120)


def test_the_table_has_a_row_for_each_and_marks_the_kept_one(candidate: Candidate) -> None:
    lines = table([candidate, variant(candidate, 0.5, None)], kept=candidate).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith(f"| **{candidate.label}** |")
