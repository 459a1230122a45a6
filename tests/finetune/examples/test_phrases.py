"""Phrasings are checked when loaded, and what is held out is a property of the phrase."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from finetune.errors import PhrasingError
from finetune.examples import phrases
from finetune.examples.phrases import FOLDER, PhraseBook, held_out, load_phrases


def copy(folder: Path, file: str, old: str, new: str) -> None:
    """A language ``xx`` beside nothing else, with one text replaced."""
    shutil.copytree(FOLDER / "en", folder / "xx")
    path = folder / "xx" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("shopper.yaml", '"under {max}"', '"under {maximum}"', "placeholder .'maximum'"),
        ("shopper.yaml", '"under {max}"', '"under {max"', "placeholder"),
        ("shopper.yaml", '"under ${max}"', '"under {max}"', "occurs twice"),
        ("shopper.yaml", "max_price:", "maximal_price:", "'max_price' is missing"),
        ("replies.yaml", "reply_only:", "reply_lonely:", "'reply_lonely' is not known"),
        ("talk.yaml", "- topic: thanks", "- tropic: thanks", "ask and answer"),
        ("words.yaml", "numbers: [", "numbers: [[", "cannot be read"),
        ("items.yaml", "Compare {which}.", "Compare {them}.", "placeholder .'them'"),
        ("statements.yaml", "ordinals:", "ordinal:", "'ordinals' is missing"),
        ("statements.yaml", '"costs {value}"', '"costs {price}"', "placeholder .'price'"),
        ("statements.yaml", 'many: "cost {value}"', 'more: "cost {value}"', "'price' must say it of one and of many"),
        ("statements.yaml", ", the fourth, the fifth]", "]", "reach to 5"),
        ("unsold.yaml", "qualities:", "quality:", "things, qualities and near"),
        ("names.yaml", "families:", "tribes:", "has kinds and families"),
        ("names.yaml", "  mug: [", "  mug: [1, ", "not a list of texts"),
        ("needs.yaml", "running shoe: [", "running shoe: [1, ", "not a list of texts"),
    ],
)
def test_a_broken_translation_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str, message: str
) -> None:
    copy(tmp_path, file, old, new)
    monkeypatch.setattr(phrases, "FOLDER", tmp_path)
    with pytest.raises(PhrasingError, match=message):
        load_phrases("xx")


def test_an_unknown_language_names_those_there_are() -> None:
    with pytest.raises(PhrasingError, match="there are: en"):
        load_phrases("tlh")


def test_a_few_phrases_of_every_large_group_are_held_out() -> None:
    book = load_phrases()
    for name, templates in book.groups.items():
        dice = random.Random(name)
        drawn = {phrase.template: phrase.held for phrase in (book.draw(name, dice) for _ in range(60 * len(templates)))}
        assert set(drawn) == set(templates)
        held = sum(drawn.values())
        if len(templates) >= phrases.FEWEST_TO_HOLD_OUT and not name.startswith(("reply_", "profile_")):
            assert 1 <= held <= 0.15 * len(templates)
        else:
            assert held == 0


def test_about_one_key_in_twenty_is_held_out() -> None:
    assert 350 < sum(held_out(f"shopper {number}") for number in range(10_000)) < 650


def test_an_empty_group_is_refused() -> None:
    groups = {**load_phrases().groups, "box": ()}
    with pytest.raises(PhrasingError, match="empty"):
        PhraseBook("en", groups, {}, (), ())


def test_questions_of_ordinary_language_come_once_and_are_answered() -> None:
    book = load_phrases()
    asked = [text for entry in book.general for text in entry.ask]
    assert len(set(asked)) == len(asked) >= 500
    assert all(answer.strip() for entry in (*book.general, *book.talk) for answer in entry.answer)


def test_things_not_sold_come_once_and_are_several_hundred() -> None:
    things = [thing for group in load_phrases().unsold for thing in group.things]
    assert len(set(things)) == len(things) >= 400


def test_every_kind_with_names_has_needs_of_which_none_is_anothers() -> None:
    book = load_phrases()
    assert set(book.names) == set(book.needs)
    assert min(len(needs) for needs in book.needs.values()) >= 9
    owners: dict[str, set[str]] = {}
    for kind, names in book.names.items():
        for name in names:
            owners.setdefault(name, set()).add(kind)
    assert not {name for name, kinds in owners.items() if len(kinds) > 1 and name in book.names}
    assert all(len(kinds) > 1 and set(kinds) <= set(book.names) for kinds in book.families.values())
