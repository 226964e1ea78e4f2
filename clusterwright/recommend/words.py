"""Figures in a few words, as they are likely."""

from __future__ import annotations

from clusterwright.estimate.quantity import HOUR, USD, Figure

MILLION, BILLION = 1e6, 1e9


def usd(figure: Figure) -> str:
    """`1,884 USD`, below a hundred with cents: `4.38 USD`, `20 USD`."""
    if (span := figure.to(USD).span) is None:
        return "an unknown price"
    return f"{_short(span.likely, 0 if span.likely >= 100 else 2)} USD"


def hours(figure: Figure) -> str:
    """`16.3 h`, `24 h`; what would be next to no hour `4.2 min`, `18 s`."""
    if (span := figure.to(HOUR).span) is None:
        return "an unknown time"
    seconds = span.likely * 3600
    size, unit = (3600, "h") if seconds >= 360 else (60, "min") if seconds >= 60 else (1, "s")
    return f"{_short(seconds / size, 1)} {unit}"


def tokens(count: int) -> str:
    """`85 billion`, `1.84 million`."""
    return f"{count / BILLION:,.3g} billion" if count >= BILLION / 10 else f"{count / MILLION:,.3g} million"


def _short(value: float, digits: int) -> str:
    """So many digits behind the point, none where all are 0."""
    text = f"{value:,.{digits}f}"
    return text.removesuffix("." + "0" * digits)
