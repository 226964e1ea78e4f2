"""The clock is synchronised.

A local machine is a container and shares the clock of its host with all others of its cluster, which it may not set:
there is nothing to compare, and nothing to mend.
"""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System


def check(facts: Facts, system: System) -> Iterator[str]:
    if facts.provider == "local":
        return
    if system.run("timedatectl", "show", "--property=NTPSynchronized", "--value").strip() != "yes":
        yield "the clock is not synchronised: no time server has set it since boot, or its last answer is too old"
