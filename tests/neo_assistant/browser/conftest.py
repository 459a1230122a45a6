"""The browser, and visitors of the running app."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.neo_assistant.browser.visiting import SIZES, Visit
from tests.neo_assistant.conftest import RunningApp

CHROMIUM = os.environ.get("NEO_TEST_CHROMIUM") or shutil.which("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Closed with its module: as long as it runs its event loop is that of the thread, and no page can be built."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no Chromium: put chromium on the PATH, or set NEO_TEST_CHROMIUM")
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def visit(request: pytest.FixtureRequest, browser: Any, running_app: RunningApp) -> Iterator[Visit]:
    """A new shopper, once on a desktop in light colours and once on a phone in dark ones."""
    with browser.new_context(**SIZES[request.param]) as context:
        visit = Visit(context, running_app.url)
        yield visit
        visit.check()
