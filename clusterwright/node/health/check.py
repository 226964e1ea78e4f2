"""The check that Slurm runs each minute, on busy nodes too (HealthCheckProgram of slurm.conf).

A node that fails it is drained: its job goes on, and no other follows. Slurm kills the program after 60 s; ours has
looked at everything in ten, and then asks Slurm twice at most, each within a tool's limit. A node that is fit again is
given back, but only what this check has taken: neither what people drained, nor what a job's own check, a notice of the
cloud or the agent did.
"""

from __future__ import annotations

import contextlib
import os
import sys

from clusterwright.node.drain import HEALTH_CHECK, SlurmNode
from clusterwright.node.health.facts import Facts
from clusterwright.node.health.passive import failures
from clusterwright.node.health.system import System, Unseen
from clusterwright.node.slurm.commands import Slurm, SlurmError


def main() -> int:
    """For the environment that Slurm and the node give. A node that can't be known is drained as well, and SystemExit
    says why."""
    try:
        facts = Facts.from_environment()
    except SystemExit as error:
        node = os.environ.get("SLURMD_NODENAME")
        if node:
            with contextlib.suppress(Unseen, SlurmError):  # the reason to tell is the one of the facts
                _slurm_node(node, System()).drain(str(error).removeprefix("error: "))
        raise
    return run(facts, System())


def run(facts: Facts, system: System) -> int:
    """0 for a node that is fit, 1 for one that is not; what was found and done goes to standard error: Slurm's log."""
    found = failures(facts, system)
    node = _slurm_node(facts.node, system)
    try:
        if found and node.drain("; ".join(found)):
            print(f"{facts.node} is drained", file=sys.stderr)
        elif not found and node.resume():
            print(f"{facts.node} is fit again and takes jobs", file=sys.stderr)
    except (Unseen, SlurmError) as error:
        found.append(f"Slurm could not be told: {error}")
    for reason in found:
        print(f"error: {facts.node}: {reason}", file=sys.stderr)
    return 1 if found else 0


def _slurm_node(name: str, system: System) -> SlurmNode:
    return SlurmNode(name, HEALTH_CHECK, Slurm(system.run))
