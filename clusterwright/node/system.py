"""What the agent of a machine keeps right on it: its name, the addresses it knows, its services."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from clusterwright.node.commands import run

_MARK = "# clusterwright"
_ANYWHERE = ("192.0.2.1", 9)  # of TEST-NET-1 (RFC 5737): nothing is sent there, the kernel only chooses a route


def own_address() -> str | None:
    """The address from which this machine reaches others; None while it has no route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ANYWHERE)
        except OSError:
            return None
        return probe.getsockname()[0]


def keep_hostname(name: str, etc: Path) -> None:
    """Name this machine, now and at its next boot. Raises CommandFailed, OSError."""
    if socket.gethostname() != name:
        run("hostname", name)
    _replace(etc / "hostname", f"{name}\n")


def keep_hosts(addresses: Mapping[str, str], etc: Path) -> bool:
    """Make /etc/hosts say those addresses of those names, and those alone; whether it said anything else before.

    Lines of other hands stay, but for those of the same names: a name that leads to two addresses leads anywhere.
    """
    path = etc / "hosts"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    kept = [line for line in before.splitlines() if not line.endswith(_MARK) and not _names(line) & set(addresses)]
    ours = [f"{address} {name} {_MARK}" for name, address in sorted(addresses.items())]
    return _replace(path, "\n".join([*kept, *ours]) + "\n")


def known_address(name: str, etc: Path) -> str | None:
    """The address that /etc/hosts gives for a name by a line of ours."""
    path = etc / "hosts"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.split()[0] for line in lines if line.endswith(_MARK) and name in _names(line)), None)


def is_active(unit: str) -> bool:
    """Whether systemd says that a service runs; one that it does not know does not."""
    return subprocess.run(["systemctl", "is-active", "--quiet", unit], stdin=subprocess.DEVNULL).returncode == 0


def _names(line: str) -> set[str]:
    return set(line.partition("#")[0].split()[1:])


def _replace(path: Path, text: str) -> bool:
    """Write a file of the system unless it holds `text` already; whether it was written."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    fresh = path.with_name(f".{path.name}.clusterwright")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o644)
    os.replace(fresh, path)
    return True
