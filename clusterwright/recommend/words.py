"""Figures in a few words, as they are likely."""

from __future__ import annotations

from clusterwright.estimate.quantity import HOUR, USD, Figure


def usd(figure: Figure) -> str:
    """`1,884 USD`, below a hundred with cents."""
    if (span := figure.to(USD).span) is None:
        return "an unknown price"
    return f"{span.likely:,.{0 if span.likely >= 100 else 2}f} USD"


def hours(figure: Figure) -> str:
    """`16.3 h`, `24 h`."""
    span = figure.to(HOUR).span
    return "an unknown time" if span is None else f"{span.likely:,.1f}".removesuffix(".0") + " h"
