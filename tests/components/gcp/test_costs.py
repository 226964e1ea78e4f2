"""Everything that a cluster registers and Google bills is in what the plan says that it costs."""

from __future__ import annotations

import re

import pytest

from tests.components.billing import counted, types
from tests.components.gcp.clusters import ALL, planned, registered

BILLED = {
    "compute/disk:Disk": r"volume .*",
    "compute/instance:Instance": r"disk of the head",
    "compute/instanceGroupManager:InstanceGroupManager": r"disk of a node of .*",
    "compute/routerNat:RouterNat": r"NAT gateway for the head",
    "filestore/instance:Instance": r"Filestore .*",
    "kms/cryptoKey:CryptoKey": r"key",
    "logging/projectBucketConfig:ProjectBucketConfig": r"logs that are written",
    "lustre/instance:Instance": r"Lustre .*",
    "monitoring/alertPolicy:AlertPolicy": r"alarms",
    "secretmanager/secret:Secret": r"secret",
    "storage/bucket:Bucket": r"what bucket .* holds",
}
"""Each type that is billed, and what it costs is called."""
FREE = {
    "billing/budget:Budget", "compute/address:Address", "compute/firewall:Firewall",
    "compute/globalAddress:GlobalAddress", "compute/instanceTemplate:InstanceTemplate", "compute/network:Network",
    "compute/resourcePolicy:ResourcePolicy", "compute/router:Router", "compute/subnetwork:Subnetwork",
    "kms/keyRing:KeyRing", "logging/projectExclusion:ProjectExclusion",
    "logging/projectSink:ProjectSink", "monitoring/dashboard:Dashboard",
    "monitoring/metricDescriptor:MetricDescriptor", "monitoring/notificationChannel:NotificationChannel",
    "projects/serviceIdentity:ServiceIdentity", "serviceaccount/account:Account",
    "servicenetworking/connection:Connection", "storage/managedFolder:ManagedFolder",
}  # fmt: skip
"""What has no price of its own: the addresses are internal ones, and what is written to a metric is billed with it
(https://github.com/infracost/infracost/blob/95ba4f4/internal/providers/terraform/google/registry.go)."""
SETTINGS = re.compile(r"(I[Aa][Mm]Member|IAMCustomRole|IAMAuditConfig|BucketObject)$")
"""Types that are settings of another resource, or what is in a bucket."""


@pytest.mark.parametrize("name", ALL)
def test_each_resource_that_is_billed_has_its_cost(name: str) -> None:
    made = types(registered(name), "gcp")
    assert {kind: made[kind] for kind in BILLED} == counted(planned(name), BILLED)


def test_every_type_that_is_registered_is_known_to_be_billed_or_free() -> None:
    found = {kind for name in ALL for kind in types(registered(name), "gcp")}
    assert len(found) > 30
    assert {kind for kind in found if not SETTINGS.search(kind)} - {*BILLED, *FREE} == set()
