"""The program that docs/jobs.md shows, run by the scripts of a job under torchrun: what is said there is so.

Slurm alone is a stand-in: one node, whose srun starts a step here and whose scancel signals that step's processes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clusterwright.bootstrap.source import pack_source
from clusterwright.bucket import open_bucket
from clusterwright.live.results import fetch_run
from clusterwright.node.carry import PERIOD
from clusterwright.node.runs import ATTEMPTS
from clusterwright.node.slurm.runs import Launch, Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")
RUN = f"{'b' * 12}.1"
LAUNCH = {"job_id": "b" * 12, "group": "train", "nodes": 1, "processes_per_node": 1, "threads_per_process": 1}
SRUN = """#!/bin/bash
while [ "${1#--}" != "$1" ]; do shift; done
echo $$ >"$TEST/step"
exec env SLURM_NODEID=0 SLURM_STEP_NUM_NODES=1 "$@"
"""
SCANCEL = """#!/bin/bash
step=$(<"$TEST/step")
kill -TERM "$step" $(pgrep --parent "$step")
"""
PYTHON = f"""#!/bin/bash
case $* in *clusterwright.node.health*) exit 0 ;; esac
exec {sys.executable} "$@"
"""


class Node:
    """A node of its own disk. `bucket` outlives it."""

    def __init__(self, folder: Path, bucket: Path) -> None:
        self.folder = folder
        self.output = folder / "work" / RUN
        bundle = folder / "bundle"
        shutil.copytree(ROOT / "templates" / "job", bundle / "job")
        (bundle / "lib").mkdir()
        (bundle / "lib" / "clusterwright").symlink_to(ROOT / "clusterwright")
        (bundle / "facts").mkdir()
        facts = f"GROUP=train LOCK_SHA256=0123456789abcdef WORK={folder}/work WORK_KIND=node"
        (bundle / "facts" / "train.sh").write_text(facts)
        (bundle / "facts" / "cluster.json").write_text('{"secrets": {"job": []}}')
        (folder / "node.env").write_text(
            f"CLUSTERWRIGHT_GROUP=train\nCLUSTERWRIGHT_NODE_DIR={folder}\nCLUSTERWRIGHT_BUCKET=file://{bucket}\n"
            f"CLUSTERWRIGHT_ENVIRONMENTS={folder}/environments\n"
        )
        (folder / "work").mkdir()
        tag = 'import platform, sys; print("py%d.%d-%s" % (*sys.version_info[:2], platform.machine()))'
        system = subprocess.run(["/usr/bin/python3", "-I", "-c", tag], capture_output=True, text=True, check=True)
        environment = f"environments/0123456789abcdef-{system.stdout.strip()}"
        self._program("bin/srun", SRUN)
        self._program("bin/scancel", SCANCEL)
        self._program("bin/ip", '#!/bin/sh\necho "default via 127.0.0.1 dev lo inet 127.0.0.1/8"\n')
        self._program(f"{environment}/bin/python", PYTHON)

    def _program(self, name: str, text: str) -> None:
        program = self.folder / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def start(self, restarts: int = 0) -> subprocess.Popen[bytes]:
        environment = {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "TEST": str(self.folder),
            "CLUSTERWRIGHT_BUNDLE": str(self.folder / "bundle"),
            "CLUSTERWRIGHT_NODE_ENV": str(self.folder / "node.env"),
            "SLURMD_NODENAME": "train-1",
            "SLURM_JOB_ID": str(os.getpid()),  # the port of the rendezvous follows from it
            "SLURM_JOB_NUM_NODES": "1",
            "SLURM_JOB_NODELIST": "train-1",
            "SLURM_RESTART_COUNT": str(restarts),
        }
        script = str(self.folder / "bundle" / "job" / "run.sh")
        return subprocess.Popen(["bash", script, RUN, "command"], env=environment, cwd=self.folder)


class Cluster:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = folder / "bucket" / "jobs" / RUN
        self.run.mkdir(parents=True)
        self.nodes = 0

    def asks(self, *command: str, source: dict[str, str] | None = None) -> None:
        launch: dict[str, Any] = {**LAUNCH, "phases": ["command"], "command": command, "source": source is not None}
        (self.run / "launch.json").write_text(json.dumps(launch))
        if source is not None:
            code = self.folder / "code"
            code.mkdir(exist_ok=True)
            for name, text in source.items():
                (code / name).write_text(text)
            (self.run / "source.tar.gz").write_bytes(pack_source(code, 2**20).data)

    def node(self) -> Node:
        self.nodes += 1
        folder = self.folder / f"node-{self.nodes}"
        folder.mkdir()
        return Node(folder, self.folder / "bucket")

    def log(self) -> str:
        return (self.run / "logs" / "train-1.log").read_text()

    def results(self) -> dict[str, Path]:
        """What `clusterwright results` brings home."""
        home = self.folder / "home"
        fetch_run(open_bucket(f"file://{self.folder}/bucket"), RUN, home)
        return {path.relative_to(home).as_posix(): path for path in home.rglob("*") if path.is_file()}

    def progress(self) -> str:
        launch = Launch(**LAUNCH, phases=("command",))
        runs = Runs(open_bucket(f"file://{self.folder}/bucket"))
        runs.request(RUN, "f" * 64, 0.0)
        [run] = runs.all()
        return runs.evidence(run, launch).progress


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def eventually(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 120
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def example() -> str:
    (shown,) = re.findall(r"^```python\n(# train\.py\n.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return shown


def test_the_program_of_the_page_stops_when_told_and_goes_on_elsewhere_where_it_was(cluster: Cluster) -> None:
    cluster.asks("train.py", "--steps", "1000000000", source={"train.py": example()})
    node = cluster.node()
    process = node.start()
    assert eventually(lambda: (node.output / "checkpoints" / "train" / "latest").exists()), cluster.log()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 75
    step = int((cluster.run / "checkpoints" / "train" / "latest").read_text())
    assert f"stopped at step {step}" in cluster.log()
    assert cluster.progress() == f"train/{step}"

    cluster.asks("train.py", "--steps", str(step + 50))
    launch = json.loads((cluster.run / "launch.json").read_text())
    (cluster.run / "launch.json").write_text(json.dumps({**launch, "source": True}))
    assert cluster.node().start(restarts=1).wait(timeout=120) == 0, cluster.log()
    kept = [int(word) for word in re.findall(r"^step (\d+) is kept", cluster.log(), re.MULTILINE)]
    assert kept == sorted(set(kept)), "no step is done twice"
    assert kept[-1] == step + 50
    results = cluster.results()
    assert "model.pt" in results
    assert not [name for name in results if "state.pt" in name]


SEEN = """
import json, os, sys
from pathlib import Path
output = Path(os.environ["CLUSTERWRIGHT_OUTPUT"])
Path("lost.txt").write_text("x")
(output / ".hidden").write_text("x")
(output / "stays.json").write_text(json.dumps({"cwd": os.getcwd(), "environment": dict(os.environ)}))
sys.exit(int(sys.argv[1]))
"""


def test_a_program_finds_the_variables_of_the_page_and_only_its_output_stays(cluster: Cluster) -> None:
    cluster.asks("seen.py", "0", source={"seen.py": SEEN})
    node = cluster.node()
    assert node.start().wait(timeout=60) == 0, cluster.log()
    results = cluster.results()
    assert not [name for name in results if "lost" in name or "hidden" in name]
    seen = json.loads(results["stays.json"].read_text())
    assert seen["cwd"] == str(node.output / ".source")
    (table,) = re.findall(r"^\| variable \| is \|\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    named = [name for row in table.splitlines() for name in re.findall(r"`([A-Z_]{4,})`", row.split("|")[1])]
    assert len(named) > 8
    assert [name for name in named if name not in seen["environment"]] == []
    assert seen["environment"]["CLUSTERWRIGHT_ATTEMPT"] == "1"
    assert seen["environment"]["CLUSTERWRIGHT_DATA"] == str(node.folder / "work" / "data")


def test_any_exit_code_but_0_is_a_failure_that_is_not_tried_again(cluster: Cluster) -> None:
    cluster.asks("seen.py", "75", source={"seen.py": SEEN})
    assert cluster.node().start().wait(timeout=60) not in (0, 75), "75 is what Slurm queues again"


def test_without_code_any_program_of_the_node_runs_in_the_output_itself(cluster: Cluster) -> None:
    cluster.asks("bash", "-c", "pwd >here.txt")
    node = cluster.node()
    assert node.start().wait(timeout=60) == 0, cluster.log()
    assert cluster.results()["here.txt"].read_text() == f"{node.output}\n"


def test_the_page_says_how_often_files_are_carried_and_how_often_a_run_may_start() -> None:
    assert f"every {PERIOD:.0f} seconds" in PAGE
    assert ATTEMPTS == 5
    assert "five times in a row" in PAGE
