"""How fast an all-reduce must be: by machine type, number of nodes and message size, from what others have measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

TABLE = Path(__file__).parents[1] / "thresholds.json"
Least = Mapping[int, float]
"""The least bus bandwidth in 10^9 bytes a second, by message size in bytes; nothing where nothing is known."""


def least(machine: str | None, nodes: int, table: Path = TABLE) -> Least:
    """What is asked of `nodes` machines of a type: a share of what was measured on just as many."""
    content = json.loads(table.read_text(encoding="utf-8"))
    return {
        row["message_bytes"]: row["busbw_gb_per_s"] * content["least_share"]
        for row in content["measured"]
        if row["machine"] == machine and row["nodes"] == nodes
    }


def bus_bandwidth(size: int, seconds: float, ranks: int) -> float:
    """In 10^9 bytes a second: what each link must carry, which does not depend on the number of ranks.

    https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md: size / time x 2 (n - 1) / n.
    """
    return size / seconds * 2 * (ranks - 1) / ranks / 1e9
