"""What is seen of this very computer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clusterwright.host.host import Host, Tried


@pytest.mark.parametrize(
    ("program", "tried"),
    [
        ("print(1); print('two')", Tried(True, "two")),
        ("raise SystemExit('no room')", Tried(False, "no room")),
        ("raise SystemExit(3)", Tried(False, "exit code 3")),
    ],
)
def test_a_program_that_is_tried_is_told_by_its_last_words(program: str, tried: Tried) -> None:
    assert Host().attempt(sys.executable, "-c", program) == tried


def test_a_program_that_is_not_there_does_not_work() -> None:
    tried = Host().attempt("/nowhere/program")
    assert not tried.works
    assert "/nowhere/program" in tried.words


def test_the_room_of_a_folder_that_is_not_made_yet_is_that_of_the_one_above(tmp_path: Path) -> None:
    assert Host().free(tmp_path / "a" / "b") == pytest.approx(Host().free(tmp_path), abs=2**30)
