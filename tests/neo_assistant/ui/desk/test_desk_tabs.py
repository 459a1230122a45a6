"""Compose and Catalog as they are connected: strangers get nowhere, and what an event brings about."""

from __future__ import annotations

import asyncio
import base64
import inspect
from typing import Any

import gradio as gr
import pytest

from catalog_db.database import Database
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import Services
from neo_assistant.settings import load_settings
from neo_assistant.ui.desk import catalog_tab, compose_tab
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.logins import Logins
from neo_assistant.ui.serve import launch_options

BUILDS = {"compose": compose_tab.build_tab, "catalog": catalog_tab.build_tab}


class Page:
    """A tab, built, and somebody who is signed in."""

    def __init__(self, shop: Database, replier: ScriptedReplier, build: Any) -> None:
        self.logins = Logins("anna:correct horse,ben:battery staple")
        self.tokens = {
            "anna": self.logins.sign_in("anna", "correct horse"),
            "ben": self.logins.sign_in("ben", "battery staple"),
        }
        self.services = Services(load_settings(engine="scripted"), shop, replier)
        # Outside an event loop Gradio makes one that it never closes.
        self.blocks = asyncio.run(self._built(build))

    async def _built(self, build: Any) -> gr.Blocks:
        with gr.Blocks(analytics_enabled=False) as blocks:
            desk = Desk(self.services, self.logins, gr.State(None))
            build(desk)
            desk.connect_openings(gr.Button().click)
        return blocks

    def events(self) -> list[Any]:
        return [event for event in self.blocks.fns.values() if event.fn is not None]

    def call(self, name: str, *values: Any, who: str = "anna") -> Any:
        """What the last event brings about whose action is called so."""
        [*_, event] = [each for each in self.events() if _action(each) == name]
        found = event.fn(self.tokens[who], *values)
        return list(found)[-1] if inspect.isgenerator(found) else found


def _action(event: Any) -> str:
    """The name of what an event does; empty for the one that opens all tabs."""
    action = inspect.getclosurevars(event.fn).nonlocals.get("action")
    return action.__name__ if action else ""


@pytest.fixture(params=sorted(BUILDS))
def page(request: pytest.FixtureRequest, shop: Database, replier: ScriptedReplier) -> Page:
    return Page(shop, replier, BUILDS[request.param])


@pytest.fixture
def catalog(shop: Database, replier: ScriptedReplier) -> Page:
    return Page(shop, replier, catalog_tab.build_tab)


@pytest.fixture
def compose(shop: Database, replier: ScriptedReplier) -> Page:
    return Page(shop, replier, compose_tab.build_tab)


@pytest.mark.parametrize("token", [None, "forged"])
def test_no_event_runs_for_a_stranger(page: Page, token: str | None) -> None:
    assert len(page.events()) > 5
    for event in page.events():
        values = [None] * (len(event.inputs) - 1)
        if event.fn.__name__ == "open_quietly":
            assert event.fn(token, *values) == gr.skip()
            continue
        with pytest.raises(gr.Error, match="not signed in"):
            next(iter(event.fn(token, *values)))
    assert all(event.api_visibility == "private" for event in page.blocks.fns.values())


def test_gradios_own_upload_route_stays_shut() -> None:
    assert launch_options(load_settings(engine="scripted"))["max_file_size"] == "1kb"


def test_a_file_is_sent_checked_and_taken(catalog: Page) -> None:
    text = b"sku,title,item_type,price\nMUG-1,Mug number 1,kitchen,3\nN-1,New,kitchen,4\n,x,kitchen,1\n"
    key = catalog.call("_announce", "new.csv", len(text))[0]
    with pytest.raises(gr.Error, match="no such file"):
        catalog.call("_add", key, 0, base64.b64encode(text).decode(), who="ben")
    arrived = catalog.call("_add", key, 0, base64.b64encode(text).decode())
    assert "looks like csv" in arrived[1]
    given = [arrived[4], *(column.value for column in arrived[5:-2]), "", ""]
    with pytest.raises(gr.Error, match="not what was checked"):
        catalog.call("_take_in", key, None, *given)
    said, take, tried, refusals = catalog.call("_check", key, *given)
    assert "nothing is changed yet" in said
    assert take.interactive
    assert refusals.visible
    with pytest.raises(gr.Error, match="not what was checked"):
        catalog.call("_take_in", key, tried, *given[:-1], "currency=EUR")
    assert "Took in" in catalog.call("_take_in", key, tried, *given)[0]
    assert catalog.call("_open", "N-1")[5] == "4.00"


def test_a_product_is_opened_and_saved(catalog: Page) -> None:
    opened, *_, title, price, stock, active, link, description, attributes = catalog.call("_open", "MUG-1")
    assert price == "12.50"
    values = [title, "9.99", stock, active, link, description, attributes]
    saved = catalog.call("_keep", opened, *values, 0, "mug", "", "", "any")
    assert saved[5] == "9.99"
    assert "Saved MUG" in saved[3]
    with pytest.raises(gr.Error, match="not what it was when you opened it"):
        catalog.call("_keep", opened, *values, 0, "mug", "", "", "any", who="ben")
    with pytest.raises(gr.Error, match="No product has been chosen"):
        catalog.call("_open", None)


def test_pages_end(catalog: Page) -> None:
    with pytest.raises(gr.Error, match="no more products"):
        catalog.call("turn", 0, "mug", "", "", "any")


def test_a_message_is_made_and_copied(compose: Page, shop: Database) -> None:
    lines = [""] * 8
    _, _, *_ = compose.call("_search", "MUG-1")
    picks = compose.call("_put_in", "MUG-1", "at the end", None, (), "Hello", "Bye", *lines)[0]
    picks = compose.call("_put_in", "MUG-2", "at the end", None, picks, "Hello", "Bye", *lines)[0]
    picks = compose.call("_put_in", "MUG-3", 0, None, picks, "Hello", "Bye", *lines)[0]
    assert [pick.sku for pick in picks] == ["MUG-3", "MUG-2"]
    rich, plain, *_ = compose.call("copy", picks, "Hello", "Bye", "Mine", *lines[1:])
    assert "<strong>Mug number 3" in rich
    assert "Mine" in plain
    with pytest.raises(gr.Error, match="in the message already"):
        compose.call("_put_in", "MUG-2", "at the end", None, picks, "Hello", "Bye", *lines)
