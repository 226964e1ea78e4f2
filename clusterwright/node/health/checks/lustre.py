"""Lustre has the EFA interfaces that should carry it: without them it would go on over TCP, slower, and say nothing.

`lnetctl net show` lists what LNet uses, with the state of each
(https://docs.aws.amazon.com/fsx/latest/LustreGuide/configure-efa-clients.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System


def check(facts: Facts, system: System) -> Iterator[str]:
    if not facts.lustre_interfaces:
        return
    shown = system.run("lnetctl", "net", "show", "--net", "efa")
    up = len(re.findall(r"nid: \S+@efa\n\s*status: up$", shown, re.MULTILINE))
    if up != facts.lustre_interfaces:
        yield f"{up} EFA interfaces carry Lustre and {facts.lustre_interfaces} should"
