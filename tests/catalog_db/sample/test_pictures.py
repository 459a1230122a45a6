from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from catalog_db.errors import CatalogError
from catalog_db.sample.drawings.base import _mix, luminance, make_shades, number
from catalog_db.sample.kinds import load_kinds
from catalog_db.sample.pictures import COLOURS, DRAWINGS, draw, picture_name
from catalog_db.sample.products import build_products
from catalog_db.sample.vocabulary import load_vocabulary

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {SVG + name for name in ("svg", "title", "g", "rect", "circle", "ellipse", "path")}
ATTRIBUTES = {
    *("viewBox", "width", "height", "role", "transform", "stroke-linecap", "stroke-linejoin"),
    *("x", "y", "rx", "ry", "cx", "cy", "r", "d", "fill", "stroke", "stroke-width", "opacity"),
}


@pytest.fixture(scope="module")
def pictures() -> dict[tuple[str, str], str]:
    return {(kind, colour): draw(kind, colour) for kind in DRAWINGS for colour in COLOURS}


def test_every_picture_is_plain_small_titled_svg(pictures: dict[tuple[str, str], str]) -> None:
    for (kind, colour), text in pictures.items():
        root = ET.fromstring(text)  # Our own output, so nothing hostile can be in it.
        assert len(text.encode()) < 6000, (kind, len(text))
        assert root.tag == SVG + "svg"
        assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("400", "400", "0 0 400 400")
        assert root[0].tag == SVG + "title"
        assert root[0].text == f"{colour} {kind}"
        for element in root.iter():
            # An allow-list: no script, style, text, image, use, link, filter; no id, href, on… or style.
            assert element.tag in SHAPES, (kind, element.tag)
            assert set(element.attrib) <= ATTRIBUTES, (kind, element.attrib)
            assert element.tag == SVG + "title" or not (element.text or "").strip()
        assert "url(" not in text


def test_coordinates_stay_near_the_canvas(pictures: dict[tuple[str, str], str]) -> None:
    for text in pictures.values():
        for element in ET.fromstring(text).iter():
            for name in ("x", "y", "cx", "cy"):
                assert -60 <= float(element.get(name, 0)) <= 460


def test_the_product_stands_out_from_its_background() -> None:
    for colour, (base, ground) in COLOURS.items():
        shades = make_shades(base, ground)
        distance = sum(abs(int(shades.base[at : at + 2], 16) - int(shades.ground[at : at + 2], 16)) for at in (1, 3, 5))
        assert distance > 60, colour
        assert abs(luminance(shades.line) - luminance(shades.base)) > 0.12, colour
        assert abs(luminance(shades.trim) - luminance(shades.base)) > 0.3, colour


def test_each_kind_has_a_picture_of_its_own_and_each_colour_shows(pictures: dict[tuple[str, str], str]) -> None:
    def body(kind: str, colour: str) -> str:
        return pictures[kind, colour].split("</title>")[1]

    assert not [pair for pair in combinations(DRAWINGS, 2) if body(pair[0], "red") == body(pair[1], "red")]
    for kind in DRAWINGS:
        assert len({body(kind, colour) for colour in COLOURS}) == len(COLOURS)


def test_there_is_a_drawing_for_every_kind_and_colour_of_the_store() -> None:
    assert set(DRAWINGS) == set(load_kinds())
    assert set(load_vocabulary().colours) <= set(COLOURS)


def test_products_name_the_picture_of_their_kind_and_colour() -> None:
    for row in build_products():
        (kind,), (colour,) = row.attributes["kind"], row.attributes["colour"]
        assert row.image == picture_name(kind, colour)


def test_picture_names_are_unique_file_names() -> None:
    names = [picture_name(kind, colour) for kind in DRAWINGS for colour in COLOURS]
    assert len(set(names)) == len(names)
    assert picture_name("running shoe", "navy") == "pictures/running-shoe-navy.svg"


def test_unknown_kinds_and_colours_are_refused_with_what_is_known() -> None:
    with pytest.raises(CatalogError, match=r"no drawing of a 'spaceship'.*known: .*backpack"):
        draw("spaceship", "red")
    with pytest.raises(CatalogError, match=r"no colour 'octarine'.*known: black"):
        draw("mug", "octarine")


def test_mixing_and_numbers() -> None:
    assert _mix("#000000", "#ffffff", 0.5) == "#808080"
    assert _mix("#102030", "#ffffff", 0.0) == "#102030"
    assert [number(value) for value in (3, 3.0, 2.55, -0.04, 10.06)] == ["3", "3", "2.5", "0", "10.1"]
    assert luminance("#000000") == 0.0
    assert luminance("#ffffff") == pytest.approx(1.0)
