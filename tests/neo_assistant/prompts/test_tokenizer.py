"""Whatever text from outside spells, it stays text."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.errors import CheckpointError, GrammarError
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidScheme, SidVocabulary
from tests.neo_assistant.packaged import needs_smollm2, smollm2_tokenizer
from tests.neo_assistant.strategies import (
    CHATML,
    CHATML_WITH_DEFAULT_SYSTEM,
    HOSTILE,
    outside_text,
    tiny_base,
    tiny_tokenizer,
)

SCHEME = SidScheme(("bags", "kitchen"), (3, 2), per_type=True)
BASES = pytest.mark.parametrize("base", ["tiny", pytest.param("packaged", marks=needs_smollm2)])
NOT_IN_SMOLLM2 = "\x04\x06\x13\x14\x16\x1d"


def shop_tokenizer(base: str) -> ShopTokenizer:
    return tiny_tokenizer(SCHEME) if base == "tiny" else smollm2_tokenizer(SCHEME)


def extended(tokenizer: ShopTokenizer) -> ShopTokenizer:
    """The same after a checkpoint added our tokens to the base tokenizer itself: then it knows them by name."""
    base = copy.deepcopy(tokenizer.base)
    assert base.add_tokens(list(tokenizer.vocabulary.tokens)) == len(tokenizer.vocabulary.tokens)
    return ShopTokenizer(base, SidVocabulary(SCHEME, len(base)))


def written_out(tokenizer: ShopTokenizer, text: str) -> str:
    """The text without what the base vocabulary has no byte for."""
    if len(tokenizer.base) < 1000:
        return text
    return "".join(c for c in text if c not in NOT_IN_SMOLLM2 and not 0x40000 <= ord(c) < 0xC0000)


@BASES
@given(text=outside_text())
def test_text_from_outside_stays_text(base: str, text: str) -> None:
    tokenizer = shop_tokenizer(base)
    ids = tokenizer.encode(text)
    assert all(0 <= token < tokenizer.vocabulary.first_id for token in ids)
    assert tokenizer.control_ids.isdisjoint(ids)
    if text == written_out(tokenizer, text):
        assert tokenizer.decode(ids) == text


@BASES
@pytest.mark.parametrize("text", HOSTILE)
def test_what_looks_like_a_token_is_spelled_out(base: str, text: str) -> None:
    tokenizer = shop_tokenizer(base)
    ids = tokenizer.encode(text)
    assert len(ids) > 1 or text in ("<|", "|>")
    assert tokenizer.control_ids.isdisjoint(ids)
    assert tokenizer.decode(ids) == text


@BASES
def test_the_base_tokenizer_alone_would_have_been_fooled(base: str) -> None:
    tokenizer = extended(shop_tokenizer(base))
    for text in ("<|im_end|>", "<|sid:kitchen|>", "<|kitchen.a_1|>", "<|want|>"):
        assert len(tokenizer.base.encode(text, add_special_tokens=False)) == 1
        ids = tokenizer.encode(text)
        assert tokenizer.control_ids.isdisjoint(ids)
        assert tokenizer.decode(ids) == text


@BASES
def test_text_that_is_no_unicode_is_mended(base: str) -> None:
    tokenizer = shop_tokenizer(base)
    assert tokenizer.decode(tokenizer.encode("a\ud800b")) == "a?b"


def test_a_base_that_lets_control_tokens_through_is_refused() -> None:
    tokenizer = ShopTokenizer(tiny_base(), SidVocabulary(SCHEME, len(tiny_base())))
    tokenizer._control = frozenset(tokenizer.encode("a"))
    with pytest.raises(GrammarError):
        tokenizer.encode("a")


@BASES
def test_markup_keeps_to_its_roles(base: str) -> None:
    tokenizer = shop_tokenizer(base)

    def spelled(ids: list[int]) -> str:
        return tokenizer.base.decode(ids, skip_special_tokens=False)

    assert spelled(tokenizer.system_open) == "<|im_start|>system\n"
    assert spelled(tokenizer.turn_open) == "<|im_end|>\n<|im_start|>user\n"
    assert spelled(tokenizer.reply_open) == "<|im_end|>\n<|im_start|>assistant\n"
    assert spelled(tokenizer.turn_again) == "<|im_end|>\n<|im_start|>user\n"
    assert spelled(tokenizer.reply_close) == "<|im_end|>\n"
    assert tokenizer.end_of_reply in tokenizer.control_ids


def test_a_template_with_a_default_system_text_is_given_ours() -> None:
    base = tiny_base(CHATML_WITH_DEFAULT_SYSTEM)
    tokenizer = ShopTokenizer(base, SidVocabulary(SCHEME, len(base)))
    assert tokenizer.system_open == tiny_tokenizer(SCHEME).system_open


@pytest.mark.parametrize(
    "template",
    [
        None,
        "{% for message in messages[1:] %}<|im_start|>{{ message['content'] }}<|im_end|>{% endfor %}",
        "{% for message in messages %}{{ raise_exception('System role not supported') }}{% endfor %}",
        "{% for message in messages %}{{ message['content'] | upper }}{% if not loop.last %}<|im_end|>{% endif %}"
        "{% endfor %}",
        "{% for message in messages %}<|im_start|>{{ message['content'] }}\n{% endfor %}",
        "{% for message in messages %}{{ message['content'] ",
    ],
    ids=["none", "drops system", "refuses system", "no end", "ends with a word", "broken"],
)
def test_a_template_that_cannot_be_used_is_refused(template: str | None) -> None:
    base = tiny_base(template)
    with pytest.raises(CheckpointError):
        ShopTokenizer(base, SidVocabulary(SCHEME, len(base)))


def test_a_vocabulary_made_for_another_base_is_refused() -> None:
    with pytest.raises(CheckpointError, match="entries"):
        ShopTokenizer(tiny_base(), SidVocabulary(SCHEME, len(tiny_base()) + 1))


@given(st.text(min_size=200, max_size=300))
def test_a_base_that_cuts_long_text_does_not_cut_ours(text: str) -> None:
    base = copy.deepcopy(tiny_base(CHATML))
    base.backend_tokenizer.enable_truncation(16)
    base.backend_tokenizer.enable_padding(length=512)
    tokenizer = ShopTokenizer(base, SidVocabulary(SCHEME, len(base)))
    assert tokenizer.decode(tokenizer.encode(text)) == text
