"""GCP machine types, from gcp.json, which `python -m tools.catalog_gcp` writes. What is not known is None, never 0.

The file's date is the day that Google's pages were read; its `sources` say which, by family. The pages call GiB of
memory GB; the rows have MiB. Of a GPU's memory they give round GB alone: the rows have what EC2 says of the same GPU,
or else 10^9 bytes a GB.
"""

from typing import Literal

from clusterwright.catalog.base import CloudMachine, Table
from clusterwright.catalog.rows import Row


class Network(Row):
    """A VPC network that the machine needs, and how many interfaces it has in it, each in a subnet of its own.

    `mtu` is in bytes, None where the machine does not ask for one. `device` is the interface's name in the guest, where
    the fabric's software must be told it. MRDMA interfaces need a network with the RoCE profile of the nodes' zone.
    """

    type: Literal["GVNIC", "MRDMA"]
    interfaces: int
    mtu: int | None = None
    device: str | None = None


class GcpMachine(CloudMachine):
    """A Compute Engine machine type.

    `accelerator` is Compute Engine's own name of its GPUs. Of `optional` local disks `count` is the most. `boot_disks`
    are the kinds of disk that it can start from, `disks` all kinds that it takes, `max_disks` how many of them at once.

    `placement` is the policy that brings a group's machines near to each other: a workload policy of the managed
    instance group, or a compact placement policy of the template; None where the type takes neither. `capacity` is
    what it can be bought as. `fabric` is the network between GPUs that it is built with, None for plain Ethernet.
    `nvlink_domain` is how many machines share one NVLink domain, None where none do.
    """

    threads_per_core: int = 2
    network_gbps: float | None = None
    accelerator: str | None = None
    networks: tuple[Network, ...]
    boot_disks: tuple[str, ...] | None = None
    disks: tuple[str, ...] | None = None
    max_disks: int | None = None
    placement: Literal["workload", "compact"] | None = None
    capacity: tuple[Literal["on_demand", "spot", "reservation", "flex_start"], ...] | None = None
    fabric: Literal["tcpx", "tcpxo", "rdma"] | None = None
    nvlink_domain: int | None = None

    @property
    def interfaces(self) -> int:
        """All network interfaces, those of the RoCE network included."""
        return sum(network.interfaces for network in self.networks)


TABLE = Table("gcp.json", GcpMachine)
machine, row, names, provenance = TABLE.machine, TABLE.row, TABLE.names, TABLE.provenance
