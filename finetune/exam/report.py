"""The exam on paper: exam.md for people, exam.json with every reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finetune.evaluation.shares import percent
from finetune.exam.figures import FIGURES, FREE_FIGURES, Figure, Result


def markdown(found: dict[str, Any], results: Sequence[Result]) -> str:
    """Tables of the figures, and the list of failures."""
    lines = ["# Exam", "", f"{found['requests']} requests; shares with 95 % bootstrap intervals.", ""]
    lines += _table(FIGURES, found)
    if any(figure.key in found for figure in FREE_FIGURES):
        lines += ["", "Without the constraint, greedily:", "", *_table(FREE_FIGURES, found)]
    lines += ["", "| condition | stated | read | read and not stated |", "|" + " --- |" * 4]
    for name, count in found["by_condition"].items():
        lines.append(f"| {name} | {count['stated']} | {count['read']} | {count['invented']} |")
    lines += ["", "| group | requests | faultless | relevant item | conditions exact |", "|" + " --- |" * 5]
    for name, group in found["groups"].items():
        ratios = (f"{right} of {all_}" if all_ else "" for right, all_ in (group["relevant"], group["read_exactly"]))
        lines.append(f"| {name} | {group['requests']} | {group['faultless']} | {' | '.join(ratios)} |")
    failed = [result for result in results if any(result.grade.faults())]
    lines += ["", f"## Failures: {len(failed)}", ""]
    for result in failed:
        lines += _failure(result)
    return "\n".join(lines) + "\n"


def record(result: Result) -> dict[str, Any]:
    """A reply with its grades, as JSON values."""
    request, answer, grade = result.request, result.answer, result.grade
    read = grade.read
    values: dict[str, Any] = {
        "id": request.id,
        "group": request.group,
        "conversation": [*answer.conversation, f"shopper: {request.says[-1]}"],
        "reply": answer.aloud(),
        "items": [row.sku for row in answer.items],
        "want": answer.want,
        "notices": list(answer.notices),
        "faults": list(grade.faults()),
        "behaviour": grade.behaviour,
        "relevant": grade.relevant,
        "conditions": read and {"right": read.right, "missed": read.missed, "invented": read.invented},
        "claims": [
            {"text": one.text, "name": one.name, "of": list(one.subject), "true": one.true} for one in grade.claims
        ],
    }
    if result.free is not None:
        values["free"] = {"words": result.free_words, **{n: getattr(result.free, n) for n in ("valid", "format")}}
    return values


def _table(figures: Sequence[Figure], found: dict[str, Any]) -> list[str]:
    lines = ["| figure | share | of | goal |", "| --- | --- | --- | --- |"]
    for figure in figures:
        if (taken := found.get(figure.key)) is None:
            continue
        goal = "" if figure.goal is None else f"{100 * figure.goal:.0f} %"
        lines.append(f"| {figure.words} | {percent(taken)} | {taken['of']} | {goal} |")
    return lines


def _failure(result: Result) -> list[str]:
    request, answer = result.request, result.answer
    said = [*answer.conversation, f"shopper: {request.says[-1] or '(nothing)'}", f"assistant: {answer.aloud()}"]
    steering = [
        *(["types " + ", ".join(request.types)] if request.types else []),
        *([f"task {request.task}"] if request.task != "chat" else []),
        *([f"format {request.format}"] if request.format != "mixed" else []),
        *([f"history of {len(request.history)}"] if request.history else []),
        *([f"about {len(request.about)}"] if request.about else []),
    ]
    return [
        f"**{request.id}**"
        + (f" ({'; '.join(steering)})" if steering else "")
        + ": "
        + "; ".join(result.grade.faults()),
        "",
        *(f"> {line}  " for line in said),
        f"> read: {(answer.want or '').strip() or 'nothing'}",
        "",
    ]
