"""Every GPU has all lanes of its PCIe slot, at full speed when it works.

`nvidia-smi --help-query-gpu`: the current generation may be lower when a GPU is not in use, so it counts in P0 alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.smi import ABSENT, query
from clusterwright.node.health.system import System, Unseen

WIDTH, WIDEST = "pcie.link.width.current", "pcie.link.width.max"
SPEED, FASTEST = "pcie.link.gen.current", "pcie.link.gen.max"


def check(facts: Facts, system: System) -> Iterator[str]:
    if not facts.gpus:
        return
    for gpu in query(system, "index", "pstate", WIDTH, WIDEST, SPEED, FASTEST):
        if _less(gpu[WIDTH], gpu[WIDEST]):
            yield f"GPU {gpu['index']} has {gpu[WIDTH]} of {gpu[WIDEST]} PCIe lanes"
        if gpu["pstate"] == "P0" and _less(gpu[SPEED], gpu[FASTEST]):
            yield f"GPU {gpu['index']} runs PCIe generation {gpu[SPEED]} where {gpu[FASTEST]} is possible"


def _less(now: str, most: str) -> bool:
    """Whether a link is below what it can be; one without numbers, as of a GPU that is soldered to a CPU, is not."""
    if {now, most} & set(ABSENT):
        return False
    if not (now.isdigit() and most.isdigit()):
        raise Unseen(f"nvidia-smi says {now} and {most} of a GPU's PCIe link, which are no numbers")
    return int(now) < int(most)
