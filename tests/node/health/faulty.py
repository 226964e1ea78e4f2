"""A rank with a fault: `python faulty.py FAULT RANK ARGUMENTS...` is the real check, but for what is broken in RANK."""

from __future__ import annotations

import os
import sys
import time

import torch

from clusterwright.node.health.allreduce import measure
from clusterwright.node.health.allreduce.__main__ import main

right_contribution, right_time = measure.contribution, measure._time


def wrong_numbers(rank: int, device: torch.device) -> torch.Tensor:
    return right_contribution(rank, device) + 0.5


def slow(message: torch.Tensor, device: torch.device) -> float:
    # It comes late to each all-reduce, and so holds all others up.
    return 0.2 + right_time(message, device)


def hang(*_: object) -> measure.Found:
    time.sleep(3600)
    raise AssertionError


def die(rank: int, device: torch.device) -> torch.Tensor:
    # When all have met: what its peers see is a connection that ends.
    os._exit(9)


FAULTS = {
    "wrong": ("contribution", wrong_numbers),
    "slow": ("_time", slow),
    "hang": ("measure", hang),
    "die": ("contribution", die),
}

if __name__ == "__main__":
    fault, rank, *arguments = sys.argv[1:]
    if os.environ["SLURM_PROCID"] == rank:
        name, broken = FAULTS[fault]
        setattr(measure, name, broken)
    sys.exit(main(arguments))
