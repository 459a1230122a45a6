"""The page in Debian's Chromium, with a scripted replier behind it."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.neo_assistant.browser.visiting import PHONE, Visit
from tests.neo_assistant.conftest import RunningApp

pytestmark = pytest.mark.browser

# From inside the page: on a busy machine a click from outside may come after the reply has ended.
STOP_AT_FIRST_WORDS = """() => new MutationObserver((changes, observer) => {
    const button = document.querySelector('#neo-box .stop-button');
    if (button && document.querySelector('.neo-words')) {
        observer.disconnect(); button.click(); window.neoStopped = true;
    }
}).observe(document.body, {childList: true, subtree: true, characterData: true})"""


def test_first_visit_request_and_cards(visit: Visit) -> None:
    page = visit.page
    assert page.title() == "Neo Store"
    page.locator(".neo-welcome").wait_for()
    page.wait_for_function("document.querySelectorAll('#neo-chat .neo-ask').length === 3")
    assert visit.overflow() == []

    visit.ask("<img src=x onerror=alert(1)> **a mug**")
    page.locator(".neo-card").nth(2).wait_for()
    visit.wait_until_idle()
    assert page.locator(".neo-said").inner_text() == "<img src=x onerror=alert(1)> **a mug**"
    assert page.locator(".neo-words").inner_text().startswith("A scripted reply has no model behind it.")
    card = page.locator(".neo-card").first
    assert re.search(r"\$[\d.]+", card.inner_text())
    assert "In stock" in card.inner_text()
    assert page.wait_for_function("document.querySelector('.neo-card img').naturalWidth > 0")
    assert visit.box.input_value() == ""

    # A screen reader hears the message itself and not its source text.
    assert page.locator('[data-testid="bot"][aria-label], [data-testid="user"][aria-label]').count() == 0
    assert page.locator('[role="log"][aria-live="polite"]').count() == 1
    # WCAG 2.2, success criterion 1.4.3; once in light and once in dark colours.
    for selector in (".neo-words p", ".neo-said", ".neo-title", ".neo-price", ".neo-brand", ".neo-stock", ".neo-count"):
        assert page.evaluate(CONTRAST, selector) >= 4.5, selector


@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_stop_in_mid_reply_keeps_what_was_said(visit: Visit) -> None:
    page = visit.page
    page.evaluate(STOP_AT_FIRST_WORDS)
    page.locator("#neo-chat .neo-ask").first.click()
    page.wait_for_function("window.neoStopped")
    visit.wait_until_idle()
    assert page.locator(".neo-said").inner_text() == "Mug under $25"
    said = page.locator(".neo-words").inner_text()
    assert said
    assert page.locator(".neo-card").count() == 0
    page.wait_for_timeout(500)
    assert page.locator(".neo-words").inner_text() == said

    visit.ask("a boot")
    page.locator("#neo-box .stop-button").wait_for()
    visit.ask("words of an impatient shopper")
    page.locator(".neo-card").first.wait_for()
    visit.wait_until_idle()
    assert page.locator(".neo-said").count() == 2
    assert visit.box.input_value() == "words of an impatient shopper"


@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_retry_clear_and_new_chat(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait("a mug")
    visit.act("retry")
    page.locator("#neo-box .stop-button").wait_for()
    visit.wait_until_answered()
    assert page.locator(".neo-said").count() == 1
    assert page.locator(".neo-card").count() == 3

    for button in ("#neo-clear", "#neo-new"):  # the second one in mid-reply
        page.locator(button).click()
        page.locator(".neo-welcome").wait_for()
        visit.ask("a boot")
        page.locator(".neo-words").wait_for()
    page.locator(".neo-card").first.wait_for()
    assert page.locator(".neo-said").count() == 1


def test_two_visitors_do_not_see_each_other(browser: Any, running_app: RunningApp) -> None:
    with browser.new_context(**PHONE) as here, browser.new_context(**PHONE) as there:
        visits = {"a mug for me": Visit(here, running_app.url), "a boot for me": Visit(there, running_app.url)}
        for words, visit in visits.items():
            visit.ask(words)
        for words, visit in visits.items():
            visit.page.locator(".neo-card").first.wait_for()
            assert visit.page.locator(".neo-said").all_inner_texts() == [words]


def test_a_closed_page_ends_its_reply_and_keeps_what_was_shown(browser: Any, running_app: RunningApp) -> None:
    with browser.new_context(**PHONE) as context:
        visit = Visit(context, running_app.url)
        visit.ask("a mug before I go")
        visit.page.locator(".neo-words").wait_for()
    deadline = time.monotonic() + 20
    while not (replies := _replies_to(running_app.folder / "shop.db", "a mug before I go")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    [reply] = replies
    assert reply["made_by"]["complete"] is False
    assert reply["parts"][0]["text"].startswith("A scripted")
    assert all(part["type"] == "text" for part in reply["parts"])


def _replies_to(database: Path, words: str) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT conversation_id, position, parts, made_by FROM messages").fetchall()
    asked = {(conversation, position + 1) for conversation, position, parts, _ in rows if words in parts}
    return [
        {"parts": json.loads(parts), "made_by": json.loads(made_by)}
        for conversation, position, parts, made_by in rows
        if (conversation, position) in asked
    ]


CONTRAST = """selector => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
    let element = document.querySelector(selector);
    const front = luminance(parts(getComputedStyle(element).color));
    let behind;
    do {
        behind = parts(getComputedStyle(element).backgroundColor);
        element = element.parentElement;
    } while (element && behind[3] === 0);
    const back = luminance(behind);
    return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
}"""
