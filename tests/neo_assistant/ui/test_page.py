"""The page without a browser: what it is made of, and what its server gives to whom."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import gradio as gr
import pytest

from catalog_db.database import Database
from catalog_db.errors import EmptyCatalogError
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import Services
from neo_assistant.settings import load_settings
from neo_assistant.ui.api import ENDPOINTS
from neo_assistant.ui.desk.desk import QUEUE as DESK_QUEUE
from neo_assistant.ui.page import CROWDED, REPLIES, build_page
from neo_assistant.ui.serve import launch_options
from neo_assistant.ui.theme import head_html, style_sheet
from tests.neo_assistant.conftest import PICTURE, PROJECT, RunningApp, app_environment


def build(services: Services) -> object:
    """Build the page within an event loop: outside one, Gradio makes one that it never closes."""

    async def built() -> object:
        return build_page(services)

    return asyncio.run(built())


@pytest.fixture
def services(shop: Database, replier: ScriptedReplier) -> Services:
    return Services(load_settings(database_url=shop.url, store_name="Mugs & <b>Boots</b>"), shop, replier)


def test_no_handler_of_the_page_is_an_endpoint(services: Services) -> None:
    page = build(services)
    listed = page.get_api_info(all_endpoints=True)  # type: ignore[attr-defined]
    assert list(listed["named_endpoints"]) == [f"/{name}" for name in ENDPOINTS]
    assert listed["unnamed_endpoints"] == {}
    shown = {fn.api_name for fn in page.fns.values() if fn.api_visibility != "private"}  # type: ignore[attr-defined]
    assert shown == set(ENDPOINTS)


def test_replies_share_one_queue_and_nothing_else_waits(services: Services) -> None:
    page = build(services)
    queued = [fn for fn in page.fns.values() if fn.queue]  # type: ignore[attr-defined]
    assert {fn.concurrency_id for fn in queued if not fn.concurrency_id.startswith(DESK_QUEUE)} == {REPLIES}
    assert len([fn for fn in queued if fn.concurrency_id == REPLIES]) >= 2, "replies and the taste profile"
    assert page._queue.max_size > services.settings.max_waiting  # type: ignore[attr-defined]


def test_programs_are_sent_away_when_too_many_wait(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    page = build(services)
    endpoints = [fn for fn in page.fns.values() if fn.api_name in ENDPOINTS]  # type: ignore[attr-defined]
    assert {fn.concurrency_id for fn in endpoints} == {REPLIES}
    waiting = services.settings.max_waiting - 1
    monkeypatch.setattr(type(page._queue), "__len__", lambda _: waiting)  # type: ignore[attr-defined]
    for _ in range(2):
        for fn in endpoints:
            told = fn.validator(*[None] * len(fn.inputs))
            first, *others = told if isinstance(told, list) else [told]
            assert first["is_valid"] is (waiting < services.settings.max_waiting)
            assert first["message"] == CROWDED
            assert len(others) == len(fn.inputs) - 1
            assert all(one["is_valid"] for one in others)
        waiting += 1


def test_names_and_examples_come_from_the_shop_as_text(services: Services) -> None:
    page = build(services)
    blocks = list(page.blocks.values())  # type: ignore[attr-defined]
    # In a field that holds text, text needs no escaping.
    shown = "".join(str(block.get_config()) for block in blocks if not isinstance(block, gr.Textbox))
    assert "<b>Boots" not in shown
    assert "Boots" in shown
    assert "Mug under &#36;25" in shown
    assert "sample store" not in shown


def test_an_empty_shop_has_no_page(database: Database) -> None:
    services = Services(load_settings(database_url=database.url), database, ScriptedReplier(database))
    with pytest.raises(EmptyCatalogError):
        build(services)


def test_nothing_is_loaded_from_elsewhere(services: Services) -> None:
    options = launch_options(services.settings)
    assert options["share"] is False
    assert options["ssr_mode"] is False
    assert options["run_history"] is False
    assert options["theme"]._get_theme_css().count("@font-face") == 0
    assert options["theme"]._stylesheets == []
    for text in (style_sheet(), head_html()):
        assert "//" not in text.replace("  // ", "")
        assert "@import" not in text


def fetch(url: str) -> tuple[int, bytes, dict[str, str]]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


def test_the_server_gives_pictures_and_no_other_file(running_app: RunningApp) -> None:
    url, folder = running_app.url, running_app.folder
    status, body, headers = fetch(f"{url}/pictures/mug.svg")
    assert (status, body) == (200, PICTURE.encode())
    assert headers["content-type"] == "image/svg+xml"
    assert "sandbox" in headers["content-security-policy"]
    for path in ("pictures/none.svg", "pictures/", "pictures/../shop.db", "pictures/%2e%2e/shop.db", "shop.db"):
        assert fetch(f"{url}/{path}")[0] == 404, path
    for file in (folder / "shop.db", folder / "pictures" / "mug.svg", PROJECT / "app.py"):
        assert fetch(f"{url}/gradio_api/file={file}")[0] in (403, 404), file
    status, page, _ = fetch(url)
    assert status == 200
    assert b"fonts.googleapis" not in page


def run_app(database_url: str, port: int) -> subprocess.CompletedProcess[str]:
    environment = app_environment(database_url, port)
    command = [sys.executable, "app.py"]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)


def test_a_taken_port_is_one_clear_line(running_app: RunningApp) -> None:
    port = int(running_app.url.rsplit(":", 1)[1])
    finished = run_app(running_app.database_url, port)
    assert finished.returncode == 2
    assert finished.stderr.startswith(f"error: cannot listen on 127.0.0.1:{port}")
    assert "NEO_PORT" in finished.stderr
    assert finished.stderr.count("\n") == 1


def test_a_shop_that_cannot_open_is_one_clear_line(tmp_path: Path) -> None:
    finished = run_app(f"sqlite:///{tmp_path}/none.db", 7860)
    assert finished.returncode == 2
    assert finished.stderr.startswith("error: there is no database")
    assert finished.stderr.count("\n") == 1
