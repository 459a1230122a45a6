"""A reply's token ids, read: the conditions of its want span, its semantic ids and words, and whether it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from neo_assistant.errors import SidError
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import Sid, SidVocabulary


@dataclass(frozen=True)
class Reading:
    """What a reply holds.

    Args:
        want: conditions of its want span, without ``found``; None when it has none.
        sids: semantic ids as text; None for a span that is not one.
        ended: whether it came to its end within the tokens allowed.
        words: what it says outside of both, trimmed.
        parts: words and semantic ids in the order in which they stand; spans that are none left out.
    """

    want: tuple[str, ...] | None
    sids: tuple[str | None, ...]
    ended: bool
    words: str = ""
    parts: tuple[str | Sid, ...] = field(default=(), compare=False)


def read_reply(ids: Sequence[int], tokenizer: ShopTokenizer) -> Reading:
    """Read a reply's token ids, up to its end."""
    ended = tokenizer.end_of_reply in ids
    tokens = list(ids[: ids.index(tokenizer.end_of_reply)] if ended else ids)
    want, rest = _split_want(tokens, tokenizer.vocabulary)
    conditions = None if want is None else _conditions(want, tokenizer)
    spans = list(_spans(rest, tokenizer.vocabulary))
    words = _words(rest, tokenizer)
    parts = _parts(rest, spans, tokenizer)
    return Reading(conditions, tuple(str(s.sid) if s.sid else None for s in spans), ended, words.strip(), parts)


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


@dataclass(frozen=True)
class _Span:
    """Where a semantic id stands, or what was to be one, then without a ``sid``."""

    start: int
    end: int
    sid: Sid | None


def _spans(tokens: list[int], vocabulary: SidVocabulary) -> Iterator[_Span]:
    """Every span that an opener begins, and every code that stands outside of one."""
    position, length = 0, vocabulary.scheme.span_length
    while position < len(tokens):
        token, end, sid = tokens[position], position + 1, None
        if vocabulary.first_id <= token < vocabulary.first_code:
            try:
                sid = vocabulary.decode(tokens[position : position + length])
                end = position + length
            except SidError:
                # Its codes, if any, belong to this span and are not counted again.
                while end < len(tokens) and _is_code(tokens[end], vocabulary):
                    end += 1
            yield _Span(position, end, sid)
        elif _is_code(token, vocabulary):
            yield _Span(position, end, None)
        position = end


def _parts(tokens: list[int], spans: Sequence[_Span], tokenizer: ShopTokenizer) -> tuple[str | Sid, ...]:
    parts: list[str | Sid] = []
    place = 0
    for span in (*spans, _Span(len(tokens), len(tokens), None)):
        if words := _words(tokens[place : span.start], tokenizer):
            parts.append(words)
        if span.sid is not None:
            parts.append(span.sid)
        place = span.end
    return tuple(parts)


def _words(tokens: Sequence[int], tokenizer: ShopTokenizer) -> str:
    first_id, control = tokenizer.vocabulary.first_id, tokenizer.control_ids
    return tokenizer.decode([token for token in tokens if token < first_id and token not in control])


def _is_code(token: int, vocabulary: SidVocabulary) -> bool:
    return vocabulary.first_code <= token < vocabulary.want_open
