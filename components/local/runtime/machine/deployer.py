"""What a machine takes over from the host so that it can download as the host can: mirrors, proxies, certificates."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from components.local.runtime.environment import downloading

BUNDLE = "etc/ssl/certs/ca-certificates.crt"
HOST_BUNDLES = (Path("/", BUNDLE), Path("/etc/pki/tls/certs/ca-bundle.crt"))
"""Where Debian and its kin keep the certificates that they trust, and where Fedora and its kin do."""
PIP_CONFIGURATION = Path("/etc/pip.conf")
APT_PROXIES = ("Acquire::http::Proxy", "Acquire::https::Proxy")
DEBIAN = "http://deb.debian.org/debian"


def configuration(inherited: Mapping[str, str]) -> dict[str, bytes]:
    """Files of a machine, by path: the certificates that the host trusts, and how it reaches package indices."""
    variables, contents = _carried(downloading(inherited))
    bundle = next((path for path in HOST_BUNDLES if path.is_file()), None)
    if bundle:
        contents[BUNDLE] = bundle.read_bytes()
    if PIP_CONFIGURATION.is_file():
        contents["etc/pip.conf"] = PIP_CONFIGURATION.read_bytes()
    if proxies := apt_proxies():
        contents["etc/apt/apt.conf.d/50clusterwright"] = proxies.encode()
    if variables:
        contents["etc/environment"] = _lines(variables).encode()
        contents["etc/systemd/system.conf.d/50-clusterwright.conf"] = _manager(variables).encode()
    return contents


def variables(inherited: Mapping[str, str]) -> dict[str, str]:
    """How package indices are reached, as a machine's programs are told."""
    return _carried(downloading(inherited))[0]


def apt_proxies() -> str:
    """The lines of the host's apt that name a proxy; empty where there is no apt or no proxy."""
    try:
        shell = [argument for number, key in enumerate(APT_PROXIES) for argument in (f"P{number}", key)]
        found = subprocess.run(["apt-config", "shell", *shell], capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""
    values = dict(part.split("=", 1) for part in shlex.split(found))
    return "".join(
        f'{key} "{values[f"P{number}"]}";\n' for number, key in enumerate(APT_PROXIES) if f"P{number}" in values
    )


def mirror(folder: Path = Path("/etc/apt")) -> str:
    """Where the host gets Debian from, so that a mirror that it uses is used; Debian's own where it is none."""
    listed = [*folder.glob("sources.list.d/*.sources"), *folder.glob("sources.list.d/*.list"), folder / "sources.list"]
    words = [word for path in listed if path.is_file() for word in _sources(path.read_text())]
    found = [word.rstrip("/") for word in words if word.startswith(("http://", "https://"))]
    return next((address for address in found if address.endswith("/debian")), DEBIAN)


def _sources(text: str) -> list[str]:
    return [word for line in text.splitlines() if not line.lstrip().startswith("#") for word in line.split()]


def _carried(found: Mapping[str, str]) -> tuple[dict[str, str], dict[str, bytes]]:
    """What of `found` holds in a machine. A file that a variable names goes along; a folder can't, nor its variable."""
    variables, contents = dict[str, str](), dict[str, bytes]()
    for name, value in found.items():
        if os.path.isabs(value):
            if not Path(value).is_file():
                continue
            contents[value.lstrip("/")] = Path(value).read_bytes()
        variables[name] = value
    return variables, contents


def _lines(variables: Mapping[str, str]) -> str:
    """As pam_env reads it: the value is all that follows the equals sign."""
    return "".join(f"{name}={value}\n" for name, value in sorted(variables.items()))


def _manager(variables: Mapping[str, str]) -> str:
    """What systemd gives every service (https://www.freedesktop.org/software/systemd/man/systemd-system.conf.html)."""
    quoted = (_quote(f"{name}={value}") for name, value in sorted(variables.items()))
    return f"[Manager]\nDefaultEnvironment={' '.join(quoted)}\n"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
