"""The permissions that the document shows are those that reading takes."""

import re
from pathlib import Path

from clusterwright.live.lock.permissions import AWS, GCP

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "lock.md"


def test_the_document_shows_every_permission_and_no_other() -> None:
    blocks = re.findall(r"^```text\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert [tuple(block.splitlines()) for block in blocks] == [AWS, GCP]


def test_reading_takes_no_permission_that_changes_a_thing() -> None:
    reads = re.compile(r"[a-z0-9]+:(Describe|Get)[A-Za-z]+|[a-z]+\.[a-zA-Z]+\.(get|list)[A-Za-z]*")
    assert [name for name in (*AWS, *GCP) if not reads.fullmatch(name)] == []
