"""Every interface of every machine type: as many as EC2 allows, on the cards and indexes that it asks for."""

import pytest

from clusterwright.catalog import aws
from clusterwright.decide.aws.interfaces import Interface, addresses, interfaces

FIRST = Interface(card=0, device=0, type="interface")


def row(name: str) -> aws.AwsMachine:
    machine = aws.machine(name)
    assert machine is not None
    return machine


WITH_EFA = [name for name in aws.names() if row(name).efa_interfaces]


def efa(first: int, last: int, device: int = 0) -> list[Interface]:
    return [Interface(card=card, device=device, type="efa-only") for card in range(first, last + 1)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["p4d.24xlarge", "p4de.24xlarge"], efa(0, 0, device=1) + efa(1, 3)),
        (["p5.48xlarge", "p5e.48xlarge"], efa(0, 0, device=1) + efa(1, 31)),
        (["p5en.48xlarge"], efa(0, 0, device=1) + efa(1, 15)),
        (["p6-b200.48xlarge"], efa(0, 0, device=1) + efa(1, 7)),
        (["p6-b300.48xlarge"], efa(1, 16)),
        (["g6e.48xlarge", "g7e.48xlarge"], efa(0, 0, device=1) + efa(1, 3)),
        (["g6e.24xlarge", "g7e.24xlarge", "g7.48xlarge"], efa(0, 0, device=1) + efa(1, 1)),
        (
            ["p3dn.24xlarge", "p5.4xlarge", "g4dn.12xlarge", "g5.48xlarge", "g6.48xlarge", "gr6.8xlarge"],
            efa(0, 0, device=1),
        ),
    ],
)
def test_the_layout_of_each_family_is_the_one_that_ec2_asks_for(names: list[str], expected: list[Interface]) -> None:
    for name in names:
        assert interfaces(row(name), "efa") == (FIRST, *expected), name


@pytest.mark.parametrize("name", WITH_EFA)
def test_a_machine_has_as_many_efa_interfaces_as_ec2_allows_and_one_that_carries_ip(name: str) -> None:
    machine = row(name)
    laid = interfaces(machine, "efa")
    assert sum(interface.type == "efa-only" for interface in laid) == machine.efa_interfaces
    assert [interface for interface in laid if interface.type == "interface"] == [FIRST]
    assert len({(interface.card, interface.device) for interface in laid}) == len(laid)
    room = {number: card for card in machine.cards for number in range(card.first, card.first + card.count)}
    for number, card in room.items():
        held = [interface for interface in laid if interface.card == number]
        assert len(held) <= card.interfaces
        assert {interface.type for interface in held} <= set(card.types)


@pytest.mark.parametrize("name", aws.names())
def test_without_a_fabric_a_machine_has_one_interface(name: str) -> None:
    assert interfaces(row(name), "none") == (FIRST,)


def test_only_interfaces_that_carry_ip_take_an_address() -> None:
    assert addresses(row("p5.48xlarge"), "efa") == 1
    assert addresses(row("m7i.large"), "none") == 1
    assert addresses(None, "efa") == 1
