"""What the batch script of a run tells Slurm, with stand-ins for srun and for what carries files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clusterwright.node.slurm.dispatch import STOP_TIME
from clusterwright.node.slurm.runs import Launch
from clusterwright.node.slurm.shell import assignments, main

ROOT = Path(__file__).parents[3]
RUN = f"{'a' * 12}.1"
LAUNCH = {"job_id": "a" * 12, "group": "train", "nodes": 2, "processes_per_node": 1, "threads_per_process": 1}
SRUN = """#!/bin/bash
echo "srun $*" >>"$TEST/asked"
action=${@: -1}
[ ! -e "$TEST/$action" ] || exec bash "$TEST/$action"
"""
CARRY = """import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
with open(os.environ["TEST"] + "/asked", "a") as asked:
    print("carry", *sys.argv[1:], file=asked)
if sys.argv[1] == "follow":
    with open(os.environ["TEST"] + "/follower", "w") as follower:
        print(os.getpid(), file=follower)
    signal.sigwait({signal.SIGTERM})
"""


class Batch:
    """A node with a bundle and a run whose files are pulled; `does` says what a step does there."""

    def __init__(self, folder: Path, **launch: Any) -> None:
        self.folder, self.bundle, self.output = folder, folder / "bundle", folder / "work" / RUN
        library = self.bundle / "lib" / "clusterwright" / "node"
        shutil.copytree(ROOT / "templates" / "job", self.bundle / "job")
        shutil.copytree(ROOT / "clusterwright" / "node" / "slurm", library / "slurm")
        shutil.copytree(ROOT / "clusterwright" / "bucket", self.bundle / "lib" / "clusterwright" / "bucket")
        for name in ("__init__", "runs", "files", "objects"):
            shutil.copy(ROOT / "clusterwright" / "node" / f"{name}.py", library)
        (self.bundle / "lib" / "clusterwright" / "__init__.py").write_text("")
        (library / "carry.py").write_text(CARRY)
        (self.bundle / "facts").mkdir()
        facts = f"GROUP=train LOCK_SHA256=0123 WORK={folder}/work WORK_KIND=node"
        (self.bundle / "facts" / "train.sh").write_text(facts)
        (self.bundle / "facts" / "cluster.json").write_text('{"secrets": {"job": []}}')
        self.output.mkdir(parents=True)
        wanted = {**LAUNCH, "phases": ["pretrain"], **launch}
        (self.output / "launch.json").write_text(json.dumps(wanted))
        (folder / "node.env").write_text("CLUSTERWRIGHT_GROUP=train\nCLUSTERWRIGHT_NODE_DIR=/nonexistent\n")
        self.phase = wanted["phases"][0]
        self._program("srun", SRUN)
        self._program("scancel", '#!/bin/sh\necho "scancel $*" >>"$TEST/asked"\ntouch "$TEST/stopped"\n')
        self._program("ip", '#!/bin/sh\necho "default via 10.0.0.1 dev eth0 inet 10.0.0.11/24"\n')

    def _program(self, name: str, text: str) -> None:
        program = self.folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def does(self, action: str, *lines: str) -> None:
        (self.folder / action).write_text("\n".join([f"cd {self.output}; mkdir -p phases", *lines, ""]))

    def start(self) -> subprocess.Popen[bytes]:
        environment = {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "TEST": str(self.folder),
            "CLUSTERWRIGHT_BUNDLE": str(self.bundle),
            "CLUSTERWRIGHT_NODE_ENV": str(self.folder / "node.env"),
            "SLURMD_NODENAME": "train-1",
            "SLURM_JOB_ID": "7",
            "SLURM_JOB_NUM_NODES": "2",
            "SLURM_JOB_NODELIST": "train-[1-2]",
        }
        script = str(self.bundle / "job" / "run.sh")
        return subprocess.Popen(["bash", script, RUN, self.phase], env=environment, cwd=self.folder)

    def run(self) -> int:
        return self.start().wait(timeout=20)

    def follows(self) -> bool:
        """Whether the program that carries the run's files is still there; a dead one that nobody has reaped is not."""
        try:
            state = Path(f"/proc/{(self.folder / 'follower').read_text().strip()}/stat").read_text()
        except FileNotFoundError:
            return False
        return state.rpartition(")")[2].split()[0] != "Z"

    def asked(self) -> str:
        return (self.folder / "asked").read_text()

    def failure(self) -> dict[str, Any]:
        return json.loads((self.output / "failure.json").read_text())


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)


def test_a_phase_that_left_its_result_is_done_whatever_torchrun_says(batch: Batch) -> None:
    batch.does("train", "echo '{}' >phases/pretrain.json", "exit 1")
    assert batch.run() == 0
    steps = [line.split()[-1] for line in batch.asked().splitlines() if line.startswith("srun")]
    assert steps == ["pull", "check", "train", "push"]
    assert batch.asked().splitlines()[-1] == f"carry push {batch.output} jobs/{RUN}"


def test_what_can_never_work_is_not_tried_again(batch: Batch) -> None:
    batch.does("train", """echo '{"reason": "no corpus", "retry": false}' >failure.json""", "exit 1")
    assert batch.run() == 2


def test_what_failed_otherwise_is_tried_again_with_the_ranks_own_words(batch: Batch) -> None:
    batch.does("train", """echo '{"reason": "out of memory", "retry": true}' >failure.json""", "exit 1")
    assert (batch.run(), batch.failure()["reason"]) == (75, "out of memory")


def test_a_failure_is_there_as_a_whole_or_not_at_all(batch: Batch) -> None:
    """What carries the files may look at any moment, and half a failure would end the run for good."""
    batch.does("train", "exit 137")
    seen = batch.folder / "seen"
    slow = f'#!/bin/sh\ncat {batch.output}/failure.json >>{seen} 2>&1\nexec /usr/bin/python3 "$@"\n'
    batch._program("python3", slow)
    script = batch.bundle / "job" / "run.sh"
    script.write_text(script.read_text().replace("/usr/bin/python3", "python3"))
    assert batch.run() == 75
    assert "No such file" in seen.read_text()
    assert batch.failure()["retry"] is True


def test_ranks_that_died_without_a_word_are_told_of(batch: Batch) -> None:
    batch.does("train", "exit 137")
    assert batch.run() == 75
    assert batch.failure()["reason"] == ("its processes ended without saying why (exit code 137); see the nodes' logs")
    assert batch.failure()["retry"] is True


def test_the_failure_of_the_attempt_before_is_not_taken_for_this_ones(batch: Batch) -> None:
    (batch.output / "failure.json").write_text('{"reason": "old", "retry": false}')
    assert batch.run() == 75
    assert batch.failure()["reason"] != "old"


def test_nodes_that_fail_their_check_are_named_to_the_head_and_nothing_runs_on_them(batch: Batch) -> None:
    batch.does("check", """echo '{"suspects": [{"node": "train-2", "reason": "slow"}]}' >.suspects.json""", "exit 3")
    assert batch.run() == 75
    suspects = json.loads((batch.output / "suspects.json").read_text())["suspects"]
    assert suspects == [{"node": "train-2", "reason": "slow"}]
    assert "exit code 3" in batch.failure()["reason"]
    assert " train\n" not in batch.asked()


def test_a_run_whose_files_cannot_be_had_is_tried_again(batch: Batch) -> None:
    batch.does("pull", "exit 1")
    assert batch.run() == 75
    assert "cannot be had" in batch.failure()["reason"]


def test_a_command_is_done_when_it_ends_well_and_failed_when_it_does_not(tmp_path: Path) -> None:
    good = Batch(tmp_path / "good", command=["train.py"], phases=["command"])
    assert good.run() == 0
    result = json.loads((good.output / "phases" / "command.json").read_text())
    assert (result["phase"], result["attempts"]) == ("command", 1)
    bad = Batch(tmp_path / "bad", command=["train.py"], phases=["command"])
    bad.does("train", "exit 4")
    assert bad.run() == 4
    assert bad.failure()["reason"] == "its command ended with exit code 4"


def eventually(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 15
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def training(batch: Batch, *last_words: str) -> subprocess.Popen[bytes]:
    """A batch script whose ranks work until they are told to stop, and then say `last_words`."""
    wait = f"until [ -e {batch.folder}/stopped ]; do sleep 0.05; done"
    batch.does("train", f"touch {batch.folder}/training", wait, *last_words)
    process = batch.start()
    assert eventually(lambda: (batch.folder / "training").exists() and batch.follows())
    return process


def stopped(batch: Batch, *last_words: str) -> int:
    """The exit code of a batch script that gets TERM while its ranks work."""
    process = training(batch, *last_words)
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=15)


def test_what_carries_the_files_has_ended_before_they_are_carried_a_last_time(batch: Batch) -> None:
    assert stopped(batch, "exit 1") == 75
    assert not batch.follows()


def test_what_carries_the_files_ends_with_a_script_that_is_killed(batch: Batch) -> None:
    process = training(batch)
    process.kill()
    process.wait(timeout=15)
    (batch.folder / "stopped").touch()
    assert eventually(lambda: not batch.follows())


def test_a_signal_is_passed_on_to_the_ranks_and_the_run_goes_on_later(batch: Batch) -> None:
    assert stopped(batch, "exit 1") == 75
    assert "scancel --quiet --signal=TERM 7" in batch.asked()
    assert not (batch.output / "failure.json").exists(), "nothing has failed"


def test_ranks_that_are_told_to_stop_are_waited_for(batch: Batch) -> None:
    assert stopped(batch, "sleep 0.5", "echo '{}' >phases/pretrain.json") == 0


def test_ranks_have_as_long_to_write_a_checkpoint_as_the_head_waits() -> None:
    """torchrun would kill them after 30 seconds."""
    assert f" --shutdown-timeout={STOP_TIME:.0f} " in (ROOT / "templates" / "job" / "step.sh").read_text()


def test_what_was_said_before_the_pull_is_in_the_log_too(batch: Batch) -> None:
    batch.does("pull", "mkdir -p logs", "echo 'attempt before' >logs/train-1.log")
    batch.run()
    log = (batch.output / "logs" / "train-1.log").read_text()
    assert log.index("attempt before") < log.index("Slurm job 7, start 1") < log.index("ends with 75")


def test_a_step_says_what_it_does_in_its_nodes_own_log(batch: Batch) -> None:
    step = [str(batch.bundle / "job" / "step.sh"), RUN, "pretrain", "dance"]
    environment = {"PATH": os.environ["PATH"], "CLUSTERWRIGHT_BUNDLE": str(batch.bundle), "SLURMD_NODENAME": "train-2"}
    environment["CLUSTERWRIGHT_NODE_ENV"] = str(batch.folder / "node.env")
    assert subprocess.run(["bash", *step], env=environment).returncode == 2
    assert "error: step.sh knows no dance" in (batch.output / "logs" / "train-2.log").read_text()


@pytest.mark.parametrize("word", ["$(touch x)", "a b", "'", '"', "`id`", "\\", "ü", "*", "a\nb", "; exit 9"])
def test_no_word_of_a_launch_is_ever_more_than_a_word(word: str) -> None:
    launch = Launch(**LAUNCH, phases=("command",), command=("echo", word))
    text = assignments(launch, [{"name": "TOKEN", "ref": word}])
    script = 'eval "$1"; printf "%s\\0" "${COMMAND[1]}" "${SECRETS[1]}" "${#COMMAND[@]}"'
    said = subprocess.run(["bash", "-c", script, "_", text], capture_output=True, check=True).stdout
    assert said.decode().split("\0") == [word, word, "2", ""]


def test_a_launch_that_cannot_be_read_is_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "launch.json"), "cluster.json"]) == 1
    assert capsys.readouterr().err == f"error: the run's launch cannot be read: {tmp_path}/launch.json is missing\n"
