"""The figures of an evaluation as one page of Markdown tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from finetune.evaluation.shares import decimals, percent

WHAT = {
    "type": "items of the types asked for",
    "format": "made of what was asked for",
    "count": "at most as many items as asked for",
    "no_repeats": "no item twice",
    "conditions_asked": "items meet the conditions asked for",
    "conditions_read": "items meet the conditions the reply wrote down",
}


def markdown(figures: Mapping[str, Any]) -> str:
    """All figures that were taken, as tables."""
    count = figures["examples"]
    lines = [
        "# Held-out figures",
        "",
        f"{count['teacher_forced']} examples under teacher forcing, {count['replies']} replies decoded greedily. In "
        "parentheses: 95 % bootstrap intervals.",
        "",
        *_losses(figures),
        *_wants(figures),
        *_sids(figures),
        *_obedience(figures.get("obedience")),
        *_profiles(figures.get("profiles")),
        *_exposure(figures.get("exposure")),
        *_groundedness(figures.get("groundedness")),
        *_rankings("Next item of held-out shoppers, leave-one-out, all items ranked", figures.get("next_item")),
        *_rankings("Held-out searches, all items ranked", figures.get("search")),
        *_language(figures.get("language")),
    ]
    lines += [f"Not taken: {name} ({why})." for name, why in figures.get("left_out", {}).items()]
    return "\n".join(lines).rstrip() + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """A Markdown table; short rows are filled up with empty cells."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for row in rows:
        cells = [str(cell) for cell in row] + [""] * (len(header) - len(row))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _losses(figures: Mapping[str, Any]) -> list[str]:
    accuracy = figures["sid_accuracy"]
    levels = [name for name in next(iter(accuracy.values()), {}) if name != "items"]
    rows = []
    for task, loss in figures["loss"].items():
        found = accuracy.get(task)
        rows.append([task, f"{loss:.3f}", *([found["items"], *(percent(found[n]) for n in levels)] if found else [])])
    said = "Loss per token; semantic ids right by level, given the levels before:"
    return [said, "", *table(["task", "loss", "items", *levels], rows), ""]


def _wants(figures: Mapping[str, Any]) -> list[str]:
    want = figures["want"]
    if not want["replies"]:
        return []
    rows = [[name, found["meant"], percent(found["right"])] for name, found in want["conditions"].items()]
    return [
        f"Want spans, {want['replies']} replies without the grammar: {percent(want['exact'])} exactly right; of the "
        f"conditions written {percent(want['precision'])} are right, of those meant {percent(want['recall'])} are "
        "written.",
        "",
        *table(["condition", "meant", "right"], rows),
        "",
    ]


def _sids(figures: Mapping[str, Any]) -> list[str]:
    groups = {"without": figures, **({"with": figures["constrained"]} if "constrained" in figures else {})}
    lines = []
    for said, group in groups.items():
        sids = group["sids"]
        lines += [
            f"Semantic ids written {said} the constraint: {sids['written']}, of which {percent(sids['on_sale'])} are "
            f"an item on sale and {percent(sids['well_formed'])} are well formed. {percent(group['ended'])} of the "
            "replies came to an end.",
            "",
        ]
    return lines


def _obedience(groups: Mapping[str, Any] | None) -> list[str]:
    if not groups:
        return []
    header = [
        "replies that keep to what was asked",
        "over",
        "grammar off",
        *(["on"] if "constrained" in groups else []),
    ]
    rows = []
    for name, said in WHAT.items():
        found = [groups[group][name] for group in groups]
        counts = "/".join(str(one["of"] if one else 0) for one in found)
        rows.append([said, counts, *(percent(one) for one in found)])
    return [*table(header, rows), ""]


def _profiles(profiles: Mapping[str, Any] | None) -> list[str]:
    if not profiles:
        return []
    names = {
        "kinds": "kinds of the history that it names",
        "types": "item types of the history that it names",
        "true": "of what it names, the history has",
    }
    rows = [[said, *(percent(profiles[group][name]) for group in ("written", "meant"))] for name, said in names.items()]
    return [*table(["taste profile", "written", "as taught"], rows), ""]


def _exposure(found: Mapping[str, Any] | None) -> list[str]:
    if not found:
        return []
    return [
        f"Exposure: {found['named']} namings of {found['distinct']} different items, {percent(found['coverage'])} of "
        f"the catalog; the most named has {percent(found['most'])} of them. Gini {found['gini']:.3f} (as few namings "
        f"spread as evenly as can be: {found['gini_least']:.3f}).",
        "",
    ]


def _groundedness(found: Mapping[str, Any] | None) -> list[str]:
    if not found:
        return []
    rows = [[task, one["claims"], percent(one["true"]), percent(one["replies_true"])] for task, one in found.items()]
    return [*table(["stated of items", "claims", "true", "replies without a false one"], rows), ""]


def _rankings(title: str, found: Mapping[str, Any] | None) -> list[str]:
    if not found:
        return []
    rankers = found["rankers"]
    metrics = list(next(iter(rankers.values())))
    rows = [[name, *(decimals(values[metric]) for metric in metrics)] for name, values in rankers.items()]
    return [f"{title} ({found['of']} of them):", "", *table(["", *metrics], rows), ""]


def _language(found: Mapping[str, Any] | None) -> list[str]:
    if not found:
        return []
    rows = [
        [kind, one["texts"], one["tokens"], f"{one['before']:.2f}", f"{one['after']:.2f}", f"{one['ratio']:.3f}"]
        for kind, one in found.items()
        if isinstance(one, Mapping) and "ratio" in one
    ]
    said = f"Perplexity on ordinary text, before and after training (goal: at most {found['goal']:.2f} times):"
    return [said, "", *table(["texts", "number", "tokens", "before", "after", "after / before"], rows), ""]
