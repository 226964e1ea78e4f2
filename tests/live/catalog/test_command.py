"""`clusterwright catalog refresh`: what it shows, when it writes, and how it fails."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clusterwright.catalog.rows import FOLDER
from clusterwright.cli import main
from clusterwright.live.catalog import command
from clusterwright.live.catalog.changes import Answer, changes


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials, and no network that would give some."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The catalog's files, and a cloud that says something new of one machine type and one price."""
    for name in ("aws.json", "prices.json"):
        shutil.copy(FOLDER / name, tmp_path)
    row = json.loads((FOLDER / "aws.json").read_text(encoding="utf-8"))["machines"]["p5.48xlarge"]
    said = Answer(
        provider="aws",
        region="eu-west-1",
        date="2027-01-02",
        machines={"p5.48xlarge": {**row, "ebs_mbps": 90000}},
        machines_source="EC2",
        prices={"p5.48xlarge": 60.5},
        prices_source="the price list",
        left_out=("p9.huge: no bandwidth",),
    )
    monkeypatch.setattr(command, "ask", lambda *_: said)
    monkeypatch.setattr(command, "changes", lambda answer: changes(answer, tmp_path))
    return tmp_path


def refresh(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["catalog", "refresh", *arguments])


def test_it_shows_what_would_change_and_writes_nothing(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    result = refresh("aws", "--region", "eu-west-1")
    assert result.exit_code == 0
    assert '-  "p5.48xlarge": {' in result.stdout
    assert '"ebs_mbps": 90000' in result.stdout
    assert '+    "p5.48xlarge": 60.5' in result.stdout
    assert result.stdout.endswith("read of eu-west-1: machine types 1, prices 1; nothing was written: add --write\n")
    assert result.stderr == "left out: p9.huge: no bandwidth\n"
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_it_writes_if_asked_and_then_has_nothing_to_do(folder: Path) -> None:
    result = refresh("aws", "--region", "eu-west-1", "--write")
    assert '"ebs_mbps": 90000' in result.stdout
    assert result.stdout.endswith(f"written: {folder / 'aws.json'}, {folder / 'prices.json'}\n")
    again = refresh("aws", "--region", "eu-west-1", "--write")
    assert again.stdout == "read of eu-west-1: machine types 1, prices 1; the catalog has them all\n"


@pytest.mark.usefixtures("nobody")
def test_without_credentials_it_says_so() -> None:
    result = refresh("aws", "--region", "us-east-1")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: no AWS credentials were found\n")


def test_without_the_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    result = refresh("aws", "--region", "us-east-1")
    assert result.exit_code == 2
    assert "`make setup`, or in an environment of your own: `pip install '.[aws]'`" in result.stderr


def test_gcp_needs_a_project() -> None:
    result = refresh("gcp", "--region", "us-central1")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: no project is named\n"
        "  why: machine types are listed in a project's zones\n"
        "  hint: add --project my-project-123\n"
    )
