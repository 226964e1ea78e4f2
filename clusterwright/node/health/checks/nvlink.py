"""All NVLinks of all GPUs are up.

`nvidia-smi nvlink --status` lists a link by its speed (`Link 0: 26.562 GB/s`), or as `<inactive>`. What is no speed
is not up, whatever the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System, Unseen


def check(facts: Facts, system: System) -> Iterator[str]:
    if not facts.nvlinks:
        return
    up = links_up(system.run("nvidia-smi", "nvlink", "--status"))
    if len(up) != facts.gpus:
        raise Unseen(f"nvidia-smi shows the NVLinks of {len(up)} GPUs and {facts.machine} has {facts.gpus}")
    for gpu, count in up.items():
        if count < facts.nvlinks:
            yield f"GPU {gpu} has {count} of {facts.nvlinks} NVLinks up"


def links_up(status: str) -> dict[int, int]:
    """How many links are up, by GPU."""
    up: dict[int, int] = {}
    gpu = -1
    for line in status.splitlines():
        if header := re.match(r"GPU (\d+):", line):
            gpu = int(header[1])
            up[gpu] = 0
        elif re.match(r"\s+Link \d+: [\d.]+ GB/s", line) and gpu in up:
            up[gpu] += 1
    return up
