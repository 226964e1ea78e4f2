"""The front as SVG, drawn by matplotlib without a display: hours and money, with what the front beats behind it.

Its colours are CSS variables that a style of its own sets for light and dark, so that one picture serves both.
"""

from __future__ import annotations

import io
import re
from math import sqrt
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from clusterwright import svg
from clusterwright.estimate.quantity import HOUR, USD
from clusterwright.recommend.front import Measured
from clusterwright.recommend.recommend import Recommendation
from clusterwright.svg import GRID, INK

BEATEN = "beaten: another is as good or better in money, time and energy"

# Stand-ins that matplotlib draws with, the CSS variables that take their places, and those in light and in dark.
FRONT, REST = "#070809", "#0a0b0c"
COLOURS = {
    INK: ("--ink", "#24292f", "#e6edf3"),
    GRID: ("--grid", "#d0d7de", "#3d444d"),
    FRONT: ("--front", "#0969da", "#58a6ff"),
    REST: ("--rest", "#8c959f", "#6e7681"),
}
STYLE: dict[Any, Any] = svg.STYLE | {"font.family": "sans-serif", "font.size": 10, "grid.linewidth": 0.6}


def drawn(told: Recommendation) -> str:
    """The whole picture. Both axes are logarithmic; what has no known price is not in it."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8, 5), layout="constrained")
        axes = figure.subplots()
        if told.behind:
            axes.scatter(
                *_points(told.behind),
                s=14,
                color=REST,
                label=BEATEN,
            )
        if told.front:
            _front(axes, told)
        if told.held.deadline and (span := told.held.deadline.to(HOUR).span):
            axes.axvline(span.likely, color=INK, linewidth=1, linestyle="--", label="the deadline")
        if told.held.budget and (span := told.held.budget.to(USD).span):
            axes.axhline(span.likely, color=INK, linewidth=1, linestyle=":", label="the budget")
        axes.set(xscale="log", yscale="log", xlabel="hours, likely", ylabel="USD, likely")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
        if told.front or told.behind:
            figure.legend(loc="outside upper left")
        text = io.StringIO()
        FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None, "Title": "Money and time of what was searched"})
    return _themed(text.getvalue())


def _front(axes: Axes, told: Recommendation) -> None:
    hours, usd = _points(told.front)
    axes.scatter(hours, usd, s=40, color=FRONT, zorder=3, label="the front: none is")
    middle = sqrt(min(hours) * max(hours))
    for x, y, one in zip(hours, usd, told.front, strict=True):
        if one.better:  # towards the middle of the picture, where there is room
            label = f"{one.candidate.nodes} x {one.candidate.machine}: {one.better}"
            side, shift = ("right", (-7, -3)) if x > middle else ("left", (7, -3))
            axes.annotate(label, (x, y), xytext=shift, textcoords="offset points", ha=side, fontsize=9)


def _points(ones: tuple[Measured, ...]) -> tuple[list[float], list[float]]:
    """Hours and USD of those of which both are known."""
    spans = [(one.time.to(HOUR).span, one.usd.to(USD).span) for one in ones]
    known = [(time.likely, money.likely) for time, money in spans if time and money]
    return [time for time, _ in known], [money for _, money in known]


def _themed(svg: str) -> str:
    """The picture with CSS variables for colours, and the style that sets them."""
    for colour, (name, _, _) in COLOURS.items():
        svg = re.sub(colour, f"var({name})", svg, flags=re.IGNORECASE)
    light = "; ".join(f"{name}: {value}" for name, value, _ in COLOURS.values())
    dark = "; ".join(f"{name}: {value}" for name, _, value in COLOURS.values())
    style = f"<style>svg {{ {light} }} @media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}</style>"
    return re.sub(r"(<svg[^>]*>)", lambda tag: f"{tag[1]}\n {style}", svg, count=1)
