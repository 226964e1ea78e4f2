"""Real processes: killed, stopped, and resumed. Slow, because each start of torch takes seconds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.conftest import toy
from training.files import read_json

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
Write = Callable[[dict[str, Any]], Path]
Start = Callable[..., subprocess.Popen[bytes]]
RANKS = 3  # with three, the order of additions depends on how DDP groups gradients: see loop._settle


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, corpora: Path) -> Path:
    document = toy(corpora)
    document["pretrain"].update(steps=60, warmup=10, checkpoint_every=10)
    document["finetune"].update(epochs=4)
    path = tmp_path_factory.mktemp("job") / "job.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(scope="module")
def start(job: Path) -> Iterator[Start]:
    """Starts torchrun in a process group of its own; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def launch(output: Path, ranks: int = RANKS, *more: str, job: Path = job) -> subprocess.Popen[bytes]:
        # torchrun --standalone takes a free port by itself.
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"]
        command += ["-m", "training", "--job", str(job), "--data", str(job.parent / "data"), "--output", str(output)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        output.mkdir(exist_ok=True)
        with (output / "log").open("ab") as log:
            process = subprocess.Popen(
                [*command, *more], env=environment, cwd=job.parent, stdout=log, stderr=log, start_new_session=True
            )
        started.append(process)
        return process

    yield launch
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def whole(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run that went through."""
    output = tmp_path_factory.mktemp("whole")
    finish(start(output), output)
    return output


def finish(process: subprocess.Popen[bytes], output: Path) -> None:
    assert process.wait(timeout=300) == 0, (output / "log").read_text()[-3000:]


def steps(output: Path, phase: str, variant: str | None = None) -> list[int]:
    """Steps reported, without the held-out measures."""
    path = output / "metrics.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [x["step"] for x in lines if x["phase"] == phase and x.get("variant") == variant and "steps" in x]


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, (output / "log").read_text()[-3000:]
        assert time.monotonic() < deadline, "it did not get there in two minutes"
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(pid), "-f", "training"], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def weights(output: Path) -> dict[str, bytes]:
    return {p.parent.name: p.read_bytes() for p in (output / "model").rglob("model.safetensors")}


def test_a_run_killed_twice_ends_with_the_same_bits(start: Start, whole: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    process = start(cut)
    wait_for(lambda: max(steps(cut, "pretrain"), default=0) >= 35, process, cut)
    workers = children(process.pid)
    assert len(workers) == RANKS
    process.kill()  # only torchrun: its workers must not outlive it
    process.wait()
    wait_for_death(workers)

    process = start(cut)
    wait_for(lambda: max(steps(cut, "finetune", "scratch"), default=0) >= 14, process, cut)
    os.kill(children(process.pid)[1], signal.SIGKILL)  # only a worker: torchrun must give up
    assert process.wait(timeout=120) != 0
    assert read_json(cut / "failure.json")["retry"] is True

    finish(start(cut), cut)
    assert weights(cut) == weights(whole)
    assert read_json(cut / "phases" / "pretrain.json")["attempts"] == 2
    assert read_json(cut / "phases" / "finetune.json")["attempts"] == 2
    for phase, variant in (("pretrain", None), ("finetune", "pretrained"), ("finetune", "scratch")):
        assert steps(cut, phase, variant) == steps(whole, phase, variant)
    measured = [read_json(o / "evaluation.json") for o in (whole, cut)]
    for key in ("accuracy", "scratch_accuracy", "mlm_loss", "confusion"):
        assert measured[0][key] == measured[1][key]


def wait_for_death(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker outlived torchrun"
        time.sleep(0.02)


def test_a_stopped_run_goes_on_with_another_number_of_ranks(start: Start, whole: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    phases = ("--phase", "prepare", "--phase", "pretrain")
    process = start(cut, RANKS, *phases)
    wait_for(lambda: max(steps(cut, "pretrain"), default=0) >= 35, process, cut)
    process.terminate()
    assert process.wait(timeout=60) != 0
    assert not (cut / "failure.json").exists()
    stopped_at = int((cut / "checkpoints" / "pretrain" / "latest").read_text().removeprefix("step-"))
    assert stopped_at >= 35

    finish(start(cut, 2, *phases), cut)
    assert read_json(cut / "phases" / "pretrain.json")["world_size"] == 2
    losses = [read_json(o / "phases" / "pretrain.json")["heldout_mlm_loss"] for o in (whole, cut)]
    assert losses[0] == pytest.approx(losses[1], abs=0.02)


def test_one_failing_rank_is_explained_by_rank_0_alone(
    start: Start, tmp_path: Path, document: dict[str, Any], write_job: Write
) -> None:
    document["corpus"]["finetune"] = "/no/such/folder"
    process = start(tmp_path / "out", 2, job=write_job(document))
    assert process.wait(timeout=120) != 0
    failure = read_json(tmp_path / "out" / "failure.json")
    assert (failure["phase"], failure["rank"], failure["retry"]) == ("prepare", 0, False)
    assert "there is no folder /no/such/folder" in failure["reason"]
