"""Take the pictures of the page that the documentation shows: ``make screenshots``.

Starts the app as the settings (``NEO_*``) say, asks one thing in Chromium, and writes PNG files to ``docs/images``:
light and dark, on a desktop and on a phone. Needs ``playwright`` and a Chromium (``--chromium``, by default the one on
the PATH).
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 780}}
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
START_SECONDS, REPLY_SECONDS = 120, 300


def main() -> int:
    """Take every picture; 2 if that cannot be done."""
    parser = argparse.ArgumentParser(description="Take the pictures of the page that the documentation shows.")
    parser.add_argument("--ask", default="A waterproof jacket for hiking under $150, in stock", help="what is asked")
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
        for colours in ("light", "dark"):
            for name, size in SIZES.items():
                take(browser, url, options.ask, colours, size, options.out / f"{{}}-{name}-{colours}.png")
        browser.close()
    return 0


def take(browser: Any, url: str, ask: str, colours: str, size: dict[str, int], path: Path) -> None:
    """Two pictures: the page before anything was said, and after one reply."""
    with browser.new_context(viewport=size, color_scheme=colours) as context:
        page = context.new_page()
        page.goto(url)
        box = page.locator("#neo-box textarea")
        box.wait_for()
        page.wait_for_timeout(1000)  # fonts and transitions settle
        shoot(page, path, "welcome")
        box.fill(ask)
        box.press("Enter")
        page.locator("#neo-box .stop-button").wait_for()
        page.locator("#neo-box .submit-button").wait_for(timeout=REPLY_SECONDS * 1000)
        page.wait_for_timeout(1000)
        shoot(page, path, "chat")


def shoot(page: Any, path: Path, scene: str) -> None:
    """One picture."""
    target = path.with_name(path.name.format(scene))
    page.screenshot(path=target)
    print(target)


@contextmanager
def serve() -> Iterator[str]:
    """Run ``app.py`` on a free port; gives the page's address once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "NEO_HOST": "127.0.0.1", "NEO_PORT": str(port)}
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
