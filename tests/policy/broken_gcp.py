"""Clusters on GCP in which one promise is broken each: what a rule of the policy pack has to see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clusterwright_policy.base import Graph
from clusterwright_policy.gcp.types import (
    ACCOUNT_MEMBER,
    ADDRESS,
    BUCKET,
    BUCKET_MEMBER,
    DISK,
    FILESTORE,
    FIREWALL,
    FOLDER_MEMBER,
    INSTANCE,
    KEY,
    KEY_MEMBER,
    LOG_BUCKET,
    LUSTRE,
    PROJECT_MEMBER,
    ROLE,
    SECRET,
    TEMPLATE,
)
from tests.policy.broken import Add, Break, gone, inside, put

HEAD = "serviceAccount:bert-large-head@my-project-123.iam.gserviceaccount.com"
PUBLIC = [{"natIp": "203.0.113.7"}]


@dataclass(frozen=True)
class AtOnce(Break):
    """The resource waits for nothing."""

    def apply(self, graph: Graph) -> Graph:
        return Graph(
            tuple(
                replace(one, after=frozenset()) if one.type == self.kind and one.name.endswith(self.name) else one
                for one in graph.resources
            )
        )


def metadata(**values: str | None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Other values in a machine's metadata."""
    return inside("metadata", **{name.replace("_", "-"): value for name, value in values.items()})


BROKEN: Mapping[str, tuple[Break | Add, ...]] = {
    "CW-POL-202": (
        Break(DISK, "-state", put(diskEncryptionKey=None), "`diskEncryptionKey.kmsKeySelfLink` names no key"),
        Break(INSTANCE, "-head", inside("bootDisk", kmsKeySelfLink=None), "`bootDisk.kmsKeySelfLink` names no key"),
        Break(
            TEMPLATE,
            "-train",
            inside("disks", diskEncryptionKey=None),
            "`disks[].diskEncryptionKey.kmsKeySelfLink` names no key",
        ),
        Break(FILESTORE, "-home", put(kmsKeyName=None), "`kmsKeyName` names no key"),
        Break(LUSTRE, "-scratch", put(kmsKey=None), "`kmsKey` names no key"),
        Break(BUCKET, "-data", put(encryption=None), "`encryption.defaultKmsKeyName` names no key"),
        Break(
            SECRET,
            "-munge",
            put(replication={"userManaged": {"replicas": [{"location": "us-central1"}]}}),
            "`replication.userManaged.replicas[].customerManagedEncryption.kmsKeyName` names no key",
        ),
        Break(
            SECRET,
            "-munge",
            put(replication={"auto": {}}),
            "`replication.auto.customerManagedEncryption.kmsKeyName` names no key",
        ),
        Break(LOG_BUCKET, "-logs", put(cmekSettings=None), "`cmekSettings.kmsKeyName` names no key"),
    ),
    "CW-POL-203": (
        *(
            Break(KEY_MEMBER, f"-{service}-encrypts", gone, f"{agent} may not use the key", at="-identity-key")
            for service, agent in (
                ("compute", "compute-system"),
                ("file", "cloud-filer"),
                ("logging", "gcp-sa-logging"),
                ("lustre", "gcp-sa-lustre"),
                ("secretmanager", "gcp-sa-secretmanager"),
                ("storage", "gs-project-accounts"),
            )
        ),
        Break(
            KEY_MEMBER,
            "-file-encrypts",
            put(role="roles/cloudkms.viewer"),
            "cloud-filer may not use the key",
            at="-identity-key",
        ),
        AtOnce(LUSTRE, "-scratch", put(), "it does not wait for the right of gcp-sa-lustre to use the key"),
        AtOnce(SECRET, "-munge", put(), "it does not wait for the right of gcp-sa-secretmanager to use the key"),
    ),
    "CW-POL-204": (Break(KEY, "-key", put(rotationPeriod=None), "`rotationPeriod` is not set"),),
    "CW-POL-211": (
        Break(
            INSTANCE,
            "-head",
            inside("networkInterfaces", accessConfigs=PUBLIC),
            "`networkInterfaces[].accessConfigs` is set",
        ),
        Break(
            TEMPLATE,
            "-prep",
            inside("networkInterfaces", ipv6AccessConfigs=PUBLIC),
            "`networkInterfaces[].ipv6AccessConfigs` is set",
        ),
        Break(ADDRESS, "-head", put(addressType="EXTERNAL"), "`addressType` is not INTERNAL"),
        Break(ADDRESS, "-head", put(addressType=None), "`addressType` is not INTERNAL"),
    ),
    "CW-POL-212": (
        Break(FIREWALL, "-sessions", put(sourceRanges=["0.0.0.0/0"]), "`sourceRanges` lets 0.0.0.0/0 in"),
        Break(FIREWALL, "-sessions", put(sourceRanges=["10.0.0.0/8", "::/0"]), "`sourceRanges` lets ::/0 in"),
        Break(FIREWALL, "-sessions", put(sourceRanges=None, direction=None), "it names no source"),
    ),
    "CW-POL-213": (Break(FIREWALL, "-sessions", put(targetServiceAccounts=None), "it names no target"),),
    "CW-POL-221": (
        Break(
            INSTANCE,
            "-head",
            inside("shieldedInstanceConfig", enableVtpm=False),
            "`shieldedInstanceConfig.enableVtpm` is not true",
        ),
        Break(
            TEMPLATE,
            "-train",
            inside("shieldedInstanceConfig", enableIntegrityMonitoring=None),
            "`shieldedInstanceConfig.enableIntegrityMonitoring` is not true",
        ),
    ),
    "CW-POL-222": (
        Break(INSTANCE, "-head", metadata(enable_oslogin=None), "the metadata `enable-oslogin` is not TRUE"),
        Break(
            TEMPLATE, "-train", metadata(block_project_ssh_keys="FALSE"), "the metadata `block-project-ssh-keys` is not"
        ),
        Break(TEMPLATE, "-train", metadata(ssh_keys="a:ssh-ed25519 AAAA a"), "the metadata has `ssh-keys`"),
    ),
    "CW-POL-223": (
        Break(INSTANCE, "-head", metadata(serial_port_enable="true"), "the metadata `serial-port-enable` is TRUE"),
        Break(TEMPLATE, "-train", metadata(serial_port_enable="1"), "the metadata `serial-port-enable` is TRUE"),
    ),
    "CW-POL-231": (
        Break(LOG_BUCKET, "-logs", put(retentionDays=None), "`retentionDays` is not set"),
        Break(LOG_BUCKET, "-logs", put(retentionDays=0), "`retentionDays` is not set"),
    ),
    "CW-POL-241": (
        Break(PROJECT_MEMBER, "-logs-head", put(role="roles/editor"), "has roles/editor"),
        Add(PROJECT_MEMBER, {"member": "user:a@example.com", "role": "roles/viewer"}, "user:a@example.com has"),
    ),
    "CW-POL-242": (
        Break(PROJECT_MEMBER, "-logs-head", put(role="roles/compute.instanceAdmin.v1"), "has roles/compute.instance"),
        Add(ACCOUNT_MEMBER, {"member": HEAD, "role": "roles/iam.serviceAccountUser"}, f"{HEAD} has roles/iam."),
        Break(
            ROLE,
            "-groups",
            put(permissions=["compute.instanceGroupManagers.get", "compute.instances.setMetadata"]),
            "it holds compute.instances.setMetadata",
        ),
        Break(ROLE, "-groups", put(permissions=["iam.serviceAccounts.actAs"]), "it holds iam.serviceAccounts.actAs"),
    ),
    "CW-POL-243": (
        Add("gcp:projects/iAMPolicy:IAMPolicy", {"policyData": "{}"}, "IAMPolicy is all there is afterwards"),
        Add("gcp:storage/bucketIAMBinding:BucketIAMBinding", {"members": [HEAD]}, "BucketIAMBinding is all there is"),
        Add(
            "gcp:storage/managedFolderIamPolicy:ManagedFolderIamPolicy",
            {"policyData": "{}"},
            "ManagedFolderIamPolicy is all there is",
        ),
    ),
    "CW-POL-244": (
        Break(FOLDER_MEMBER, "-control-reads-compute", put(member="allUsers"), "allUsers is in"),
        Add("gcp:storage/bucketIAMBinding:BucketIAMBinding", {"members": ["allAuthenticatedUsers"]}, "allAuthentic"),
        Add("gcp:storage/bucketAccessControl:BucketAccessControl", {"entity": "allUsers"}, "allUsers is in"),
    ),
    "CW-POL-245": (
        Break(
            FOLDER_MEMBER,
            "-control-reads-compute",
            put(role="roles/storage.objectUser"),
            "has roles/storage.objectUser",
        ),
        Add(
            BUCKET_MEMBER,
            {"bucket": "bert-large-data-123456789012", "member": HEAD, "role": "roles/storage.objectCreator"},
            f"{HEAD} has roles/storage.objectCreator",
        ),
        Add(
            FOLDER_MEMBER,
            {
                "bucket": "bert-large-data-123456789012",
                "managedFolder": "control/bundles/",
                "member": HEAD,
                "role": "roles/storage.objectAdmin",
            },
            f"{HEAD} has roles/storage.objectAdmin",
        ),
    ),
    "CW-POL-246": (
        Add(PROJECT_MEMBER, {"member": HEAD, "role": "roles/storage.objectViewer"}, "has roles/storage.objectViewer"),
        Break(
            PROJECT_MEMBER,
            "-logs-head",
            put(role="roles/secretmanager.secretAccessor"),
            "has roles/secretmanager.secretAccessor",
        ),
    ),
    "CW-POL-247": (
        Break(INSTANCE, "-head", put(serviceAccount=None), "`serviceAccount.email` is not set"),
        Break(
            TEMPLATE,
            "-train",
            inside("serviceAccount", email="123456789012-compute@developer.gserviceaccount.com"),
            "`serviceAccount.email` is 123456789012-compute@developer",
        ),
    ),
    "CW-POL-251": (
        Break(BUCKET, "-data", put(publicAccessPrevention="inherited"), "`publicAccessPrevention` is not enforced"),
        Break(BUCKET, "-data", put(uniformBucketLevelAccess=None), "`uniformBucketLevelAccess` is not true"),
    ),
    "CW-POL-252": (Break(BUCKET, "-data", put(versioning=None), "`versioning.enabled` is not true"),),
}
"""By the rule's code: each way in which bert-large-gcp is broken here."""
