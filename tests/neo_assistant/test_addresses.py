from __future__ import annotations

import pytest

from neo_assistant.addresses import picture_address, web_address


@pytest.mark.parametrize("url", ["https://example.org/a?b=1", "HTTP://example.org", " https://example.org "])
def test_web_addresses_are_handed_on(url: str) -> None:
    assert web_address(url) == picture_address(url) == url.strip()


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "data:text/html,x", "//example.org", "https://", "http://["]
)
def test_nothing_else_is_a_web_address(url: str) -> None:
    assert web_address(url) == ""


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ("mug.svg", "pictures/mug.svg"),
        ("pictures/a b/mug.svg", "pictures/a%20b/mug.svg"),
        ("../shop.db", ""),
        ("/etc/passwd", ""),
        ("a/../b", ""),
        ("file:///etc/passwd", ""),
        ("a\\b", ""),
        ("", ""),
    ],
)
def test_a_picture_stands_inside_the_picture_folder(image: str, address: str) -> None:
    assert picture_address(image) == address
