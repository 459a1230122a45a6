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
from finetune.examples.bundle_groups import BUNDLE_PLACEHOLDERS
from finetune.examples.item_groups import ITEM_PLACEHOLDERS, ITEM_PLAIN, check_statements

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
    "several": frozenset({"list"}),
    "spread": frozenset({"one"}),
    "by_need": frozenset({"need"}),
    "by_need_thing": frozenset({"need"}),
    "by_need_to": frozenset({"need"}),
    "by_need_other": frozenset({"need"}),
    "by_need_where": frozenset({"need", "where"}),
    "by_type": frozenset({"type", "place"}),
    "max_price": frozenset({"max"}),
    "min_price": frozenset({"min"}),
    "price_between": frozenset({"min", "max"}),
    "rating": frozenset({"rating"}),
    "by_title": frozenset({"title"}),
    "by_details": frozenset({"details"}),
    "refine_facet": frozenset({"after", "value"}),
    "refine_price": frozenset({"max"}),
    "refine_kind": frozenset({"many", "bare", "one"}),
    "refine_need": frozenset({"need"}),
    "refine_instead": frozenset({"many", "bare", "one"}),
    "refine_first_but": frozenset({"after"}),
    "refine_second_but": frozenset({"after"}),
    "refine_drop_facet": frozenset({"name"}),
    "refine_drop_value": frozenset({"after"}),
    "reply_found": frozenset({"count", "things"}),
    "reply_few": frozenset({"count", "things"}),
    "reply_nothing": frozenset({"things"}),
    "reply_relax": frozenset({"relax"}),
    "reply_one": frozenset({"things"}),
    "reply_words_only": frozenset({"things"}),
    "reply_several": frozenset({"list", "limits"}),
    "reply_several_few": frozenset({"list", "limits"}),
    "reply_unsold": frozenset({"things"}),
    "reply_unsold_near": frozenset({"near"}),
    "reply_broad": frozenset({"choices"}),
    "reply_broad_range": frozenset({"choices"}),
    **ITEM_PLACEHOLDERS,
    **BUNDLE_PLACEHOLDERS,
}
"""Group → placeholders its templates may use."""

PLAIN = frozenset(
    (
        *("just_one", "stock", "broad", "broad_range", "well_rated"),
        *("refine_cheaper", "refine_dearer", "refine_other", "refine_stock"),
        *("refine_drop_price", "refine_drop_stock", "refine_drop_rating", "refine_accept"),
        *("reply_only", "reply_unsold_else"),
        *ITEM_PLAIN,
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
class Exchange:
    """Ways to say one thing, and answers to it; ``later`` says that it also comes up after a search and its reply."""

    ask: tuple[str, ...]
    answer: tuple[str, ...]
    later: bool = False


@dataclass(frozen=True)
class UnsoldThings:
    """Things that a shop may not sell, with what people put before them, and what a reply points to instead.

    Args:
        things: singulars, or as they are after a ``~``.
        qualities: what shoppers put before them.
        near: kinds or item types.
    """

    things: tuple[str, ...]
    qualities: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True)
class Theme:
    """What people buy several things for (``a picnic``), or whom they give them to; and the kinds that belong to it."""

    name: str
    kinds: tuple[str, ...]
    is_person: bool


@dataclass(frozen=True)
class PhraseBook:
    """Every group of one language, and its word lists.

    Raises:
        PhrasingError: if a group has an unknown placeholder, or a template occurs twice in it.
    """

    language: str
    groups: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Any]
    talk: tuple[Exchange, ...]
    """Small talk, by topic."""
    general: tuple[Exchange, ...]
    """Ordinary questions and answers, for keeping the language alive."""
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Kind → what people say when they need it and do not name it."""
    unsold: tuple[UnsoldThings, ...] = ()
    """What a shop may well not sell."""
    themes: tuple[Theme, ...] = ()
    """What people buy several things for."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Kind → what people call it, beside what the catalog knows."""
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """A name of several kinds → those kinds."""
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
    for name in ("shopper", "replies", "items", "bundles"):
        for group, templates in _read(folder / f"{name}.yaml", dict).items():
            if not isinstance(templates, list) or not all(isinstance(text, str) for text in templates):
                raise PhrasingError(f"{folder.name}/{name}.yaml: {group!r} is not a list of texts")
            groups[group] = tuple(templates)
    statements = _read(folder / "statements.yaml", dict)
    check_statements(statements, f"{folder.name}/statements.yaml")
    words = {**_read(folder / "words.yaml", dict), "statements": statements}
    themes = tuple(_theme(folder / "themes.yaml", entry) for entry in _read(folder / "themes.yaml", list))
    talk = tuple(_exchange(folder / "talk.yaml", entry) for entry in _read(folder / "talk.yaml", list))
    general = tuple(_exchange(folder / "general.yaml", entry) for entry in _read(folder / "general.yaml", list))
    unsold = tuple(_unsold(folder / "unsold.yaml", entry) for entry in _read(folder / "unsold.yaml", list))
    needs = {kind: _texts(folder / "needs.yaml", texts) for kind, texts in _read(folder / "needs.yaml", dict).items()}
    names, families = _names(folder / "names.yaml")
    return PhraseBook(language, groups, words, talk, general, needs, unsold, themes, names, families)


def _read(path: Path, kind: type) -> Any:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise PhrasingError(f"phrasings cannot be read: {error}") from error
    if not isinstance(values, kind):
        raise PhrasingError(f"{path.parent.name}/{path.name} does not hold a {kind.__name__}")
    return values


def _exchange(path: Path, entry: Any) -> Exchange:
    if not isinstance(entry, dict) or set(entry) - {"ask", "answer", "topic", "later"} or not entry.get("ask"):
        raise PhrasingError(f"{path.parent.name}/{path.name}: an entry has ask and answer, not {entry!r}")
    lists = [entry[name] if isinstance(entry[name], list) else [entry[name]] for name in ("ask", "answer")]
    ask, answer = (_texts(path, texts) for texts in lists)
    return Exchange(ask, answer, bool(entry.get("later")))


def _unsold(path: Path, entry: Any) -> UnsoldThings:
    if not isinstance(entry, dict) or set(entry) != {"things", "qualities", "near"}:
        raise PhrasingError(f"{path.parent.name}/{path.name}: an entry has things, qualities and near, not {entry!r}")
    return UnsoldThings(**{name: _texts(path, texts) for name, texts in entry.items()})


def _names(path: Path) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Other names of kinds, and names of several kinds."""
    entry = _read(path, dict)
    if set(entry) != {"kinds", "families"} or not all(isinstance(names, dict) for names in entry.values()):
        raise PhrasingError(f"{path.parent.name}/{path.name} has kinds and families, not {sorted(entry)}")
    names, families = (
        {name: _texts(path, texts) for name, texts in entry[key].items()} for key in ("kinds", "families")
    )
    return names, families


def _theme(path: Path, entry: Any) -> Theme:
    if not isinstance(entry, dict) or set(entry) not in ({"theme", "kinds"}, {"who", "kinds"}):
        raise PhrasingError(f"{path.parent.name}/{path.name}: an entry has theme or who, and kinds, not {entry!r}")
    name = entry.get("theme") or entry["who"]
    return Theme(str(name), _texts(path, entry["kinds"]), "who" in entry)


def _texts(path: Path, texts: Any) -> tuple[str, ...]:
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise PhrasingError(f"{path.parent.name}/{path.name}: {texts!r} is not a list of texts")
    if len(set(texts)) < len(texts):
        raise PhrasingError(f"{path.parent.name}/{path.name}: a text occurs twice in {texts!r}")
    return tuple(texts)
