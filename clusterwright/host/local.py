"""What clusters on this computer need: little where nodes are processes, a Linux with root where they are machines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from clusterwright.host.check import Check, later, missing, there
from clusterwright.host.host import Host
from clusterwright.paths import machines_dir

PACKAGES = {
    "bash": "bash",
    "debootstrap": "debootstrap",
    "flock": "util-linux",
    "ip": "iproute2",
    "mktemp": "coreutils",
    "mount": "mount",
    "nft": "nftables",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "sha256sum": "coreutils",
    "systemd-nspawn": "systemd-container",
    "tar": "tar",
    "timeout": "coreutils",
    "unshare": "util-linux",
}
"""The packages of Debian and Ubuntu that programs are in."""
PROCESSES = {
    "bash": "runs a node's steps",
    "setpriv": "ends a step with the agent that started it",
    "flock": "lets nodes make their environment one after the other",
    "sha256sum": "checks the bundle before it runs",
    "tar": "unpacks the bundle",
    "mktemp": "makes files that appear whole",
    "timeout": "ends a check that hangs",
}
MACHINES = {
    "systemd-nspawn": "boots a node as a machine of its own",
    "debootstrap": "makes the root that all nodes start from",
    "ip": "makes the cluster's network",
    "nft": "lets nodes reach the internet through this host's address",
    "nsenter": "looks into nodes",
    "unshare": "keeps a node's processes and mounts to itself",
    "mount": "lays a node's own changes over that root",
    "setpriv": "ends a node with what started it",
}
INSIDE = "in a container, start that with --privileged"
CGROUPS = Path("/sys/fs/cgroup")
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
NAMESPACES = ("unshare", "--mount", "--net", "--pid", "--fork", "mount", "-t", "tmpfs", "probe", "/mnt")
OVERLAY = (
    "mount -t tmpfs probe /mnt && mkdir /mnt/lower /mnt/upper /mnt/work /mnt/root && "
    "mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work probe /mnt/root"
)
"""Tried rather than looked up: the kernel lists the modules that it has loaded, not those that it would load."""


def processes(host: Host) -> Iterator[Check]:
    """Nodes that are trees of processes. They need no root."""
    yield _linux(host, "nodes are recognised, and ended with their supervisor, as Linux does it", "use a Linux machine")
    for program, purpose in PROCESSES.items():
        yield _program(host, program, purpose)


def machines(host: Host) -> Iterator[Check]:
    """Nodes that boot as machines. Without Linux or root nothing else is tried, since all of it would fail for that."""
    instead = "write `runtime: process`, or use a Linux machine"
    yield _linux(host, "nodes are containers that boot as machines", instead)
    yield _root(host)
    if host.system == "Linux" and host.root:
        for program, purpose in MACHINES.items():
            yield _program(host, program, purpose)
        yield _cgroups(host)
        yield _namespaces(host)
        yield _overlay(host)
        yield _forwarding(host)
    yield _base(host)


def problems(host: Host) -> list[str]:
    """Why machines can't run here, a sentence for each thing that is missing, with what to do; empty where they can."""
    return [f"{check.name}: {check.found}; {check.hint}" for check in machines(host) if check.state == "missing"]


def _linux(host: Host, purpose: str, hint: str) -> Check:
    if host.system == "Linux":
        return there("Linux", purpose, "Linux")
    return missing("Linux", purpose, f"this is {host.system}", hint)


def _root(host: Host) -> Check:
    purpose = "machines have users, networks and mounts of their own"
    if host.root:
        return there("root", purpose, "you are root")
    return missing("root", purpose, "you are not root", "run the command as root, or write `runtime: process`")


def _program(host: Host, program: str, purpose: str) -> Check:
    if path := host.program(program):
        return there(program, purpose, path)
    return missing(program, purpose, "not on PATH", f"on Debian and Ubuntu: apt-get install {PACKAGES[program]}")


def _cgroups(host: Host) -> Check:
    """Of the second version, or of the first with systemd's own hierarchy."""
    purpose = "a node is counted, limited and ended as a whole"
    for folder in (CGROUPS, CGROUPS / "unified", CGROUPS / "systemd"):
        if host.writable(folder / "cgroup.procs"):
            return there("cgroups", purpose, f"{folder} can be written")
    return missing("cgroups", purpose, f"{CGROUPS} has no hierarchy that can be written", INSIDE)


def _namespaces(host: Host) -> Check:
    purpose = "nodes have file systems and networks of their own"
    tried = host.attempt(*NAMESPACES)
    if tried.works:
        return there("mount rights", purpose, "namespaces and mounts can be made")
    return missing("mount rights", purpose, tried.words, INSIDE)


def _overlay(host: Host) -> Check:
    purpose = "all nodes share one root, and each keeps its own changes"
    tried = host.attempt("unshare", "--mount", "sh", "-c", OVERLAY)
    if tried.works:
        return there("overlayfs", purpose, "can be mounted")
    return missing("overlayfs", purpose, tried.words, f"modprobe overlay; {INSIDE}")


def _forwarding(host: Host) -> Check:
    purpose = "nodes reach the internet, if there is one, for what their image lacks"
    if host.text(FORWARDING) == "1":
        return there("IP forwarding", purpose, "on")
    if host.writable(FORWARDING):
        return there("IP forwarding", purpose, "off; it can be switched on, and a deployment does so")
    hint = f"sysctl -w net.ipv4.ip_forward=1; {INSIDE}"
    return missing("IP forwarding", purpose, f"off, and {FORWARDING} can't be written", hint)


def _base(host: Host) -> Check:
    purpose = "what all nodes start from: Debian with Slurm and PyTorch"
    if any(machines_dir().glob("*/root")):
        return there("base root", purpose, f"in {machines_dir()}")
    return later("base root", purpose, "not built yet", "nothing to do: the first deployment builds it, once a host")
