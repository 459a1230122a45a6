"""What a shopper does beside talking, in the browser: conditions, cards, cart, comparison, links, and coming back.

What the server decides is tried on one size of page; how everything looks on either is in ``test_accessibility.py``,
which brings the page into the same states on both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog_db.database import open_database
from catalog_db.migrations import migrate
from catalog_db.products import save_products
from tests.neo_assistant.browser.visiting import DESKTOP, PHONE, SIZES, Visit
from tests.neo_assistant.conftest import RunningApp, free_port, serve_app
from tests.neo_assistant.ui_products import NOW, make_rows

pytestmark = pytest.mark.browser

EVENTS = "**/gradio_api/run/**"
"""Where the page sends what waits in no queue."""


@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_a_condition_is_shown_and_taken_away(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait("a mug under $13")
    chips = page.locator(".neo-understood button.neo-chip")
    assert chips.all_inner_texts() == ["under $13.00"] or "under $13" in chips.first.inner_text()
    assert len(visit.titles()) == 1
    visit.act("drop")
    page.wait_for_function("document.querySelectorAll('.neo-card').length === 3")
    visit.wait_until_answered()
    assert page.locator(".neo-said").all_inner_texts() == ["a mug under $13"]
    assert page.locator(".neo-understood button.neo-chip").count() == 0


def test_cart_wish_and_not_for_me(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait("a mug")
    first, second, third = visit.titles()
    visit.act("cart", number=0)
    visit.told(f"{first} is in your cart")
    visit.act("wish", number=1)
    visit.told(second)
    visit.act("dismiss", number=2)
    visit.told(third)
    with visit.sidebar():
        page.locator("#neo-cart", has_text=first).wait_for()
        page.locator('#neo-cart button[name="cart-more"]').click()
        page.locator("#neo-cart", has_text="2").wait_for()
        visit.open_panel("Wishlist")
        page.locator("#neo-wishlist", has_text=second).wait_for()
    visit.ask_and_wait("all your mugs")
    assert third not in visit.titles()


@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_why_this_and_compare(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait("a mug under $20")
    visit.act("why")
    page.locator(".neo-why").wait_for()
    assert "$20" in page.locator(".neo-why").inner_text()
    for number in (0, 1):
        visit.act("compare", number=number)
        visit.told("picked for a comparison")
    visit.act("compare-show", within="#neo-compare")
    table = page.locator("#neo-compare table")
    table.wait_for()
    assert "Price" in table.inner_text()
    assert all(title in table.inner_text() for title in visit.titles()[:2])
    visit.act("compare-clear", within="#neo-compare")
    table.wait_for(state="detached")


@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_edit_and_answer_again(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait("a mgu")
    visit.act("edit")
    page.wait_for_function("document.querySelector('#neo-box textarea').value === 'a mgu'")
    visit.write(visit.box, "a mug")
    visit.box.press("Enter")
    page.locator(".neo-said", has_text="a mug").wait_for()
    visit.wait_until_answered()
    assert page.locator(".neo-said").all_inner_texts() == ["a mug"]
    visit.act("retry")
    page.locator("#neo-box .stop-button").wait_for()
    visit.wait_until_answered()
    assert page.locator(".neo-said").count() == 1
    visit.act("down")
    page.locator(".neo-whys button").first.click()
    page.locator(".neo-thanks").wait_for()


@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_more_like_this_and_taking_it_back(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait("a mug")
    visit.act("similar")
    page.wait_for_function("document.querySelectorAll('.neo-said').length === 2")
    visit.wait_until_answered()
    assert page.locator(".neo-card").count() > 3
    visit.act("edit", number=1)
    visit.act("undo", within="#neo-set")
    page.wait_for_function("document.querySelectorAll('.neo-said').length === 1")
    visit.wait_until_answered()
    assert page.locator(".neo-said").all_inner_texts() == ["a mug"]
    assert page.locator(".neo-card").count() == 3


def test_steering_takes_no_words(visit: Visit) -> None:
    page = visit.page
    with visit.sidebar():
        visit.open_panel("Filters")
        page.locator("#neo-filter-stock input").check()
        page.locator("#neo-set", has_text="in stock").wait_for()
        visit.open_panel("Steer the replies")
        visit.write(page.locator("#neo-count input[type=number]"), "2")
        page.locator("#neo-ask").click()
    page.locator(".neo-said", has_text="Show me something").wait_for()
    visit.wait_until_answered()
    assert page.locator(".neo-card").count() == 2


def test_what_is_asked_overtakes_what_was_set(visit: Visit) -> None:
    page = visit.page
    held: list[Any] = []
    asked = False

    def hold(event: Any) -> None:
        if asked:
            event.continue_()
        else:
            held.append(event)

    with visit.sidebar():
        visit.open_panel("Filters")
        page.locator("#neo-filter-stock input").check()
        page.locator("#neo-set", has_text="in stock").wait_for()
        visit.open_panel("Steer the replies")
        page.route(EVENTS, hold)
        visit.write(page.locator("#neo-count input[type=number]"), "2")
        page.locator("#neo-count input[type=number]").press("Tab")
        while not held:
            page.wait_for_timeout(20)
        asked = True
        page.locator("#neo-ask").click()
        page.locator(".neo-said", has_text="Show me something").wait_for()
        visit.wait_until_answered()
        assert page.locator(".neo-card").count() == 2
        for event in held:
            event.continue_()
        page.locator("#neo-set", has_text="at most 2").wait_for()
    visit.ask_and_wait("a mug")
    assert len(visit.titles()) == 2


@pytest.mark.parametrize("size", SIZES)
def test_a_page_that_is_slow_to_load_undoes_no_choice(browser: Any, running_app: RunningApp, size: str) -> None:
    held: list[Any] = []

    def hold(event: Any) -> None:
        if len(held) < 2:  # the conversation, and the settings
            held.append(event)
        else:
            event.continue_()

    with browser.new_context(**SIZES[size]) as context:
        context.route(EVENTS, hold)
        visit = Visit(context, running_app.url)
        page = visit.page
        while len(held) < 2:
            page.wait_for_timeout(20)
        count = page.locator("#neo-count input[type=number]")
        with visit.sidebar():
            visit.open_panel("Filters")
            page.locator("#neo-filter-stock input").check()
            page.locator("#neo-set", has_text="in stock").wait_for()
            visit.open_panel("Steer the replies")
            visit.write(count, "2")
            for event in held:
                with page.expect_response(EVENTS) as loaded:
                    event.continue_()
                loaded.value.finished()
            count.press("Tab")
            page.locator("#neo-set", has_text="at most 2").wait_for()
            assert count.input_value() == "2"
            page.locator("#neo-ask").click()
            page.locator(".neo-said", has_text="Show me something").wait_for()
            visit.wait_until_answered()
        assert page.locator(".neo-card").count() == 2
        visit.check()


@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_a_reload_finds_everything_again(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait("a mug")
    titles = visit.titles()
    visit.act("cart")
    visit.told("in your cart")
    visit.reload()
    page.locator(".neo-card").first.wait_for()
    assert page.locator(".neo-said").all_inner_texts() == ["a mug"]
    assert visit.titles() == titles
    with visit.sidebar():
        page.locator("#neo-cart", has_text=titles[0]).wait_for()


def test_a_restart_of_the_server_loses_nothing(browser: Any, tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'shop.db'}"
    migrate(database_url)
    with open_database(database_url) as database, database.session() as session:
        save_products(session, make_rows(), NOW)
    port = free_port()
    with browser.new_context(**DESKTOP) as context:
        with serve_app(database_url, port=port) as url:
            visit = Visit(context, url)
            visit.ask_and_wait("a mug")
            titles = visit.titles()
            visit.act("cart")
            visit.told("in your cart")
        with serve_app(database_url, port=port):
            visit.reload()
            page = visit.page
            page.locator(".neo-card").first.wait_for()
            assert page.locator(".neo-said").all_inner_texts() == ["a mug"]
            assert visit.titles() == titles
            page.locator("#neo-cart", has_text=titles[0]).wait_for()
            visit.ask_and_wait("a boot")
            assert page.locator(".neo-said").all_inner_texts() == ["a mug", "a boot"]


@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_filters_hold_whatever_the_words_say(visit: Visit) -> None:
    page = visit.page
    with visit.sidebar():
        visit.open_panel("Filters")
        visit.write(page.locator("#neo-filter-highest input"), "12.5")
        page.locator("#neo-filter-highest input").press("Tab")
        page.locator("#neo-set", has_text="12.50").wait_for()
    visit.ask_and_wait("anything at all")
    assert visit.titles() == ["Mug number 1"]


def test_a_link_lets_others_read_and_nothing_more(browser: Any, running_app: RunningApp) -> None:
    with browser.new_context(**DESKTOP) as mine, browser.new_context(**PHONE) as theirs:
        visit = Visit(mine, running_app.url)
        visit.ask_and_wait("a mug to show around")
        visit.open_panel("Share and export")
        visit.page.locator("#neo-share").click()
        visit.page.wait_for_function("document.querySelector('#neo-link input, #neo-link textarea')?.value")
        link = visit.page.locator("#neo-link input, #neo-link textarea").input_value()
        assert link.startswith(running_app.url)
        reader = Visit(theirs, running_app.url, link.removeprefix(f"{running_app.url}/"))
        reader.page.locator(".neo-card").first.wait_for()
        assert reader.page.locator(".neo-said").all_inner_texts() == ["a mug to show around"]
        assert reader.page.locator("#neo-shared button.neo-act").count() == 0
        assert reader.page.locator("textarea").count() == 0
        visit.page.locator("#neo-revoke").click()
        visit.page.locator("#neo-revoke").wait_for(state="hidden")
        reader.reload()
        reader.page.locator("#neo-shared", has_text="This link opens nothing").wait_for()
        visit.check()
        reader.check()


def test_two_shoppers_have_two_carts(browser: Any, running_app: RunningApp) -> None:
    with browser.new_context(**DESKTOP) as here, browser.new_context(**DESKTOP) as there:
        mine, theirs = Visit(here, running_app.url), Visit(there, running_app.url)
        mine.ask_and_wait("a mug")
        mine.act("cart")
        mine.told("in your cart")
        theirs.ask_and_wait("a boot")
        assert mine.titles()[0] not in theirs.page.locator("#neo-cart").inner_text()
        assert theirs.page.locator(".neo-said").all_inner_texts() == ["a boot"]


@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_a_keyboard_is_enough(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait("a mug")
    title = visit.titles()[0]
    page.locator('#neo-chat button.neo-act[name="cart"]').first.focus()
    page.keyboard.press("Enter")
    visit.told(f"{title} is in your cart")
    page.wait_for_timeout(300)
    page.wait_for_function("document.activeElement.closest('#neo-chat') !== null")  # the focus stays at the card
