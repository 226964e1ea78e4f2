"""docs/recommend.md is what the code says."""

from __future__ import annotations

from collections.abc import Callable

from tests.recommend.page import page


def test_the_page_shows_what_the_command_prints(golden: Callable[[str, str], None]) -> None:
    golden("docs/recommend.md", page())
