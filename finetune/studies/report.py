"""A study as JSON and as a page of Markdown."""

from __future__ import annotations

import json
from pathlib import Path

from finetune.evaluation.report import table
from finetune.studies.setting import Setting, Study

JSON, PAGE = "study.json", "study.md"


def write(study: Study, setting: Setting) -> str:
    """Write both into the study's folder and return the page."""
    setting.out.mkdir(parents=True, exist_ok=True)
    values = {
        "study": study.name,
        "question": study.question,
        "recipe": setting.recipe.name,
        "minutes": setting.minutes,
        "seed": setting.seed,
        "goal": study.goal,
        "met": study.met,
        "figures": study.figures,
    }
    (setting.out / JSON).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    page = markdown(study, setting)
    (setting.out / PAGE).write_text(page, encoding="utf-8")
    return page


def markdown(study: Study, setting: Setting) -> str:
    """The page."""
    met = {True: "met", False: "not met", None: "not decided here"}[study.met]
    lines = [f"# {study.question}", "", study.how, ""]
    if setting.runs:
        lines += [f"Runs: {', '.join(setting.runs)}.", ""]
    elif setting.checkpoint:
        lines += [f"Recipe {setting.recipe.name}, checkpoint {setting.checkpoint}.", ""]
    else:
        budget = f"{setting.minutes:g} processor minutes an arm, seed {setting.seed}"
        lines += [f"Recipe {setting.recipe.name}, {budget}.", ""]
    lines += [f"Goal: {study.goal}: {met}.", ""] if study.goal else []
    for one in study.tables:
        lines += [one.title, "", *table(one.header, one.rows), ""]
    lines += [f"![{Path(name).stem}]({name})" for name in study.plots]
    return "\n".join(lines).rstrip() + "\n"
