"""What the agent of a machine keeps right on it: its name, the addresses it knows, its services."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from clusterwright.node.commands import CommandFailed, run

JOB_USER = "cluster"
STOP_LIMIT = 120.0  # seconds that a service may take to end; systemd's own limit is 90 (systemd-system.conf(5))
END_LIMIT = 20.0  # seconds that processes which were killed may take to be gone: a GPU's memory is given back first
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


def stop(unit: str) -> None:
    """End a service that runs. Raises CommandFailed."""
    if is_active(unit):
        run("systemctl", "stop", unit, limit=STOP_LIMIT)


def restart(unit: str) -> None:
    """Start a service anew that runs. Raises CommandFailed."""
    if is_active(unit):
        run("systemctl", "restart", unit, limit=STOP_LIMIT)


def end_jobs(limit: float = END_LIMIT) -> None:
    """End at once all that jobs run on this machine: slurmd's end leaves it there (KillMode=process of its unit).

    The user of jobs has no other processes here. Raises CommandFailed for what is not gone after `limit` seconds.
    """
    until = time.monotonic() + limit
    # Slurm's own first, who would tell of the others' end; both each time, as either starts more until it is gone.
    while _killed("--exact", "slurmstepd") | _killed("--uid", JOB_USER):
        if time.monotonic() > until:
            raise CommandFailed(f"processes of jobs do not end within {limit:.0f} s although they were killed")
        time.sleep(0.2)


def _killed(*which: str) -> bool:
    """Whether there were such processes; pkill(1) ends with 1 where there are none."""
    command = ["pkill", "--signal", "KILL", *which]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except OSError as error:
        raise CommandFailed(f"`pkill` cannot be run: {error.strerror}") from error
    if done.returncode > 1:
        raise CommandFailed(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.returncode == 0


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
