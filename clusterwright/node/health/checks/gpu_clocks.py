"""GPUs that their hardware slows down: heat, or power that the machine can't deliver.

The software's own power cap is how a GPU at work stays within its power, and is none. A GPU may be slowed for a moment,
so what counts is what two looks see.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.smi import query
from clusterwright.node.health.system import System

REASONS = {
    "clocks_event_reasons.hw_thermal_slowdown": "it is too hot",
    "clocks_event_reasons.hw_power_brake_slowdown": "the machine asks it to save power",
    "clocks_event_reasons.hw_slowdown": "its hardware says so, without saying why",
}
"""From the precise to the general: the last is also active when one of the others is
(https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html)."""
BETWEEN = 1.0  # seconds between the two looks


def check(facts: Facts, system: System) -> Iterator[str]:
    if not facts.gpus:
        return
    first = _slowed(system)
    if not first:
        return
    time.sleep(BETWEEN)
    second = _slowed(system)
    for index, field in first.items():
        if index in second:
            yield f"GPU {index} is slowed down: {REASONS[field]}"


def _slowed(system: System) -> dict[str, str]:
    """The first of REASONS that is active, by GPU."""
    active: dict[str, str] = {}
    for gpu in query(system, "index", *REASONS):
        reason = next((field for field in REASONS if gpu[field] == "Active"), None)
        if reason:
            active[gpu["index"]] = reason
    return active
