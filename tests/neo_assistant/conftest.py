"""Fixtures of the assistant's tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog_db.database import Database, open_database
from catalog_db.products import save_products
from neo_assistant.scripted import ScriptedReplier
from tests.neo_assistant.browser.visiting import LOGIN
from tests.neo_assistant.ui_products import NOW, make_rows

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#4179c4"/></svg>'
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shop(database: Database) -> Database:
    """A database with five mugs and two boots."""
    with database.session() as session:
        save_products(session, make_rows(), NOW)
    return database


@pytest.fixture(scope="session")
def serving_shop(tmp_path_factory: pytest.TempPathFactory, _migrated_sqlite_file: Path) -> Iterator[Database]:
    """The shop of :mod:`tests.neo_assistant.serving`, for tests that only read it."""
    from tests.neo_assistant.serving import fill  # It imports torch, which most tests can do without.

    path = tmp_path_factory.mktemp("serving") / "shop.db"
    shutil.copyfile(_migrated_sqlite_file, path)
    with open_database(f"sqlite:///{path}") as database:
        fill(database)
        yield database


@pytest.fixture
def own_serving_shop(database: Database) -> Database:
    """The same shop for a test that changes it."""
    from tests.neo_assistant.serving import fill

    fill(database)
    return database


@pytest.fixture
def replier(shop: Database) -> ScriptedReplier:
    """Answers without a model."""
    return ScriptedReplier(shop)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def app_environment(database_url: str, port: int) -> dict[str, str]:
    """The environment of an app with a scripted replier, without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEO_", "GRADIO_"))}
    kept |= {"NEO_ENGINE": "scripted", "NEO_DATABASE_URL": database_url, "NEO_PORT": str(port)}
    return {**kept, "HF_HUB_OFFLINE": "1"}


@dataclass(frozen=True)
class RunningApp:
    """An app under test: the address of its page, and the folder its database and pictures are in."""

    url: str
    database_url: str
    folder: Path


@pytest.fixture(scope="session")
def running_app(tmp_path_factory: pytest.TempPathFactory, _migrated_sqlite_file: Path) -> Iterator[RunningApp]:
    """One app with a scripted replier for every test that needs a running one."""
    folder = tmp_path_factory.mktemp("app")
    database_url = f"sqlite:///{shutil.copyfile(_migrated_sqlite_file, folder / 'shop.db')}"
    with open_database(database_url) as database, database.session() as session:
        save_products(session, make_rows(), NOW)
    (folder / "pictures").mkdir()
    (folder / "pictures" / "mug.svg").write_text(PICTURE, encoding="utf-8")
    with serve_app(database_url, {"NEO_DESK_LOGINS": ":".join(LOGIN)}) as url:
        yield RunningApp(url, database_url, folder)


@contextmanager
def serve_app(database_url: str, settings: Mapping[str, str] | None = None, port: int = 0) -> Iterator[str]:
    """Run ``app.py`` on a port, or on a free one, with a scripted replier unless settings say otherwise; gives the
    page's address once it answers."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "app.py"]
    environment = app_environment(database_url, port) | dict(settings or {})
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            _wait_until_open(url, process)
            yield url
        finally:
            process.terminate()
            process.communicate(timeout=20)


def _wait_until_open(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if process.poll() is not None:
                assert process.stdout is not None
                pytest.fail(f"app.py ended: {process.stdout.read().decode()}")
            time.sleep(0.1)
    pytest.fail("app.py does not answer")
