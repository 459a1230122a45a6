"""Whether replies keep to what was asked: type, format, count and conditions.

Taken on replies written freely and on replies written under the grammar. Under it every figure but the reading of the
shopper's words must be 100 %; that is measured here and not taken for granted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from finetune.evaluation.plans import meeting, readable
from finetune.evaluation.replies import Reply
from finetune.evaluation.shares import share
from finetune.evaluation.shelf import Shelf
from finetune.examples.example import Example
from neo_assistant.sids import Sid
from neo_assistant.steering import Format


def obedience(replies: Sequence[Reply], examples: Mapping[int, Example], shelf: Shelf) -> dict[str, Any]:
    """Shares of replies that keep to what was asked, each with its interval and the number of replies it is over.

    Args:
        replies: decoded.
        examples: by number, those that the replies answer.
        shelf: the catalog.

    Returns:
        ``type``: over replies that name an item and whose prompt asks for types, those that name items of these types
        only. ``format``: over all replies, those made of what the prompt asks for (see :func:`keeps_format`).
        ``count``: over replies that name an item, those that name at most as many as asked. ``no_repeats``: likewise,
        those that name none twice. ``conditions_asked``: over replies that name an item and answer a request with
        conditions, those whose every item meets the conditions that the request means, whatever the reply made of
        them. ``conditions_read``: over replies that name an item and write conditions, those whose every item meets
        what they wrote.
    """
    found: dict[str, list[bool]] = {name: [] for name in _NAMES}
    for reply in replies:
        example, written = examples[reply.number], reply.written
        found["format"].append(keeps_format(reply, example))
        if not written.sids:
            continue
        items = [sid for sid in written.sids if sid is not None]
        found["no_repeats"].append(len(set(items)) == len(items))
        if len(reply.meant.sids) <= example.steering.count:
            found["count"].append(len(written.sids) <= example.steering.count)
        if example.steering.types:
            found["type"].append(all(_type_of(sid) in example.steering.types for sid in written.sids))
        conditions = reply.meant.want or ()
        if conditions or example.hidden.words() or example.steering.types:
            found["conditions_asked"].append(_all_meet(written.sids, example, conditions, shelf))
        if written.want:
            read = readable(written.want) and _all_meet(written.sids, example, written.want, shelf)
            found["conditions_read"].append(read)
    return {name: share(np.array(values, dtype=float)) for name, values in found.items()}


_NAMES = ("type", "format", "count", "no_repeats", "conditions_asked", "conditions_read")


def keeps_format(reply: Reply, example: Example) -> bool:
    """Whether a reply is made of what was asked for.

    ``ids``: no words, and items unless there are none to name; ``text``: words and no items; ``mixed``: words.
    """
    written = reply.written
    match example.steering.format:
        case Format.IDS:
            return not written.words and bool(written.sids or not reply.meant.sids)
        case Format.TEXT:
            return bool(written.words) and not written.sids
        case Format.MIXED:
            return bool(written.words)


def _type_of(sid: str | None) -> str | None:
    return None if sid is None else Sid.parse(sid).item_type


def _all_meet(sids: Sequence[str | None], example: Example, conditions: Sequence[str], shelf: Shelf) -> bool:
    """Whether every item is on sale and meets the conditions; a span that is no item does not."""
    meets = meeting(example, conditions, shelf)
    return all(sid in shelf.by_sid and shelf.by_sid[sid].sku in meets for sid in sids if sid is not None) and (
        None not in sids
    )
