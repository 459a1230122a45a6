"""Replies decoded greedily and without any constraint, and what is right in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from finetune.config import EvaluateConfig
from finetune.prepared import Prepared
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
    """

    want: tuple[str, ...] | None
    sids: tuple[str | None, ...]
    ended: bool


@dataclass(frozen=True)
class Reply:
    """A decoded reply beside the one that was meant."""

    task: str
    meant: Reading
    written: Reading


@torch.no_grad()
def decode_replies(
    model: Any, tokenizer: ShopTokenizer, data: Prepared, examples: Sequence[int], config: EvaluateConfig
) -> list[Reply]:
    """Decode the replies of examples side by side, in the order of ``examples``."""
    end = tokenizer.end_of_reply
    replies: dict[int, Reply] = {}
    ordered = sorted(examples, key=lambda example: (data.prompt_length(example), example))
    for start in range(0, len(ordered), config.batch):
        batch = ordered[start : start + config.batch]
        prompts = [data.ids_of(example)[: data.prompt_length(example)].tolist() for example in batch]
        longest = max(map(len, prompts))
        # Padded on the left, so that every row goes on from its last token.
        ids = torch.tensor([[end] * (longest - len(prompt)) + prompt for prompt in prompts], device=model.device)
        mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts], device=model.device)
        written = model.generate(
            ids,
            attention_mask=mask,
            max_new_tokens=config.max_new_tokens,
            do_sample=False,
            eos_token_id=end,
            pad_token_id=end,
        )[:, longest:].tolist()
        for example, prompt, tokens in zip(batch, prompts, written, strict=True):
            meant = data.ids_of(example)[len(prompt) :].tolist()
            task = data.tasks[data.task_numbers[example]]
            replies[example] = Reply(task, read_reply(meant, tokenizer), read_reply(tokens, tokenizer))
    return [replies[example] for example in examples]


def read_reply(ids: Sequence[int], tokenizer: ShopTokenizer) -> Reading:
    """Read a reply's token ids, up to its end."""
    ended = tokenizer.end_of_reply in ids
    tokens = list(ids[: ids.index(tokenizer.end_of_reply)] if ended else ids)
    vocabulary = tokenizer.vocabulary
    return Reading(_want(tokens, tokenizer), tuple(_sids(tokens, vocabulary)), ended)


def reply_figures(replies: Sequence[Reply], items: frozenset[str]) -> dict[str, Any]:
    """Figures over replies.

    Returns:
        ``want``: over the replies that are meant to have one, the share ``exact`` (the same conditions), ``precision``
        and ``recall`` of conditions, and per condition's name how many were meant and the share of them right.
        ``sids``: spans written, and the shares well formed and on sale. ``ended``: share of replies that ended.
    """
    wanted = [reply for reply in replies if reply.meant.want is not None]
    exact = written = right = 0
    meant, hit = Counter[str](), Counter[str]()
    for reply in wanted:
        expected, found = Counter(reply.meant.want), Counter(reply.written.want or ())
        exact += reply.written.want is not None and expected == found
        written += found.total()
        right += (expected & found).total()
        meant.update(condition_name(condition) for condition in expected.elements())
        hit.update(condition_name(condition) for condition in (expected & found).elements())
    spans = [sid for reply in replies for sid in reply.written.sids]
    return {
        "want": {
            "replies": len(wanted),
            "exact": _share(exact, len(wanted)),
            "precision": _share(right, written),
            "recall": _share(hit.total(), meant.total()),
            "conditions": {
                name: {"meant": meant[name], "right": _share(hit[name], meant[name])} for name in sorted(meant)
            },
        },
        "sids": {
            "written": len(spans),
            "well_formed": _share(sum(sid is not None for sid in spans), len(spans)),
            "on_sale": _share(sum(sid in items for sid in spans), len(spans)),
        },
        "ended": _share(sum(reply.written.ended for reply in replies), len(replies)),
    }


def condition_name(condition: str) -> str:
    """``colour`` of ``colour: blue``, ``price <`` of ``price < 20``, all of ``in stock``."""
    if ": " in condition:
        return condition.partition(": ")[0]
    words = condition.split()
    return " ".join(words[:2]) if words and words[0] in ("price", "rating") else condition


def _want(tokens: list[int], tokenizer: ShopTokenizer) -> tuple[str, ...] | None:
    """Conditions of the first want span; None if there is none or it has no end."""
    vocabulary = tokenizer.vocabulary
    if vocabulary.want_open not in tokens:
        return None
    inside = tokens[tokens.index(vocabulary.want_open) + 1 :]
    if vocabulary.want_close not in inside:
        return None
    inside = inside[: inside.index(vocabulary.want_close)]
    words = tokenizer.decode([token for token in inside if token < vocabulary.first_id])
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


def _share(count: int, total: int) -> float | None:
    return round(count / total, 4) if total else None
