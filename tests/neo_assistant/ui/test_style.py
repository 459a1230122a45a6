"""The style sheet: Gradio changes it on its way into the page, and what it changes goes wrong without a word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neo_assistant.ui import escape
from neo_assistant.ui.cards import MAIN_ACTIONS, OTHER_ACTIONS

# Read as a file, because what serves it imports Gradio.
FILE = Path(escape.__file__).with_name("style.css")
CSS = re.sub(r"/\*.*?\*/", "", FILE.read_text(encoding="utf-8"), flags=re.DOTALL)


def at_rules() -> list[tuple[str, str]]:
    """Each at-rule's head and what stands in it."""
    found = []
    for match in re.finditer(r"^@([^{]+)\{", CSS, re.MULTILINE):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(CSS[end], 0)
            end += 1
        found.append((match[1].strip(), CSS[match.end() : end - 1]))
    return found


def test_braces_match_and_every_variable_is_set() -> None:
    assert CSS.count("{") == CSS.count("}")
    # Set by the table itself, by the number of its columns.
    assert set(re.findall(r"var\((--neo-[a-z0-9-]+)", CSS)) <= set(re.findall(r"(--neo-[a-z0-9-]+):", CSS))


def test_only_at_rules_that_gradio_keeps() -> None:
    assert {head.split()[0] for head, _ in at_rules()} <= {"media", "keyframes"}


def test_what_stands_in_a_media_query_lies_within_gradios_container() -> None:
    for head, body in at_rules():
        if head.startswith("media"):
            selectors = re.findall(r"([^{};]+)\{", body)
            assert not [each for each in selectors if re.search(r"(^|,)\s*(:root|html|body|\.dark)\b", each)], head


@pytest.mark.parametrize("name", [*MAIN_ACTIONS, *OTHER_ACTIONS, "up", "down", "retry", "edit", "drop", "cart-remove"])
def test_every_action_has_a_sign(name: str) -> None:
    assert any("--neo-sign:" in rule and f'[name="{name}"]' in rule for rule in CSS.split("}"))


def test_light_and_dark_set_the_same_colours() -> None:
    light, dark = (
        re.search(rf"^{head}[^{{]*\{{(.*?)\}}", CSS, re.MULTILINE | re.DOTALL) for head in (":root", r"\.dark")
    )
    assert light is not None
    assert dark is not None
    named = re.compile(r"(--neo-[a-z-]+): (?:#|none|0 1px)")
    assert set(named.findall(light[1])) == set(named.findall(dark[1]))


def test_who_wants_no_motion_gets_none_and_fingers_get_room() -> None:
    rules = dict(at_rules())
    assert "animation: none" in rules["media (prefers-reduced-motion: reduce)"]
    assert any("--neo-target: 44px" in body for head, body in at_rules() if "600px" in head)
    assert ":focus-visible" in CSS
