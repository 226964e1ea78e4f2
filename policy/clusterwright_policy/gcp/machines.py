"""Machines: started from what was signed and measured, and entered by those whom IAM lets in."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright_policy.base import UNKNOWN, Resource, ResourceRule, Violation, is_true
from clusterwright_policy.gcp.types import INSTANCE, TEMPLATE

METADATA = ("enable-oslogin", "block-project-ssh-keys")
"""Settings by which IAM alone says who logs in; words and numbers both mean yes
(https://docs.cloud.google.com/compute/docs/metadata/setting-custom-metadata#boolean)."""
YES = ("TRUE", "Y", "YES", "1")


class NotShielded(ResourceRule):
    """A machine's start is not measured."""

    code = "CW-POL-221"
    types = frozenset({INSTANCE, TEMPLATE})
    why = (
        "whether what it starts with was changed shows in nothing else; signed kernels alone can't be asked for where "
        "drivers are built (docs.cloud.google.com/compute/shielded-vm/docs/shielded-vm)"
    )
    hint = "set `shieldedInstanceConfig.enableVtpm` and `shieldedInstanceConfig.enableIntegrityMonitoring`"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        for name in ("enableVtpm", "enableIntegrityMonitoring"):
            if not is_true(resource.value(f"shieldedInstanceConfig.{name}")):
                yield self.violation(resource, f"`shieldedInstanceConfig.{name}` is not true")


class KeysOfTheProject(ResourceRule):
    """A machine lets in whoever has put a key into its metadata or the project's."""

    code = "CW-POL-222"
    types = frozenset({INSTANCE, TEMPLATE})
    why = (
        "such a key stays when its owner has gone, and no log tells who he was "
        "(docs.cloud.google.com/compute/docs/oslogin)"
    )
    hint = "set the metadata `enable-oslogin` and `block-project-ssh-keys` to TRUE, and no `ssh-keys`"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if resource.value("metadata") is UNKNOWN:
            return
        for key in METADATA:
            if _metadata(resource, key) is not UNKNOWN and not _yes(resource, key):
                yield self.violation(resource, f"the metadata `{key}` is not TRUE")
        if _metadata(resource, "ssh-keys"):
            yield self.violation(resource, "the metadata has `ssh-keys`")


class SerialPort(ResourceRule):
    """A machine's serial console can be used from everywhere."""

    code = "CW-POL-223"
    types = frozenset({INSTANCE, TEMPLATE})
    why = (
        "no firewall is before it, and no list of addresses "
        "(docs.cloud.google.com/compute/docs/troubleshooting/troubleshooting-using-serial-console)"
    )
    hint = "leave the metadata `serial-port-enable` out, or set it to FALSE"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if _yes(resource, "serial-port-enable"):
            yield self.violation(resource, "the metadata `serial-port-enable` is TRUE")


def _metadata(resource: Resource, key: str) -> object:
    metadata = resource.properties.get("metadata")
    return metadata.get(key) if isinstance(metadata, dict) else None


def _yes(resource: Resource, key: str) -> bool:
    return str(_metadata(resource, key)).upper() in YES
