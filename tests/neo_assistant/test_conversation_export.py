from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from catalog_db.database import Database
from catalog_db.feedback import StoredFeedback
from catalog_db.products import save_products
from neo_assistant.conversation import ConversationService, Turn
from neo_assistant.conversation_export import as_json, as_markdown, markdown_text
from neo_assistant.events import Notice, TextDelta, WantFound
from neo_assistant.messages import ItemPart, Message, WantPart
from neo_assistant.request import Request
from neo_assistant.scripted import ScriptedReplier, sid_of
from tests.neo_assistant.ui_products import DONE, NOW, found, make_product

NASTY = (
    "**bold** <script>alert(1)</script> [click](javascript:alert(1)) ![x](http://evil.example/x.png) `code` &lt; "
    "www.evil.example https://evil.example me@evil.example | a | ~~no~~ $x$ {{x}} #1 :tada: \\* 1. first"
)
GFM = MarkdownIt("gfm-like", {"linkify": False})


class Page(HTMLParser):
    """What a renderer makes of Markdown: the tags, where links lead, and the text."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(GFM.render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(value) for name, value in attributes if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def words(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


@given(st.text(st.sampled_from("ab1 \n\t\\`*_[]()<>&|~$^#=@{}:.-+!'\"/;w0é雨\u2028")))
def test_any_text_shows_as_it_is(text: str) -> None:
    page = Page(f"Before\n\n{markdown_text(text)}\n\nafter")
    assert words(page.text) == words(f"Before {text} after")
    assert set(page.tags) <= {"p", "br"}


@pytest.mark.parametrize(
    "line", ["- a", "+ a", "1. a", "2) a", "# a", "> a", "---", "===", "    a", "```", "~~~", "| a |"]
)
def test_no_line_becomes_anything_but_a_line(line: str) -> None:
    page = Page(markdown_text(f"first\n{line}\n\nlast"))
    assert page.tags == ["p", "br", "br", "br"]
    assert words(page.text) == words(f"first {line} last")


@pytest.mark.parametrize("text", ["www.evil.example", "WWW.EVIL.example", "http://evil.example", "ftp://evil.example"])
def test_addresses_do_not_become_links_in_renderers_that_look_for_them(text: str) -> None:
    assert re.search(r"www\\\.|:\\?//", markdown_text(text), re.IGNORECASE)
    assert "://" not in markdown_text(text).replace("\\://", "")
    assert not re.search(r"www\.", markdown_text(text), re.IGNORECASE)


def talk(**changes: Any) -> list[Turn]:
    """A question about a product, and an answer that names it."""
    product = make_product(**changes)
    item = ItemPart(sid_of(product), product.sku)
    asked = Request("is it good?", about=(product.sku,), count=2)
    made_by = {
        "complete": True,
        "checkpoint": "spring",
        "understood": {"phrases": ["under $60", "colour: **blue**"], "items_left": 12},
        "notices": [{"code": "too-long", "text": "Cut <b>short</b>."}],
        "total": {"minor": 1250, "currency": "USD"},
    }
    answer = Message.assistant(WantPart(" price < 60; found many"), "I would take ", item, ": it is *blue*.\nEnjoy.")
    return [
        Turn(Message.shopper(item, " is it good?"), {product.sku: product}, id=1, at=NOW, request=asked),
        Turn(answer, {product.sku: product}, made_by, 2, 1, NOW, StoredFeedback(False, "too dear", NOW)),
    ]


def test_json_is_complete() -> None:
    document = json.loads(as_json(talk(link="https://shop.example/1"), NOW + dt.timedelta(hours=1)))
    product = {
        "sku": "MUG-1",
        "in_catalog": True,
        "title": "Mug number 1",
        "brand": "Claywork",
        "price": 12.5,
        "currency": "USD",
        "availability": "In stock",
        "link": "https://shop.example/1",
    }
    assert document == {
        "format": "neo-assistant/conversation",
        "version": 1,
        "exported_at": "2026-01-01T01:00:00+00:00",
        "messages": [
            {
                "role": "shopper",
                "at": "2026-01-01T00:00:00+00:00",
                "text": "is it good?",
                "products": [product],
                "request": {"text": "is it good?", "count": 2, "about": ["MUG-1"]},
            },
            {
                "role": "assistant",
                "at": "2026-01-01T00:00:00+00:00",
                "parts": [
                    {"type": "text", "text": "I would take "},
                    {"type": "item", "sku": "MUG-1"},
                    {"type": "text", "text": ": it is *blue*.\nEnjoy."},
                ],
                "products": [product],
                "understood": ["under $60", "colour: **blue**"],
                "items_left": 12,
                "notices": [{"code": "too-long", "text": "Cut <b>short</b>."}],
                "total": {"amount": 12.5, "currency": "USD"},
                "feedback": {"helpful": False, "reason": "too dear"},
                "made_by": {"complete": True, "checkpoint": "spring"},
            },
        ],
    }


@pytest.mark.parametrize(
    ("changes", "price", "link"),
    [
        ({"price_minor": None}, None, None),
        ({"price_minor": 1500, "currency": "JPY"}, 1500.0, None),
        ({"price_minor": 1999, "link": "javascript:alert(1)"}, 19.99, None),
        ({"link": "HTTPS://shop.example/a b?c=1&d=2"}, 12.5, "HTTPS://shop.example/a b?c=1&d=2"),
    ],
)
def test_products_in_json(changes: dict[str, Any], price: float | None, link: str | None) -> None:
    [product] = json.loads(as_json(talk(**changes), NOW))["messages"][1]["products"]
    assert (product["price"], product["link"]) == (price, link)


def test_what_has_left_the_catalog_is_named_by_its_sku() -> None:
    gone = [Turn(turn.message, {}, turn.made_by, request=turn.request) for turn in talk()]
    messages = json.loads(as_json(gone, NOW))["messages"]
    assert [message["products"] for message in messages] == [[{"sku": "MUG-1", "in_catalog": False}]] * 2
    assert "I would take MUG-1 (no longer in the catalog): it is" in Page(as_markdown(gone)).text


def test_text_that_no_file_can_hold_is_replaced() -> None:
    turns = [Turn(Message.shopper("a\ud800b\x00"))]
    assert json.loads(as_json(turns, NOW).encode())["messages"][0]["text"] == "a\ufffdb\x00"
    assert "a\ufffdb\ufffd" in as_markdown(turns).encode().decode()


def test_markdown_reads_like_the_page() -> None:
    page = Page(as_markdown(talk(link="https://shop.example/1")))
    assert [words(line) for line in page.text.splitlines() if line.strip()] == [
        "Conversation with the shop's assistant",
        "You, 2026-01-01 00:00 UTC",
        "About:",
        "Mug number 1 · Claywork · $12.50 · In stock · SKU MUG-1",
        "is it good?",
        "Assistant, 2026-01-01 00:00 UTC",
        "Looking for: under $60, colour: **blue**",
        "I would take Mug number 1: it is *blue*.",
        "Enjoy.",
        "Mug number 1 · Claywork · $12.50 · In stock · SKU MUG-1",
        "Together $12.50",
        "From the shop: Cut <b>short</b>.",
    ]
    assert page.links == ["https://shop.example/1"] * 2


def test_product_text_shows_as_text_in_markdown() -> None:
    changes = {
        "sku": NASTY[:40],
        "title": NASTY,
        "brand": "# <b>\n- x",
        "link": "https://shop.example/a_b*c(1)]?x=<b>&y=1",
    }
    page = Page(as_markdown(talk(**changes)))
    assert words(page.text).count(words(NASTY)) == 3
    assert set(page.tags) <= {"h1", "h2", "p", "ul", "li", "a"}
    assert page.links == ["https://shop.example/a_b*c%281%29%5D?x=%3Cb%3E&y=1"] * 2


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://[", "https:///x"]
)
def test_other_links_are_left_out(link: str) -> None:
    assert Page(as_markdown(talk(link=link))).links == []


def test_items_after_the_end_of_a_sentence_are_left_to_the_list() -> None:
    products = {product.sku: product for product in (make_product(1), make_product(2))}
    items = [ItemPart(sid_of(product), product.sku) for product in products.values()]
    turn = Turn(Message.assistant("Here are two: ", items[0], ", ", items[1], "."), products)
    lines = [words(line) for line in Page(as_markdown([turn])).text.splitlines() if line.strip()][2:]
    assert [line.partition(" · ")[0] for line in lines] == ["Here are two:", "Mug number 1", "Mug number 2"]


def test_a_whole_conversation(any_database: Database) -> None:
    with any_database.session() as session:
        save_products(session, [make_product(title=NASTY).to_row()], NOW)
    replier = ScriptedReplier(any_database)
    service = ConversationService(any_database, replier, lambda: NOW)
    conversation_id = service.start("ann")
    notice = Notice("nothing-matches", "Nothing matches.", "max_price", "under $60")
    replier.enqueue(
        WantFound(" price < 60;", ("under $60",), 0), TextDelta("Take "), found(1, title=NASTY), notice, DONE
    )
    list(service.say(conversation_id, Request(NASTY)))
    service.rate(conversation_id, service.turns(conversation_id)[1].id, True)

    text = service.export(conversation_id, "json")
    asked, answer = json.loads(text)["messages"]
    assert asked["text"] == asked["request"]["text"] == answer["products"][0]["title"] == NASTY
    assert answer["notices"][0]["phrase"] == "under $60"
    assert answer["feedback"] == {"helpful": True, "reason": ""}
    assert answer["made_by"]["timings"]["tokens"] == 7
    assert conversation_id not in text
    assert "ann" not in re.findall(r"\w+", text)
    page = Page(service.export(conversation_id, "markdown"))
    assert words(page.text).count(words(NASTY)) == 2
    assert page.links == []
