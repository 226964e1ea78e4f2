"""Slurm's answers as they were recorded from 24.11.5, and what is asked of it, through stand-ins for its programs."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from clusterwright.node.slurm.commands import AS_USER, MOST_NAMES, Job, Node, Slurm, SlurmError

NODES = """\
NodeName=train-1 CoresPerSocket=1  CPUAlloc=0 CPUEfctv=1 CPUTot=1 CPULoad=0.00 AvailableFeatures=train \
ActiveFeatures=train Gres=(null) NodeAddr=train-1 RealMemory=500 AllocMem=0 FreeMem=N/A Sockets=1 \
Boards=1 State=IDLE+CLOUD+NOT_RESPONDING+POWERING_UP ThreadsPerCore=1 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A \
Partitions=train  BootTime=None SlurmdStartTime=None LastBusyTime=Unknown CfgTRES=cpu=1 AllocTRES= \
CurrentWatts=0 AveWatts=0 
NodeName=train-2 Arch=x86_64 CoresPerSocket=1 State=DOWN+CLOUD+POWERED_DOWN ThreadsPerCore=1 Partitions=train,all  \
BootTime=None CurrentWatts=0 AveWatts=0 Reason=ResumeTimeout reached [slurm@2026-11-24T19:53:00] 
NodeName=train-3 Arch=x86_64 State=IDLE*+CLOUD+DRAIN ThreadsPerCore=1 Partitions=train  AveWatts=0 \
Reason=first check of 0a1b.1: State=odd [root@2026-11-24T19:53:00] 
"""
JOBS = """\
JobId=1 JobName=0a1b2c3d4e5f.1/pretrain UserId=cluster(2000) GroupId=cluster(2000) MCS_label=N/A Priority=1 Nice=0 \
Account=(null) QOS=(null) JobState=PENDING Reason=BeginTime Dependency=(null) Requeue=1 Restarts=4 BatchFlag=1 \
ExitCode=75:0 RunTime=00:00:00 TimeLimit=365-00:00:00 ReqNodeList=(null) NodeList= \
NumNodes=2-2 NumCPUs=2 Comment=0a1b2c3d4e5f.1 StdOut=/dev/null 
JobId=2 JobName=a JobState=FAILED b UserId=cluster(2000) GroupId=cluster(2000) Nice=0 QOS=(null) JobState=PENDING \
Reason=launch failed requeued held Dependency=afterok:1(unfulfilled) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 \
ExitCode=0:0 RunTime=00:00:06 ReqNodeList=(null) ExcNodeList=(null) NodeList=(null) NumNodes=2 NumCPUs=2 
JobId=3 ArrayJobId=3 ArrayTaskId=1 JobName=x UserId=u(1) JobState=RUNNING Reason=None Dependency=(null) Requeue=1 \
Restarts=0 BatchFlag=1 ExitCode=0:0 RunTime=00:00:06 ReqNodeList=(null) NodeList=train-[1,3] BatchHost=train-1 
"""
PARTITIONS = (
    "PartitionName=train AllowGroups=ALL PreemptMode=OFF State=UP TotalCPUs=3 PowerDownOnIdle=NO\n"
    "PartitionName=prep AllowGroups=ALL PreemptMode=OFF State=DOWN TotalCPUs=3 PowerDownOnIdle=NO\n"
)

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a program on the path that prints, says something on its error output, notes its words, and exits."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def put(name: str, output: str = "", error: str = "", code: int = 0) -> Path:
        (tmp_path / f"{name}.out").write_text(output)
        program, words = tmp_path / name, tmp_path / f"{name}.words"
        lines = [
            f'printf "%s\\n" "$*" >>"{words}"',
            f'cat "{tmp_path}/{name}.out"',
            f'echo "{error}" >&2',
            f"exit {code}",
        ]
        program.write_text("\n".join(["#!/bin/sh", *lines]))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return words

    return put


def test_nodes_have_their_state_their_flags_and_their_reason(install: Install) -> None:
    install("scontrol", NODES)
    assert Slurm().nodes() == [
        Node("train-1", "IDLE", frozenset({"CLOUD", "NOT_RESPONDING", "POWERING_UP"}), "train"),
        Node("train-2", "DOWN", frozenset({"CLOUD", "POWERED_DOWN"}), "train", "ResumeTimeout reached"),
        Node("train-3", "IDLE", frozenset({"CLOUD", "DRAIN"}), "train", "first check of 0a1b.1: State=odd"),
    ]


def test_jobs_are_read_whatever_their_owners_call_them(install: Install) -> None:
    install("scontrol", JOBS)
    assert Slurm().jobs() == [
        Job(1, "0a1b2c3d4e5f.1/pretrain", "PENDING", "BeginTime", 4, "", 75),
        Job(2, "a JobState=FAILED b", "PENDING", "launch failed requeued held", 0, "", 0),
        Job(3, "x", "RUNNING", "None", 0, "train-[1,3]", 0),
    ]


def test_no_jobs_are_none(install: Install) -> None:
    install("scontrol", "No jobs in the system\n")
    assert Slurm().jobs() == []


def test_partitions_have_their_state(install: Install) -> None:
    install("scontrol", PARTITIONS)
    assert Slurm().partitions() == {"train": "UP", "prep": "DOWN"}


@pytest.mark.parametrize("answer", ["NodeName=train-1 but nothing else\n", "NodeName=\n"])
def test_an_answer_of_another_form_is_an_error_and_no_guess(install: Install, answer: str) -> None:
    install("scontrol", answer)
    with pytest.raises(SlurmError, match="not as this release knows it"):
        Slurm().nodes()


def test_a_slurm_that_does_not_answer_is_a_reason(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("scontrol", error="slurm_load_jobs error: Unable to contact slurm controller (connect failure)", code=1)
    with pytest.raises(SlurmError, match=r"^scontrol failed: .*Unable to contact slurm controller"):
        Slurm().jobs()
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SlurmError, match="`scontrol` cannot be run: No such file"):
        Slurm().jobs()


def test_changes_of_many_nodes_are_few_commands_and_of_none_is_none(install: Install) -> None:
    words = install("scontrol")
    Slurm().set_nodes([], "resume")
    assert not words.exists()
    names = [f"train-{number}" for number in range(MOST_NAMES + 1)]
    Slurm().set_nodes(names, "drain", "bad\nlink")
    first, second = words.read_text().splitlines()
    assert first == f"update NodeName={','.join(names[:-1])} State=drain Reason=bad link"
    assert second == f"update NodeName={names[-1]} State=drain Reason=bad link"


def test_jobs_are_submitted_as_their_user(install: Install) -> None:
    words = install("setpriv", "17;exp\n")
    assert Slurm().submit(["--nodes=2", "run.sh"]) == 17
    assert words.read_text() == f"{' '.join(AS_USER[1:])} sbatch --parsable --nodes=2 run.sh\n"
    install("setpriv", error="sbatch: error: Batch job submission failed: Invalid partition name specified", code=1)
    with pytest.raises(SlurmError, match=r"^sbatch failed: .*Invalid partition name specified"):
        Slurm().submit([])


def test_only_the_batch_shell_is_told_to_stop(install: Install) -> None:
    words = install("scancel")
    Slurm().ask_to_stop([3, 4])
    Slurm().cancel([5])
    Slurm().cancel([])
    assert words.read_text().splitlines() == ["--quiet --batch --signal=TERM 3 4", "--quiet 5"]
