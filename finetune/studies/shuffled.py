"""The control: the same training with semantic ids that have changed hands among the items of each type.

If the model learned from what the codes mean, it must fall; if it had merely learned each item by heart, it would not
(NEO, arXiv 2603.17533: HR@10 falls by 59.7 %).
"""

from __future__ import annotations

from typing import Any

from finetune.evaluation.shares import decimals
from finetune.studies import folders
from finetune.studies.measure import heldout, mean_of, open_checkpoint, rankings
from finetune.studies.setting import Setting, Study, Table, arm, train_arm, whole

GOAL = 0.4
TRUE, SHUFFLED = "true", "shuffled"
FIRST_TASK = "title to item"
PUBLIC_TASK = "title query"
"""What stands for text to semantic id where the shop has no facets."""


def shuffled(setting: Setting) -> Study:
    """Train both arms and compare them."""
    folder = folders.read(setting.examples)
    inputs = {TRUE: (setting.codebooks, setting.examples)}
    changed = arm(setting, "inputs")
    folders.write_shuffled(folder, setting.codebooks, setting.seed, changed / "examples", changed / "codebooks")
    inputs[SHUFFLED] = (changed / "codebooks", changed / "examples")
    found: dict[str, dict[str, Any]] = {}
    for name, (codebooks, examples) in inputs.items():
        checkpoint = train_arm(setting, name, whole(setting, setting.minutes), codebooks, examples)
        mine, loaded = folders.read(examples), open_checkpoint(checkpoint)
        found[name] = heldout(loaded, mine, setting.evaluate)
        found[name] |= rankings(loaded, mine, setting.benchmark, setting.evaluate)
    task = next((name for name in (FIRST_TASK, PUBLIC_TASK) if name in found[TRUE]["sids"]), "all")
    paths = {
        "next item, recall@10": ("next_item", "recall@10"),
        "search, recall@10": ("search", "recall@10"),
        "search, ndcg@10": ("search", "ndcg@10"),
        f"{task}, whole id": ("sids", task, "exact"),
        f"{task}, first code": ("sids", task, "a"),
    }
    falls: dict[str, float | None] = {}
    rows = []
    for name, path in paths.items():
        true, other = (mean_of(found[one], *path) for one in (TRUE, SHUFFLED))
        if true is None or other is None:
            continue
        falls[name] = round(1 - other / true, 4) if true > 0 else None
        said = "–" if falls[name] is None else f"{100 * (1 - other / true):.0f} %"
        rows.append([name, *(_said(found[one], path) for one in (TRUE, SHUFFLED)), said])
    ranked = [fall for name, fall in falls.items() if "recall@10" in name]
    known = [fall for fall in ranked if fall is not None]
    return Study(
        name="shuffled",
        question="Does the model use what semantic ids mean?",
        how="Two trainings that differ in one thing: in the second, the items of each type have exchanged their "
        "semantic ids at random, in the examples, the catalog and the words that start the codes' rows.",
        goal=f"recall@10 falls by at least {100 * GOAL:.0f} %",
        met=all(fall >= GOAL for fall in known) if known and len(known) == len(ranked) else None,
        figures={"arms": found, "falls": falls},
        tables=[Table("Higher is better; the fall is relative.", ["", TRUE, SHUFFLED, "fall"], rows)],
    )


def _said(found: dict[str, Any], path: tuple[str, ...]) -> str:
    value: Any = found
    for name in path:
        value = value[name]
    return decimals(value) if isinstance(value, dict) else f"{value:.4f}"
