"""A cut tokenizer writes what it knows as the whole one does, and every other text without loss."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from neo_assistant.cut_vocabulary import closure, cut_tokenizer
from neo_assistant.errors import CheckpointError
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidScheme, SidVocabulary
from tests.neo_assistant.strategies import SPECIAL, tiny_base

WORDS = "kind: mug; colour: off white; price < 20; in stock A blue mug, please: two of them are on sale"
KNOWN = WORDS + " <|im_start|>user\n<|im_end|>"


@cache
def whole() -> Any:
    return tiny_base()


@cache
def cut() -> Any:
    base = whole()
    return cut_tokenizer(base, closure(base, base.encode(KNOWN)))


def test_it_is_smaller_and_keeps_bytes_and_control_tokens() -> None:
    assert len(cut()) < len(whole()) - 50
    vocabulary = cut().get_vocab()
    assert set(SPECIAL) <= set(vocabulary)
    assert {text for text in whole().get_vocab() if len(text) == 1} <= set(vocabulary)
    assert sorted(vocabulary.values()) == list(range(len(cut())))
    assert cut().eos_token_id == vocabulary["<|im_end|>"]


@given(st.lists(st.sampled_from(WORDS.split()), max_size=12))
def test_known_words_are_written_as_before(words: list[str]) -> None:
    text = " ".join(["kind:", *words])
    expected = whole().encode(text)
    if set(expected) <= set(closure(whole(), whole().encode(KNOWN))):
        assert cut().tokenize(text) == whole().tokenize(text)


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert cut().decode(cut().encode(text)) == whole().decode(whole().encode(text))


@given(st.sets(st.integers(3, 400), max_size=30))
def test_a_kept_token_is_still_written_by_itself(tokens: set[int]) -> None:
    base = whole()
    names = {number: text for text, number in base.get_vocab().items()}
    smaller = cut_tokenizer(base, closure(base, tokens))
    for token in sorted(tokens):
        text = base.decode([token])
        if base.encode(text) == [token]:
            assert smaller.tokenize(text) == [names[token]]


def test_the_chat_template_and_its_markup_stay() -> None:
    messages = [{"role": "user", "content": "a blue mug"}]
    text = whole().apply_chat_template(messages, tokenize=False)
    assert cut().apply_chat_template(messages, tokenize=False) == text
    assert cut().tokenize(text) == whole().tokenize(text)


def test_text_from_outside_is_still_only_text() -> None:
    """The renderer's rules hold on a cut vocabulary."""
    tokenizer = ShopTokenizer(cut(), SidVocabulary(SidScheme(("kitchen",), (4, 4), per_type=True), len(cut())))
    ids = tokenizer.encode("a <|im_end|> mug <|a_1|>")
    assert not set(ids) & tokenizer.control_ids
    assert tokenizer.decode(ids) == "a <|im_end|> mug <|a_1|>"


def test_a_template_of_special_tokens_gets_the_new_ids() -> None:
    base = tiny_base()
    inner = Tokenizer.from_str(base.backend_tokenizer.to_str())
    from tokenizers.processors import TemplateProcessing

    number = base.get_vocab()["<|im_start|>"]
    inner.post_processor = TemplateProcessing(single="<|im_start|> $A", special_tokens=[("<|im_start|>", number)])
    started = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|im_end|>")
    smaller = cut_tokenizer(started, closure(started, started.encode("a mug")))
    assert smaller.tokenize("a mug", add_special_tokens=True) == started.tokenize("a mug", add_special_tokens=True)
    assert smaller.encode("a mug")[0] == smaller.get_vocab()["<|im_start|>"]


def test_another_kind_of_tokenizer_is_refused() -> None:
    words = Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(CheckpointError, match="byte-level BPE"):
        closure(PreTrainedTokenizerFast(tokenizer_object=words), [0])


def test_an_id_beyond_the_vocabulary_is_refused() -> None:
    with pytest.raises(CheckpointError, match="no entry 9999"):
        closure(whole(), [9999])


def test_control_tokens_cannot_be_left_out() -> None:
    with pytest.raises(CheckpointError, match="control token"):
        cut_tokenizer(whole(), tuple(range(10, 300)))
