"""What nodes are given of the deployer's environment: no cloud credentials, and not the passphrase of the state."""

from __future__ import annotations

from collections.abc import Mapping

PROXIES = frozenset(
    name for proxy in ("http_proxy", "https_proxy", "no_proxy", "all_proxy") for name in (proxy, proxy.upper())
)
CERTIFICATES = frozenset({"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})
INSTALLERS = ("PIP_", "UV_", "SSL_")

_KEPT = frozenset({"HOME", "PATH", "LANG", "TMPDIR", "TZ"}) | PROXIES | CERTIFICATES
_KEPT_PREFIXES = ("LC_", "XDG_", *INSTALLERS)


def kept(inherited: Mapping[str, str]) -> dict[str, str]:
    """What a process of this user keeps: who and where it is, its language, and how it reaches package indices."""
    return {name: value for name, value in inherited.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}


def downloading(inherited: Mapping[str, str]) -> dict[str, str]:
    """The part of it that says how package indices are reached, which holds on another machine too."""
    wanted = PROXIES | CERTIFICATES
    return {name: value for name, value in inherited.items() if name in wanted or name.startswith(INSTALLERS)}
