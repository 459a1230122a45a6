"""Product pictures for the sample store: SVG drawings made by the functions in ``catalog_db.sample.drawings``.

Each kind has one drawing, coloured by the product's colour. Pictures hold no text besides their title, no script and no
reference to anything outside, and are the same bytes every time.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from xml.sax.saxutils import escape

from catalog_db.errors import CatalogError
from catalog_db.sample.drawings import (
    bags,
    bed_bath,
    clothing,
    electronics,
    fitness,
    footwear,
    furniture,
    garden,
    kitchen,
    lighting,
    outdoor,
    toys,
)
from catalog_db.sample.drawings.base import Drawing, Shades, make_shades
from catalog_db.sample.kinds import slugify

FOLDER = "pictures"
"""First part of every picture's name."""

COLOURS: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        "black": ("#33353b", "#e6e4df"),
        "white": ("#f7f5f0", "#cddae0"),
        "grey": ("#8f959c", None),
        "silver": ("#bcc4cb", "#e9ecee"),
        "navy": ("#2c416e", None),
        "blue": ("#4179c4", None),
        "teal": ("#2f8a8c", None),
        "green": ("#47885b", None),
        "olive": ("#7c7f45", None),
        "yellow": ("#eec048", None),
        "orange": ("#e6853b", None),
        "red": ("#cb4340", None),
        "burgundy": ("#7d2b40", None),
        "pink": ("#e795ac", None),
        "purple": ("#7c5aa3", None),
        "brown": ("#835a3d", None),
        "beige": ("#d9c6a5", "#eef0e9"),
        "natural": ("#d9b884", "#edf0e8"),
        "clear": ("#bfdeeb", "#f0ede5"),
    }
)
"""Colour → its ``#rrggbb``, and a background where a tint of the colour itself would not set it off."""

DRAWINGS: Mapping[str, Drawing] = MappingProxyType(
    {
        kind: drawing
        for module in (
            footwear,
            clothing,
            bags,
            kitchen,
            bed_bath,
            furniture,
            lighting,
            electronics,
            outdoor,
            fitness,
            garden,
            toys,
        )
        for kind, drawing in module.DRAWINGS.items()
    }
)
"""Kind → the function that draws it."""


def picture_name(kind: str, colour: str) -> str:
    """Where the picture of a kind in a colour stands, as in a product's ``image``: ``pictures/mug-navy.svg``."""
    return f"{FOLDER}/{slugify(kind)}-{slugify(colour)}.svg"


def draw(kind: str, colour: str) -> str:
    """The picture of a kind in a colour, as an SVG document of 400 x 400.

    Raises:
        CatalogError: if there is no drawing of the kind, or no such colour.
    """
    drawing = DRAWINGS.get(kind)
    if drawing is None:
        raise CatalogError(f"there is no drawing of a {kind!r}", f"known: {', '.join(sorted(DRAWINGS))}")
    shades = _shades(colour)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400" role="img">'
        f"<title>{escape(f'{colour} {kind}')}</title>"
        f'<rect width="400" height="400" fill="{shades.ground}"/>'
        f'<circle cx="200" cy="196" r="162" fill="{shades.halo}"/>'
        f'<g stroke-linecap="round" stroke-linejoin="round">{"".join(drawing(shades))}</g></svg>\n'
    )


@functools.cache
def _shades(colour: str) -> Shades:
    """The shades of a named colour."""
    if colour not in COLOURS:
        raise CatalogError(f"there is no colour {colour!r}", f"known: {', '.join(COLOURS)}")
    return make_shades(*COLOURS[colour])
