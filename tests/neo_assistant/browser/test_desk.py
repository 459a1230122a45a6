"""The merchandiser's desk in the browser: who gets in, and a rule from its preview to its end.

Each on one size of page; ``test_accessibility.py`` signs in and opens every tab on both.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog_db.database import open_database
from catalog_db.rule_log import entries, replace
from catalog_db.rules import list_rules
from tests.neo_assistant.browser.visiting import LOGIN, SIZES, Visit, open_tab, sign_in
from tests.neo_assistant.conftest import RunningApp, serve_app

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def model_app(tmp_path_factory: pytest.TempPathFactory, _migrated_sqlite_file: Path) -> Iterator[RunningApp]:
    """An app with a tiny model, random but held to the grammar and to the merchandiser's rules."""
    from tests.neo_assistant.serving import fill, save_tiny_base, write_tiny_checkpoint

    folder = tmp_path_factory.mktemp("desk")
    database_url = f"sqlite:///{shutil.copyfile(_migrated_sqlite_file, folder / 'shop.db')}"
    with open_database(database_url) as database:
        fill(database)
    save_tiny_base(folder / "base")
    checkpoint = write_tiny_checkpoint(folder / "checkpoints" / "tiny", folder / "base")
    settings = {
        "NEO_ENGINE": "transformers",
        "NEO_CHECKPOINT": str(checkpoint),
        "NEO_BASE_MODEL": str(folder / "base"),
        "NEO_QUANTIZATION": "none",
        "NEO_MAX_REPLY_TOKENS": "60",
        "NEO_DESK_LOGINS": ":".join(LOGIN),
    }
    with serve_app(database_url, settings) as url:
        yield RunningApp(url, database_url, folder)


@pytest.fixture(params=SIZES)
def desk(request: pytest.FixtureRequest, browser: Any, model_app: RunningApp) -> Iterator[Visit]:
    with browser.new_context(**SIZES[request.param]) as context:
        visit = Visit(context, model_app.url, "desk")
        yield visit
        visit.check()


@pytest.mark.parametrize("desk", ["desktop"], indirect=True)
def test_only_who_may_gets_in(desk: Visit) -> None:
    page = desk.page
    sign_in(desk, LOGIN[0], "a wrong guess")
    page.get_by_role("alert").filter(has_text="Wrong name or password").wait_for()
    assert not page.locator("#neo-desk-room").is_visible()
    sign_in(desk, *LOGIN)
    page.locator("#neo-desk-leave").wait_for()
    assert page.locator("#neo-desk-who", has_text=LOGIN[0]).is_visible()
    desk.reload()
    page.locator("#neo-desk-leave").click()
    page.locator("#neo-desk-enter").wait_for()
    desk.reload()
    page.locator("#neo-desk-enter").wait_for()
    assert not page.locator("#neo-desk-room").is_visible()


@pytest.mark.parametrize("desk", ["phone"], indirect=True)
def test_a_preview_shows_ranking_tree_and_prompt(desk: Visit) -> None:
    page = desk.page
    sign_in(desk, *LOGIN)
    open_tab(desk, "Preview")
    page.locator("#neo-look-text textarea").fill("mugs")
    page.locator("#neo-look-run").click()
    page.locator("#neo-look-tree", has_text="%").wait_for()
    assert "Thing number" in page.locator("#neo-look-ranking").inner_text()
    assert "mugs" in (page.locator("#neo-look-prompt").text_content() or "")


@pytest.mark.parametrize("desk", ["desktop"], indirect=True)
def test_a_rule_is_previewed_saved_obeyed_and_ends(browser: Any, desk: Visit, model_app: RunningApp) -> None:
    page = desk.page
    with open_database(model_app.database_url) as database, database.reading() as session:
        before = {stored.id for stored in list_rules(session)}
    sign_in(desk, *LOGIN)
    open_tab(desk, "Rules")
    page.locator("#neo-rule-action").get_by_label("exclude").check()
    page.locator("#neo-rule-types input").click()
    page.get_by_role("option", name="kitchen").first.click()
    page.keyboard.press("Escape")
    assert not page.locator("#neo-rule-save").is_enabled()
    page.locator("#neo-rule-preview").click()
    page.locator("#neo-rule-seen", has_text="13").wait_for()
    page.locator("#neo-rule-save:enabled").click()
    page.locator("#neo-rule-said", has_text="aved").wait_for()

    with open_database(model_app.database_url) as database:
        with database.reading() as session:
            [made] = [stored for stored in list_rules(session) if stored.id not in before]
            assert entries(session, rule_id=made.id)[0].who == LOGIN[0]
        assert mugs_shown(browser, model_app) == 0, "the next shopper"
        with database.session() as session:
            now = dt.datetime.now(dt.UTC)
            ended = {**vars(made.rule), "ends_at": now, "starts_at": now - dt.timedelta(minutes=1)}
            replace(session, made.id, type(made.rule)(**ended), LOGIN[0], now)
        assert mugs_shown(browser, model_app) == 2, "the one after its end"


def mugs_shown(browser: Any, app: RunningApp) -> int:
    """How many a new shopper is shown who asks for mugs; with this seed the tiny model names two."""
    with browser.new_context(**SIZES["desktop"]) as context:
        shopper = Visit(context, app.url)
        shopper.ask_and_wait("mugs")
        shown = len(shopper.titles())
        shopper.check()
    return shown
