"""Write anew what each type of resource takes of its deployer: python -m tools.rights_gcp FOLDER VERSION.

FOLDER is gcp/ of the repository iann0036/iam-dataset: map.json says which permissions each method of Google's APIs
asks for, read from Google's own reference, and roles/ which permissions there are; VERSION says which they are.

`METHODS` are the methods that Pulumi's provider, which is Terraform's, calls for a type
(https://github.com/hashicorp/terraform-provider-google). Its source was not read through for them, so a project may
show that one is missing. `BESIDES` are permissions that the map lacks, `UNUSED` those of what a cluster has nothing of.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "components" / "rights" / "gcp.json"


def _methods(collection: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{collection}.{name}" for name in names)


GLOBALLY, REGIONALLY, ZONALLY = (f"compute.{place}Operations.get" for place in ("global", "region", "zone"))
PROJECT_POLICY = _methods("cloudresourcemanager.projects", "getIamPolicy", "setIamPolicy")
POLICY = ("getIamPolicy", "setIamPolicy")
MADE = ("create", "get", "patch", "delete")

METHODS: dict[str, tuple[str, ...]] = {
    "billing/budget:Budget": _methods("billingbudgets.billingAccounts.budgets", *MADE),
    "compute/address:Address": (*_methods("compute.addresses", "insert", "get", "setLabels", "delete"), REGIONALLY),
    "compute/disk:Disk": (
        *_methods("compute.disks", "insert", "get", "setLabels", "resize", "update", "createSnapshot", "delete"),
        "compute.snapshots.insert", GLOBALLY, ZONALLY,
    ),
    "compute/firewall:Firewall": (*_methods("compute.firewalls", "insert", "get", "patch", "delete"), GLOBALLY),
    "compute/globalAddress:GlobalAddress": (
        *_methods("compute.globalAddresses", "insert", "get", "setLabels", "delete"), GLOBALLY,
    ),
    "compute/instance:Instance": (
        *_methods(
            "compute.instances", "insert", "get", "delete", "start", "stop", "attachDisk", "detachDisk", "setLabels",
            "setMachineType", "setMetadata", "setScheduling", "setServiceAccount", "setTags", "updateNetworkInterface",
            "updateShieldedInstanceConfig",
        ),
        "compute.disks.get", "compute.images.get", "compute.zones.get", ZONALLY,
    ),
    "compute/instanceGroupManager:InstanceGroupManager": (
        *_methods("compute.instanceGroupManagers", "insert", "get", "patch", "listManagedInstances", "delete"), ZONALLY,
    ),
    "compute/instanceTemplate:InstanceTemplate": (
        *_methods("compute.instanceTemplates", "insert", "get", "delete"), "compute.images.get", GLOBALLY,
    ),
    "compute/network:Network": (*_methods("compute.networks", "insert", "get", "patch", "delete"), GLOBALLY),
    "compute/resourcePolicy:ResourcePolicy": (
        *_methods("compute.resourcePolicies", "insert", "get", "patch", "delete"), REGIONALLY,
    ),
    "compute/router:Router": (*_methods("compute.routers", "insert", "get", "patch", "delete"), REGIONALLY),
    "compute/routerNat:RouterNat": (*_methods("compute.routers", "get", "patch"), REGIONALLY),
    "compute/subnetwork:Subnetwork": (
        *_methods("compute.subnetworks", "insert", "get", "patch", "setPrivateIpGoogleAccess", "delete"), REGIONALLY,
    ),
    "filestore/instance:Instance": (
        *_methods("file.projects.locations.instances", *MADE), "file.projects.locations.operations.get",
    ),
    "iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember": (),
    "kms/cryptoKey:CryptoKey": (
        *_methods("cloudkms.projects.locations.keyRings.cryptoKeys", "create", "get", "patch"),
        *_methods("cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions", "list", "destroy"),
    ),
    "kms/cryptoKeyIAMMember:CryptoKeyIAMMember": _methods("cloudkms.projects.locations.keyRings.cryptoKeys", *POLICY),
    "kms/keyRing:KeyRing": _methods("cloudkms.projects.locations.keyRings", "create", "get"),
    "logging/projectBucketConfig:ProjectBucketConfig": _methods("logging.projects.locations.buckets", *MADE),
    "logging/projectExclusion:ProjectExclusion": _methods("logging.projects.exclusions", *MADE),
    "logging/projectSink:ProjectSink": _methods("logging.projects.sinks", *MADE),
    "lustre/instance:Instance": (),
    "monitoring/alertPolicy:AlertPolicy": _methods("monitoring.projects.alertPolicies", *MADE),
    "monitoring/dashboard:Dashboard": _methods("monitoring.projects.dashboards", *MADE),
    "monitoring/metricDescriptor:MetricDescriptor": _methods("monitoring.projects.metricDescriptors", "create", "get"),
    "monitoring/notificationChannel:NotificationChannel": _methods("monitoring.projects.notificationChannels", *MADE),
    "projects/iAMAuditConfig:IAMAuditConfig": PROJECT_POLICY,
    "projects/iAMCustomRole:IAMCustomRole": _methods("iam.projects.roles", *MADE),
    "projects/iAMMember:IAMMember": PROJECT_POLICY,
    "projects/serviceIdentity:ServiceIdentity": (),
    "secretmanager/secret:Secret": _methods("secretmanager.projects.secrets", *MADE),
    "secretmanager/secretIamMember:SecretIamMember": _methods("secretmanager.projects.secrets", *POLICY),
    "serviceaccount/account:Account": _methods("iam.projects.serviceAccounts", *MADE),
    "serviceaccount/iAMMember:IAMMember": _methods("iam.projects.serviceAccounts", *POLICY),
    "servicenetworking/connection:Connection": (
        *_methods("servicenetworking.services.connections", "create", "list", "patch", "deleteConnection"),
        "servicenetworking.operations.get", "compute.networks.removePeering", "cloudresourcemanager.projects.get",
    ),
    "storage/bucket:Bucket": _methods("storage.buckets", "insert", "get", "patch", "delete"),
    "storage/bucketIAMMember:BucketIAMMember": _methods("storage.buckets", *POLICY),
    "storage/bucketObject:BucketObject": _methods("storage.objects", "insert", "get", "delete"),
    "storage/managedFolder:ManagedFolder": _methods("storage.managedFolders", "insert", "get", "delete"),
    "storage/managedFolderIamMember:ManagedFolderIamMember": _methods("storage.managedFolders", *POLICY),
}  # fmt: skip
"""The methods that are called for each type, by their ids in Google's discovery documents."""

BESIDES: dict[str, tuple[str, ...]] = {
    "compute/address:Address": ("compute.subnetworks.use",),
    "compute/firewall:Firewall": ("compute.networks.updatePolicy",),
    "compute/globalAddress:GlobalAddress": ("compute.networks.use",),
    "compute/instance:Instance": (
        "compute.addresses.useInternal", "compute.disks.setLabels", "compute.disks.use", "compute.images.useReadOnly",
        "compute.instances.setLabels",
    ),
    "compute/instanceGroupManager:InstanceGroupManager": (
        "compute.instanceTemplates.get", "compute.instanceTemplates.useReadOnly", "compute.instances.delete",
        "compute.resourcePolicies.use",
    ),
    "compute/instanceTemplate:InstanceTemplate": (
        "compute.images.useReadOnly", "compute.networks.get", "compute.subnetworks.get",
    ),
    "compute/router:Router": ("compute.networks.updatePolicy",),
    "compute/subnetwork:Subnetwork": ("compute.networks.updatePolicy",),
    "iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember": (
        "iap.tunnelInstances.getIamPolicy", "iap.tunnelInstances.setIamPolicy",
    ),
    "logging/projectBucketConfig:ProjectBucketConfig": ("logging.settings.get",),
    # https://docs.cloud.google.com/managed-lustre/docs/access-control
    "lustre/instance:Instance": (
        "lustre.instances.create", "lustre.instances.delete", "lustre.instances.get", "lustre.instances.update",
        "lustre.operations.get",
    ),
    "projects/serviceIdentity:ServiceIdentity": ("serviceusage.operations.get", "serviceusage.services.get"),
    "servicenetworking/connection:Connection": ("compute.networks.use", "servicenetworking.services.addPeering"),
    "storage/bucket:Bucket": (
        "storage.anywhereCaches.list", "storage.managedFolders.delete", "storage.managedFolders.list",
        "storage.objects.delete", "storage.objects.list",
    ),
    "storage/bucketObject:BucketObject": ("storage.objects.list",),
    # https://docs.cloud.google.com/storage/docs/access-control/iam-permissions
    "storage/managedFolder:ManagedFolder": (
        "storage.managedFolders.create", "storage.managedFolders.delete", "storage.managedFolders.get",
    ),
    "storage/managedFolderIamMember:ManagedFolderIamMember": (
        "storage.managedFolders.getIamPolicy", "storage.managedFolders.setIamPolicy",
    ),
}  # fmt: skip
UNUSED = {
    "compute.instances.pscInterfaceCreate", "compute.instances.update", "compute.machineImages.useReadOnly",
    "compute.subnetworks.useExternalIp", "storage.objects.getIamPolicy",
}  # fmt: skip
"""Public addresses, machine images, interfaces in others' networks, policies of objects."""


def existing(folder: Path) -> set[str]:
    """Every permission of some predefined role."""
    roles = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("roles/*.json")))
    return {permission for role in roles for permission in role.get("includedPermissions", ())}


def asked(methods: Iterable[str], known: Mapping[str, Any]) -> set[str]:
    """What the methods ask for. Raises KeyError where the map lacks one."""
    return {
        permission["name"]
        for method in methods
        for permission in known[method.partition(".")[0]]["methods"][method].get("permissions", ())
    }


def table(folder: Path, version: str) -> dict[str, Any]:
    """All of gcp.json. Raises ValueError where Google has no permission of some name."""
    known = json.loads((folder / "map.json").read_text(encoding="utf-8"))["api"]
    rows = {}
    for kind, methods in sorted(METHODS.items()):
        permissions = (asked(methods, known) | set(BESIDES.get(kind, ()))) - UNUSED
        rows[f"gcp:{kind}"] = {"methods": sorted(methods), "actions": sorted(permissions)}
    if wrong := {action for row in rows.values() for action in row["actions"]} - existing(folder):
        raise ValueError(f"Google has no {', '.join(sorted(wrong))}")
    return {"types": rows, "source": version}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.rights_gcp", description="What each type of resource takes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("version")
    given = parser.parse_args()
    TABLE.write_text(json.dumps(table(given.folder, given.version), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
