"""The look: a Gradio theme without remote fonts, and the style sheet beside this file."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

FOLDER = Path(__file__).parent
_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "Arial", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

ACCENT = gr.themes.Color(
    name="pine",
    c50="#eef7f4",
    c100="#d6ebe4",
    c200="#aed8ca",
    c300="#7fbfab",
    c400="#4fa38a",
    c500="#2d8670",
    c600="#1f6c5a",
    c700="#1b574a",
    c800="#19463d",
    c900="#163a33",
    c950="#0a211d",
)


def make_theme() -> gr.themes.Base:
    """One accent colour on warm greys, the system's own fonts."""
    return gr.themes.Base(
        primary_hue=ACCENT,
        secondary_hue=ACCENT,
        neutral_hue=gr.themes.colors.stone,
        font=_FONTS,
        font_mono=_MONO,
        radius_size=gr.themes.sizes.radius_lg,
    ).set(
        body_background_fill="var(--neo-page)",
        body_background_fill_dark="var(--neo-page)",
        background_fill_primary="var(--neo-surface)",
        background_fill_primary_dark="var(--neo-surface)",
        body_text_color="var(--neo-text)",
        body_text_color_dark="var(--neo-text)",
        body_text_color_subdued="var(--neo-muted)",
        body_text_color_subdued_dark="var(--neo-muted)",
        link_text_color="var(--neo-accent)",
        link_text_color_dark="var(--neo-accent)",
        link_text_color_hover="var(--neo-accent-strong)",
        link_text_color_hover_dark="var(--neo-accent-strong)",
        link_text_color_active="var(--neo-accent)",
        link_text_color_active_dark="var(--neo-accent)",
        link_text_color_visited="var(--neo-accent)",
        link_text_color_visited_dark="var(--neo-accent)",
        border_color_primary="var(--neo-line)",
        border_color_primary_dark="var(--neo-line)",
        block_border_width="0px",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        input_background_fill="var(--neo-surface)",
        input_background_fill_dark="var(--neo-surface)",
        input_placeholder_color="var(--neo-muted)",
        input_placeholder_color_dark="var(--neo-muted)",
        button_secondary_background_fill="transparent",
        button_secondary_background_fill_dark="transparent",
    )


def style_sheet() -> str:
    """The page's CSS."""
    return (FOLDER / "style.css").read_text(encoding="utf-8")


def head_html() -> str:
    """What goes into the page's head: a script of a few lines, see ``head.html``."""
    return (FOLDER / "head.html").read_text(encoding="utf-8")
