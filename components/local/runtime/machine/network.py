"""The network of a cluster: a namespace with a bridge, an address plan, and a way out through the host.

    machine -- host0 --+-- br0 (.1, 169.254.169.254) -- out == cw-ID -- the host's routes, masqueraded
    machine -- host0 --+        inside the namespace          | on the host

All of it goes with the namespace but for one table of nftables on the host, and the host's forwarding: that is switched
on for the first cluster and off after the last, if it was off before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from components.local.runtime import files
from components.local.runtime.errors import LocalError
from components.local.runtime.machine.place import HOST, Place
from components.local.runtime.machine.programs import run, succeeds

POOL = IPv4Network("10.213.0.0/16")
"""Subnets of /24 are taken from here: private addresses (RFC 1918) that no well-known tool takes by default."""
PREFIX = 24
METADATA = IPv4Address("169.254.169.254")
"""Where clouds tell a machine about itself
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html)."""
MOST_MACHINES = 200
"""A group's most, of the 251 addresses that a subnet has for the machines of all groups."""
GONE = "the cluster's network is gone, as after a restart of this machine: run `make up`"
BRIDGE, OUT = "br0", "out"
FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
NAMESPACES = Path("/run/netns")


@dataclass(frozen=True)
class Network:
    """The addresses of `subnet`: the bridge has the first, the head the second, other machines the rest but the last
    two. Those are the ends of the link to the host, so that a cluster needs one route on it."""

    place: Place
    subnet: IPv4Network

    @property
    def gateway(self) -> IPv4Address:
        return self.subnet[1]

    @property
    def head(self) -> IPv4Address:
        return self.subnet[2]

    @property
    def machines(self) -> Sequence[IPv4Address]:
        return list(self.subnet.hosts())[2:-2]

    @property
    def link(self) -> tuple[IPv4Address, IPv4Address]:
        """The link's ends: on the host, and in the namespace."""
        return self.subnet[-2], self.subnet[-3]

    @property
    def path(self) -> Path:
        """The namespace's name, as nsenter takes it."""
        return NAMESPACES / self.place.name

    def make(self) -> None:
        """Make what is missing of it; what is there stays, with the machines on it.

        Raises:
            LocalError: the host refuses it, or routes the subnet elsewhere.
        """
        with _locked():
            if not self.is_linked():
                _remove(self.place)
                if taken := _overlapping(self.subnet, _routes()):
                    raise LocalError(
                        f"the cluster's subnet {self.subnet} is routed elsewhere on this machine by now ({taken}): "
                        "remove that route, or destroy the cluster and make it again, which picks another subnet"
                    )
                _claim(self)
                self._link()
            run("nft", "-f", "-", stdin=_rules(self.place.name, self.subnet))
            FORWARD.write_text("1")

    def is_whole(self) -> bool:
        """Whether namespace, link and rules are there, and the host forwards."""
        forwards = FORWARD.read_text().strip() == "1"
        return forwards and self.is_linked() and succeeds("nft", "list", "table", "ip", self.place.name)

    def is_linked(self) -> bool:
        """Whether the namespace, its bridge and the link to the host are there."""
        name = self.place.name
        return succeeds("ip", "-netns", name, "link", "show", "dev", BRIDGE) and succeeds(
            "ip", "link", "show", "dev", name
        )

    def _link(self) -> None:
        name = self.place.name
        outer, inner = self.link
        run("ip", "netns", "add", name)
        outside = f"""
link add {name} type veth peer name {OUT} netns {name}
addr add {outer}/32 peer {inner} dev {name}
link set {name} up
route add {self.subnet} via {inner} dev {name}
"""
        inside = f"""
link set lo up
link add {BRIDGE} type bridge
addr add {self.gateway}/{self.subnet.prefixlen} dev {BRIDGE}
addr add {METADATA}/32 dev {BRIDGE}
link set {BRIDGE} up
addr add {inner}/32 peer {outer} dev {OUT}
link set {OUT} up
route add default via {outer}
"""
        run("ip", "-batch", "-", stdin=outside)
        run("ip", "-netns", name, "-batch", "-", stdin=inside)
        run("nsenter", f"--net={self.path}", "sh", "-c", f"echo 1 >{FORWARD}")


def choose(place: Place) -> IPv4Network:
    """A subnet that no route of this host overlaps; the same for the same cluster wherever it is free.

    Raises:
        LocalError: there is none.
    """
    routes = _routes()
    subnets = list(POOL.subnets(new_prefix=PREFIX))
    first = int(place.id, 16) % len(subnets)
    for subnet in (*subnets[first:], *subnets[:first]):
        if not _overlapping(subnet, routes):
            return subnet
    raise LocalError(f"every subnet of {POOL} is routed on this machine: destroy a cluster that is not needed any more")


def find(place: Place) -> Network | None:
    """The network that the cluster has on this host; None where it has none."""
    claim = files.read_json(HOST / "networks" / place.name)
    return Network(place, IPv4Network(claim["subnet"])) if claim else None


def remove(place: Place) -> None:
    """Remove the cluster's network; nothing happens where there is none."""
    with _locked():
        _remove(place)


def _remove(place: Place) -> None:
    name = place.name
    if (NAMESPACES / name).exists():
        run("ip", "netns", "delete", name)
    if succeeds("ip", "link", "show", "dev", name):
        run("ip", "link", "delete", "dev", name)
    if succeeds("nft", "list", "table", "ip", name):
        run("nft", "delete", "table", "ip", name)
    _release(place)


def _rules(name: str, subnet: IPv4Network) -> str:
    """Leaves through the host's own address, unless it stays inside; answers come back."""
    return f"""
table ip {name}
delete table ip {name}
table ip {name} {{
  chain out {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {subnet} oifname != "{name}" masquerade
  }}
  chain through {{
    type filter hook forward priority filter; policy accept;
    iifname "{name}" accept
    oifname "{name}" ct state established,related accept
    oifname "{name}" drop
  }}
}}
"""


def _routes() -> list[IPv4Network]:
    listed = json.loads(run("ip", "-json", "-4", "route", "show", "table", "all") or "[]")
    return [IPv4Network(route["dst"]) for route in listed if route["dst"] != "default"]


def _overlapping(subnet: IPv4Network, routes: Sequence[IPv4Network]) -> IPv4Network | None:
    return next((route for route in routes if route.overlaps(subnet)), None)


@contextmanager
def _locked() -> Iterator[None]:
    with files.locked(HOST / "networks.lock"):
        yield


def _claim(network: Network) -> None:
    """Note whose network this is, and what the host's forwarding was before the first."""
    claims = HOST / "networks"
    if files.is_empty(claims):
        files.write(HOST / "forward", FORWARD.read_text())
    files.write_json(claims / network.place.name, {"folder": str(network.place.folder), "subnet": str(network.subnet)})


def _release(place: Place) -> None:
    claims = HOST / "networks"
    claim = claims / place.name
    if not claim.exists():
        return
    claim.unlink()
    if files.is_empty(claims):
        before = HOST / "forward"
        FORWARD.write_text(before.read_text())
        before.unlink()
        with suppress(OSError):
            claims.rmdir()
