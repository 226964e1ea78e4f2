"""What NVIDIA's own monitor (DCGM) has seen since it was last asked.

`dcgmi health --set a` has it watch everything and changes nothing when it does already; `--check` tells
(https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html#health-and-diagnostics). Its warnings
are no failures: they tell of what was mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System, Unseen


def check(facts: Facts, system: System) -> Iterator[str]:
    if not facts.gpus:
        return
    system.run("dcgmi", "health", "--set", "a")
    report = system.run("dcgmi", "health", "--check")
    overall = re.search(r"Overall Health\s*[:|]\s*(\w+)", report)
    if not overall:
        raise Unseen("dcgmi does not say how healthy the GPUs are")
    if overall[1] not in ("Healthy", "Warning"):
        yield f"DCGM says {overall[1].lower()}: {_details(report)}"


def _details(report: str) -> str:
    """The words of the table's rows, without its frame."""
    cells = (line.strip("| \n").replace("|", " ") for line in report.splitlines() if line.startswith("|"))
    words = [" ".join(cell.split()) for cell in cells]
    return "; ".join(word for word in words if word and not word.startswith(("Health Monitor", "Overall Health")))
