"""Text from outside as HTML that shows exactly that text.

Messages of a Gradio chatbot pass through a Markdown renderer and then through an HTML sanitiser. Escaping ``<`` and
``&`` alone would still let ``**`` or ``](`` in a product title act as Markdown, so every ASCII punctuation mark becomes
a numeric character reference: neither parser sees anything but letters, digits, spaces and references.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache

from neo_assistant.addresses import PICTURE_ROUTE, picture_address, web_address

__all__ = ["PICTURE_ROUTE", "as_html", "picture_source", "web_link"]

_SHORT = 200
"""Characters of a text whose HTML is kept: a title, a SKU and the words of a button come many times in every update."""
_MARKS = re.compile(f"[{re.escape(string.punctuation)}]")
_LINE_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def as_html(text: str, line_break: str = " ") -> str:
    """``text`` as HTML without tags, on one line; ``line_break`` (HTML) stands for every line break in it.

    Control characters and lone surrogates, which no page can show, become U+FFFD.
    """
    return _kept(text, line_break) if len(text) <= _SHORT else _escaped(text, line_break)


def _escaped(text: str, line_break: str) -> str:
    shown = _CONTROLS.sub("\ufffd", text)
    lines = (_MARKS.sub(lambda mark: f"&#{ord(mark[0])};", line) for line in _LINE_BREAKS.split(shown))
    return line_break.join(line.replace("\t", " ") for line in lines)


_kept = lru_cache(maxsize=4096)(_escaped)


def web_link(url: str) -> str:
    """``url`` as the value of an HTML attribute if it is an http(s) address, else nothing."""
    return as_html(web_address(url))


def picture_source(image: str) -> str:
    """Where a product's picture is, as the value of an HTML attribute; nothing if it has none or names no safe place.

    Args:
        image: an http(s) URL, or a path inside the shop's picture folder; the path may begin with ``pictures/``.
    """
    return as_html(picture_address(image))
