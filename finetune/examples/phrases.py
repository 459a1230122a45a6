"""Phrasings as data: groups of templates in YAML, checked when loaded, with a few of each group held out.

A file holds groups, ``name: [template, …]``; placeholders stand in braces. Which placeholders a group may use is fixed
in :data:`PLACEHOLDERS`, so that a translation with a misspelt one is refused and not trained on. To add a language,
copy the folder ``phrasings/en`` and translate the texts.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from finetune.errors import PhrasingError

FOLDER = Path(__file__).parent / "phrasings"
HELD_OUT_SHARE = 0.05
FEWEST_TO_HOLD_OUT = 8
"""Smaller groups are used whole in training."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

NOUNS = frozenset({"bare", "one", "many", "n", "digit"})
"""Of a shopper's frame: the thing bare ("blue mug"), with article, in the plural, and the count as word or digit."""

PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "box": NOUNS,
    "frames": NOUNS,
    "counted": NOUNS,
    "by_need": frozenset({"need"}),
    "by_type": frozenset({"type", "place"}),
    "max_price": frozenset({"max"}),
    "min_price": frozenset({"min"}),
    "price_between": frozenset({"min", "max"}),
    "rating": frozenset({"rating"}),
    "by_title": frozenset({"title"}),
    "by_details": frozenset({"details"}),
    "recommend_of_type": frozenset({"type", "place"}),
    "goes_with_kind": frozenset({"many"}),
    "refine_facet": frozenset({"after", "value"}),
    "refine_price": frozenset({"max"}),
    "refine_kind": frozenset({"many", "bare", "one"}),
    "unsold": frozenset({"thing"}),
    "reply_found": frozenset({"count", "things"}),
    "reply_few": frozenset({"count", "things"}),
    "reply_nothing": frozenset({"things"}),
    "reply_relax": frozenset({"relax"}),
    "reply_recommend": frozenset({"count", "things"}),
    "reply_because": frozenset({"kinds"}),
    "reply_similar": frozenset({"count", "things"}),
    "reply_goes_with": frozenset({"thing"}),
    "reply_goes_with_kind": frozenset({"thing", "count", "things"}),
    "reply_one": frozenset({"things"}),
    "reply_popular": frozenset({"count", "things"}),
    "reply_why": frozenset({"one", "things"}),
    "reply_describe": frozenset({"one", "One"}),
    "reply_describe_titled": frozenset({"One", "title"}),
    "reply_type": frozenset({"type"}),
    "reply_words_only": frozenset({"things"}),
    "reply_unsold": frozenset({"thing"}),
    "profile_kinds": frozenset({"kinds"}),
    "profile_taste": frozenset({"likes"}),
}
"""Group → placeholders its templates may use."""

PLAIN = frozenset(
    (
        *("just_one", "stock", "describe", "which_type", "recommend", "popular", "profile", "broad", "unsold_things"),
        *("similar", "similar_first", "similar_second", "goes_with"),
        *("refine_cheaper", "refine_dearer", "refine_other", "refine_stock"),
        *("why_first", "why_second", "more_first", "more_second"),
        *("reply_only", "reply_recommend_one", "reply_broad"),
    )
)
"""Groups without placeholders."""


def held_out(key: str, share: float = HELD_OUT_SHARE) -> bool:
    """Whether ``key`` belongs to the held-out share; a property of the key alone, whatever the seed."""
    return int.from_bytes(hashlib.sha256(f"held out {key}".encode()).digest()[:8]) < share * 2**64


@dataclass(frozen=True)
class Phrase:
    """A template that was drawn. ``held`` says that it is kept out of training."""

    template: str
    held: bool

    def fill(self, **values: object) -> str:
        return self.template.format(**values)


@dataclass(frozen=True)
class PhraseBook:
    """Every group of one language, and its word lists.

    Raises:
        PhrasingError: if a group has an unknown placeholder, or a template occurs twice in it.
    """

    language: str
    groups: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Any]
    talk: tuple[Mapping[str, tuple[str, ...]], ...]
    """Small talk: ``ask`` and ``answer`` lists."""
    general: tuple[Mapping[str, tuple[str, ...]], ...]
    """Ordinary questions and answers, for keeping the language alive: ``ask`` and ``answer`` lists."""
    _held: Mapping[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        held = {}
        known = PLAIN | set(PLACEHOLDERS)
        if wrong := sorted(known ^ set(self.groups)):
            problem = "missing" if wrong[0] in known else "not known"
            raise PhrasingError(f"phrasings {self.language}: the group {wrong[0]!r} is {problem}")
        for name, templates in self.groups.items():
            allowed = PLACEHOLDERS.get(name, frozenset())
            if len(set(templates)) < len(templates) or not templates:
                raise PhrasingError(f"phrasings {self.language}, group {name!r}: empty, or a phrase occurs twice")
            for template in templates:
                unknown = set(_PLACEHOLDER.findall(template)) - allowed
                if unknown or template.count("{") != len(_PLACEHOLDER.findall(template)):
                    raise PhrasingError(
                        f"phrasings {self.language}, group {name!r}: placeholder {sorted(unknown)} in {template!r}",
                        f"known there: {', '.join(sorted(allowed)) or 'none'}",
                    )
            held[name] = _hold(name, templates)
        object.__setattr__(self, "_held", held)

    def draw(self, group: str, rng: random.Random) -> Phrase:
        """Any phrase of a group."""
        template = rng.choice(self.groups[group])
        return Phrase(template, template in self._held[group])

    def say(self, group: str, rng: random.Random, **values: object) -> str:
        """A filled phrase for a reply; replies are not held out."""
        return rng.choice(self.groups[group]).format(**values)


def _hold(group: str, templates: tuple[str, ...]) -> frozenset[str]:
    """The held-out templates of a group: about one in twenty, at least one of a group that is large enough."""
    if group.startswith(("reply_", "profile_")) or len(templates) < FEWEST_TO_HOLD_OUT:
        return frozenset()
    ranked = sorted(templates, key=lambda template: hashlib.sha256(f"{group} {template}".encode()).digest())
    return frozenset(ranked[: max(1, round(HELD_OUT_SHARE * len(templates)))])


def load_phrases(language: str = "en") -> PhraseBook:
    """Read ``phrasings/<language>``.

    Raises:
        PhrasingError: if there is no such language or a file is not as it should be.
    """
    folder = FOLDER / language
    if not folder.is_dir():
        known = ", ".join(sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))
        raise PhrasingError(f"there are no phrasings in {language!r}", f"there are: {known}")
    groups: dict[str, tuple[str, ...]] = {}
    for name in ("shopper", "replies"):
        for group, templates in _read(folder / f"{name}.yaml", dict).items():
            if not isinstance(templates, list) or not all(isinstance(text, str) for text in templates):
                raise PhrasingError(f"{folder.name}/{name}.yaml: {group!r} is not a list of texts")
            groups[group] = tuple(templates)
    words = _read(folder / "words.yaml", dict)
    talk = tuple(_dialogue(folder / "talk.yaml", entry) for entry in _read(folder / "talk.yaml", list))
    general = tuple(_dialogue(folder / "general.yaml", entry) for entry in _read(folder / "general.yaml", list))
    return PhraseBook(language, groups, words, talk, general)


def _read(path: Path, kind: type) -> Any:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise PhrasingError(f"phrasings cannot be read: {error}") from error
    if not isinstance(values, kind):
        raise PhrasingError(f"{path.parent.name}/{path.name} does not hold a {kind.__name__}")
    return values


def _dialogue(path: Path, entry: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(entry, dict) or set(entry) - {"ask", "answer", "topic"} or not entry.get("ask"):
        raise PhrasingError(f"{path.parent.name}/{path.name}: an entry has ask and answer, not {entry!r}")
    lists = {name: entry[name] if isinstance(entry[name], list) else [entry[name]] for name in ("ask", "answer")}
    return {name: tuple(str(text) for text in texts) for name, texts in lists.items()}
