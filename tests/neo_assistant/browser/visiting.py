"""A visitor's page in Debian's Chromium: what tests of the browser do on it, and what must never happen on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

PHONE = {"viewport": {"width": 390, "height": 780}, "color_scheme": "dark"}
DESKTOP = {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"}
SIZES = {"desktop": DESKTOP, "phone": PHONE}
LOGIN = ("anna", "correct horse")
CUT_OFF = ("AbortError", "Connection errored out")
PATIENCE_MS = 60_000
"""A busy machine takes long; what never comes is a failure all the same."""


class Visit:
    """One visitor's page.

    Args:
        context: a browser context; visits that share one are tabs of one shopper.
        url: the app's address.
        path: of the page.
    """

    def __init__(self, context: Any, url: str, path: str = "") -> None:
        context.set_default_timeout(PATIENCE_MS)
        self.url = url
        self.page = context.new_page()
        self.elsewhere: list[str] = []
        self.problems: list[str] = []
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(f"{url}/{path}")
        self.box = self.page.locator("#neo-box textarea")
        if not path:
            self.box.wait_for()

    def _note(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.elsewhere.append(url)

    @property
    def is_narrow(self) -> bool:
        return bool(self.page.viewport_size["width"] < 1024)

    def write(self, field: Any, text: str) -> None:
        """Fill a field, and once more if the page was being drawn anew: that one takes what it began with again."""
        for _ in range(5):
            field.fill(text)
            self.settle()
            if field.input_value() == text:
                return
        raise AssertionError(f"the field holds {field.input_value()!r} and not {text!r}")

    def settle(self) -> None:
        """Wait until the page has done what it had before it, two pictures long."""
        self.page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"
        )

    def ask(self, text: str) -> None:
        self.write(self.box, text)
        self.box.press("Enter")

    def ask_and_wait(self, text: str) -> None:
        """Ask, and wait until the reply is stored, which is when its buttons are there."""
        before = self.page.locator(".neo-said").count()
        self.ask(text)
        self.page.wait_for_function("n => document.querySelectorAll('.neo-said').length > n", arg=before)
        self.wait_until_answered()

    def wait_until_answered(self) -> None:
        """Wait until every turn has its whole reply, with thumbs below."""
        self.page.wait_for_function(
            "document.querySelectorAll('.neo-said').length === document.querySelectorAll('.neo-foot').length"
        )
        self.wait_until_idle()

    def reload(self) -> None:
        """Load the page again; what Gradio says of streams that this cuts off is no fault of the page."""
        self.page.reload()
        self.problems = [each for each in self.problems if not any(words in each for words in CUT_OFF)]

    def wait_until_idle(self) -> None:
        self.page.locator("#neo-box .submit-button").wait_for()

    def act(self, action: str, within: str = "#neo-chat", number: int = 0) -> None:
        """Press the button of an action in some HTML."""
        self.page.locator(f'{within} button.neo-act[name="{action}"]').nth(number).click()

    def told(self, words: str) -> None:
        """Wait for words in the live region, which a screen reader hears."""
        self.page.locator("#neo-steps", has_text=words).wait_for()

    def titles(self) -> list[str]:
        """Products of the last reply."""
        return list(
            self.page.evaluate(
                """() => {
                const last = [...document.querySelectorAll('#neo-chat .neo-said')].at(-1);
                return [...document.querySelectorAll('#neo-chat .neo-card .neo-title')]
                    .filter(title => last.compareDocumentPosition(title) & Node.DOCUMENT_POSITION_FOLLOWING)
                    .map(title => title.innerText);
            }"""
            )
        )

    @contextlib.contextmanager
    def sidebar(self) -> Iterator[None]:
        """The sidebar, which is a drawer on a narrow page."""
        if self.is_narrow:
            # The page's script says so once the button has something to do; on a busy machine that is later.
            self.page.locator("#neo-open[aria-expanded]").click()
        yield
        if self.is_narrow:
            # Whoever asks in the drawer has it closed, sooner or later: in one step, so that it is not gone in between.
            self.page.evaluate("document.body.matches('.neo-drawer') && document.getElementById('neo-close').click()")
            self.page.locator("body:not(.neo-drawer)").wait_for()

    def open_panel(self, title: str) -> None:
        """Open one part of the sidebar; what is in it is drawn only then."""
        label = self.page.locator("#neo-sidebar .neo-panel .label-wrap", has_text=title).first
        if label.get_attribute("aria-expanded") != "true":
            label.click()
            self.settle()

    def overflow(self) -> list[str]:
        """Elements that reach beyond the right edge of the page, but for what scrolls by itself or waits beside it."""
        return list(
            self.page.evaluate(
                """() => [...document.querySelectorAll('.gradio-container *')]
                .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
                .filter(element => getComputedStyle(element).visibility !== 'hidden')
                .filter(element => {
                    for (let e = element.parentElement; e; e = e.parentElement)
                        if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX)
                            && e.getBoundingClientRect().right <= innerWidth + 1) return false;
                    return true;
                })
                .map(element => element.outerHTML.slice(0, 80))"""
            )
        )

    def check(self) -> None:
        """What holds at the end of every visit."""
        assert self.elsewhere == [], "the page may ask this server only"
        assert self.problems == [], self.problems
        assert self.overflow() == []


def sign_in(desk: Visit, name: str, password: str) -> None:
    """Try to enter the desk."""
    page = desk.page
    page.locator("#neo-desk-name").locator("input, textarea").fill(name)
    page.locator("#neo-desk-password input").fill(password)
    page.locator("#neo-desk-enter").click()


def open_tab(desk: Visit, title: str) -> None:
    """Open a tab of the desk; one that has no room in the row is in the menu at its end."""
    desk.page.locator("#neo-desk-leave").wait_for()
    room = desk.page.locator("#neo-desk-room")
    tab = room.get_by_role("tab", name=title, exact=True)
    if tab.first.is_visible():
        tab.first.click()
    else:
        room.locator(".overflow-menu > button").click()
        room.locator(".overflow-dropdown button", has_text=title).first.click()
