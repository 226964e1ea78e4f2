"""The check of a job's nodes, as real processes that find each other over loopback."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clusterwright.node.health import join
from clusterwright.node.health.allreduce.place import Place
from clusterwright.node.health.facts import Facts
from tests.node.tools import Tools

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
FAULTY = Path(__file__).with_name("faulty.py")
MACHINE = "test.machine"
SPEED = {
    "least_share": 1.0,
    "measured": [{"machine": MACHINE, "nodes": 2, "message_bytes": 2**20, "busbw_gb_per_s": 0.01}],
}


@dataclass
class Done:
    codes: list[int]
    output: str
    verdict: dict[str, Any] | None

    @property
    def suspects(self) -> list[str]:
        return [suspect["node"] for suspect in self.verdict["suspects"]] if self.verdict else []


class Job:
    """Nodes train-1, train-2 ... of a job, each with one process or several."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tools = Tools(folder / "bin")
        facts = folder / "facts"
        facts.mkdir()
        own = {
            "role": "compute",
            "group": "train",
            "machine": MACHINE,
            "memory_mib": None,
            "gpus": 0,
            "gpu_kind": None,
            "fabric": "none",
            "efa_interfaces": 0,
            "lustre_interfaces": 0,
        }
        (facts / "train.json").write_text(
            json.dumps({**own, "scratch": None, "mounts": [], "actions": [], "max_run_s": None})
        )
        (facts / "cluster.json").write_text(json.dumps({"provider": "local"}))
        (folder / "speed.json").write_text(json.dumps(SPEED))

    def run(
        self,
        nodes: int,
        per_node: int = 1,
        fault: str = "",
        rank: int = -1,
        absent: tuple[int, ...] = (),
        stage: float = 30,
    ) -> Done:
        """srun in short; `absent` are ranks that never start. Limits are in seconds."""
        names = [f"train-{number + 1}" for number in range(nodes)]
        self.tools.answer("scontrol show hostnames", "\n".join(names) + "\n")
        out = self.folder / "verdict.json"
        arrive = "4" if absent else "30"
        options = ["--out", str(out), "--arrive", arrive, "--stage", str(stage)]
        options += ["--thresholds", str(self.folder / "speed.json")]
        program = [str(FAULTY), fault, str(rank)] if fault else ["-m", "clusterwright.node.health.allreduce"]
        common = {
            **os.environ,
            "PATH": f"{self.tools.folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CLUSTERWRIGHT_BUNDLE": str(self.folder),
            "CLUSTERWRIGHT_GROUP": "train",
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(free_port()),
            "OMP_NUM_THREADS": "1",
            "SLURM_NTASKS": str(nodes * per_node),
            "SLURM_JOB_NUM_NODES": str(nodes),
            "SLURM_JOB_NODELIST": f"train-[1-{nodes}]",
        }
        processes = [
            subprocess.Popen(
                [sys.executable, *program, *options],
                env={
                    **common,
                    "SLURM_PROCID": str(number),
                    "SLURM_LOCALID": str(number % per_node),
                    "SLURMD_NODENAME": names[number // per_node],
                },
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for number in range(nodes * per_node)
            if number not in absent
        ]
        outputs = [process.communicate(timeout=100)[0] for process in processes]
        verdict = json.loads(out.read_text()) if out.exists() else None
        return Done([process.returncode for process in processes], "".join(outputs), verdict)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_two_nodes_add_up(job: Job) -> None:
    done = job.run(nodes=2)
    assert (done.codes, done.verdict) == ([0, 0], None)
    assert re.search(r"^all: 2 ranks on train-1, train-2: 1 MiB at \d\.\d\d GB/s \(at least 0\.01\)", done.output, re.M)


def test_processes_of_a_node_add_up_before_the_nodes_do(job: Job) -> None:
    done = job.run(nodes=2, per_node=2)
    assert done.codes == [0, 0, 0, 0]
    assert [line.split(":")[0] for line in done.output.splitlines() if "ranks on" in line] == ["node", "node", "all"]


def test_a_rank_with_wrong_numbers_is_suspected(job: Job) -> None:
    done = job.run(nodes=2, fault="wrong", rank=1)
    assert (done.codes, done.suspects) == ([3, 3], ["train-2"])
    assert "train-2: its rank 1 delivers numbers that are not those it should" in done.output


def test_a_wrong_rank_is_found_inside_its_node(job: Job) -> None:
    done = job.run(nodes=2, per_node=2, fault="wrong", rank=2)
    assert (done.codes, done.suspects) == ([3, 3, 3, 3], ["train-2"])
    assert "all:" not in done.output


def test_a_slow_node_among_several_is_suspected(job: Job) -> None:
    job_speed = {"machine": MACHINE, "nodes": 3, "message_bytes": 2**20, "busbw_gb_per_s": 0.01}
    (job.folder / "speed.json").write_text(json.dumps({"least_share": 1.0, "measured": [job_speed]}))
    done = job.run(nodes=3, fault="slow", rank=1)
    assert (done.codes, done.suspects) == ([3, 3, 3], ["train-2"])
    assert "an all-reduce with its faster neighbour takes 2" in done.output


def test_what_is_known_of_pairs_is_asked_of_larger_jobs(job: Job) -> None:
    done = job.run(nodes=3, fault="slow", rank=1)
    assert (done.codes, done.suspects) == ([3, 3, 3], ["train-2"])
    assert "train-2: with each of its neighbours: 0.0" in done.output


def test_of_two_slow_nodes_both_are_suspected(job: Job) -> None:
    done = job.run(nodes=2, fault="slow", rank=1)
    assert (done.codes, done.suspects) == ([3, 3], ["train-1", "train-2"])
    assert "train-1: one of two, which can't be told apart: 0.0" in done.output


def test_a_node_that_never_comes_is_suspected(job: Job) -> None:
    done = job.run(nodes=2, absent=(1,))
    assert (done.codes, done.suspects) == ([3], ["train-2"])
    assert "0 of its 1 processes came within 4 s" in done.output


def test_the_first_node_that_never_comes_is_suspected_by_the_others(job: Job) -> None:
    done = job.run(nodes=2, absent=(0,))
    assert (done.codes, done.suspects) == ([3], ["train-1"])
    assert "train-2 can't meet it at 127.0.0.1:" in done.output


def test_a_rank_that_hangs_is_ended_in_time(job: Job) -> None:
    done = job.run(nodes=2, per_node=2, fault="hang", rank=3, stage=8)
    assert (done.codes, done.suspects) == ([3, 3, 3, 3], ["train-2"])
    assert "train-2: inside the node: 2 of 2 ranks failed: " in done.output
    assert "was not done within 8 s" in done.output


def test_a_rank_that_dies_is_found_by_its_neighbours(job: Job) -> None:
    done = job.run(nodes=3, fault="die", rank=1)
    assert (done.codes, done.suspects) == ([3, 3, 3], ["train-2"])
    assert "train-2: with each of its neighbours: " in done.output


def test_a_node_joins_when_its_own_processes_add_up(
    job: Job, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLUSTERWRIGHT_BUNDLE", str(job.folder))
    monkeypatch.setenv("CLUSTERWRIGHT_GROUP", "train")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert join.allreduce_failures(Facts.from_environment()) == []
    assert "no threshold known, so only the sums are checked" in capfd.readouterr().out


def test_a_node_does_not_join_without_its_gpus(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    own = json.loads((job.folder / "facts" / "train.json").read_text())
    (job.folder / "facts" / "train.json").write_text(json.dumps({**own, "gpus": 2, "gpu_kind": "L4"}))
    monkeypatch.setenv("CLUSTERWRIGHT_BUNDLE", str(job.folder))
    monkeypatch.setenv("CLUSTERWRIGHT_GROUP", "train")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (reason,) = join.allreduce_failures(Facts.from_environment())
    assert reason == "inside the node: 2 of 2 ranks failed: PyTorch sees no GPU"


def test_the_place_of_a_rank_is_what_srun_says() -> None:
    environment = {
        "SLURM_PROCID": "9", "SLURM_NTASKS": "16", "SLURM_LOCALID": "1", "SLURMD_NODENAME": "train-2",
        "SLURM_STEP_NUM_NODES": "2", "SLURM_JOB_NUM_NODES": "4", "SLURM_JOB_NODELIST": "train-[1-4]",
        "SLURM_STEP_NODELIST": "train-[1-2]", "SLURM_JOB_ID": "20007", "MASTER_ADDR": "10.0.0.1",
    }  # fmt: skip
    place = Place.from_environment(environment)
    assert place == Place(9, 16, 1, 2, "train-2", "10.0.0.1", 10007, "train-[1-2]")
    assert place.per_node == 8


def test_what_is_no_process_of_srun_is_refused() -> None:
    with pytest.raises(SystemExit, match="no process of srun: SLURM_PROCID"):
        Place.from_environment({})
