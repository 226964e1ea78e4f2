"""GCP machine types, from gcp.json. A number that its source does not give is None, never 0.

The file's date is the day that its rows were entered. Google's tables call GiB of memory GB; the rows have MiB. Of a
GPU's memory Google gives round GB alone: the rows have what EC2 says of the same GPU, or else 10^9 bytes a GB.
"""

from typing import Literal

from clusterwright.catalog.base import CloudMachine, Table
from clusterwright.catalog.rows import Row


class Network(Row):
    """A VPC network that the machine needs, and how many interfaces it has in it, each in a subnet of its own.

    `mtu` is in bytes. MRDMA interfaces need a network with the RoCE profile of the nodes' zone.
    """

    type: Literal["GVNIC", "MRDMA"]
    interfaces: int
    mtu: int | None = None


class GcpMachine(CloudMachine):
    """A Compute Engine machine type.

    `accelerator` is Compute Engine's own name of its GPUs. `local_disks` and `boot_disks` are None where they are not
    known.
    """

    threads_per_core: int = 2
    network_gbps: float | None = None
    accelerator: str | None = None
    networks: tuple[Network, ...]
    boot_disks: tuple[str, ...] | None = None

    @property
    def interfaces(self) -> int:
        """All network interfaces, those of the RoCE network included."""
        return sum(network.interfaces for network in self.networks)


TABLE = Table("gcp.json", GcpMachine)
machine, row, names, provenance = TABLE.machine, TABLE.row, TABLE.names, TABLE.provenance
