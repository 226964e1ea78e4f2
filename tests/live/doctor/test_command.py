"""`clusterwright doctor` as a user sees it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from clusterwright.cli import main
from clusterwright.live.doctor import command, examine
from clusterwright.spec.load import load_spec
from tests.host.computer import Computer

ROOT = Path(__file__).parents[3]
TITLES = {
    "local": ["always", "local clusters of processes"],
    "local-machines": ["always", "local clusters of machines"],
    "bert-base-aws": ["always", "AWS"],
    "bert-base-gcp": ["always", "Google Cloud"],
}


@pytest.mark.parametrize(("stack", "titles"), TITLES.items())
def test_a_stack_is_told_of_what_it_needs_alone(stack: str, titles: list[str]) -> None:
    spec = load_spec(ROOT / "stacks" / f"{stack}.yaml").spec
    assert [section.title for section in examine(Computer(), spec, online=False)] == titles


def test_without_a_stack_all_is_looked_for() -> None:
    found = [section.title for section in examine(Computer(), None, online=False)]
    assert sorted(found) == sorted({title for titles in TITLES.values() for title in titles})


def test_every_check_says_what_it_is_for_and_every_one_that_is_missing_how_to_get_it() -> None:
    bare = Computer(without=("git", "ip", "nft", "setpriv"), packages={}, environment={}, failing={"": "no"})
    checks = [check for section in examine(bare, None, online=False) for check in section.checks]
    assert all(check.purpose and check.found for check in checks)
    assert all(check.hint for check in checks if check.state == "missing")
    assert sum(check.state == "missing" for check in checks) > 10


def test_a_table_ends_with_the_number_of_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / "stacks" / "local.yaml"
    assert command.doctor(file, "table", False, Computer()) == 0
    assert capsys.readouterr().out.endswith("nothing is missing\n")
    assert command.doctor(file, "table", False, Computer(without=("git", "setpriv"))) == 1
    told = capsys.readouterr().out
    assert told.endswith("2 missing: 1 always, 1 for local clusters of processes\n")
    assert "hint: on Debian and Ubuntu: apt-get install util-linux" in told


def test_of_all_that_is_missing_it_says_for_what_and_how_to_ask_for_one_stack(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.doctor(None, "table", False, Computer(packages={}, environment={})) == 1
    verdict, hint = capsys.readouterr().out.splitlines()[-2:]
    assert re.fullmatch(r"\d+ missing: \d+ for AWS, \d+ for Google Cloud", verdict)
    assert hint == "what one stack needs: .venv/bin/clusterwright doctor STACK"


def test_json_has_every_check_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.doctor(ROOT / "stacks" / "local.yaml", "json", False, Computer(without=("git",))) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["sections"][0]["checks"][1] == {
        "name": "git",
        "state": "missing",
        "purpose": "keeps specs, locks and their history",
        "found": "not on PATH",
        "hint": "on Debian and Ubuntu: apt-get install git",
    }


def test_help_says_what_the_exit_codes_mean() -> None:
    answer = CliRunner().invoke(main, ["doctor", "--help"])
    assert answer.exit_code == 0
    told = " ".join(answer.output.split())
    assert "Exits with 0 if nothing is missing, 1 if something is, 2 if a file can't be read." in told


def test_a_stack_that_is_not_there_is_told() -> None:
    answer = CliRunner().invoke(main, ["doctor", "no-such-stack"])
    assert answer.exit_code == 2
    assert "no-such-stack.yaml" in answer.output


def test_this_computer_is_examined_without_a_traceback() -> None:
    answer = CliRunner().invoke(main, ["doctor", "local", "--format", "json"])
    assert answer.exit_code in (0, 1)
    assert [section["title"] for section in json.loads(answer.output)["sections"]] == TITLES["local"]
