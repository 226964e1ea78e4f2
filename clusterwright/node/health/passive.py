"""All passive checks of a node, at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from clusterwright.node.health.checks import (
    clock,
    dcgm,
    fabric,
    gpu_clocks,
    gpu_count,
    gpu_memory,
    lustre,
    mounts,
    nvlink,
    nvswitch,
    pcie,
    space,
    xid,
)
from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System, Unseen

Check = Callable[[Facts, System], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    gpu_count.check,
    gpu_memory.check,
    gpu_clocks.check,
    pcie.check,
    nvlink.check,
    nvswitch.check,
    dcgm.check,
    xid.check,
    fabric.check,
    lustre.check,
    mounts.check,
    clock.check,
    space.check,
)


def failures(facts: Facts, system: System) -> list[str]:
    """Why the node is not fit, a sentence each, in the order of CHECKS; none when it is.

    Checks run beside each other and ask at most two tools each, one after the other and a second apart, so all are done
    in ten seconds. What several checks say with the same words, as of a missing tool, is said once.
    """
    with ThreadPoolExecutor(max_workers=len(CHECKS)) as pool:
        found = pool.map(lambda check: list(_seen(check, facts, system)), CHECKS)
        return list(dict.fromkeys(reason for reasons in found for reason in reasons))


def _seen(check: Check, facts: Facts, system: System) -> Iterator[str]:
    try:
        yield from check(facts, system)
    except Unseen as error:
        yield str(error)
    except Exception as error:
        # Whatever a tool has printed that a check can't read: a check that breaks has seen nothing, and has failed.
        yield f"{check.__module__.rpartition('.')[2]} could not be checked: {type(error).__name__}: {error}"
