"""Text from outside as HTML that shows exactly that text.

Messages of a Gradio chatbot pass through a Markdown renderer and then through an HTML sanitiser. Escaping ``<`` and
``&`` alone would still let ``**`` or ``](`` in a product title act as Markdown, so every ASCII punctuation mark becomes
a numeric character reference: neither parser sees anything but letters, digits, spaces and references.
"""

from __future__ import annotations

import re
import string
from urllib.parse import quote, urlsplit

PICTURE_ROUTE = "pictures"
"""Where the app serves the shop's picture folder, relative to the page."""

_MARKS = re.compile(f"[{re.escape(string.punctuation)}]")
_LINE_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def as_html(text: str, line_break: str = " ") -> str:
    """``text`` as HTML without tags, on one line; ``line_break`` (HTML) stands for every line break in it.

    Control characters and lone surrogates, which no page can show, become U+FFFD.
    """
    shown = _CONTROLS.sub("\ufffd", text)
    lines = (_MARKS.sub(lambda mark: f"&#{ord(mark[0])};", line) for line in _LINE_BREAKS.split(shown))
    return line_break.join(line.replace("\t", " ") for line in lines)


def web_link(url: str) -> str:
    """``url`` as the value of an HTML attribute if it is an http(s) address, else nothing."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return ""
    return as_html(url.strip())


def picture_source(image: str) -> str:
    """Where a product's picture is, as the value of an HTML attribute; nothing if it has none or names no safe place.

    Args:
        image: an http(s) URL, or a path inside the shop's picture folder; the path may begin with ``pictures/``.
    """
    if link := web_link(image):
        return link
    path = image.removeprefix(f"{PICTURE_ROUTE}/")
    if ":" in path or "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
        return ""
    return as_html(f"{PICTURE_ROUTE}/" + quote(path.encode("utf-8", "replace")))
