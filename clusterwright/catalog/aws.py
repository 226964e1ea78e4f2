"""AWS machine types, from aws.json: what EC2's DescribeInstanceTypes says of each, in the words of this project.

The file is written by `python -m tools.catalog_aws`; a test holds every field against EC2's own answer.
"""

from typing import Literal

from clusterwright.catalog.base import CloudMachine, Table
from clusterwright.catalog.rows import Row

UsageClass = Literal["on-demand", "spot", "capacity-block"]
InterfaceType = Literal["interface", "efa", "efa-only"]


class NetworkCards(Row):
    """`count` network cards of one kind, numbered from `first`: how many interfaces each holds, and of which types."""

    first: int
    count: int
    interfaces: int
    types: tuple[InterfaceType, ...]


class AwsMachine(CloudMachine):
    """An EC2 instance type.

    `network_gbps` is not the sum over the cards: those of p6-b200 would sum to half, and those of g6e.48xlarge to four
    times of it. `efa_interfaces` is the most that can be attached, 0 where there is no EFA. `ebs_mbps` is the baseline,
    in Mbit/s. Sizes of local disks are in 10^9 bytes.
    """

    network_gbps: float  # pyright: ignore[reportIncompatibleVariableOverride]
    cards: tuple[NetworkCards, ...]
    efa_interfaces: int = 0
    ebs_mbps: int
    placement: tuple[Literal["cluster", "partition", "spread"], ...]
    usage: tuple[UsageClass, ...]

    @property
    def efa_on_card_0(self) -> bool:
        """Whether the card that carries IP has EFA too; where it has not, the EFA cards follow it."""
        return "efa-only" in self.cards[0].types


TABLE = Table("aws.json", AwsMachine)
machine, row, names, provenance = TABLE.machine, TABLE.row, TABLE.names, TABLE.provenance
