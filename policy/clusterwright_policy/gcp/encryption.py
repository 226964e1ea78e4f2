"""Encryption: with one key that is turned, and that each service may use before it has to.

Google encrypts all data at rest in any case (https://docs.cloud.google.com/docs/security/encryption/default-encryption),
so that no rule asks whether something is encrypted at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clusterwright_policy.base import UNKNOWN, Graph, Resource, ResourceRule, Rule, Violation
from clusterwright_policy.gcp.types import (
    BUCKET,
    DISK,
    FILESTORE,
    GROUP,
    INSTANCE,
    KEY,
    KEY_MEMBER,
    LOG_BUCKET,
    LUSTRE,
    SECRET,
    TEMPLATE,
)

KEYS: Mapping[str, tuple[str, ...]] = {
    DISK: ("diskEncryptionKey.kmsKeySelfLink",),
    INSTANCE: ("bootDisk.kmsKeySelfLink", "attachedDisks[].kmsKeySelfLink"),
    TEMPLATE: ("disks[].diskEncryptionKey.kmsKeySelfLink",),
    FILESTORE: ("kmsKeyName",),
    LUSTRE: ("kmsKey",),
    BUCKET: ("encryption.defaultKmsKeyName",),
    SECRET: (
        "replication.auto.customerManagedEncryption.kmsKeyName",
        "replication.userManaged.replicas[].customerManagedEncryption.kmsKeyName",
    ),
    LOG_BUCKET: ("cmekSettings.kmsKeyName",),
}
"""Where it says with which key."""
KEYLESS_TIERS = ("BASIC_HDD", "BASIC_SSD")
"""Tiers of Filestore that take no key (https://docs.cloud.google.com/filestore/docs/cmek)."""
USERS: Mapping[str, tuple[str, ...]] = {
    "cloud-filer": (FILESTORE,),
    "compute-system": (DISK, INSTANCE, GROUP),
    "gcp-sa-logging": (LOG_BUCKET,),
    "gcp-sa-lustre": (LUSTRE,),
    "gcp-sa-secretmanager": (SECRET,),
    "gs-project-accounts": (BUCKET,),
}
"""Whose service agents use the key, by the types of resources for which they do. A template starts nothing by itself
(https://docs.cloud.google.com/iam/docs/service-agents)."""
ENCRYPTS = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


class SeveralKeys(Rule):
    """Some of the stack is encrypted with a key of one's own, and some with a key of Google's."""

    code = "CW-POL-202"
    why = "who ends the key, or takes somebody's right to use it, means all of the cluster's data"
    hint = "name the key wherever one can be named"

    def check(self, graph: Graph) -> Iterator[Violation]:
        places = [(resource, *place) for resource in graph.of(*KEYS) for place in keys(resource)]
        if any(key for _, _, key in places):
            for resource, path, key in places:
                if not key:
                    yield self.violation(resource, f"`{path}` names no key, as other resources of the stack do")


def keys(resource: Resource) -> Iterator[tuple[str, object]]:
    """Each place of a resource that a key can stand in, and what stands there."""
    if resource.type == FILESTORE and resource.value("tier") in KEYLESS_TIERS:
        return
    paths = KEYS[resource.type]
    if resource.type == SECRET:
        paths = paths[1:] if resource.value("replication.userManaged") else paths[:1]
    for path in paths:
        for key in _without_scratch(resource).values(path):
            yield path, key


def _without_scratch(resource: Resource) -> Resource:
    """A template without its local disks: those have keys of their own that are gone with the machine
    (https://docs.cloud.google.com/compute/docs/disks/local-ssd#encryption)."""
    disks = resource.properties.get("disks")
    if resource.type != TEMPLATE or not isinstance(disks, list):
        return resource
    kept = [disk for disk in disks if not isinstance(disk, Mapping) or disk.get("type") != "SCRATCH"]
    return Resource(resource.type, resource.name, resource.urn, {**resource.properties, "disks": kept})


class AgentLacksTheKey(Rule):
    """A service that works with what the key encrypts may not use it, or may only when it is too late."""

    code = "CW-POL-203"
    why = (
        "what the service makes with the key is refused until its agent may encrypt and decrypt with it "
        "(docs.cloud.google.com/kms/docs/cmek-best-practices, docs.cloud.google.com/compute/docs/disks/"
        "customer-managed-encryption)"
    )
    hint = f"give the agent {ENCRYPTS} on the key, and let what is encrypted depend on it"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for key in graph.of(KEY):
            for agent, types in USERS.items():
                grants = {grant.urn for grant in graph.about(key, KEY_MEMBER, "cryptoKeyId") if _lets(grant, agent)}
                for user in (one for one in graph.of(*types) if _encrypts(one)):
                    if not grants:
                        yield self.violation(key, f"{agent} may not use the key, and {user.name} needs it")
                        break
                    if not grants & graph.before(user):
                        yield self.violation(user, f"it does not wait for the right of {agent} to use the key")


def _encrypts(resource: Resource) -> bool:
    return resource.type == GROUP or any(key for _, key in keys(resource))


def _lets(grant: Resource, agent: str) -> bool:
    member, role = grant.value("member"), grant.value("role")
    return role in (ENCRYPTS, UNKNOWN) and (member is UNKNOWN or str(member).partition("@")[2].startswith(f"{agent}."))


class NeverRotated(ResourceRule):
    """A key is never rotated."""

    code = "CW-POL-204"
    types = frozenset({KEY})
    why = (
        "what one version of a key encrypts is lost with it, and the more there is the longer it was used "
        "(docs.cloud.google.com/kms/docs/key-rotation)"
    )
    hint = "set `rotationPeriod`, 7776000s for 90 days"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if not resource.value("rotationPeriod"):
            yield self.violation(resource, "`rotationPeriod` is not set")
