"""`clusterwright estimate` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clusterwright.cli import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one stack, `good`, entered."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / "stacks" / "good.yaml").write_text("name: good\nprovider: local\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["estimate", *arguments])


@pytest.mark.usefixtures("project")
def test_the_table_has_time_memory_money_and_energy() -> None:
    text = run("good").stdout
    assert text.startswith("bert-l2-h256 with 2,798,594 parameters in fp32, 2 ranks on 2 x local")
    for line in ("job ", "pretrain ", "memory of a rank", "machines", "energy"):
        assert line in text


@pytest.mark.usefixtures("project")
def test_json_is_whole_and_null_where_nothing_is_known() -> None:
    data = json.loads(run("good", "--json").stdout)
    assert (data["schema"], data["stack"], data["measured"]) == (1, "good", None)
    assert data["money"]["total"] == {
        "unit": "USD", "low": None, "likely": None, "high": None, "why": "nobody bills this machine"
    }  # fmt: skip


def test_a_run_s_metrics_come_first(project: Path) -> None:
    marks = [{"phase": "pretrain", "step": n, "steps": 900, "time": 1e9 + n} for n in (1, 11, 21)]
    (project / "metrics.jsonl").write_text("".join(json.dumps(mark) + "\n" for mark in marks))
    lines = run("good", "--measured", "metrics.jsonl").stdout.splitlines()
    assert lines[3].startswith("left of the run")
    assert "15.4 min" in next(line for line in lines if line.startswith("  of pretrain"))
    data = json.loads(run("good", "--measured", "metrics.jsonl", "--json").stdout)
    assert data["measured"]["a_step"]["likely"] == 1
    assert data["measured"]["left"]["likely"] > data["measured"]["rest"]["likely"] > 879


def test_a_spec_without_a_job_is_told_what_to_look_at(project: Path) -> None:
    (project / "stacks" / "idle.yaml").write_text("name: idle\nprovider: local\njob: none\n")
    result = run("idle")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: idle has no job to estimate\n"
        "  why: its spec says `job: none`\n"
        "  hint: name a job, or look at what the cluster is: `clusterwright plan NAME`\n"
    )
