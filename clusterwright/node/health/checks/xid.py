"""Errors that NVIDIA's driver has written to the kernel's log since boot, and that only a reset or a repair ends.

Which: those whose immediate action is a reset of the GPU, a restart of the machine or a look at its cables in
NVIDIA's catalog (https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html). 48 and 74 are there too, as
their texts ask for a reset. A job's own mistakes (13, 31, 43, 45, ...) and errors that were contained in it (94)
leave the GPU fit. 154 sums up others, in words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System

FATAL = {
    46: "it stopped processing",
    48: "a memory error of two bits",
    54: "its power cable is not connected",
    62: "its controller halted",
    64: "memory could not be retired",
    74: "an NVLink failed",
    79: "it has fallen off the bus",
    95: "a memory error that may have reached any job",
    109: "a switch of contexts timed out",
    110: "a security fault",
    119: "its system processor does not answer",
    120: "an error of its system processor",
    136: "a link could not be trained",
    140: "a memory error that could not be handled",
    143: "it could not be initialised",
    155: "an NVLink went down",
    156: "a faulty part of it was retired",
    158: "a fatal time-out",
}
SUMMARY = 154
NO_ACTION = "(None)"
LINE = re.compile(r"NVRM: Xid \((?:PCI:)?(?P<gpu>[0-9a-fA-F:.]+)\): (?P<code>\d+)(?P<rest>.*)")


def check(facts: Facts, system: System) -> Iterator[str]:
    if not facts.gpus:
        return
    log = system.run("journalctl", "--dmesg", "--boot", "--output=cat", "--no-pager")
    times = Counter(_fatal(log))
    for (gpu, code, words), count in times.items():
        often = "once" if count == 1 else f"{count} times"
        yield f"the GPU at {gpu} has had Xid {code} {often} since boot: {words}"


def _fatal(log: str) -> Iterator[tuple[str, int, str]]:
    for found in LINE.finditer(log):
        code = int(found["code"])
        if code in FATAL:
            yield found["gpu"], code, FATAL[code]
        elif code == SUMMARY and not found["rest"].rstrip().endswith(NO_ACTION):
            yield found["gpu"], code, found["rest"].strip(" ,")
