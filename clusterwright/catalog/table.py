"""The catalog for people: a table of machine types, and all that is known of one."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from clusterwright.catalog.aws import AwsMachine
from clusterwright.catalog.gcp import GcpMachine
from clusterwright.catalog.gpus import gpu
from clusterwright.catalog.local import LocalMachine
from clusterwright.catalog.machines import PROVIDERS, Machine, machine, names, provenance
from clusterwright.catalog.offerings import regions
from clusterwright.catalog.prices import prices
from clusterwright.errors import ClusterwrightError

UNKNOWN = "unknown"
PIPE_WIDTH = 180  # columns; what reads a pipe has no use for a table that is folded to a terminal's default
WIDE = 142  # columns that a whole line takes
COLUMNS = ("machine", "vCPUs", "GiB", "GPUs", "Gbit/s", "fabric", "local disks", "capacity")
MOST_OFTEN_ASKED = 6
"""How many of the columns a narrow terminal shows."""


def show_all(providers: Iterable[str], gpu: bool, console: Console | None = None) -> None:
    """Prints a line a machine type of `providers`, of a family the smallest first; with `gpu` of those with GPUs."""
    console = console or (Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH))
    wide = console.width >= WIDE
    shown = COLUMNS if wide else COLUMNS[:MOST_OFTEN_ASKED]
    for provider in providers:
        rows = {name: row for name in names(provider) if (row := machine(provider, name)) and (row.gpus or not gpu)}
        if not rows:
            continue
        columns = (Column(name, no_wrap=True) for name in shown)
        table = Table(*columns, box=None, padding=(0, 2 if wide else 1, 0, 0), pad_edge=False)
        families = list(dict.fromkeys(_family(name) for name in rows))
        for name in sorted(rows, key=lambda name: (families.index(_family(name)), rows[name].vcpus or 0)):
            table.add_row(*[name, *_cells(rows[name])][: len(shown)])
        where = provenance(provider)
        console.print(f"{provider}: {where.source}, {where.date}", highlight=False, soft_wrap=True)
        console.print(table)
        console.print()
    if not wide:
        left_out = " and ".join(COLUMNS[MOST_OFTEN_ASKED:])
        console.print(f"not shown: {left_out}; in {WIDE} columns they are, or `clusterwright catalog show MACHINE`")


def _family(name: str) -> str:
    """What AWS's types of one kind share. GCP's stand in their order already."""
    return name.partition(".")[0]


def facts(name: str) -> dict[str, Any]:
    """All that is known of the machine type of that name, of whichever provider; None is unknown.

    Raises ClusterwrightError where no provider has it.
    """
    for provider in PROVIDERS:
        row = machine(provider, name)
        if row:
            known = gpu(row.gpus.kind) if row.gpus else None
            offered = regions(provider, name)
            return {
                "name": name,
                "provider": provider,
                **row.model_dump(mode="json", exclude={"read"}),
                **provenance(provider, name).model_dump(),
                "gpu": known and known.model_dump(mode="json"),
                "prices": [price.model_dump(mode="json") for price in prices(provider, name)] or None,
                "regions": offered and list(offered),
            }
    near = difflib.get_close_matches(name[:60], [name for provider in PROVIDERS for name in names(provider)], n=3)
    raise ClusterwrightError(
        f"error: the catalog has no machine type `{name[:60]}`\n"
        f"  why: it is none of {', '.join(PROVIDERS)} that this version knows\n"
        "  hint: " + (f"did you mean {', '.join(near)}?" if near else "`clusterwright catalog list` shows all")
    )


def _cells(row: Machine) -> list[str]:
    if isinstance(row, LocalMachine):
        return ["shared", "shared", "", "", "", "", ""]
    disks = row.local_disks
    return [
        str(row.vcpus),
        f"{row.memory_mib / 1024:g}" if row.memory_mib else UNKNOWN,
        _gpus(row),
        UNKNOWN if row.network_gbps is None else ("up to " if row.network_burst else "") + f"{row.network_gbps:g}",
        _fabric(row),
        ("up to " if disks.optional else "") + f"{disks.count} x {disks.size_gb} GB" if disks else "",
        ", ".join(_capacity(row)),
    ]


def _gpus(row: Machine) -> str:
    gpus = row.gpus
    if gpus is None:
        return ""
    return f"{gpus.count or gpus.share:g} {gpus.kind}, {gpus.memory_mib / 1024:.0f} GiB"


def _capacity(row: Machine) -> tuple[str, ...]:
    """What the machine can be bought as, in the cloud's words."""
    if isinstance(row, AwsMachine):
        return row.usage
    return (row.capacity or (UNKNOWN,)) if isinstance(row, GcpMachine) else ()


def _fabric(row: Machine) -> str:
    """The interfaces of the machine that carry its GPUs' traffic."""
    if isinstance(row, AwsMachine) and row.efa_interfaces:
        return f"{row.efa_interfaces} EFA"
    if isinstance(row, GcpMachine) and row.interfaces > 1:
        rdma = sum(network.interfaces for network in row.networks if network.type == "MRDMA")
        return f"{rdma} RDMA" if rdma else f"{row.interfaces - 1} gVNIC"
    return ""
