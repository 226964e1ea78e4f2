"""There is the memory that jobs are promised, and room on the disk that the node itself writes to."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System, Unseen

LEAST_FREE_MIB = 1024
"""Of the disk with the node's own folder: logs, bundles and Slurm's spool stop at a full one."""


def check(facts: Facts, system: System) -> Iterator[str]:
    if facts.memory_mib is not None:
        found = re.search(r"^MemTotal:\s+(\d+) kB$", system.read("/proc/meminfo"), re.MULTILINE)
        if not found:
            raise Unseen("/proc/meminfo does not say how much memory there is")
        if int(found[1]) // 1024 < facts.memory_mib:
            yield f"the machine has {int(found[1]) // 1024} MiB of memory and jobs are promised {facts.memory_mib} MiB"
    try:
        free = shutil.disk_usage(facts.folder).free // 2**20
    except OSError as error:
        raise Unseen(f"{facts.folder} can't be looked at: {error.strerror}") from error
    if free < LEAST_FREE_MIB:
        yield f"{facts.folder} has {free} MiB free and needs {LEAST_FREE_MIB} MiB"
