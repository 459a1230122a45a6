"""The page's one listener: clicks on buttons in HTML, what the page does next, and words that a screen reader hears.

It is an empty ``gr.HTML``: its value is the live region, its script (``listener.js``) delegates clicks, and its props
tell the script what an action brought about.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from neo_assistant.ui.escape import as_html

_SCRIPT = Path(__file__).with_name("listener.js")


def make_listener() -> gr.HTML:
    """The component; ``card_action``, ``answer`` and ``describe`` are its events."""
    return gr.HTML(
        "",
        elem_id="neo-steps",
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        padding=False,
        step={"number": 0, "focus": "", "sent": ""},
        asked=0,
        described=0,
        file={},
    )


def said(words: str, number: int, *, refused: bool = False, focus: str = "", sent: str = "", **props: Any) -> gr.HTML:
    """An update: what is to be heard (and read, for a few seconds), and where the focus goes.

    Args:
        words: one sentence; empty for nothing.
        number: of the action, so that the same words twice are two updates.
        refused: whether they say why something was not done.
        focus: CSS selector; empty leaves the focus where it was.
        sent: words that the box gave; it is emptied if it still holds them.
        props: ``asked`` and ``described`` (numbers that rise with every request, and with every taste profile asked
            for), ``file`` (name, type and text of a download).
    """
    kind = "neo-toast neo-toast-refused" if refused else "neo-toast"
    # Two elements of one name in turn: the same sentence again is then a change, and is heard again.
    value = f'<p class="{kind} neo-toast-{number % 2}">{as_html(words)}</p>' if words else ""
    return gr.HTML(value, step={"number": number, "focus": focus, "sent": sent}, **props)
