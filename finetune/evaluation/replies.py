"""Replies decoded greedily, freely or under the grammar, and what is right in the conditions that they read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from finetune.config import EvaluateConfig
from finetune.evaluation.reading import Reading, read_reply, without_open_span
from finetune.prepared import Prepared
from neo_assistant.prompts.tokenizer import ShopTokenizer

if TYPE_CHECKING:
    from neo_assistant.grammar.plan import ReplyPlan


@dataclass(frozen=True)
class Reply:
    """A decoded reply beside the one that was meant.

    Args:
        number: of the example it answers.
        task: of the example.
        meant: the reply that the example teaches.
        written: the reply decoded.
    """

    number: int
    task: str
    meant: Reading
    written: Reading


@torch.no_grad()
def decode_replies(
    model: Any,
    tokenizer: ShopTokenizer,
    data: Prepared,
    examples: Sequence[int],
    config: EvaluateConfig,
    plan_of: Callable[[int], ReplyPlan] | None = None,
) -> list[Reply]:
    """Decode the replies of examples greedily, side by side, in the order of ``examples``.

    Args:
        model: a causal language model of transformers.
        tokenizer: its tokenizer.
        data: the prepared examples.
        examples: their numbers.
        config: longest reply, and how many at once.
        plan_of: the constraint on the reply to an example; without it the model is free.
    """
    replies: dict[int, Reply] = {}
    ordered = sorted(examples, key=lambda example: (data.prompt_length(example), example))
    for start in range(0, len(ordered), config.batch):
        batch = ordered[start : start + config.batch]
        prompts = [data.ids_of(example)[: data.prompt_length(example)].tolist() for example in batch]
        plans = [plan_of(example) for example in batch] if plan_of else None
        written = generate(model, tokenizer.end_of_reply, prompts, plans, config.max_new_tokens)
        for example, prompt, tokens in zip(batch, prompts, written, strict=True):
            meant = data.ids_of(example)[len(prompt) :].tolist()
            tokens = without_open_span(tokens, tokenizer) if plans else tokens
            task = data.tasks[data.task_numbers[example]]
            replies[example] = Reply(example, task, read_reply(meant, tokenizer), read_reply(tokens, tokenizer))
    return [replies[example] for example in examples]


@torch.no_grad()
def generate(
    model: Any,
    end: int,
    prompts: Sequence[list[int]],
    plans: Sequence[ReplyPlan] | None,
    max_new_tokens: int,
    stop: int | None = None,
) -> list[list[int]]:
    """Greedy replies to prompts of different lengths.

    Args:
        model: a causal language model of transformers.
        end: the token that ends a reply; what follows it, or ``stop``, is padding made of it.
        prompts: token ids.
        plans: the constraint on each reply; None leaves the model free.
        max_new_tokens: longest reply.
        stop: another token to end at.
    """
    longest = max(map(len, prompts))
    # Padded on the left, so that every row goes on from its last token.
    ids = torch.tensor([[end] * (longest - len(prompt)) + prompt for prompt in prompts], device=model.device)
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts], device=model.device)
    processors = []
    if plans:
        from neo_assistant.grammar.processor import ReplyGrammar

        processors.append(ReplyGrammar(plans, [longest] * len(plans)))
    return model.generate(
        ids,
        attention_mask=mask,
        max_new_tokens=max_new_tokens,
        do_sample=False,
        eos_token_id=[end] if stop is None else [end, stop],
        pad_token_id=end,
        logits_processor=processors,
    )[:, longest:].tolist()


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


def _share(count: int, total: int) -> float | None:
    return round(count / total, 4) if total else None
