"""docs/recommend.md: what is searched and left out, and how an answer reads, by an example of the whole catalog."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console

from clusterwright.recommend.command import summary
from clusterwright.recommend.recommend import recommend
from clusterwright.recommend.search import COUNTS, limits
from clusterwright.recommend.start import new, with_tokens
from clusterwright.recommend.table import show

TEXT = Path(__file__).with_suffix(".md")
"""The page, with the names of what is computed in braces."""
WIDTH = 180


def page() -> str:
    """The whole page."""
    counts = f"{', '.join(map(str, COUNTS[:-1]))} and {COUNTS[-1]}, up to a rank for each sequence of a batch"
    return TEXT.read_text(encoding="utf-8").format(example=example(), counts=counts)


def example() -> str:
    """What the page's first command prints."""
    starts = [with_tokens(new(provider, "bert-large"), 85 * 10**9, None) for provider in ("aws", "gcp")]
    held = limits(24 * 3600, 3000_00)
    text = StringIO()
    show(recommend(starts, held), summary(starts[0], held), Console(file=text, width=WIDTH))
    return "\n".join(line.rstrip() for line in text.getvalue().strip().splitlines())
