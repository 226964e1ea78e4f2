"""`clusterwright recommend` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from clusterwright.cli import main

pytestmark = pytest.mark.usefixtures("few", "project")
ASKED = ("--model", "bert-base", "--tokens", "1B", "--provider", "aws")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a stack in a cloud, `here`, and one on this machine, entered."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").touch()
    place = "region: us-east-1\nzone: us-east-1b\n"
    group = "groups: [{name: train, machine: g6.xlarge, nodes: 1}]\n"
    limits = "budget: {limit: 20 USD, deadline: 5 d}\n"
    (tmp_path / "stacks" / "here.yaml").write_text(f"name: here\nprovider: aws\n{place}{group}{limits}")
    (tmp_path / "stacks" / "this.yaml").write_text("name: this\nprovider: local\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["recommend", *arguments])


def test_it_says_what_was_asked_what_fits_what_has_no_price_and_what_was_ruled_out() -> None:
    result = run(*ASKED, "--deadline", "24h", "--budget", "300USD")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "bert-base, 1 billion tokens in batches of 256 sequences, within 24 h, for at most 300 USD"
    assert lines[3].startswith("1 x g6.xlarge, on demand")
    for line in ("what also fits, at a price that is not known, so not compared:", "ruled out:"):
        assert line in lines
    assert any("cheapest" in line for line in lines)
    assert "prices: aws of 20" in result.stdout


def test_json_has_the_same_with_units_and_null_for_what_is_not_known() -> None:
    data = json.loads(run(*ASKED, "--json", "--budget", "300 USD").stdout)
    assert (data["schema"], data["deadline"], data["budget"]["likely"]) == (1, None, 300)
    first = data["front"][0]
    assert first["better"] == ["cheapest", "least energy"]
    assert (first["usd"]["unit"], first["time"]["unit"], first["energy"]["unit"]) == ("USD", "s", "kWh")
    assert (first["deadline"], first["budget"]) == (None, "surely")
    (spot,) = data["unpriced"]
    assert (spot["capacity"], "usd" in spot["fastest"]) == ("spot", False)
    assert {row["reason"] for row in data["ruled_out"]} >= {"no_gpus", "not_offered", "worse"}


def test_nothing_that_fits_is_exit_code_1_and_says_what_missed_least() -> None:
    result = run(*ASKED, "--budget", "1 USD")
    assert result.exit_code == 1
    assert "nothing whose price is known fits" in result.stdout
    assert "nearest: 1 x g6.xlarge, on demand, " in result.stdout


def test_a_spec_is_written_and_validates(project: Path) -> None:
    result = run(*ASKED, "--budget", "300 USD", "--write", "stacks/new.yaml", "--prefer", "fastest")
    assert result.exit_code == 0, result.output
    text = (project / "stacks" / "new.yaml").read_text()
    assert "name: new\n" in text
    assert text.startswith("# bert-base, 1 billion tokens in batches of 256 sequences, for at most 300 USD: fastest: ")
    assert "# The region and zone are stand-ins: write your own." in text
    assert CliRunner().invoke(main, ["validate", "new"]).exit_code == 0


def test_nothing_is_written_over_unless_told(project: Path) -> None:
    before = (project / "stacks" / "here.yaml").read_text()
    result = run(*ASKED, "--write", "stacks/here.yaml")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: stacks/here.yaml is there already\n"
        "  why: what is in it would be lost\n"
        "  hint: name another file, or say --force to write it anew\n"
    )
    assert (project / "stacks" / "here.yaml").read_text() == before
    assert run(*ASKED, "--write", "stacks/here.yaml", "--force").exit_code == 0
    assert (project / "stacks" / "here.yaml").read_text() != before


def test_a_file_whose_name_is_no_name_of_a_cluster_is_not_written(project: Path) -> None:
    result = run(*ASKED, "--write", "stacks/My_Stack.yaml")
    assert result.exit_code == 1
    assert "stacks/My_Stack.yaml" in result.stderr
    assert "a good value: bert-mini" in result.stderr
    assert not (project / "stacks" / "My_Stack.yaml").exists()


def test_where_nothing_fits_nothing_is_written(project: Path) -> None:
    result = run(*ASKED, "--budget", "1 USD", "--write", "stacks/new.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: nothing was written to stacks/new.yaml\n  why: ")
    assert not (project / "stacks" / "new.yaml").exists()


def test_a_stack_brings_its_job_its_limits_and_its_place(project: Path) -> None:
    result = run("--stack", "here", "--write", "stacks/new.yaml")
    assert result.stdout.startswith("bert-l2-h256, ")
    assert "within 120 h, for at most 20 USD" in result.stdout.splitlines()[0]
    assert "zone: us-east-1b\n" in (project / "stacks" / "new.yaml").read_text()


def test_the_picture_is_svg_that_follows_light_and_dark(project: Path) -> None:
    assert run(*ASKED, "--deadline", "24h", "--budget", "300USD", "--plot", "front.svg").exit_code == 0
    text = (project / "front.svg").read_text()
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert "prefers-color-scheme: dark" in text
    assert "var(--front)" in text
    assert "#070809" not in text
    words = " ".join(root.itertext())
    for word in ("hours, likely", "USD, likely", "cheapest", "fastest"):
        assert word in words


def test_the_picture_is_the_same_each_time(project: Path) -> None:
    for name in ("one.svg", "two.svg"):
        run(*ASKED, "--plot", name)
    assert (project / "one.svg").read_bytes() == (project / "two.svg").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("--tokens", "85"),
            "Invalid value for --tokens: is not a number of tokens: `85`; write a number and a unit: 85B",
        ),
        (
            ("--tokens", "85X"),
            "has a unit that is not one of a number of tokens: `85X`; use one of tokens, M, B, T: 85B",
        ),
        (("--deadline", "24"), "Invalid value for --deadline: is not a length of time: `24`"),
        (("--budget", "3000"), "Invalid value for --budget: is not an amount of money: `3000`"),
        (("--budget", "-5 USD"), "Invalid value for --budget: is not a positive whole number of cents: `-5 USD`"),
        (("--stack", "here"), "Name what is to be trained: either --model bert-large, or --stack NAME."),
    ],
)
def test_a_bad_word_is_told_with_a_good_one(arguments: tuple[str, ...], told: str) -> None:
    result = run("--model", "bert-base", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--model", "bert-huge"), "error: there is no model `bert-huge`\n"),
        (("--stack", "this"), "error: there is nothing to recommend: this is a cluster on this machine\n"),
        (("--stack", "here", "--provider", "gcp"), "--stack NAME stays with its provider"),
    ],
)
def test_what_can_t_be_searched_for_is_told(arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_a_batch_and_tokens_of_their_own_give_the_steps() -> None:
    data = json.loads(
        run("--model", "bert-base", "--tokens", "1B", "--batch", "2048", "--provider", "aws", "--json").stdout
    )
    assert data["job"] == "bert-base, 1 billion tokens in batches of 2,048 sequences"
    assert "pretrain: {batch: 2048, steps: 3815}" in data["front"][0]["spec"]


def test_a_batch_that_no_spec_takes_is_told_as_such() -> None:
    result = run(*ASKED, "--batch", str(10**9 + 1))
    assert result.exit_code == 2
    assert "--batch" in result.stderr
