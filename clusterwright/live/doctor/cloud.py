"""What the clouds have alike: a client, Pulumi's package and plugin, and a state that several people can reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from clusterwright.host.check import Check, later, missing, there
from clusterwright.host.host import Host
from clusterwright.spec.base import Provider

SHARED_BACKENDS = ("s3://", "gs://", "azblob://", "https://")
"""Pulumi's backends that more than one machine reaches (https://www.pulumi.com/docs/iac/concepts/state-and-backends/)."""
CLOUD_KEYS = ("awskms://", "gcpkms://", "azurekeyvault://")
"""Its keys that need no passphrase (https://www.pulumi.com/docs/iac/concepts/secrets/)."""


def installed(host: Host, package: str, purpose: str, hint: str) -> Check:
    """Whether a Python package is there."""
    if version := host.version(package):
        return there(package, purpose, version)
    return missing(package, purpose, "not installed", hint)


def engine(host: Host, provider: Provider) -> Iterator[Check]:
    """What Pulumi needs for this cloud's resources."""
    package = f"pulumi-{provider}"
    hint = f".tools/bin/uv sync --frozen --inexact --extra {provider}"
    yield installed(host, package, "the cloud's resources as Pulumi knows them", hint)
    if version := host.version(package):
        yield _plugin(host, provider, version)
    yield _set(
        host,
        "shared state",
        "PULUMI_BACKEND_URL",
        SHARED_BACKENDS,
        "the record of what is deployed, for all who deploy it",
        "https://www.pulumi.com/docs/iac/concepts/state-and-backends/",
    )
    yield _set(
        host,
        "state's key",
        "CLUSTERWRIGHT_SECRETS_PROVIDER",
        CLOUD_KEYS,
        "encrypts what is secret in that record",
        "https://www.pulumi.com/docs/iac/concepts/secrets/",
    )


def _plugin(host: Host, provider: Provider, version: str) -> Check:
    """https://www.pulumi.com/docs/iac/concepts/plugins/"""
    purpose = "the program of Pulumi's that asks the cloud"
    home = Path(host.environment.get("PULUMI_HOME") or host.home / ".pulumi")
    folder = home / "plugins" / f"resource-{provider}-v{version}"
    if folder.is_dir():
        return there(f"plugin {provider}", purpose, str(folder))
    hint = (
        f"nothing to do where there is internet; else: pulumi plugin install resource {provider} v{version} --file FILE"
    )
    return later(f"plugin {provider}", purpose, f"not in {folder.parent}; the first deployment fetches it", hint)


def _set(host: Host, name: str, variable: str, wanted: tuple[str, ...], purpose: str, page: str) -> Check:
    value = host.environment.get(variable, "")
    if value.startswith(wanted):
        return there(name, purpose, value)
    found = f"{variable} is {value}" if value else f"{variable} is not set"
    return missing(name, purpose, found, f"make one that starts with {' or '.join(wanted)}, and export it: {page}")
