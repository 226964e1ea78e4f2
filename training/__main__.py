"""Run a job's phases: `torchrun ... -m training --job JOB.json --data DIR --output DIR [--phase NAME ...]`.

Exit status: 0 finished, 2 the job can never work as written, 75 stopped on request with a checkpoint (run again to go
on), anything else failed and may be tried again. torchrun hides it, so failure.json in the output says the same.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import torch
import transformers

from . import config, distributed
from .config import Job
from .distributed import World
from .errors import JobError, PeerFailed, RetryError, Stopped
from .evaluate import evaluate
from .files import read_json
from .finetune import finetune
from .metrics import Recorder
from .model import precision
from .prepare import prepare
from .pretrain import pretrain

DONE, FAILED, UNUSABLE, STOPPED = 0, 1, 2, 75
TRAINING = {"pretrain": pretrain, "finetune": finetune, "evaluate": evaluate}


def main() -> int:
    arguments = _arguments()
    output: Path = arguments.output
    rank = int(os.environ.get("RANK", 0))
    output.mkdir(parents=True, exist_ok=True)
    if rank == 0:
        (output / "failure.json").unlink(missing_ok=True)
    if "LOCAL_RANK" in os.environ:
        distributed.die_with_parent()
    distributed.listen_for_stop()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    where = {"phase": None, "rank": rank}
    try:
        job = config.load(arguments.job)
        _check(job)
        world = distributed.start()
        run(job, arguments.phase or job.phases, arguments.data, output, world, where)
        distributed.finish()
    except Stopped:
        print(f"rank {rank}: stopped on request; run again to go on", flush=True)
        return STOPPED
    except PeerFailed:
        return FAILED
    except JobError as error:
        return _fail(output, where, str(error), retry=False)
    except RetryError as error:
        return _fail(output, where, str(error), retry=True)
    except Exception as error:
        traceback.print_exc()
        return _fail(output, where, _explain(error), retry=True)
    return DONE


def run(job: Job, phases: tuple[str, ...], data: Path, output: Path, world: World, where: dict[str, Any]) -> None:
    """Run the phases that are not done; `where` is told the current one."""
    for name in ("pretrain", "finetune"):
        if getattr(job, name).batch < world.size:
            raise JobError(
                f"{name}.batch ({getattr(job, name).batch}) is smaller than the number of ranks ({world.size})"
            )
    recorder = Recorder(output, world)
    actual = precision(job.precision, world.device)
    if world.leads:
        print(f"{world.size} ranks on {world.device.type}, {actual} (asked for {job.precision})", flush=True)
    for phase in config.PHASES:
        if phase not in phases:
            continue
        where["phase"] = phase
        done = distributed.lead(world, lambda name=phase: _done(name, data, output))
        if done:
            if world.leads:
                print(f"[{phase}] done before", flush=True)
            continue
        recorder.begin(phase)
        if phase == "prepare":
            folder, description = distributed.lead(
                world, lambda: prepare(job, data, lambda message: recorder.say("prepare", message))
            )
            results = {"prepared": folder, **description}
        else:
            prepared = data / distributed.lead(world, lambda: _prepared(data, output))
            results = TRAINING[phase](job, prepared, output, world, recorder, actual)
        recorder.finish(phase, results)


def _done(phase: str, data: Path, output: Path) -> bool:
    """Whether a phase is finished; prepare only counts while its data are still there."""
    path = output / "phases" / f"{phase}.json"
    return path.is_file() and (phase != "prepare" or (data / read_json(path)["prepared"]).is_dir())


def _prepared(data: Path, output: Path) -> str:
    if not _done("prepare", data, output):
        raise JobError(f"there are no prepared data for {output} in {data}: run the phase prepare first")
    return read_json(output / "phases" / "prepare.json")["prepared"]


def _check(job: Job) -> None:
    if "tfidf" in job.compare and "evaluate" in job.phases and not importlib.util.find_spec("sklearn"):
        raise JobError("compare has tfidf, which needs scikit-learn: install it or take tfidf out of compare")


def _explain(error: Exception) -> str:
    """One sentence on an error that no phase expected."""
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    if isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error):
        return f"out of memory ({said}): lower micro_batch in the job, or use nodes with more memory"
    if isinstance(error, RuntimeError) and any(
        word in str(error) for word in ("gloo", "NCCL", "onnection", "TCPStore")
    ):
        return f"lost contact with another rank ({said}): a worker or node died; run again to go on"
    return f"{said}: see the traceback in this node's log; run again to go on from the last checkpoint"


def _fail(output: Path, where: dict[str, Any], reason: str, *, retry: bool) -> int:
    """Leave failure.json. The first rank to fail has the cause, the others only lost it: theirs does not overwrite."""
    print(f"error: {reason}", file=sys.stderr, flush=True)
    with tempfile.NamedTemporaryFile("w", dir=output, prefix=".failure.") as file:
        json.dump({**where, "reason": reason, "retry": retry, "time": time.time()}, file)
        file.flush()
        os.fsync(file.fileno())
        os.chmod(file.name, 0o644)
        with contextlib.suppress(FileExistsError):
            os.link(file.name, output / "failure.json")
    return FAILED if retry else UNUSABLE


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description="Pre-train, fine-tune and evaluate a BERT.")
    parser.add_argument("--job", type=Path, required=True, help="the job file (job.json)")
    parser.add_argument("--data", type=Path, required=True, help="folder of prepared data, shared by jobs and nodes")
    parser.add_argument("--output", type=Path, required=True, help="folder of this run, shared by its nodes")
    parser.add_argument("--phase", action="append", choices=config.PHASES, help="only this phase; may be repeated")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
