"""What tests of several packages share."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# A job that a shell started in the background has SIGINT ignored, and so would all that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent

# The same examples every time, and no limit that a busy machine could miss.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """golden("docs/rules.md", text): fails with the difference if that file of the project does not hold `text`."""

    def compare(name: str, text: str) -> None:
        path = ROOT / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        recorded = path.read_text(encoding="utf-8") if path.is_file() else ""
        if recorded != text:
            lines = recorded.splitlines(), text.splitlines()
            diff = "\n".join(difflib.unified_diff(*lines, name, "now", lineterm=""))
            pytest.fail(f"{diff}\n\nIf this is meant: `make golden`, read the difference, commit it.", pytrace=False)

    return compare
