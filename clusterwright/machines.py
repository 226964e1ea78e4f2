"""What this host needs for nodes that are machines (`runtime: machine`), and what of it is missing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

PROGRAMS = {
    "systemd-nspawn": "systemd-container",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "nft": "nftables",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "mount": "mount",
}
"""Programs by the package of Debian and Ubuntu that has them."""

CGROUPS = Path("/sys/fs/cgroup")


def problems() -> list[str]:
    """Why machines can't run here, a sentence each with what to do; empty where they can.

    Nothing is changed: what a host permits is tried in namespaces that end with the try.
    """
    if platform.system() != "Linux":
        return [f"machines need Linux, and this is {platform.system()}: write `runtime: process`"]
    if os.geteuid() != 0:
        return ["machines need root: run the command as root, or write `runtime: process`"]
    missing = sorted({package for program, package in PROGRAMS.items() if not shutil.which(program)})
    if missing:
        absent = ", ".join(program for program in PROGRAMS if not shutil.which(program))
        return [f"these programs are missing: {absent}. On Debian and Ubuntu: apt-get install {' '.join(missing)}"]
    return [problem for problem in (_cgroups(), _namespaces(), _overlay()) if problem]


def _cgroups() -> str | None:
    hierarchies = [CGROUPS] if (CGROUPS / "cgroup.controllers").exists() else [CGROUPS / "unified", CGROUPS / "systemd"]
    if any(os.access(folder / "cgroup.procs", os.W_OK) for folder in hierarchies):
        return None
    return f"{CGROUPS} holds no cgroup hierarchy that can be written: in a container, start that with --privileged"


def _namespaces() -> str | None:
    words = _failure("unshare", "--mount", "--net", "--pid", "--fork", "mount", "-t", "tmpfs", "probe", "/mnt")
    return words and f"this root may not make namespaces and mounts ({words}): in a container, it needs --privileged"


def _overlay() -> str | None:
    """Modules are loaded when they are first used, so what the kernel lists is not all that it has."""
    script = (
        "mount -t tmpfs probe /mnt && mkdir /mnt/lower /mnt/upper /mnt/work /mnt/root && "
        "mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work probe /mnt/root"
    )
    words = _failure("unshare", "--mount", "sh", "-c", script)
    return words and f"the kernel mounts no overlay file system ({words}): load the module with `modprobe overlay`"


def _failure(*command: str) -> str | None:
    """The last words of a command that fails; None when it does not."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
