"""Commands on clusters get the stack and what was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.runs import run, write


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (["watch", "good", "--until-finished", "--interval", "0.5"], ("watch", True, 0.5)),
        (["logs", "good"], ("logs", None, False, 50)),
        (["logs", "good", "train-1", "--follow", "--lines", "5"], ("logs", "train-1", True, 5)),
        (["results", "good"], ("results", None, None)),
        (["results", "good", "0a1b2c3d4e5f.1", "--out", "there"], ("results", "0a1b2c3d4e5f.1", Path("there"))),
        (["rerun", "good"], ("rerun",)),
        (["jobs", "good"], ("jobs", "text")),
        (["jobs", "good", "--format", "json"], ("jobs", "json")),
        (["cancel", "good", "0a1b2c3d4e5f.1"], ("cancel", "0a1b2c3d4e5f.1")),
        (["prune", "good"], ("prune",)),
        (["submit", "good"], ("submit", (), None, None, None, None)),
        (["submit", "good", "--", "a.py", "--nodes"], ("submit", ("a.py", "--nodes"), None, None, None, None)),
        (
            ["submit", "good", "--source", "stacks", "--nodes", "2", "--group", "g", "--name", "x", "--", "a.py"],
            ("submit", ("a.py",), Path("stacks"), 2, "g", "x"),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_live_command_gets_the_stack_and_sets_the_exit_code(
    project: Path, called: list[Any], arguments: list[str], call: tuple[Any, ...]
) -> None:
    write(project, "name: cluster\nprovider: local\n")
    assert run(*arguments).exit_code == 7
    ((name, stack, *rest),) = called
    assert (name, *rest) == call
    assert (stack.name, stack.cluster, stack.provider) == ("good", "cluster", "local")


def test_an_option_of_ones_own_program_is_told_from_one_of_submit(project: Path) -> None:
    result = run("submit", "good", "--source", "stacks", "train.py", "--steps", "4")
    assert result.exit_code == 2
    assert "No such option" in result.output
    assert "put `--` before the program: submit NAME --source DIR -- train.py --steps 100" in result.output
