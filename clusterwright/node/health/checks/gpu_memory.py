"""Memory errors that a GPU could not mend, and repairs that wait for its reset.

Sources: https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/ (row remapping: a pending one needs a reset, a failed
one a replacement) and https://docs.nvidia.com/deploy/dynamic-page-retirement/ (the same before Ampere).
"""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright.node.health.facts import NVLINKS, Facts
from clusterwright.node.health.smi import ABSENT, query
from clusterwright.node.health.system import System

UNCORRECTED = "ecc.errors.uncorrected.volatile.total"
"""Since the driver was loaded: the aggregate of a GPU's life never goes back and says nothing of today."""
NONE = ("0", "No", *ABSENT)


def check(facts: Facts, system: System) -> Iterator[str]:
    if not facts.gpus:
        return
    for gpu in query(system, "index", "ecc.mode.current", UNCORRECTED, "retired_pages.pending"):
        name = f"GPU {gpu['index']}"
        if facts.gpu_kind in NVLINKS and gpu["ecc.mode.current"] != "Enabled":
            yield f"{name} has ECC {gpu['ecc.mode.current'].lower()}, so errors of its memory would pass unseen"
        if gpu[UNCORRECTED] not in NONE:
            yield f"{name} has {gpu[UNCORRECTED]} uncorrected memory errors since its driver was loaded"
        if gpu["retired_pages.pending"] not in NONE:
            yield f"{name} has pages of memory to retire, which its next reset does"
    fields = ("gpu_bus_id", "remapped_rows.pending", "remapped_rows.failure")
    for gpu in query(system, *fields, kind="remapped-rows"):
        if gpu["remapped_rows.failure"] not in NONE:
            yield f"the GPU at {gpu['gpu_bus_id']} could not replace a faulty row of its memory"
        if gpu["remapped_rows.pending"] not in NONE:
            yield f"the GPU at {gpu['gpu_bus_id']} has rows of memory to replace, which its next reset does"
