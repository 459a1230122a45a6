"""Colours and shapes that the drawings are made of.

A drawing is a function from :class:`Shades` to the parts of an SVG picture, back to front, on a canvas of 400 x 400
with the ground at about y = 335. It uses no ids, no gradients and no text, so that pictures can be inlined side by
side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

STEEL, STEEL_LIGHT, STEEL_DARK = "#b9c1c8", "#e3e8eb", "#8a949d"
WOOD, WOOD_LIGHT, WOOD_DARK = "#c99a62", "#dfb987", "#9c7142"
RUBBER, RUBBER_LIGHT = "#3b3e43", "#5d6168"
CREAM, CREAM_DARK = "#faf5ea", "#ded5c3"
GLASS, GLASS_LIGHT, GLASS_DARK = "#cfe4ec", "#eef7fa", "#9fc0cd"
GLOW, GLOW_LIGHT = "#ffd978", "#fff3cf"
LEAF, LEAF_LIGHT, LEAF_DARK = "#6d9f58", "#93bf7b", "#4b7a3d"
SOIL = "#6a4a37"
SKIN = "#f0c9a4"


@dataclass(frozen=True, slots=True)
class Shades:
    """The colours of one picture, as ``#rrggbb``.

    Attributes:
        base: the product's colour.
        light, pale: lit sides and faint details, lighter than ``base``.
        dark, deep: sides in shadow and inner sides, darker than ``base``.
        line: seams, buttons and other details that must stand out from ``base``.
        trim: a neutral second colour that stands out from ``base``: rubber on light things, cream on dark ones.
        ground, halo: the background and the disc behind the product.
        shadow: what the product casts on the ground.
    """

    base: str
    light: str
    pale: str
    dark: str
    deep: str
    line: str
    trim: str
    ground: str
    halo: str
    shadow: str


Parts = list[str]
Drawing = Callable[[Shades], Parts]


def _mix(colour: str, other: str, share: float) -> str:
    """A colour moved towards another by a share between 0 and 1, channel by channel."""
    pairs = ((int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    """Perceived lightness of ``#rrggbb``, 0 (black) to 1 (white), by the Rec. 601 luma weights."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def make_shades(base: str, ground: str | None = None) -> Shades:
    """Derive a picture's colours from the product's colour.

    Args:
        base: ``#rrggbb``.
        ground: the background; None makes a soft tint of the colour itself.
    """
    lightness = luminance(base)
    is_dark, is_light = lightness < 0.3, lightness > 0.78
    ground = ground or _mix(base, "#fbf8f3", 0.82)
    return Shades(
        base=base,
        light=_mix(base, "#ffffff", 0.16 if is_dark else 0.28),
        pale=_mix(base, "#ffffff", 0.38 if is_dark else 0.58),
        dark=_mix(base, "#14161c", 0.1 if is_light else 0.22),
        deep=_mix(base, "#14161c", 0.28 if is_light else 0.45),
        line=_mix(base, "#ffffff", 0.55) if is_dark else _mix(base, "#14161c", 0.45),
        trim=CREAM if lightness < 0.55 else RUBBER,
        ground=ground,
        halo=_mix(ground, "#ffffff", 0.55),
        shadow=_mix(ground, "#2a2c33", 0.2),
    )


def number(value: float) -> str:
    """A coordinate with at most one decimal and no trailing zero."""
    return f"{round(value, 1) + 0.0:.1f}".rstrip("0").rstrip(".")  # Adding zero turns -0.0 into 0.0.


def path(d: str, fill: str = "none", stroke: str = "", width: float = 0, opacity: float = 1) -> str:
    """A path; ``d`` as in SVG."""
    return f'<path d="{d}"{_paint(fill, stroke, width, opacity)}/>'


def line(d: str, stroke: str, width: float = 4, opacity: float = 1) -> str:
    """A path that is stroked and not filled."""
    return path(d, "none", stroke, width, opacity)


def rect(
    x: float,
    y: float,
    w: float,
    h: float,
    fill: str,
    r: float = 0,
    stroke: str = "",
    width: float = 0,
    opacity: float = 1,
) -> str:
    """A rectangle with corners rounded by ``r``."""
    size = f'x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"'
    rounded = f' rx="{number(r)}"' if r else ""
    return f"<rect {size}{rounded}{_paint(fill, stroke, width, opacity)}/>"


def circle(cx: float, cy: float, r: float, fill: str, stroke: str = "", width: float = 0, opacity: float = 1) -> str:
    """A circle."""
    at = f'cx="{number(cx)}" cy="{number(cy)}" r="{number(r)}"'
    return f"<circle {at}{_paint(fill, stroke, width, opacity)}/>"


def ellipse(
    cx: float, cy: float, rx: float, ry: float, fill: str, stroke: str = "", width: float = 0, opacity: float = 1
) -> str:
    """An ellipse."""
    at = f'cx="{number(cx)}" cy="{number(cy)}" rx="{number(rx)}" ry="{number(ry)}"'
    return f"<ellipse {at}{_paint(fill, stroke, width, opacity)}/>"


def turned(angle: float, cx: float, cy: float, parts: Parts) -> str:
    """Parts turned clockwise by degrees about a point."""
    return f'<g transform="rotate({number(angle)} {number(cx)} {number(cy)})">{"".join(parts)}</g>'


def moved(dx: float, dy: float, parts: Parts, scale: float = 1) -> str:
    """Parts scaled about the origin, then moved."""
    scaled = f" scale({scale:g})" if scale != 1 else ""
    return f'<g transform="translate({number(dx)} {number(dy)}){scaled}">{"".join(parts)}</g>'


def mirrored(parts: Parts) -> str:
    """Parts as seen in a mirror along the picture's vertical middle line."""
    return f'<g transform="matrix(-1 0 0 1 400 0)">{"".join(parts)}</g>'


def both_sides(parts: Parts) -> str:
    """Parts and their mirror image."""
    return "".join(parts) + mirrored(parts)


def shadow(s: Shades, cx: float = 200, rx: float = 120, cy: float = 335) -> str:
    """What a product standing on the ground casts."""
    return ellipse(cx, cy, rx, 12, s.shadow)


def _paint(fill: str, stroke: str, width: float, opacity: float) -> str:
    """Paint attributes, leaving out what is the default."""
    painted = f' fill="{fill}"'
    if stroke:
        painted += f' stroke="{stroke}" stroke-width="{number(width)}"'
    if opacity != 1:
        painted += f' opacity="{opacity:g}"'
    return painted
