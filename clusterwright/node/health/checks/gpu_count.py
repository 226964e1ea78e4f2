"""All GPUs of the machine are there."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.smi import query
from clusterwright.node.health.system import System


def check(facts: Facts, system: System) -> Iterator[str]:
    if not facts.gpus:
        return
    found = query(system, "index", "uuid")
    if len(found) != facts.gpus:
        yield f"nvidia-smi lists {len(found)} GPUs and {facts.machine} has {facts.gpus}"
