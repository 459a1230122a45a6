"""A conversation as a document of the shopper's own: JSON for programs, Markdown for people.

Neither names the conversation's id or whose it is, because the document may be passed on. Products are as the catalog
holds them when it is written, so prices are of today. docs/conversations.md describes the JSON.

In Markdown, words and product text stand so that a renderer shows them as they are: whatever could act as Markdown or
HTML in it is escaped with backslashes (CommonMark 0.31, section 2.4), and links lead to http(s) addresses only.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from catalog_db.money import minor_per_major
from catalog_db.products import ProductRecord
from neo_assistant.conversation_turns import Turn
from neo_assistant.events import Total
from neo_assistant.messages import ItemPart, Part, Role, TextPart
from neo_assistant.wording import availability, price_text, total_text

FORMAT_VERSION = 1

_GONE = "(no longer in the catalog)"
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_ACTIVE = re.compile(r"[\\`*_\[\]<>&|~$^#=@{}]|:(?=\S)|(?<=www)\.|(?<=\d)[.)](?=\s|$)", re.IGNORECASE)
"""What may act as Markdown, HTML or an extension of them (tables, autolinks, formulas) anywhere in a line."""
_ACTIVE_FIRST = re.compile(r"^[-+]")
"""What may do so at the start of a line: lists, rules, underlined headings."""
_IN_URL = ":/?#@!$&'*+,;=%~-._"


def as_json(turns: Sequence[Turn], now: dt.datetime) -> str:
    """The conversation as a JSON object; see docs/conversations.md.

    Args:
        turns: oldest first.
        now: when the document is made.
    """
    values = {
        "format": "neo-assistant/conversation",
        "version": FORMAT_VERSION,
        "exported_at": now.isoformat(),
        "messages": [_message(turn) for turn in turns],
    }
    return _SURROGATES.sub("\ufffd", json.dumps(values, ensure_ascii=False, indent=2)) + "\n"


def as_markdown(turns: Sequence[Turn]) -> str:
    """The conversation as Markdown: who said what, the conditions understood, and a list of the items named."""
    blocks = ["# Conversation with the shop's assistant"]
    for turn in turns:
        said_by = "You" if turn.message.role is Role.SHOPPER else "Assistant"
        blocks.append(f"## {said_by}, {turn.at:%Y-%m-%d %H:%M} UTC")
        blocks += _asked_blocks(turn) if turn.message.role is Role.SHOPPER else _reply_blocks(turn)
    return "\n\n".join(blocks) + "\n"


def markdown_text(text: str) -> str:
    """``text`` as Markdown that shows exactly that text; its line breaks stay, but for blank lines at its ends."""
    lines = [line.strip() for line in _LINE_BREAKS.split(_CONTROLS.sub("\ufffd", text.strip()))]
    escaped = [_ACTIVE_FIRST.sub(r"\\\g<0>", _ACTIVE.sub(r"\\\g<0>", line)) for line in lines]
    # A backslash before the end of a line breaks it there; an empty line would end the paragraph.
    return "\\\n".join(line or "\u00a0" for line in escaped)


def _message(turn: Turn) -> dict[str, Any]:
    message = turn.message
    values: dict[str, Any] = {"role": message.role.value, "at": turn.at.isoformat()}
    if message.role is Role.SHOPPER:
        request = turn.request.to_dict() if turn.request is not None else {}
        return {**values, "text": _words(turn), "products": _products(turn), "request": request}
    understood = turn.made_by.get("understood", {})
    feedback = turn.feedback
    return {
        **values,
        "parts": [_part(part) for part in message.parts if isinstance(part, TextPart | ItemPart)],
        "products": _products(turn),
        "understood": list(understood.get("phrases", ())),
        "items_left": understood.get("items_left"),
        "notices": turn.made_by.get("notices", []),
        "total": _total(turn),
        "feedback": None if feedback is None else {"helpful": feedback.helpful, "reason": feedback.reason},
        "made_by": _made_by(turn),
    }


def _part(part: TextPart | ItemPart) -> dict[str, str]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    return {"type": "item", "sku": part.sku}


def _products(turn: Turn) -> list[dict[str, Any]]:
    return [_product(sku, turn.products.get(sku)) for sku in _skus(turn)]


def _product(sku: str, product: ProductRecord | None) -> dict[str, Any]:
    if product is None:
        return {"sku": sku, "in_catalog": False}
    price = product.price_minor
    return {
        "sku": sku,
        "in_catalog": True,
        "title": product.title,
        "brand": product.brand,
        "price": None if price is None else _major(price, product.currency),
        "currency": product.currency,
        "availability": availability(product),
        "link": product.link if _web_address(product.link) else None,
    }


def _total(turn: Turn) -> dict[str, Any] | None:
    if "total" not in turn.made_by:
        return None
    total = Total(**turn.made_by["total"])
    return {"amount": _major(total.minor, total.currency), "currency": total.currency}


def _made_by(turn: Turn) -> dict[str, Any]:
    """What stands elsewhere in the document is not repeated."""
    return {name: value for name, value in turn.made_by.items() if name not in ("understood", "notices", "total")}


def _skus(turn: Turn) -> list[str]:
    about = turn.request.about if turn.request is not None else ()
    return list(dict.fromkeys((*about, *(item.sku for item in turn.message.items))))


def _words(turn: Turn) -> str:
    """What a shopper typed."""
    return turn.request.text if turn.request is not None else turn.message.text


def _major(minor: int, currency: str) -> float:
    return float(Decimal(minor) / minor_per_major(currency))


def _asked_blocks(turn: Turn) -> Iterator[str]:
    if skus := _skus(turn):
        yield "About:"
        yield _item_list(skus, turn)
    if words := _words(turn).strip():
        yield markdown_text(words)


def _reply_blocks(turn: Turn) -> Iterator[str]:
    understood = turn.made_by.get("understood", {})
    if phrases := understood.get("phrases"):
        yield f"Looking for: {', '.join(map(markdown_text, phrases))}"
    yield from _sentences(turn)
    if skus := _skus(turn):
        yield _item_list(skus, turn)
    if "total" in turn.made_by:
        yield markdown_text(total_text(Total(**turn.made_by["total"])))
    for notice in turn.made_by.get("notices", ()):
        yield f"From the shop: {markdown_text(notice['text'])}"


def _sentences(turn: Turn) -> Iterator[str]:
    """The words, a block for each paragraph; items within a sentence by their titles, others are left to the list."""
    paragraph: list[Part] = []
    for part in (*turn.message.parts, TextPart("\n")):
        if isinstance(part, ItemPart):
            paragraph.append(part)
        elif isinstance(part, TextPart):
            first, *rest = _LINE_BREAKS.split(part.text)
            paragraph.append(TextPart(first))
            for line in rest:
                if sentence := _sentence(paragraph, turn):
                    yield sentence
                paragraph = [TextPart(line)]


def _sentence(paragraph: Sequence[Part], turn: Turn) -> str:
    said = [place for place, part in enumerate(paragraph) if isinstance(part, TextPart) and _is_said(part.text)]
    if not said:
        return ""
    words = "".join(
        part.text if isinstance(part, TextPart) else _title(part.sku, turn)
        for part in paragraph[: said[-1] + 1]
        if isinstance(part, TextPart | ItemPart)
    )
    return markdown_text(words)


def _is_said(words: str) -> bool:
    return any(character.isalnum() for character in words)


def _title(sku: str, turn: Turn) -> str:
    product = turn.products.get(sku)
    return product.title if product is not None else f"{sku} {_GONE}"


def _item_list(skus: Sequence[str], turn: Turn) -> str:
    return "\n".join(f"- {_item(sku, turn.products.get(sku))}" for sku in skus)


def _item(sku: str, product: ProductRecord | None) -> str:
    if product is None:
        return _in_line(f"{sku} {_GONE}")
    title = _in_line(product.title)
    link = _web_address(product.link)
    facts = [f"[{title}]({link})" if link else title]
    facts += map(_in_line, [product.brand or "", price_text(product), availability(product), f"SKU {product.sku}"])
    return " · ".join(fact for fact in facts if fact)


def _in_line(text: str) -> str:
    return markdown_text(" ".join(text.split()))


def _web_address(link: str) -> str:
    """An http(s) link as the destination of a Markdown link; nothing for any other."""
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return ""
    return quote(link.strip().encode("utf-8", "replace"), safe=_IN_URL).replace("&", "&amp;")
