"""The catalog as a table for people."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Column, Table

from clusterwright.catalog import aws
from clusterwright.catalog.aws import AwsMachine


def show_all(gpu: bool, console: Console | None = None) -> None:
    """Prints a line a machine type of AWS; with `gpu` of those alone that have GPUs."""
    console = console or Console()
    name = Column("machine", no_wrap=True)
    table = Table(
        name,
        "vCPUs",
        "GiB",
        "GPUs",
        "Gbit/s",
        "EFA",
        "local disks",
        Column("capacity", overflow="fold"),
        box=box.SIMPLE,
    )
    for key in aws.names():
        machine = aws.machine(key)
        if machine and (machine.gpus or not gpu):
            table.add_row(key, *_cells(machine))
    console.print(table)
    provenance = aws.provenance()
    console.print(f"{provenance.source}, {provenance.date}")


def _cells(machine: AwsMachine) -> list[str]:
    disks = machine.local_disks
    return [
        str(machine.vcpus),
        f"{machine.memory_mib / 1024:g}",
        _gpus(machine),
        ("up to " if machine.network_burst else "") + f"{machine.network_gbps:g}",
        str(machine.efa_interfaces or ""),
        f"{disks.count} x {disks.size_gb} GB" if disks else "",
        ", ".join(machine.usage),
    ]


def _gpus(machine: AwsMachine) -> str:
    gpus = machine.gpus
    if gpus is None:
        return ""
    count = str(gpus.count) if gpus.count else f"{gpus.share:g} of a"
    return f"{count} {gpus.kind}, {gpus.memory_mib / 1024:.0f} GiB"
