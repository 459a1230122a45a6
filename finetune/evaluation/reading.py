"""A reply's token ids, read: the conditions of its want span, its semantic ids, its words, and whether it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neo_assistant.errors import SidError
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import SidVocabulary


@dataclass(frozen=True)
class Reading:
    """What a reply holds.

    Args:
        want: conditions of its want span, without ``found``; None when it has none.
        sids: semantic ids as text; None for a span that is not one.
        ended: whether it came to its end within the tokens allowed.
        words: what it says outside of both, trimmed.
    """

    want: tuple[str, ...] | None
    sids: tuple[str | None, ...]
    ended: bool
    words: str = ""


def read_reply(ids: Sequence[int], tokenizer: ShopTokenizer) -> Reading:
    """Read a reply's token ids, up to its end."""
    ended = tokenizer.end_of_reply in ids
    tokens = list(ids[: ids.index(tokenizer.end_of_reply)] if ended else ids)
    want, rest = _split_want(tokens, tokenizer.vocabulary)
    conditions = None if want is None else _conditions(want, tokenizer)
    first_id, control = tokenizer.vocabulary.first_id, tokenizer.control_ids
    words = tokenizer.decode([token for token in rest if token < first_id and token not in control])
    return Reading(conditions, tuple(_sids(tokens, tokenizer.vocabulary)), ended, words.strip())


def without_open_span(ids: Sequence[int], tokenizer: ShopTokenizer) -> list[int]:
    """The ids without a semantic id at their very end that the limit on tokens cut short.

    Under the grammar only that limit leaves a span unfinished, and serving would finish it.
    """
    vocabulary = tokenizer.vocabulary
    length = vocabulary.scheme.span_length
    for place in range(max(0, len(ids) - length + 1), len(ids)):
        if vocabulary.first_id <= ids[place] < vocabulary.first_code:
            return list(ids[:place])
    return list(ids)


def _split_want(tokens: list[int], vocabulary: SidVocabulary) -> tuple[list[int] | None, list[int]]:
    """The tokens inside the first want span (None if there is none or it has no end), and all others."""
    if vocabulary.want_open not in tokens:
        return None, tokens
    begin = tokens.index(vocabulary.want_open)
    inside = tokens[begin + 1 :]
    if vocabulary.want_close not in inside:
        return None, tokens
    end = inside.index(vocabulary.want_close)
    return inside[:end], [*tokens[:begin], *inside[end + 1 :]]


def _conditions(inside: list[int], tokenizer: ShopTokenizer) -> tuple[str, ...]:
    words = tokenizer.decode([token for token in inside if token < tokenizer.vocabulary.first_id])
    conditions = (word.strip() for word in words.split(";"))
    return tuple(word for word in conditions if word and not word.startswith("found "))


def _sids(tokens: list[int], vocabulary: SidVocabulary) -> list[str | None]:
    """Every span that an opener begins, and every code that stands outside of one as None."""
    found: list[str | None] = []
    position, length = 0, vocabulary.scheme.span_length
    while position < len(tokens):
        token = tokens[position]
        step = 1
        if vocabulary.first_id <= token < vocabulary.first_code:
            try:
                found.append(str(vocabulary.decode(tokens[position : position + length])))
                step = length
            except SidError:
                found.append(None)
                # Its codes, if any, belong to this span and are not counted again.
                while position + step < len(tokens) and _is_code(tokens[position + step], vocabulary):
                    step += 1
        elif _is_code(token, vocabulary):
            found.append(None)
        position += step
    return found


def _is_code(token: int, vocabulary: SidVocabulary) -> bool:
    return vocabulary.first_code <= token < vocabulary.want_open
