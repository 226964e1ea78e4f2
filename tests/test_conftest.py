"""How the tests are shared out among processes."""

from __future__ import annotations

from tests.conftest import LONGEST, ROOT


def test_every_file_that_is_said_to_take_long_is_there() -> None:
    assert [name for name in LONGEST if not (ROOT / name).is_file()] == []
