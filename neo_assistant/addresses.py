"""Addresses from a catalog as they may be handed on: http(s) URLs, and paths inside the shop's picture folder."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

PICTURE_ROUTE = "pictures"
"""Where the app serves the shop's picture folder, relative to the page."""


def web_address(url: str) -> str:
    """``url`` if it is an http(s) address, else nothing."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme.lower() in ("http", "https") and parts.netloc else ""


def picture_address(image: str) -> str:
    """Where a product's picture is; nothing if it has none or names no safe place.

    Args:
        image: an http(s) URL, or a path inside the shop's picture folder; the path may begin with ``pictures/``.

    Returns:
        The URL, or a path relative to the app's address.
    """
    if address := web_address(image):
        return address
    path = image.removeprefix(f"{PICTURE_ROUTE}/")
    if ":" in path or "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
        return ""
    return f"{PICTURE_ROUTE}/" + quote(path.encode("utf-8", "replace"))
