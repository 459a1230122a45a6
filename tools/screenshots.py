"""Take the pictures of the pages that the documentation shows: ``make screenshots``.

Starts the app as the settings (``NEO_*``) say, on a copy of the shop's SQLite file, so that the shop's own figures stay
as they are; shops a little and looks around on the merchandiser's desk in Chromium; and writes PNG files to
``docs/images``: light and dark, on a desktop and on a phone. Needs ``playwright`` and a Chromium (``--chromium``, by
default the one on the PATH).
"""

from __future__ import annotations

import argparse
import io
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 780}}
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
START_SECONDS, REPLY_SECONDS = 180, 300
SQLITE = "sqlite:///"
COLOURS = 255
"""Of a picture's palette: a third of the size, and no difference to the eye on pages as plain as these."""
TO_THE_TOP = "element => { element.style.scrollMarginTop = '20px'; element.scrollIntoView({block: 'start'}); }"
BOTH_WRITTEN = """() => {
    const replies = document.querySelector("#neo-rule-replies");
    const isScripted = document.querySelector("#neo-rule-seen").innerText.includes("written without a model");
    return isScripted || (replies.querySelector(".neo-card") && !replies.querySelector(".neo-working"));
}"""
"""The replies without and with a rule; a scripted replier writes none."""
NAME, PASSWORD = "anna", secrets.token_urlsafe(12)


class Camera:
    """Takes pictures of one page, in light and in dark colours."""

    def __init__(self, page: Any, folder: Path, size: str) -> None:
        self.page, self._folder, self._size = page, folder, size

    def shoot(self, scene: str, top: str = "") -> None:
        """A picture in light colours and one in dark ones.

        Args:
            scene: begins the file's name.
            top: selector of what is to stand at the top, where the page is longer than the picture.
        """
        self.page.mouse.move(0, 0)
        for colours in ("light", "dark"):
            self.page.emulate_media(color_scheme=colours)
            self.page.wait_for_timeout(1000)  # fonts and transitions settle
            if top:
                self.page.locator(top).first.evaluate(TO_THE_TOP)
            target = self._folder / f"{scene}-{self._size}-{colours}.png"
            save(self.page.screenshot(), target)
            print(target, flush=True)
        self.page.emulate_media(color_scheme="light")


def main() -> int:
    """Take every picture; 2 if that cannot be done."""
    parser = argparse.ArgumentParser(description="Take the pictures of the pages that the documentation shows.")
    parser.add_argument("--ask", default="a kettle under $60 in stock", help="what is asked")
    parser.add_argument("--out", type=Path, default=PROJECT / "docs" / "images", help="folder of the pictures")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser's program")
    options = parser.parse_args()
    if options.chromium is None:
        print("error: no Chromium on the PATH (install chromium, or name it with --chromium)", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    with serve() as url, sync_playwright() as running:
        browser = running.chromium.launch(executable_path=options.chromium, args=CHROMIUM_OPTIONS)
        for visit in (take_shop, take_desk):  # the desk last: it reports on the shoppers
            for name, size in SIZES.items():
                with browser.new_context(viewport=size, color_scheme="light") as context:
                    context.set_default_timeout(REPLY_SECONDS * 1000)
                    visit(Camera(context.new_page(), options.out, name), url, options.ask)
        browser.close()
    return 0


def take_shop(camera: Camera, url: str, ask: str) -> None:
    """The page before anything was said, and after a reply of which something went into the cart."""
    page = camera.page
    page.goto(url)
    box = page.locator("#neo-box textarea")
    box.wait_for()
    camera.shoot("welcome")
    box.fill(ask)
    box.press("Enter")
    page.locator("#neo-chat .neo-foot").wait_for()
    for number, action in enumerate(("cart", "wish")):
        buttons = page.locator(f'#neo-chat button.neo-act[name="{action}"]')
        buttons.nth(min(number, buttons.count() - 1)).click()
        page.locator("#neo-steps .neo-toast").wait_for()
    page.locator('#neo-chat button.neo-act[name="up"]').click()
    page.locator("#neo-chat .neo-thanks").wait_for()
    page.add_style_tag(content="#neo-steps { visibility: hidden; }")
    page.evaluate("document.activeElement?.blur()")
    camera.shoot("chat", "#neo-chat .neo-said")
    if page.locator("#neo-open").get_attribute("aria-expanded") == "false":
        page.locator("#neo-open").click()
        camera.shoot("sidebar")


def take_desk(camera: Camera, url: str, ask: str) -> None:
    """A request with all that is behind its reply, what a rule would do, and how the assistant does."""
    page = camera.page
    page.goto(f"{url}/desk")
    page.locator("#neo-desk-name").locator("input, textarea").fill(NAME)
    page.locator("#neo-desk-password input").fill(PASSWORD)
    page.locator("#neo-desk-enter").click()
    page.locator("#neo-desk-leave").wait_for()

    page.locator("#neo-look-text textarea").fill(ask)
    page.locator("#neo-look-run").click()
    page.locator("#neo-look-reply h3").wait_for()
    camera.shoot("desk-preview", "#neo-look-run")

    open_tab(page, "Rules")
    page.locator("#neo-rule-action").get_by_label("Boost").check()
    page.locator("#neo-rule-types input").click()
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    page.locator("#neo-rule-preview").click()
    page.locator("#neo-rule-seen h3").wait_for()
    page.locator("#neo-rule-save:enabled").wait_for()
    page.wait_for_function(BOTH_WRITTEN)
    camera.shoot("desk-rules", "#neo-rule-preview")

    open_tab(page, "Health")
    page.locator("#neo-health-show").click()
    page.locator("#neo-health-report h3").first.wait_for()
    camera.shoot("desk-health", "#neo-desk-title")


def open_tab(page: Any, title: str) -> None:
    """Open a tab of the desk; one that has no room in the row is in the menu at its end."""
    room = page.locator("#neo-desk-room")
    tab = room.get_by_role("tab", name=title, exact=True)
    if tab.first.is_visible():
        tab.first.click()
    else:
        room.locator(".overflow-menu > button").click()
        room.locator(".overflow-dropdown button", has_text=title).first.click()


def save(picture: bytes, path: Path) -> None:
    """Write a picture with a palette of its own."""
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        few = image.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
        few.save(path, optimize=True)


@contextmanager
def serve() -> Iterator[str]:
    """Run ``app.py`` on a free port and on a copy of the database; gives the page's address once it answers."""
    sys.path.insert(0, str(PROJECT))
    from neo_assistant.settings import load_settings

    settings = load_settings()
    if not settings.database_url.startswith(SQLITE):
        sys.exit("error: the pictures are taken on a copy of a SQLite file; name one with NEO_DATABASE_URL")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "shop.db"
        file = settings.database_url.removeprefix(SQLITE)
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as source, closing(sqlite3.connect(copy)) as to:
            source.backup(to)
        environment = os.environ | {
            "NEO_HOST": "127.0.0.1",
            "NEO_PORT": str(port),
            "NEO_DATABASE_URL": f"{SQLITE}{copy}",
            "NEO_PICTURES_DIR": str(settings.pictures.resolve()),
            "NEO_DESK_LOGINS": f"{NAME}:{PASSWORD}",
        }
        with subprocess.Popen([sys.executable, "app.py"], cwd=PROJECT, env=environment) as process:
            try:
                wait_until_open(f"http://127.0.0.1:{port}", process)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def wait_until_open(url: str, process: subprocess.Popen[bytes]) -> None:
    """Ends the program when the app ends first or does not answer in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if process.poll() is not None:
                sys.exit(process.returncode)
            time.sleep(0.2)
    sys.exit(f"error: the app did not answer within {START_SECONDS} s")


if __name__ == "__main__":
    sys.exit(main())
