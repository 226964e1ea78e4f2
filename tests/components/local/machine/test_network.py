"""The address plan of a cluster of machines."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from components.local.runtime.errors import LocalError
from components.local.runtime.machine import network
from components.local.runtime.machine.place import Place

PLACE = Place(Path("/home/ada/.local/share/clusterwright/small"))


def test_no_address_has_two_owners() -> None:
    net = network.Network(PLACE, IPv4Network("10.213.7.0/24"))
    owned = [net.gateway, net.head, *net.link, *net.machines]
    assert len(set(owned)) == len(owned) == 254
    assert all(address in net.subnet for address in owned)


def test_a_group_s_most_machines_have_addresses() -> None:
    assert len(network.Network(PLACE, IPv4Network("10.213.7.0/24")).machines) >= network.MOST_MACHINES


def test_a_cluster_keeps_to_its_subnet_and_goes_round_routes_that_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_routes", lambda: [])
    first = network.choose(PLACE)
    assert network.choose(PLACE) == first
    monkeypatch.setattr(network, "_routes", lambda: [first.supernet(new_prefix=20)])
    assert not network.choose(PLACE).overlaps(first.supernet(new_prefix=20))


def test_a_host_whose_routes_hold_every_subnet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_routes", lambda: [IPv4Network("10.0.0.0/8")])
    with pytest.raises(LocalError, match=r"every subnet of 10\.213\.0\.0/16 is routed on this machine"):
        network.choose(PLACE)


def test_the_name_of_a_cluster_s_link_fits_the_kernel_and_is_its_folder_s_own() -> None:
    assert len(PLACE.name) <= 15
    assert Place(PLACE.folder.with_name("other")).name != PLACE.name


@pytest.mark.parametrize(
    ("folder", "why"),
    [("/data/a:b", "can't hold"), ("/data/" + "x" * 100, "the kernel allows 107"), ("/data/small", None)],
)
def test_a_folder_that_no_mount_or_socket_can_be_in_is_told(folder: str, why: str | None) -> None:
    problem = Place(Path(folder)).problem()
    assert why in problem if why and problem else problem is why
