"""The version of what a resource's state holds, and how an older state is read.

A state may be older than this code: a user upgrades and then runs `pulumi destroy`. So every state names the version
of its shape, and each change of a shape adds one step to UPGRADES that makes the next version of the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from components.local.runtime.errors import LocalError

SCHEMA_VERSION = 1

Outputs = dict[str, Any]

# (resource type, version) -> the state of that version made into the next one.
UPGRADES: Mapping[tuple[str, int], Callable[[Outputs], Outputs]] = {}


def upgrade(kind: str, state: Outputs) -> Outputs:
    """`state` in today's shape.

    Raises:
        LocalError: a newer release wrote it.
    """
    version = int(state.get("schemaVersion", SCHEMA_VERSION))
    if version > SCHEMA_VERSION:
        raise LocalError(
            f"the state of this {kind} was written by a newer release of Clusterwright (schema {version}, this release "
            f"knows {SCHEMA_VERSION}): update this checkout to at least that release and run the command again"
        )
    for step in range(version, SCHEMA_VERSION):
        state = UPGRADES.get((kind, step), dict)(state)
    return {**state, "schemaVersion": SCHEMA_VERSION}
