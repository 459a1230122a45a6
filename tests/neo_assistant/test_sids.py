"""SIDs as values, their schemes, and where their tokens stand."""

from __future__ import annotations

import dataclasses
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.errors import SidError
from neo_assistant.sids import WANT_CLOSE, WANT_OPEN, Sid, SidScheme, SidVocabulary
from tests.neo_assistant.strategies import TinyCatalog, catalogs, schemes

PER_TYPE = SidScheme(("bags", "kitchen"), (3, 2, 4), per_type=True)
SHARED = dataclasses.replace(PER_TYPE, per_type=False)


def all_sids(scheme: SidScheme) -> list[Sid]:
    codes = list(itertools.product(*(range(size) for size in scheme.sizes)))
    return [Sid(item_type, code) for item_type in scheme.types for code in codes]


@given(catalogs())
def test_a_sid_survives_text_and_tokens(catalog: TinyCatalog) -> None:
    vocabulary = SidVocabulary(catalog.scheme, 100)
    for sid in catalog.sids:
        assert Sid.parse(str(sid)) == sid
        span = vocabulary.encode(sid)
        assert len(span) == catalog.scheme.span_length
        assert vocabulary.decode(span) == sid


@given(schemes())
def test_tokens_are_one_block_without_repeats(scheme: SidScheme) -> None:
    vocabulary = SidVocabulary(scheme, 100)
    tokens = vocabulary.tokens
    assert len(set(tokens)) == len(tokens) == vocabulary.size - 100
    assert tokens[vocabulary.want_open - 100] == WANT_OPEN
    assert tokens[vocabulary.want_close - 100] == WANT_CLOSE
    semantic = sum(scheme.sizes[:-1]) * (len(scheme.types) if scheme.per_type else 1)
    assert len(scheme.tokens) == len(scheme.types) + semantic + scheme.sizes[-1]
    assert vocabulary.first_code == 100 + len(scheme.types)


@given(schemes())
def test_every_token_says_its_type_level_and_code(scheme: SidScheme) -> None:
    vocabulary = SidVocabulary(scheme, 7)
    for number, name in enumerate(scheme.types):
        assert vocabulary.tokens[vocabulary.openers[number] - 7] == f"<|sid:{name}|>"
        for level, size in enumerate(scheme.sizes):
            prefix = f"{name}." if scheme.per_type and level < scheme.levels - 1 else ""
            for code in range(size):
                token = vocabulary.tokens[vocabulary.code_bases[number, level] + code - 7]
                assert token == f"<|{prefix}{'abcd'[level]}_{code}|>"


def test_the_tokens_of_a_span() -> None:
    spans = {scheme: SidVocabulary(scheme, 0).encode(Sid("kitchen", (2, 1, 3))) for scheme in (PER_TYPE, SHARED)}
    spelled = {scheme: [scheme.tokens[token] for token in span] for scheme, span in spans.items()}
    assert spelled[PER_TYPE] == ["<|sid:kitchen|>", "<|kitchen.a_2|>", "<|kitchen.b_1|>", "<|c_3|>"]
    assert spelled[SHARED] == ["<|sid:kitchen|>", "<|a_2|>", "<|b_1|>", "<|c_3|>"]


@pytest.mark.parametrize("scheme", [PER_TYPE, SHARED])
def test_different_sids_have_different_spans(scheme: SidScheme) -> None:
    vocabulary = SidVocabulary(scheme, 50)
    spans = [tuple(vocabulary.encode(sid)) for sid in all_sids(scheme)]
    assert len(set(spans)) == len(spans)


@given(st.lists(st.integers(-5, 80), max_size=6))
def test_ids_that_are_no_span_are_refused(ids: list[int]) -> None:
    vocabulary = SidVocabulary(PER_TYPE, 50)
    spans = [vocabulary.encode(sid) for sid in all_sids(PER_TYPE)]
    if ids in spans:
        assert vocabulary.encode(vocabulary.decode(ids)) == ids
    else:
        with pytest.raises(SidError):
            vocabulary.decode(ids)


def test_codes_of_another_type_are_refused() -> None:
    vocabulary = SidVocabulary(PER_TYPE, 50)
    bags, kitchen = vocabulary.encode(Sid("bags", (0, 0, 0))), vocabulary.encode(Sid("kitchen", (0, 0, 0)))
    with pytest.raises(SidError):
        vocabulary.decode([kitchen[0], *bags[1:]])


@pytest.mark.parametrize(
    "text", ["", "kitchen", "kitchen:", "kitchen:1-", "kitchen:-1", "kitchen:1 ", "Kitchen:1", ":1", "a:b:1", "a:1٣"]
)
def test_text_that_is_no_sid_is_refused(text: str) -> None:
    with pytest.raises(SidError):
        Sid.parse(text)


@pytest.mark.parametrize(
    "sid", [Sid("shoes", (0, 0, 0)), Sid("bags", (0, 0)), Sid("bags", (3, 0, 0)), Sid("bags", (0, 0, -1))]
)
def test_a_sid_of_another_scheme_is_refused(sid: Sid) -> None:
    with pytest.raises(SidError):
        SidVocabulary(PER_TYPE, 50).encode(sid)


@pytest.mark.parametrize(
    ("types", "sizes"),
    [
        ((), (2,)),
        (("b", "a"), (2,)),
        (("a", "a"), (2,)),
        (("A",), (2,)),
        (("a|>",), (2,)),
        (("a" * 65,), (2,)),
        (("a",), ()),
        (("a",), (2,) * 9),
        (("a",), (2, 0)),
        (("a",), (65_537,)),
    ],
)
def test_schemes_that_cannot_be(types: tuple[str, ...], sizes: tuple[int, ...]) -> None:
    with pytest.raises(SidError):
        SidScheme(types, sizes, per_type=True)


@given(schemes())
def test_a_scheme_survives_json(scheme: SidScheme) -> None:
    again = SidScheme.from_dict(json.loads(json.dumps(scheme.to_dict())))
    assert again == scheme
    assert again.fingerprint() == scheme.fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        {"types": "bags"},
        {"types": [1]},
        {"sizes": ["3", "2", "4"]},
        {"sizes": [3.5]},
        {"sizes": None},
        {"per_type": "no"},
        {"more": 1},
    ],
)
def test_what_is_no_scheme_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(SidError):
        SidScheme.from_dict({**PER_TYPE.to_dict(), **change})


def test_fingerprints_tell_schemes_apart() -> None:
    prints = {
        scheme.fingerprint() for scheme in (PER_TYPE, SHARED, dataclasses.replace(PER_TYPE, types=("bags", "shoes")))
    }
    assert len(prints) == 3
