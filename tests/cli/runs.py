"""What a user types, and what comes back."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from clusterwright.cli import main

GOOD = "name: good\nprovider: local\n"


def write(project: Path, text: str, name: str = "good") -> None:
    (project / "stacks" / f"{name}.yaml").write_text(text, encoding="utf-8")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result
