"""A review as people and programs read it. All formats say the same; `terminal.show` prints it for a terminal."""

from __future__ import annotations

from collections.abc import Callable

from clusterwright.review.model import Review
from clusterwright.review.write.json import as_json
from clusterwright.review.write.markdown import as_markdown
from clusterwright.review.write.sarif import as_sarif

FORMATS: dict[str, Callable[[Review], str]] = {"markdown": as_markdown, "json": as_json, "sarif": as_sarif}
