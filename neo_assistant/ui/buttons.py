"""Buttons that stand in HTML: ``name`` says what is wanted, ``value`` of what; the page's one listener does the rest.

A chat message keeps neither ``data-*`` nor ``aria-*``, so a button says in words what it is about, and words that the
eye does not need are hidden from the eye only. Its sign is drawn by the style sheet, by ``name``.
"""

from __future__ import annotations

from neo_assistant.ui.escape import as_html


def action_button(action: str, value: object, words: str, about: str = "", kind: str = "") -> str:
    """A button that asks the page for ``action``.

    Args:
        action: what is wanted; a word of letters and hyphens that the page knows.
        value: of what: a SKU, or a message's id and an argument.
        words: what is to be read on it.
        about: further words for who hears the page: which product, which reply.
        kind: a class that says how it looks.
    """
    classes = f"neo-act {kind}".rstrip()
    words = as_html(words) + (hidden(f": {about}") if about else "")
    return f'<button type="button" class="{classes}" name="{action}" value="{as_html(str(value))}">{words}</button>'


def sign_button(action: str, value: object, words: str, kind: str = "") -> str:
    """The same with its sign alone; the words are heard, and shown when pointed at."""
    return (
        f'<button type="button" class="{f"neo-act neo-sign {kind}".rstrip()}" name="{action}" '
        f'value="{as_html(str(value))}" title="{as_html(words)}">{hidden(words)}</button>'
    )


def hidden(text: str) -> str:
    """Words that are heard and not seen."""
    return f'<span class="neo-hidden">{as_html(text)}</span>'
