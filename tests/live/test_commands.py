from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from clusterwright.errors import ClusterwrightError
from clusterwright.live import commands
from clusterwright.live.stack import Stack
from clusterwright.paths import bucket_dir, nodes_dir

JOB = "0a1b2c3d4e5f"
RUN = f"{JOB}.1"
NOW = 1_780_000_000.0


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


@pytest.fixture
def machines(home: Path, bucket, monkeypatch: pytest.MonkeyPatch):
    """A cluster of machines under that name, seen at the moment that the files of tests are of."""
    (home / "data/clusterwright/small").mkdir(parents=True)
    own = type(bucket)(bucket_dir("small"))
    own.deploy_machines()
    own.machine("head")
    monkeypatch.setattr(commands.time, "time", lambda: NOW)
    return own


def test_what_is_submitted_is_listed_and_can_be_cancelled(machines, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.jobs(stack("small")) == 0
    assert capsys.readouterr().out.startswith("cluster small has had no run yet")
    assert commands.submit(stack("small"), ["ls"], None, 2, None, "try") == 0
    said = capsys.readouterr().out
    run = said.split()[1]
    assert said == (
        f"run {run} is asked for; the head puts it into Slurm's queue\n"
        "watch it: .venv/bin/clusterwright watch small; see all runs: .venv/bin/clusterwright jobs small\n"
    )
    assert commands.jobs(stack("small"), "json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["run"], row["state"], row["label"], row["nodes"]) == (run, "queued", "try", 2)
    assert commands.cancel(stack("small"), run) == 0
    assert capsys.readouterr().out == (
        f"run {run} leaves the queue as soon as the head reads this, within seconds\n"
        "see what became of it: .venv/bin/clusterwright jobs small\n"
    )
    assert commands.jobs(stack("small")) == 0
    assert "queued, being cancelled" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("silence", "said"),
    [
        (None, "the head has not reported yet; until then the run waits"),
        (
            300,
            "the head has not been heard of for 5 min 00 s; until then the run waits. "
            "To look: .venv/bin/clusterwright logs small head. To mend: make up STACK=small",
        ),
    ],
    ids=["never", "long ago"],
)
def test_a_head_that_does_nothing_is_told_to_who_asks(
    machines, capsys: pytest.CaptureFixture[str], silence: float | None, said: str
) -> None:
    if silence is None:
        machines.storage.delete("reports/head.json")
    else:
        machines.machine("head", age=silence)
    assert commands.submit(stack("small"), ["ls"], None, None, None, None) == 0
    assert capsys.readouterr().out.splitlines()[1] == said


def test_broken_files_are_told_beside_the_table(machines, capsys: pytest.CaptureFixture[str]) -> None:
    machines.start()
    machines.write(f"jobs/{RUN}/status.json", "{")
    assert commands.jobs(stack("small"), "json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)[0]["state"] == "failed"
    assert told.err.startswith(f"warning: jobs/{RUN}/status.json: not JSON")


def test_logs_of_a_machine_are_those_that_it_put_into_the_bucket(machines, capsys: pytest.CaptureFixture[str]) -> None:
    machines.write("reports/logs/train-1/30-mounts.log", "mounting\nno route to host\n")
    machines.write(f"jobs/{RUN}/logs/train-1.log", "step 1\n")
    assert commands.logs(stack("small"), "train-1", lines=1) == 0
    assert capsys.readouterr().out == f"train-1/30-mounts | no route to host\ntrain-1/{RUN} | step 1\n"
    assert commands.logs(stack("small"), RUN) == 0
    assert capsys.readouterr().out == f"train-1/{RUN} | step 1\n"


def test_a_log_is_read_by_the_name_that_the_list_gives_it(machines, capsys: pytest.CaptureFixture[str]) -> None:
    machines.write("reports/logs/head/slurmctld.log", "up\n")
    machines.write("reports/logs/head/60-slurm.log", "installed\n")
    machines.write(f"jobs/{RUN}/logs/train-1.log", "step 1\n")
    assert commands.logs(stack("small")) == 0
    *listed, _ = capsys.readouterr().out.splitlines()
    assert [line.split()[3] for line in listed] == [
        str(bucket_dir("small") / key)
        for key in ("reports/logs/head/60-slurm.log", "reports/logs/head/slurmctld.log", f"jobs/{RUN}/logs/train-1.log")
    ]
    for line, said in zip(listed, ("installed", "up", "step 1"), strict=True):
        label = line.split()[0]
        assert commands.logs(stack("small"), label) == 0
        assert capsys.readouterr().out == f"{label} | {said}\n"


def test_the_logs_of_a_run_are_read_by_what_its_owner_called_it(machines, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.submit(stack("small"), ["ls"], None, 2, None, "try") == 0
    run = capsys.readouterr().out.split()[1]
    machines.status("queued", run, reason="waiting in the queue (Resources)")
    for name in (run, "try"):
        with pytest.raises(ClusterwrightError, match=rf"run {run} is queued, so it has written nothing yet\n.*\(Resou"):
            commands.logs(stack("small"), name)
    machines.write(f"jobs/{run}/logs/train-1.log", "step 1\n")
    assert commands.logs(stack("small"), "try") == 0
    assert capsys.readouterr().out == f"train-1/{run} | step 1\n"


def test_a_run_that_ended_before_it_wrote_anything_says_so(machines) -> None:
    machines.request()
    machines.status("cancelled")
    with pytest.raises(ClusterwrightError, match=f"run {RUN} is cancelled, and has written no log"):
        commands.logs(stack("small"), RUN)


def test_what_a_run_has_written_is_fetched_but_for_its_checkpoints(
    machines, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machines.start()
    machines.status("failed", reason="out of memory")
    for key in ("out/table.csv", "logs/train-1.log", "checkpoints/command/1.pt"):
        machines.write(f"jobs/{RUN}/{key}", "x")
    assert commands.results(stack("small"), RUN) == 0
    assert capsys.readouterr().out == f"run {RUN}, failed: 6 files in runs/small/{RUN}\n"
    fetched = home / "runs/small" / RUN
    assert (fetched / "out/table.csv").read_text() == "x"
    assert not (fetched / "checkpoints").exists()
    assert commands.results(stack("small"), RUN, home / "there") == 0
    assert (home / "there/logs/train-1.log").exists()
    with pytest.raises(ClusterwrightError, match="small has no run none"):
        commands.results(stack("small"), "none")


def test_superseded_bundles_are_pruned_with_a_word_and_without_any_nothing_is_said(
    cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.prune(stack("small")) == 0
    assert capsys.readouterr().out == ""
    for number, letter in enumerate("cde"):
        cluster.write(f"control/bundles/{letter * 64}.tar.gz", "a bundle")
        os.utime(cluster.root / f"control/bundles/{letter * 64}.tar.gz", (NOW - number, NOW - number))
    assert commands.prune(stack("small")) == 0
    assert capsys.readouterr().out == "removed 2 superseded bundles of more than 30 days\n"
