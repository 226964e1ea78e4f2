"""A machine's root: what is its own over layers that machines share, and what it finds there when it boots."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from pathlib import Path

import yaml

from components.local.runtime import files
from components.local.runtime.errors import LocalError
from components.local.runtime.machine.network import Network
from components.local.runtime.machine.place import Place

SEED = "var/lib/cloud/seed/nocloud"
"""Where cloud-init's NoCloud looks first (https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html)."""
INTERFACE = "host0"
RESOLVERS = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))
"""The first that exists names the host's servers: with systemd-resolved, /etc/resolv.conf names the loopback alone."""


def make(folder: Path, seed: Mapping[str, str], configuration: Mapping[str, bytes]) -> None:
    """Make a machine's root in `folder`: `seed` is what cloud-init reads, `configuration` are files by path."""
    for name in ("upper", "work", "root"):
        (folder / name).mkdir(mode=0o755)
        (folder / name).chmod(0o755)
    write(folder / "upper", {f"{SEED}/{name}": text.encode() for name, text in seed.items()} | dict(configuration))


def write(root: Path, contents: Mapping[str, bytes]) -> None:
    """Write files below `root`, readable by all, with the folders above them as a distribution makes them."""
    for name, data in contents.items():
        make_folder(root, str(Path(name).parent))
        files.write(root / name, data, mode=0o644)


def make_folder(root: Path, name: str) -> None:
    """Make the folder `name` below `root`, and those above it, as a distribution does: open to all."""
    path = Path(name)
    for folder in (*reversed(path.parents), path):
        if not (root / folder).exists():
            (root / folder).mkdir()
            (root / folder).chmod(0o755)


def seed(network: Network, machine: str, address: IPv4Address, user_data: str) -> dict[str, str]:
    """What cloud-init finds. Version 1 of the network's configuration: of version 2, the renderer for ifupdown calls
    `gateway4` deprecated and does not know `to: default` (cloud-init 25.1)."""
    static = {"type": "static", "address": f"{address}/{network.subnet.prefixlen}", "gateway": str(network.gateway)}
    interfaces = [{"type": "physical", "name": INTERFACE, "subnets": [static]}]
    return {
        "meta-data": json.dumps({"instance-id": machine, "local-hostname": machine}),
        "network-config": yaml.safe_dump({"version": 1, "config": interfaces}),
        "user-data": user_data,
    }


def resolver() -> bytes:
    """/etc/resolv.conf of a machine: the host's name servers.

    Raises:
        LocalError: the host has none that a machine could reach.
    """
    path = next(path for path in RESOLVERS if path.exists())
    lines = path.read_text().splitlines()
    servers = [line for line in lines if line.startswith("nameserver ") and not line.split()[1].startswith("127.")]
    if not servers:
        raise LocalError(
            f"{path} names no server that a machine could reach: one on the loopback serves this machine alone. Add a "
            "line such as `nameserver 1.1.1.1`, or the address of your own"
        )
    searched = [line for line in lines if line.startswith(("search ", "domain ", "options "))]
    return ("\n".join([*servers, *searched]) + "\n").encode()


def binds(place: Place, is_head: bool) -> Sequence[str]:
    """What a machine sees of the cluster's folder, as options of systemd-nspawn: what a cloud has a service for."""
    bucket = [f"--bind={place.bucket}:/srv/bucket", f"--bind-ro={place.bucket}/control:/srv/bucket/control"]
    if not is_head:
        return [*bucket, f"--bind-ro={place.secrets}:/srv/secrets"]
    return [
        *bucket,
        f"--bind={place.secrets}:/srv/secrets",
        f"--bind={place.state}:/srv/clusterwright",
        f"--bind={place.sockets}:/srv/groups",
    ]
