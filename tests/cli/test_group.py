"""What a user did wrong, and what the system refuses, is told in a message with an exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clusterwright.live import commands
from tests.cli.runs import GOOD, run, write

BAD_INPUT = {
    "unknown key": ("name: a\nprovider: local\nnodes: 2\n", "stacks/bad.yaml:3:1: error[CW-SPEC-005]: the key `nodes`"),
    "wrong unit": (
        "name: a\nprovider: local\nhead: {disk: 5 GHz}\n",
        "stacks/bad.yaml:3:14: error[CW-SPEC-009]: `disk` has a unit that is not one of a size: `5 GHz`",
    ),
    "negative count": (
        "name: a\nprovider: local\ngroups: [{name: train, nodes: -1}]\n",
        "stacks/bad.yaml:3:31: error[CW-SPEC-008]: `nodes` is -1",
    ),
    "syntax": ("name: a\nprovider: [local\n", "stacks/bad.yaml:3:1: error[CW-SPEC-002]: this is not YAML: "),
    "duplicate group name": (
        "name: a\nprovider: local\ngroups: [{name: train}, {name: train}]\n",
        "stacks/bad.yaml:3:32: error[CW-NAM-001]: the group name `train` is used twice: groups[0] has it already",
    ),
    "mount used twice": (
        "name: a\nprovider: local\nstorage: [{name: data}, {name: more, mount: /data}]\n",
        "stacks/bad.yaml:3:45: error[CW-STO-001]: the mount `/data` is used twice: storage `data` has it already",
    ),
    "missing file": (None, "stacks/bad.yaml:1:1: error[CW-SPEC-001]: there is no such file"),
}


@pytest.mark.parametrize(
    "command", [("validate", "stacks/bad.yaml"), ("plan", "bad"), ("render", "bad", "--out", "out")]
)
@pytest.mark.parametrize(("text", "line"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_ends_in_one_message_that_helps(
    project: Path, command: tuple[str, ...], text: str | None, line: str
) -> None:
    if text is not None:
        write(project, text, "bad")
    result = run(*command)
    assert result.exit_code == (2 if "CW-SPEC-001" in line or "CW-SPEC-002" in line else 1)
    message = result.stdout if command[0] == "validate" else result.stderr
    assert line in message
    assert "\n  why: " in message
    assert "\n  hint: " in message
    assert not (project / "out").exists()


def test_ctrl_c_ends_with_its_own_exit_code(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, GOOD)
    monkeypatch.setattr(commands, "watch", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run("watch", "good").exit_code == 130


def test_what_the_system_refuses_is_told_without_a_traceback(project: Path) -> None:
    write(project, GOOD)
    (project / "file").touch()
    result = run("render", "good", "--out", "file/below")
    assert result.exit_code == 2
    assert "file/below" in result.stderr.splitlines()[0]
    assert "  hint: " in result.stderr


@pytest.mark.parametrize("group", [(), ("catalog",)])
def test_help_says_of_each_command_in_a_line_what_it_does(group: tuple[str, ...]) -> None:
    lines = run(*group, "--help").stdout.partition("Commands:")[2].strip().splitlines()
    assert len(lines) >= 3
    assert [line for line in lines if not line.endswith(".") or line.endswith("...")] == []


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout.startswith("clusterwright, version ")


def test_a_file_of_any_name_is_told_on_one_line(project: Path) -> None:
    (project / "stacks" / "a\n::error::b\x1b[31m.yaml").write_text("name: 1\nprovider: local\n")
    first = run("validate").stdout.splitlines()[0]
    assert first.startswith("stacks/a\\n::error::b\\x1b[31m.yaml:1:7: error[CW-SPEC-007]: ")


def test_an_error_has_nothing_that_a_terminal_would_obey(project: Path) -> None:
    assert "machine type `\\x1b[31mx`" in run("catalog", "show", "\x1b[31mx").stderr


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_the_output_s_encoding_lacks_is_escaped(project: Path, encoding: str, form: str) -> None:
    (project / "stacks" / os.fsdecode(b"caf\xc3\xa9-\xff.yaml")).write_text("name: \U0001f600\nprovider: local\n")
    program = "from clusterwright.cli import main; main()"
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-c", program, "validate", "--format", form], capture_output=True, env=environment, check=False
    )
    assert (result.returncode, result.stderr) == (1, b"")
    text = result.stdout.decode("utf-8" if encoding == "ascii" else encoding, errors="replace")  # click takes no ascii
    if form in ("json", "sarif"):
        json.loads(text)
    else:
        assert "caf" in text
