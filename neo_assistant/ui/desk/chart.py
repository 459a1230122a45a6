"""Charts over time as inline SVG: a pure function from numbers to HTML, without scripts, in the page's own colours.

The drawing is stretched to the width of the page, and so holds shapes only; words stand around it as HTML, at their own
size whatever the width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from neo_assistant.ui.escape import as_html

HEIGHT = 100
_MOST_LABELS = 4
_NICE = (1, 2, 4, 6, 8, 10)


@dataclass(frozen=True)
class Series:
    """One set of values of a chart.

    Attributes:
        name: for the legend.
        values: one a point; None where there is none, which bars and lines leave out.
        colour: number of one of the style sheet's chart colours, from 1.
        is_line: drawn as a line; bars are stacked on each other.
    """

    name: str
    values: Sequence[float | None]
    colour: int
    is_line: bool = False


def chart(
    title: str,
    points: Sequence[str],
    series: Sequence[Series],
    written: Callable[[float], str] = "{:,.0f}".format,
) -> str:
    """A figure with its legend and axes.

    Args:
        title: what it shows.
        points: names of the points, as many as each series has values; a line break in one stands below the axis.
        series: bars first, then lines.
        written: how a value is written.
    """
    highest = max((total for total in _tops(series, len(points))), default=0)
    top = nice_top(highest)
    legend = "".join(f'<li class="neo-c{each.colour}"><i></i>{as_html(each.name)}</li>' for each in series)
    marks = "".join(
        f'<span style="bottom:{100 * share:g}%">{as_html(written(share * top))}</span>' for share in (0, 0.5, 1)
    )
    lines = "".join(f'<line x1="0" x2="{len(points)}" y1="{y}" y2="{y}"/>' for y in (0, HEIGHT / 2, HEIGHT))
    return (
        f'<figure class="neo-chart"><figcaption><b>{as_html(title)}</b><ul>{legend}</ul></figcaption>'
        f'<div class="neo-chart-box"><div class="neo-chart-marks" aria-hidden="true">{marks}</div>'
        f'<svg viewBox="0 0 {len(points)} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{as_html(_spoken(title, points, series, written))}">'
        f'<g class="neo-chart-grid">{lines}</g>{_bars(series, top)}{_lines(series, top)}'
        f"{_tips(points, series, written)}</svg></div>"
        f'<div class="neo-chart-times" aria-hidden="true">{_times(points)}</div></figure>'
    )


def nice_top(highest: float) -> float:
    """The end of an axis from 0: at least the highest value, and a number whose half reads well."""
    if highest <= 2:
        return 2.0
    unit = 10.0 ** math.floor(math.log10(highest))
    return next(unit * step for step in _NICE if unit * step >= highest)


def _tops(series: Sequence[Series], count: int) -> list[float]:
    stacks = [sum(each.values[place] or 0 for each in series if not each.is_line) for place in range(count)]
    return stacks + [value for each in series if each.is_line for value in each.values if value is not None]


def _bars(series: Sequence[Series], top: float) -> str:
    bars = [each for each in series if not each.is_line]
    if not bars:
        return ""
    shapes = []
    below = [0.0] * len(bars[0].values)
    for each in bars:
        for place, value in enumerate(each.values):
            if value:
                height = HEIGHT * value / top
                shapes.append(
                    f'<rect class="neo-c{each.colour}" x="{place + 0.12:.2f}" width="0.76" '
                    f'y="{HEIGHT - below[place] - height:.2f}" height="{height:.2f}"/>'
                )
                below[place] += height
    return "".join(shapes)


def _lines(series: Sequence[Series], top: float) -> str:
    shapes = []
    for each in series:
        if each.is_line:
            path, is_drawing = "", False
            for place, value in enumerate(each.values):
                if value is None:
                    is_drawing = False
                    continue
                y = HEIGHT - HEIGHT * value / top
                # A short dash at its height, so that a point without neighbours is seen, too.
                path += f"{'L' if is_drawing else 'M'}{place + 0.35:.2f} {y:.2f}H{place + 0.65:.2f}"
                is_drawing = True
            shapes.append(f'<path class="neo-c{each.colour}" d="{path}"/>')
    return "".join(shapes)


def _tips(points: Sequence[str], series: Sequence[Series], written: Callable[[float], str]) -> str:
    """What is shown when a point is pointed at."""
    shapes = []
    for place, point in enumerate(points):
        said = _values(series, place, written)
        if said:
            words = as_html(f"{point}: {said}")
            shapes.append(
                f'<rect class="neo-chart-tip" x="{place}" width="1" height="{HEIGHT}"><title>{words}</title></rect>'
            )
    return "".join(shapes)


def _values(series: Sequence[Series], place: int, written: Callable[[float], str]) -> str:
    return ", ".join(f"{each.name} {written(value)}" for each in series if (value := each.values[place]) is not None)


def _spoken(title: str, points: Sequence[str], series: Sequence[Series], written: Callable[[float], str]) -> str:
    """The chart for who cannot see it: its span and the highest value of each series."""
    said = [f"{title}, {points[0]} to {points[-1]}."] if points else [title]
    for each in series:
        known = [(value, -place) for place, value in enumerate(each.values) if value is not None]
        if known:
            value, place = max(known)
            said.append(f"{each.name}: highest {written(value)} at {points[-place]}.")
    return " ".join(said)


def _times(points: Sequence[str]) -> str:
    """Some of the points' names under the places where they are."""
    count = min(_MOST_LABELS, len(points))
    places = sorted({round(number * (len(points) - 1) / max(1, count - 1)) for number in range(count)})
    return "".join(
        f'<span style="left:{100 * (place + 0.5) / len(points):.2f}%">{as_html(points[place], "<br>")}</span>'
        for place in places
    )
