"""What a node must show before it takes its first job: all passive checks, and an all-reduce inside the node.

One that fails stays up and out: its bootstrap step ends with the reason, its agent reports it, and slurmd is not
started.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.passive import failures
from clusterwright.node.health.system import System

CPU_PROCESSES = 2
"""Two show that processes of a node find each other; more would say no more of one without GPUs."""
ALLREDUCE_LIMIT = 300.0
"""Seconds for all of it: its own limits are shorter, so this one ends what does not even keep those."""


def run(facts: Facts, system: System) -> int:
    """0 for a node that may join, 1 for one that may not; the last line of standard error says why."""
    found = failures(facts, system)
    if not found and facts.role == "compute":
        found = allreduce_failures(facts)
    for reason in found:
        print(f"error: {reason}", file=sys.stderr)
    if len(found) > 1:
        # The last words of a step are its reason.
        print(f"error: {'; '.join(found)}", file=sys.stderr)
    return 1 if found else 0


def allreduce_failures(facts: Facts, limit: float = ALLREDUCE_LIMIT) -> list[str]:
    """Why the node's own processes don't add up; needs the interpreter that runs this to have PyTorch. `limit` in s."""
    count = facts.gpus or CPU_PROCESSES
    with tempfile.TemporaryDirectory(prefix="clusterwright-health-") as folder:
        verdict = Path(folder) / "verdict.json"
        command = [sys.executable, "-m", "clusterwright.node.health.allreduce", "--out", str(verdict)]
        port = _free_port()
        processes = [
            subprocess.Popen(
                command, env=_as_rank(rank, count, port, facts.node), stdin=subprocess.DEVNULL, start_new_session=True
            )
            for rank in range(count)
        ]
        try:
            codes = [process.wait(timeout=limit) for process in processes]
        except subprocess.TimeoutExpired:
            return [f"the all-reduce inside the node was not done within {limit:g} s"]
        finally:
            for process in processes:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        if not any(codes):
            return []
        if not verdict.exists():
            return [f"the all-reduce inside the node ended with exit codes {codes} and without a verdict"]
        told = json.loads(verdict.read_text(encoding="utf-8"))
        return [suspect["reason"] for suspect in told["suspects"]] or [told["reason"]]


def _as_rank(rank: int, size: int, port: int, node: str) -> dict[str, str]:
    """The environment of a process as srun would give it (man srun, OUTPUT ENVIRONMENT VARIABLES)."""
    return {
        **os.environ,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "SLURM_PROCID": str(rank),
        "SLURM_LOCALID": str(rank),
        "SLURM_NTASKS": str(size),
        "SLURM_JOB_NUM_NODES": "1",
        "SLURMD_NODENAME": node,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
