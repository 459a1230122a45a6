"""The queues in which events wait, shared by the shop page, the desk and the API, and how the page's are connected."""

from __future__ import annotations

from typing import Any

REPLIES = "replies"
"""Every reply waits in it, whichever button or program asked for it: there is one model."""

QUICK: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
"""How what changes something is connected: it waits in no queue."""

SLOW: dict[str, Any] = {
    "concurrency_id": REPLIES,
    "api_visibility": "private",
    "show_progress": "hidden",
    "trigger_mode": "multiple",
}
"""How what writes replies is connected."""
