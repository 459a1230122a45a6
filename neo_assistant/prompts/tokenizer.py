"""Text to token ids, such that text from outside can never become a control token or a SID token.

A tokenizer normally looks for its added tokens in whatever text it gets: a shopper who types ``<|im_end|>`` ends the
turn, one who types ``<|a_1|>`` names an item. ``split_special_tokens=True`` stops the first and not the second. Here
outside text goes through a copy of the tokenizer that has no added tokens at all, and what comes out is checked again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from neo_assistant.errors import CheckpointError, GrammarError
from neo_assistant.sids import SidVocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


class ShopTokenizer:
    """A base model's tokenizer, extended by a scheme's tokens.

    Args:
        base: a fast tokenizer with a chat template, as the base model ships it.
        vocabulary: the added tokens; ``first_id`` must be the size of the base vocabulary.

    Raises:
        CheckpointError: if the base has no chat template that keeps its parts apart.
    """

    def __init__(self, base: PreTrainedTokenizerFast, vocabulary: SidVocabulary) -> None:
        from tokenizers import Tokenizer

        if len(base) != vocabulary.first_id:
            raise CheckpointError(
                f"the tokenizer has {len(base)} entries, the SID tokens were made for {vocabulary.first_id}",
                "use the base model that the checkpoint was trained from",
            )
        self.base = base
        self.vocabulary = vocabulary
        plain = json.loads(base.backend_tokenizer.to_str())
        self._control = frozenset(token["id"] for token in plain["added_tokens"])
        plain["added_tokens"] = []
        plain["post_processor"] = plain["truncation"] = plain["padding"] = None
        self._plain = Tokenizer.from_str(json.dumps(plain))
        self.system_open, self.turn_open, self.reply_open, self.turn_again, self.reply_close = self._markup()
        self.end_of_reply = self.reply_close[0]

    def _markup(self) -> tuple[list[int], list[int], list[int], list[int], list[int]]:
        """The template's own tokens: before the system text, a first turn, a reply, a later turn, and after a reply."""
        from jinja2 import TemplateError

        roles = ("system", "user", "assistant", "user", "assistant")
        sentinels = [f"\x02{number}\x03" for number in range(len(roles))]
        messages = [{"role": role, "content": text} for role, text in zip(roles, sentinels, strict=True)]
        try:
            rest = str(self.base.apply_chat_template(messages, tokenize=False))
        except (ValueError, TypeError, TemplateError) as error:
            raise CheckpointError(
                f"the base model has no usable chat template: {error}", "use an instruct model"
            ) from error
        pieces = []
        for sentinel in sentinels:
            piece, found, rest = rest.partition(sentinel)
            if not found:
                raise CheckpointError("the base model's chat template drops system, user or assistant text")
            pieces.append(self.base.encode(piece, add_special_tokens=False))
        end = self.base.encode(rest, add_special_tokens=False)
        if not end or end[0] not in self._control:
            raise CheckpointError("the base model's chat template does not end a reply with a token of its own")
        return pieces[0], pieces[1], pieces[2], pieces[3], end

    @cached_property
    def control_ids(self) -> frozenset[int]:
        """Base tokens that are chat markup or otherwise not text."""
        return self._control

    def encode(self, text: str) -> list[int]:
        """Token ids of outside text: ordinary vocabulary only, whatever the text spells.

        Lone surrogates become ``?``; a byte that the base vocabulary lacks (of SmolLM2: six control characters, and
        the first byte of characters from U+40000) is left out.

        Raises:
            GrammarError: if a control token came out all the same.
        """
        valid = text.encode("utf-8", errors="replace").decode("utf-8")
        ids = self._plain.encode(valid, add_special_tokens=False).ids
        if any(token in self._control or token >= self.vocabulary.first_id for token in ids):
            raise GrammarError("text from outside became a control token", "the base tokenizer cannot be used safely")
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ordinary token ids; an unfinished multi-byte character at the end comes out as U+FFFD."""
        return self._plain.decode(list(ids), skip_special_tokens=False)
