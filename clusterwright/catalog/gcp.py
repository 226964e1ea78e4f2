"""GCP machine types with GPUs, from gcp.json. A number that its source does not give is None, never 0.

The file's date is the day that its rows were entered.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from clusterwright.catalog.aws import Provenance
from clusterwright.catalog.rows import FOLDER, Row


class Gpus(Row):
    """The GPUs of one machine; `accelerator` is Compute Engine's name of their kind."""

    accelerator: str
    count: int


class Network(Row):
    """A VPC network that the machine needs, and how many interfaces it has in it, each in a subnet of its own.

    `mtu` is in bytes. MRDMA interfaces need a network with the RoCE profile of the nodes' zone.
    """

    type: Literal["GVNIC", "MRDMA"]
    interfaces: int
    mtu: int | None = None


class LocalDisks(Row):
    """Local SSDs, `size_gb` each; an `optional` one is there only if it is asked for."""

    count: int
    size_gb: int
    optional: bool = False


class GcpMachine(Row):
    """A Compute Engine machine type.

    `network_gbps` is of the whole machine, in Gbit/s (`network_burst`: up to that). `local_disks` and `boot_disks` are
    None where they are not known.
    """

    vcpus: int
    memory_gb: int
    architecture: Literal["x86_64", "arm64"]
    gpus: Gpus
    network_gbps: float
    network_burst: bool = False
    networks: tuple[Network, ...]
    local_disks: LocalDisks | None = None
    boot_disks: tuple[str, ...] | None = None

    @property
    def interfaces(self) -> int:
        """All network interfaces, those of the RoCE network included."""
        return sum(network.interfaces for network in self.networks)


@cache
def _file() -> Mapping[str, Any]:
    return json.loads((FOLDER / "gcp.json").read_text(encoding="utf-8"))


def provenance() -> Provenance:
    return Provenance(source=_file()["source"], date=_file()["date"])


def names() -> tuple[str, ...]:
    """The names of all GCP machine types that the catalog has, sorted."""
    return tuple(_file()["machines"])


@cache
def machine(name: str) -> GcpMachine | None:
    """The machine type of that name, or None. One row is checked at a time, so a spec pays for what it uses."""
    row = _file()["machines"].get(name)
    return None if row is None else GcpMachine.model_validate_json(json.dumps(row))
