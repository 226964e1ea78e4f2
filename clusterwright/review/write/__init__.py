"""A review in each of its formats."""

from collections.abc import Callable

from clusterwright.review.model import Review
from clusterwright.review.write.json import as_json
from clusterwright.review.write.markdown import as_markdown
from clusterwright.review.write.sarif import as_sarif

FORMATS: dict[str, Callable[[Review], str]] = {"markdown": as_markdown, "json": as_json, "sarif": as_sarif}
