from __future__ import annotations

import json
from pathlib import Path

import pytest

from clusterwright.errors import ClusterwrightError
from clusterwright.live import commands
from clusterwright.live.stack import Stack
from clusterwright.paths import bucket_dir, nodes_dir

JOB = "0a1b2c3d4e5f"
RUN = f"{JOB}.1"


def stack(name: str, cluster: str | None = None) -> Stack:
    """A stack on this machine."""
    return Stack(name, cluster or name, "local", f"file://{bucket_dir(cluster or name)}")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cluster(home: Path, bucket):
    """A cluster of that name on this machine whose job has finished."""
    (home / "data/clusterwright/small").mkdir(parents=True)
    bucket.root.mkdir()
    bucket.root.rename(bucket_dir("small"))
    own = type(bucket)(bucket_dir("small"))
    own.deploy()
    own.healthy()
    own.finish()
    for node in ("head", "train-1"):
        (nodes_dir("small") / node / "log").mkdir(parents=True)
        (nodes_dir("small") / node / "log" / "agent.log").write_text("booting\nhealthy\n")
    return own


@pytest.mark.parametrize(
    "command", [commands.watch, commands.logs, commands.results, commands.rerun], ids=lambda command: command.__name__
)
def test_a_name_without_a_cluster_is_answered_with_those_there_are(home: Path, cluster, command) -> None:
    with pytest.raises(
        ClusterwrightError, match=r"no cluster big on .*\n.*clusters that are: small\n.*STACK=big"
    ) as error:
        command(stack("big"))
    assert error.value.exit_code == 2


@pytest.mark.parametrize("command", [commands.watch, commands.rerun], ids=lambda command: command.__name__)
def test_a_cluster_that_is_down_is_called_down(home: Path, command) -> None:
    bucket_dir("small").mkdir(parents=True)
    with pytest.raises(ClusterwrightError, match="cluster small is down"):
        command(stack("small"))


def test_watch_until_finished_of_a_finished_run(cluster, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.watch(stack("small"), until_finished=True) == 0
    assert f"run {RUN} has finished" in capsys.readouterr().out


def test_results_are_put_below_runs(home: Path, cluster, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.results(stack("small")) == 0
    assert json.loads((home / "runs/small/result.json").read_text())["stack"] == "small"
    assert "runs/small/report.html" in capsys.readouterr().out


def test_a_stack_is_named_in_hints_and_folders_and_its_cluster_only_where_it_lives(
    home: Path, cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.results(stack("mini", "small")) == 0
    assert json.loads((home / "runs/mini/result.json").read_text())["stack"] == "mini"
    assert commands.watch(stack("mini", "small"), until_finished=True) == 0
    assert "clusterwright results mini" in capsys.readouterr().out
    with pytest.raises(ClusterwrightError, match=r"no cluster big on (.|\n)*hint: make up STACK=mini"):
        commands.rerun(stack("mini", "big"))


def test_results_of_an_unfinished_run_exit_with_1(cluster) -> None:
    cluster.status("running", phase="pretrain")
    with pytest.raises(ClusterwrightError, match="not finished") as error:
        commands.results(stack("small"))
    assert error.value.exit_code == 1


def test_rerun_asks_for_the_next_run_and_prints_how_to_watch(cluster, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.rerun(stack("small")) == 0
    assert cluster.storage.exists(f"jobs/{JOB}.2/request.json")
    output = capsys.readouterr().out
    assert "watch it: .venv/bin/clusterwright watch small" in output
    assert "which the cluster has lost; to mend: make up STACK=small" in output  # their heartbeats are of long ago


def test_logs_without_a_node_list_what_there_is(cluster, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.logs(stack("small")) == 0
    output = capsys.readouterr().out
    assert str(nodes_dir("small") / "head/log/agent.log") in output


def test_logs_of_a_node_are_its_last_lines_under_their_names(cluster, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.logs(stack("small"), "train-1", lines=1) == 0
    assert capsys.readouterr().out == "train-1/agent | healthy\n"


def test_logs_of_an_unknown_node_name_those_there_are(cluster) -> None:
    with pytest.raises(ClusterwrightError, match="there are logs of head, train-1"):
        commands.logs(stack("small"), "train-9")
