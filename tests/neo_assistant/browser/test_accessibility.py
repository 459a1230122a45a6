"""What axe-core finds on the pages that keeps somebody out: nothing, in no state that a visitor brings them into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.neo_assistant.browser.visiting import LOGIN, SIZES, Visit, open_tab, sign_in
from tests.neo_assistant.conftest import RunningApp

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = pytest.mark.browser

WORST = ("serious", "critical")
IDLE = """() => [...document.querySelectorAll('[data-testid="status-tracker"]:not(.hide)')]
    .every(each => each.querySelector('.error'))"""
"""Nothing is dimmed because it waits for the server."""
STAND_STILL = """() => document.getAnimations().forEach(
    each => each.effect.getComputedTiming().endTime <= 1000 ? each.finish() : each.cancel())"""
"""What fades in is there, and what fades away after seconds has not begun to: in between the contrast is neither."""
LOOKED_AT = {
    "Preview": ("#neo-look-run", "#neo-look-reply h3"),
    "Side by side": ("#neo-sides-run", "#neo-sides-summary h3"),
    "Compose": ("#neo-compose-run", ".toast-header"),  # which the scripted replier refuses
    "Rules": ("#neo-rule-preview", "#neo-rule-seen h3"),
    "Health": ("#neo-health-show", "#neo-health-report h3"),
    "Catalog": ("#neo-catalog-find", "#neo-catalog-found table"),
    "Governance": ("#neo-govern-refresh", "#neo-govern-latest :is(p, table)"),
}
"""A tab of the desk → a button to press, and what then appears."""


class Audit:
    """What was found on a visitor's page, state by state."""

    def __init__(self, visit: Visit) -> None:
        self.page = visit.page
        self.found: dict[str, list[str]] = {}

    def look(self, state: str) -> None:
        """Have the page as it stands examined."""
        self.page.wait_for_function(IDLE)
        self.page.evaluate(STAND_STILL)
        # Gradio's messages fade away when they like, in the middle of an examination too.
        violations = axe.Axe().run(self.page, context={"exclude": [[".toast-wrap"]]}).response["violations"]
        worst = [
            f"{violation['id']}: {node['html'][:200]}, {node['failureSummary']}"
            for violation in violations
            if violation["impact"] in WORST
            for node in violation["nodes"]
        ]
        if worst:
            self.found[state] = worst


def test_the_shop(visit: Visit) -> None:
    page, audit = visit.page, Audit(visit)
    audit.look("nothing said yet")
    visit.ask_and_wait("a mug under $20")
    audit.look("a reply with cards")
    visit.act("why")
    page.locator(".neo-why").wait_for()
    visit.act("down")
    page.locator(".neo-whys button").first.wait_for()
    audit.look("why this, and reasons of a thumb down")
    for number in (0, 1):
        visit.act("compare", number=number)
        visit.told("picked for a comparison")
    visit.act("compare-show", within="#neo-compare")
    page.locator("#neo-compare table").wait_for()
    audit.look("a comparison")
    assert audit.found == {}


def test_the_sidebar_and_a_shared_conversation(visit: Visit) -> None:
    page, audit = visit.page, Audit(visit)
    visit.ask_and_wait("a mug")
    for number, action in enumerate(("cart", "wish", "dismiss")):
        visit.act(action, number=number)
        visit.told(visit.titles()[number])
    with visit.sidebar():
        for panel in ("Filters", "Steer", "Wishlist", "Not for me", "History", "Earlier", "Share"):
            visit.open_panel(panel)
        page.locator("#neo-share").click()
        link = page.locator("#neo-link").locator("input, textarea")
        link.wait_for()
        audit.look("every panel of the sidebar open")
        address = link.input_value()
    assert audit.found == {}

    reader = Visit(page.context, visit.url, address.removeprefix(f"{visit.url}/"))
    reader.page.locator(".neo-card").first.wait_for()
    audit = Audit(reader)
    audit.look("a shared conversation")
    assert audit.found == {}
    reader.check()


@pytest.fixture(params=SIZES)
def desk(request: pytest.FixtureRequest, browser: Any, running_app: RunningApp) -> Iterator[Visit]:
    with browser.new_context(**SIZES[request.param]) as context:
        shopper = Visit(context, running_app.url)
        shopper.ask_and_wait("a mug")  # so that there is something to report
        visit = Visit(context, running_app.url, "desk")
        yield visit
        visit.check()


def test_the_desk(desk: Visit) -> None:
    page, audit = desk.page, Audit(desk)
    page.locator("#neo-desk-enter").wait_for()
    audit.look("the door")
    sign_in(desk, LOGIN[0], "a wrong guess")
    page.get_by_text("Wrong name or password").first.wait_for()
    audit.look("the door after a wrong password")
    sign_in(desk, *LOGIN)
    page.locator("#neo-desk-leave").wait_for()
    for title, (button, result) in LOOKED_AT.items():
        open_tab(desk, title)
        closed = page.locator('#neo-desk-room .label-wrap[aria-expanded="false"]:visible')
        while closed.count():
            closed.first.click()
        if title in ("Preview", "Side by side"):
            page.locator("#neo-look-text, #neo-sides-text").locator("textarea:visible").fill("a mug")
        if title == "Rules":
            page.locator("#neo-rule-action").get_by_label("exclude").check()
            page.locator("#neo-rule-types input").click()
            page.get_by_role("option", name="kitchen").first.click()
            page.keyboard.press("Escape")
        page.locator(button).click()
        page.locator(result).first.wait_for()
        assert page.locator(".toast-header[role], .toast-header[tabindex]").count() == 0, "a button around a button"
        audit.look(title)
    assert audit.found == {}
