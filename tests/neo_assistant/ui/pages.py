"""HTML of the page as a browser reads it, for tests."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import strategies as st

_VOID = {"br", "img"}
HOSTILE = st.sampled_from(
    [
        "<img src=x onerror=alert(1)>",
        "</article></div><script>alert(1)</script>",
        '" onmouseover="alert(1)',
        "' autofocus='",
        "**bold** _it_ `code` ~~gone~~",
        "[a](javascript:alert(1))",
        "![x](http://example.org/x.png)",
        "<!-- hidden",
        "&lt;b&gt; &#60;b&#62; &amp;",
        "# heading",
        "$$x$$ \\(y\\)",
        "<button name=cart-clear value=1>Free</button>",
        "| a | b |\n|---|---|",
        "    indented\n\n<div>",
        "]]></style>",
    ]
)
TEXTS = st.one_of(
    HOSTILE,
    st.text(max_size=60),
    st.builds(lambda a, b, c: f"{a}{b}{c}", st.text(max_size=9), HOSTILE, st.text(max_size=9)),
)
"""What a catalog may hold that somebody wants to break a page with."""


class Page(HTMLParser):
    """The tags, attributes, buttons and visible text of some HTML; fails if a tag is not closed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.values: list[tuple[str, str]] = []
        self.buttons: list[dict[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = {name: value or "" for name, value in attrs}
        self.values += given.items()
        if tag == "button":
            self.buttons.append({**given, "words": ""})
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "button" in self._open:
            self.buttons[-1]["words"] += data

    def words_of(self, name: str) -> list[str]:
        """What is to be heard on the buttons of an action."""
        return [button["words"] for button in self.buttons if button["name"] == name]


def shown(text: str) -> str:
    """A text as a page can show it: on one line, without control characters."""
    text = re.sub(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]", "\ufffd", text)
    return re.sub(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029\t]", " ", text)


def assert_harmless(source: str, like: str) -> None:
    """Hostile text brought in no tag and no attribute that the same HTML of plain text lacks, and no second line."""
    page, plain = Page(source), Page(like)
    assert set(page.tags) <= set(plain.tags)
    assert {name for name, _ in page.values} <= {name for name, _ in plain.values}
    assert {button["name"] for button in page.buttons} <= {button["name"] for button in plain.buttons}
    for name, value in page.values:
        assert name != "href" or value.startswith(("http://", "https://"))
        assert name != "src" or value.startswith(("http", "pictures/", "HTTP"))
    assert not re.search(r"[\n\r\x00-\x08]", source)
