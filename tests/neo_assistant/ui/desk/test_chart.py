"""Charts are drawn from numbers alone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.ui.desk.chart import HEIGHT, Series, chart, nice_top

POINTS = ["1 May", "2 May", "3 May"]


def shapes(html: str, name: str) -> list[dict[str, str]]:
    svg = re.search(r"<svg.*</svg>", html)
    assert svg is not None
    return [each.attrib for each in ET.fromstring(svg[0]).iter(name)]


def test_bars_are_stacked_to_scale() -> None:
    html = chart("Replies", POINTS, [Series("found", [3, 0, 1], 1), Series("none", [1, None, 3], 3)])
    bars = [bar for bar in shapes(html, "rect") if bar["class"] != "neo-chart-tip"]
    assert [(bar["class"], float(bar["y"]), float(bar["height"])) for bar in bars] == [
        *(("neo-c1", 25, 75), ("neo-c1", 75, 25)),
        *(("neo-c3", 0, 25), ("neo-c3", 0, 75)),
    ]


def test_a_line_has_gaps_where_there_is_no_value() -> None:
    [line] = shapes(chart("Time", POINTS, [Series("p50", [1, None, 2], 1, is_line=True)]), "path")
    assert line["d"] == "M0.35 50.00H0.65M2.35 0.00H2.65"


def test_who_cannot_see_it_is_told() -> None:
    html = chart("Time", POINTS, [Series("p50", [1, 7, 7], 1, is_line=True)], "{:g} s".format)
    assert "p50: highest 7 s at 2 May." in re.sub(r"&#(\d+);", lambda mark: chr(int(mark[1])), html)
    assert [tip.get("class") for tip in shapes(html, "rect")] == ["neo-chart-tip"] * 3


def test_names_are_escaped() -> None:
    html = chart("<b>", ["<i>"], [Series("</svg><script>", [1], 1)])
    assert "<script>" not in html
    assert "<i></i>" in html, "the legend's own mark"
    assert '<i>"' not in html


def test_one_point_without_a_value() -> None:
    html = chart("Nothing", ["now"], [Series("p50", [None], 1, is_line=True)])
    assert shapes(html, "path")[0]["d"] == ""


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=40))
def test_nothing_leaves_the_drawing(values: list[float]) -> None:
    html = chart("Any", [str(place) for place in range(len(values))], [Series("a", values, 1)])
    for bar in shapes(html, "rect"):
        assert float(bar.get("y", 0)) >= 0
        assert float(bar.get("y", 0)) + float(bar["height"]) <= HEIGHT + 0.02


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 2), (1, 2), (3, 4), (5, 6), (9, 10), (10, 10), (11, 20), (61, 80), (2500, 4000)]
)
def test_axes_end_at_a_number_whose_half_reads_well(highest: float, top: float) -> None:
    assert nice_top(highest) == top
