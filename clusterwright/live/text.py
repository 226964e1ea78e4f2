"""How numbers, times and commands are written, the same in watch, in the tables and in the report."""

from __future__ import annotations

import time

from clusterwright.paths import BIN


def duration(seconds: float | None) -> str:
    """42 s, 7 min 05 s, 3 h 20 min; unknown when None."""
    if seconds is None:
        return "unknown"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def clock(seconds: float) -> str:
    """A time in unix seconds as month, day and time of day of who reads it."""
    try:
        return time.strftime("%m-%d %H:%M", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):  # a number of somebody's that no calendar has
        return "unknown"


def percent(share: float | None) -> str:
    """A share of one as a percentage; unknown when None."""
    return "unknown" if share is None else f"{100 * share:.1f} %"


def number(value: float | None, digits: int = 0) -> str:
    return "unknown" if value is None else f"{value:,.{digits}f}"


def some(names: list[str], most: int = 4) -> str:
    """The names, or the first of them and how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1:,} more"


def make(target: str, stack: str) -> str:
    """The make command for a stack; `local` is the one that make takes when none is named."""
    return f"make {target}" if stack == "local" else f"make {target} STACK={stack}"


def command(words: str) -> str:
    """A command of ours as one types it in the project's folder."""
    return f"{BIN}/clusterwright {words}"
