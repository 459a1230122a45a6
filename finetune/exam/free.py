"""The plain model's replies to the same prompts, greedy and without any grammar: what it has learned by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog_db.products import ProductRecord
from finetune.evaluation.reading import Reading, read_reply
from finetune.evaluation.replies import generate
from finetune.exam.asking import Answer, Assembled
from finetune.exam.requests import ExamRequest
from finetune.exam.wanted import Expected, meets
from neo_assistant.steering import Format

BATCH = 8
MAX_TOKENS = 120


@dataclass(frozen=True)
class FreeGrade:
    """What is right about a reply written freely; one truth value per semantic id in the tuples.

    Args:
        valid: whether it is an item on sale.
        of_type: whether its type is one of those asked for; empty where none was.
        fitting: whether the item meets what was stated; empty where nothing was, and without those not on sale.
        format: whether the reply is made of what was asked for.
    """

    valid: tuple[bool, ...]
    of_type: tuple[bool, ...]
    fitting: tuple[bool, ...]
    format: bool


def write_freely(prompts: Sequence[list[int]], assembled: Assembled) -> list[Reading]:
    """Greedy replies to prompts, in their order."""
    tokenizer = assembled.loaded.tokenizer
    order = sorted(range(len(prompts)), key=lambda number: (len(prompts[number]), number))
    found: dict[int, Reading] = {}
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        texts = generate(assembled.model, tokenizer.end_of_reply, [prompts[n] for n in batch], None, MAX_TOKENS)
        found.update(zip(batch, (read_reply(ids, tokenizer) for ids in texts), strict=True))
    return [found[number] for number in range(len(prompts))]


def rows_by_sid(assembled: Assembled, rows: Mapping[str, ProductRecord]) -> dict[str, ProductRecord]:
    """Semantic id as text → row, of everything on sale that has one."""
    skus = sorted(rows)
    sids = assembled.catalog.snapshot().sids(skus)
    return {str(sid): rows[sku] for sku, sid in zip(skus, sids, strict=True) if sid is not None}


def grade_freely(
    request: ExamRequest,
    reading: Reading,
    answer: Answer,
    expected: Expected,
    by_sid: Mapping[str, ProductRecord],
) -> FreeGrade:
    """Grade a reply written freely.

    Args:
        request: of the exam.
        reading: the reply.
        answer: of the whole assistant to the same turn; what had been shown before is the same.
        expected: what the request states.
        by_sid: from :func:`rows_by_sid`.
    """
    rows = [by_sid[sid] for sid in reading.sids if sid is not None and sid in by_sid]
    states = bool(expected.required) and request.expect.expects_items
    return FreeGrade(
        valid=tuple(sid in by_sid for sid in reading.sids),
        of_type=tuple(_has_type(sid, request.types) for sid in reading.sids if request.types),
        fitting=tuple(meets(row, expected, answer.shown, answer.seen) for row in rows if states),
        format=_keeps_format(request, reading),
    )


def _has_type(sid: str | None, types: Sequence[str]) -> bool:
    return sid is not None and sid.partition(":")[0] in types


def _keeps_format(request: ExamRequest, reading: Reading) -> bool:
    match request.format:
        case Format.IDS:
            return bool(reading.sids) and not reading.words
        case Format.TEXT:
            return bool(reading.words) and not reading.sids
        case Format.MIXED:
            return bool(reading.words) and (bool(reading.sids) or not request.expect.expects_items)
