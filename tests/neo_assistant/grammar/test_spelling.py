"""What tokens spell, and which can occur in a want span."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.grammar.spelling import token_bytes, usable
from neo_assistant.sids import SidScheme
from tests.neo_assistant.packaged import needs_smollm2, smollm2_tokenizer
from tests.neo_assistant.strategies import tiny_tokenizer

SCHEME = SidScheme(("bags",), (2, 2), per_type=False)
TERMS = [" kind: mug;", " kind: 3M mug set;", " price < 00;", " price < 0.00;", " in stock;"]


@given(st.text())
def test_tokens_spell_the_text_they_stand_for(text: str) -> None:
    tokenizer = tiny_tokenizer(SCHEME)
    spelled = token_bytes(tokenizer)
    assert b"".join(spelled[token] for token in tokenizer.encode(text)) == text.encode()
    assert tokenizer.control_ids.isdisjoint(spelled)


@needs_smollm2
def test_smollm2_is_spelled_whole() -> None:
    tokenizer = smollm2_tokenizer(SCHEME)
    spelled = token_bytes(tokenizer)
    assert len(spelled) == len(tokenizer.base) - len(tokenizer.control_ids)
    text = " Größe: 59,99 € — 日本 🦙"
    assert b"".join(spelled[token] for token in tokenizer.encode(text)) == text.encode()


@given(st.lists(st.sampled_from(TERMS), max_size=4), st.text("0123456789", min_size=2, max_size=2), st.data())
def test_whatever_occurs_in_a_text_of_terms_is_kept(terms: list[str], number: str, data: st.DataObject) -> None:
    text = ("".join(terms) + " found").replace("00", number).encode()
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : data.draw(st.integers(start + 1, len(text)))]
    assert usable({7: piece}, TERMS, " found") == {7: piece}


def test_what_cannot_occur_is_left_out() -> None:
    pieces = [b" mag", b"mugs", b" kind: set", b"; mug", b"M;", b"<|", b"\n\n", b"\xff", b" found;"]
    assert usable(dict(enumerate(pieces)), TERMS, " found") == {}
