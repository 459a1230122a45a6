"""Groundedness: what replies state about items, looked up in the items' rows.

The reader of statements is the one that serving has (:mod:`neo_assistant.claims`); its module says what it reads and
what it leaves unread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from finetune.evaluation.plans import shown_in
from finetune.evaluation.replies import Reply
from finetune.evaluation.shares import share
from finetune.evaluation.shelf import Shelf, as_record
from finetune.examples.example import Example
from neo_assistant.claims.reader import Claim, ClaimReader

LANGUAGE = "language"
"""Ordinary text, which speaks of no item: "steel" and "one person" state nothing there."""


def groundedness(replies: Sequence[Reply], examples: Mapping[int, Example], shelf: Shelf) -> dict[str, Any]:
    """By task, and over ``all``: what the replies state about items; replies of ordinary language are left out.

    Returns:
        for every task whose replies state something: ``claims``, how many statements; ``true``, the share of them that
        the rows bear out; ``replies_true``, of the replies that state something the share with no false statement;
        ``false_by_name``, false statements by what they are about.
    """
    reader = ClaimReader({name: sorted(known) for name, known in shelf.shop.facet_values.items()}, shelf.shop.currency)
    by_task: dict[str, list[list[Claim]]] = {}
    for reply in replies:
        if reply.task == LANGUAGE:
            continue
        if claims := _claims(reply, examples[reply.number], shelf, reader):
            by_task.setdefault(reply.task, []).append(claims)
            by_task.setdefault("all", []).append(claims)
    order = [*(task for task in by_task if task != "all"), *(["all"] if by_task else [])]
    return {task: _figures(by_task[task]) for task in order}


def _claims(reply: Reply, example: Example, shelf: Shelf, reader: ClaimReader) -> list[Claim]:
    parts = [
        part if isinstance(part, str) else as_record(shelf.by_sid[str(part)], shelf)
        for part in reply.written.parts
        if isinstance(part, str) or str(part) in shelf.by_sid
    ]
    shown, _ = shown_in(example, shelf)
    history = [shelf.by_sid[str(sid)] for sid in example.steering.history if str(sid) in shelf.by_sid]
    return reader.read(parts, [as_record(item, shelf) for item in shown], [as_record(item, shelf) for item in history])


def _figures(replies: Sequence[Sequence[Claim]]) -> dict[str, Any]:
    claims = [claim for reply in replies for claim in reply]
    false = Counter(claim.name for claim in claims if not claim.true)
    return {
        "claims": len(claims),
        "true": share(np.array([claim.true for claim in claims], dtype=float)),
        "replies_true": share(np.array([all(claim.true for claim in reply) for reply in replies], dtype=float)),
        "false_by_name": {name: false[name] for name in sorted(false)},
    }
