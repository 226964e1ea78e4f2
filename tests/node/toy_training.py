"""Stands in for the training package: counts steps with a checkpoint after each, until the data folder says enough."""

import argparse
import json
import os
import signal
import sys
import time
from ctypes import CDLL
from pathlib import Path

import torch
import torch.distributed as dist

PR_SET_PDEATHSIG = 1

CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
parser = argparse.ArgumentParser()
for option in ("--job", "--data", "--output"):
    parser.add_argument(option, type=Path)
arguments = parser.parse_args()
stopped: list[int] = []
signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))

if json.loads(arguments.job.read_text()).get("hopeless"):
    failure = {"reason": "this job can never work", "retry": False, "time": time.time()}
    (arguments.output / "failure.json").write_text(json.dumps(failure))
    sys.exit(2)

dist.init_process_group("gloo")
checkpoint = arguments.output / "checkpoints" / "toy" / "latest"
step = int(checkpoint.read_text()) if checkpoint.exists() else 0
if dist.get_rank() == 0:
    with (arguments.output / "starts.jsonl").open("a") as starts:
        starts.write(json.dumps({"step": step, "time": time.time(), "world_size": dist.get_world_size()}) + "\n")
while True:
    votes = torch.tensor([float(len(stopped)), float((arguments.data / "enough").exists())])
    dist.all_reduce(votes)
    step += 1
    if dist.get_rank() == 0:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        checkpoint.with_name("fresh").write_text(str(step))
        os.replace(checkpoint.with_name("fresh"), checkpoint)
    if votes[0]:
        sys.exit(75)
    if votes[1]:
        break
    time.sleep(0.1)
if dist.get_rank() == 0:
    (arguments.output / "phases").mkdir(exist_ok=True)
    (arguments.output / "phases" / "toy.json").write_text("{}")
dist.barrier()
