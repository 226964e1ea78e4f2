"""The network interfaces of a machine: the one place that lays them out, for rules, plan and components."""

from dataclasses import dataclass

from clusterwright.catalog.aws import AwsMachine, InterfaceType
from clusterwright.spec.compute import Fabric


@dataclass(frozen=True)
class Interface:
    """A network interface: its card, its index on that card, and its type. An `efa-only` one has no IP address."""

    card: int
    device: int
    type: InterfaceType

    @property
    def addresses(self) -> int:
        """How many addresses of its subnet it takes."""
        return 0 if self.type == "efa-only" else 1


def interfaces(machine: AwsMachine, fabric: Fabric) -> tuple[Interface, ...]:
    """Every interface that a machine starts with, the one that carries IP first.

    With EFA each card that has it gets one `efa-only` interface: at index 1 of card 0, beside the one that carries IP,
    and at index 0 of the others. Index 1 of those, which older pages show, is for a second interface that carries IP;
    more of those would take addresses and give collectives nothing.

    Source: EC2 user guide, "Maximize network bandwidth on Amazon EC2 instances with multiple network cards"
    (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html). Not yet confirmed on hardware.
    """
    first = Interface(card=0, device=0, type="interface")
    if fabric != "efa":
        return (first,)
    cards = [
        number
        for card in machine.cards
        if "efa-only" in card.types
        for number in range(card.first, card.first + card.count)
    ]
    return (first, *(Interface(card=card, device=int(card == 0), type="efa-only") for card in cards))


def addresses(machine: AwsMachine | None, fabric: Fabric) -> int:
    """How many addresses a machine takes in the subnet of the nodes; 1 for one that the catalog does not know."""
    return sum(interface.addresses for interface in interfaces(machine, fabric)) if machine else 1
