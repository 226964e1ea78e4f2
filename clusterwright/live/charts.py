"""Curves of a run as inline SVG, drawn by matplotlib without a display.

Colours are CSS variables of the page, so that one picture serves light and dark; text is text, in the page's font.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator, PercentFormatter

from clusterwright import svg
from clusterwright.live.records import Metric
from clusterwright.svg import GRID, INK

# Stand-ins that matplotlib draws with, and the CSS variables that take their places.
FIRST, SECOND, REFERENCE = "#070809", "#0a0b0c", "#0d0e0f"
VARIABLES = {INK: "--muted", GRID: "--line", FIRST: "--first", SECOND: "--second", REFERENCE: "--reference"}

STYLE: dict[Any, Any] = svg.STYLE | {
    "font.size": 9,
    "axes.grid.axis": "y",
    "grid.linewidth": 0.7,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
}


@dataclass(frozen=True)
class Series:
    """Points (step, value) under a name; `dashed` for what is measured seldom, on held-out text."""

    name: str
    points: Sequence[tuple[int, float]]
    colour: str
    dashed: bool = False


@dataclass(frozen=True)
class Chart:
    title: str
    caption: str
    svg: str


def pretraining(metrics: Sequence[Metric], entropy: float | None) -> list[Chart]:
    """Loss beside the entropy of word frequencies (nats), and the accuracies of both tasks."""
    lines = [metric for metric in metrics if metric.phase == "pretrain"]
    loss = [
        Series("training", _points(lines, "mlm_loss"), FIRST),
        Series("held-out", _points(lines, "heldout_mlm_loss"), SECOND, dashed=True),
    ]
    accuracy = [
        Series("MLM", _points(lines, "mlm_accuracy"), FIRST),
        Series("NSP", _points(lines, "nsp_accuracy"), SECOND),
    ]
    heldout = [
        Series("MLM, held-out", _points(lines, "heldout_mlm_accuracy"), FIRST, dashed=True),
        Series("NSP, held-out", _points(lines, "heldout_nsp_accuracy"), SECOND, dashed=True),
    ]
    reference = None if entropy is None else ("unigram entropy", entropy)
    return _charts(
        (
            "Masked language modelling",
            "Loss in nats a hidden token over steps, and its running mean",
            loss,
            reference,
            False,
        ),
        (
            "Both pre-training tasks",
            "Right predictions over steps, and their running mean",
            accuracy + heldout,
            None,
            True,
        ),
    )


def finetuning(metrics: Sequence[Metric]) -> list[Chart]:
    """Loss (nats) and training accuracy of the pre-trained model, beside the same one without pre-training."""
    names = {"pretrained": ("pre-trained", FIRST), "scratch": ("without pre-training", SECOND)}
    lines = [metric for metric in metrics if metric.phase == "finetune"]

    def both(field: str) -> list[Series]:
        return [
            Series(name, _points([line for line in lines if (line.variant or "pretrained") == variant], field), colour)
            for variant, (name, colour) in names.items()
        ]

    return _charts(
        ("Fine-tuning loss", "Nats a text over steps, and their running mean", both("loss"), None, False),
        (
            "Fine-tuning accuracy",
            "Right on training texts over steps, and its running mean",
            both("accuracy"),
            None,
            True,
        ),
    )


def _points(metrics: Sequence[Metric], field: str) -> list[tuple[int, float]]:
    return [
        (metric.step, value)
        for metric in metrics
        if metric.step is not None and (value := getattr(metric, field)) is not None
    ]


def _charts(*wanted: tuple[str, str, list[Series], tuple[str, float] | None, bool]) -> list[Chart]:
    charts = []
    for title, caption, series, reference, shares in wanted:
        shown = [one for one in series if one.points]
        if shown:
            charts.append(Chart(title, caption, _draw(shown, reference, shares, prefix=f"c{abs(_hash(title))}-")))
    return charts


def _hash(text: str) -> int:
    """Stable over processes, unlike hash(): a report of the same run has the same bytes."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 100_003


def _draw(series: Sequence[Series], reference: tuple[str, float] | None, shares: bool, prefix: str) -> str:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.4, 2.7), layout="constrained")
        canvas = FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        if reference is not None:
            axes.axhline(reference[1], color=REFERENCE, linestyle=(0, (4, 3)), linewidth=1.2)
            axes.annotate(
                f"{reference[0]} {reference[1]:.2f}",
                (1, reference[1]),
                xycoords=("axes fraction", "data"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="right",
                color=REFERENCE,
                fontsize=8,
            )
        for one in series:
            steps, values = zip(*one.points, strict=True)
            if one.dashed:
                axes.plot(steps, values, color=one.colour, label=one.name, linestyle="none", marker="o", markersize=4)
            else:
                axes.plot(steps, values, color=one.colour, linewidth=0.8, alpha=0.3)
                axes.plot(steps, running_mean(values), color=one.colour, label=one.name)
        axes.yaxis.set_major_locator(MaxNLocator(6))
        if shares:
            axes.set_ylim(0, 1.02)
            axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.set_xlim(left=0)
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=min(4, len(series)), borderpad=0, fontsize=8,
            handlelength=1.2, columnspacing=1.1, handletextpad=0.5,
        )  # fmt: skip
        buffer = io.StringIO()
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    return _for_the_page(buffer.getvalue(), prefix)


def running_mean(values: Sequence[float]) -> list[float]:
    """The mean of each value and its neighbours, a twentieth of all values to either side; at the ends of fewer."""
    reach = len(values) // 20
    near = [values[max(0, place - reach) : place + reach + 1] for place in range(len(values))]
    return [sum(some) / len(some) for some in near]


def _for_the_page(svg: str, prefix: str) -> str:
    """Only the <svg> element, that fills its column, in the page's colours and font, with ids of its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{prefix}", svg)
    svg = re.sub(r"font: ([0-9.]+)px [^;\"]*", r"font-size: \1px", svg)
    for stand_in, variable in VARIABLES.items():
        svg = svg.replace(stand_in, f"var({variable})")
    return svg.replace("<svg", '<svg role="img"', 1)
