"""The life of a cluster on GCP under the real engine, with a stand-in for Google Cloud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.engine.scenes import MARKS, NAME, Course, End, Life, Walk, begin

pytestmark = MARKS

TEMPLATE = "gcp:compute/instanceTemplate:InstanceTemplate"
COURSE = Course(
    provider="gcp",
    group="gcp:compute/instanceGroupManager:InstanceGroupManager",
    instance="gcp:compute/instance:Instance",
    object="gcp:storage/bucketObject:BucketObject",
    path="name",
    alarm="gcp:monitoring/alertPolicy:AlertPolicy",
    examples={"bert-base-gcp": 1},
    needed=(
        ("gcp:storage/bucketObject:BucketObject", "storage-current"),
        ("gcp:storage/managedFolderIamMember:ManagedFolderIamMember", "storage-control-reads-head"),
        ("gcp:filestore/instance:Instance", "storage-home"),
        ("gcp:lustre/instance:Instance", "storage-scratch"),
        ("gcp:compute/routerNat:RouterNat", "network-nat"),
        ("gcp:projects/iAMMember:IAMMember", "identity-groups-head"),
        ("gcp:secretmanager/secretIamMember:SecretIamMember", "identity-munge-writes-head"),
    ),
    before_nodes=("gcp:compute/instance:Instance", "compute-head"),
    below=(
        "gcp:serviceaccount/account:Account",
        "gcp:compute/routerNat:RouterNat",
        "gcp:compute/subnetwork:Subnetwork",
        "gcp:compute/network:Network",
        "gcp:compute/disk:Disk",
    ),
    kept={
        "gcp:storage/bucket:Bucket": "{url}",
        "gcp:filestore/instance:Instance": "{id}",
        "gcp:kms/cryptoKey:CryptoKey": "{id}",
        "gcp:compute/network:Network": "{id}",
    },
    listed=("data", "home", "key", "network"),
    stays="|".join(
        (
            f"Bucket {NAME}-storage-data",
            f"BucketObject {NAME}-storage-bundle",
            f"Instance {NAME}-storage-home",
            f"Network {NAME}-network-nodes",
            f"(GlobalAddress|Connection) {NAME}-network-services",
            f"KeyRing {NAME}-identity-ring",
            f"CryptoKey {NAME}-identity-key",
            # An account without a right, whose number is in the ring's name.
            f"Account {NAME}-identity-compute",
            rf"ServiceIdentity {NAME}-identity-\S+",
            rf"CryptoKeyIAMMember {NAME}-identity-\S+-encrypts",
            # Settings of the whole project.
            rf"(MetricDescriptor|IAMAuditConfig) {NAME}-observability-\S+",
        )
    ),
    larger={},
    machine="c3-standard-44",
    another_machine=Counter(
        {
            ("create", f"{NAME}-compute-prep"): 1,
            ("update", f"{NAME}-compute-prep"): 1,
            ("delete", f"{NAME}-compute-prep"): 1,
        }
    ),
    size="targetSize",
    drift=(
        "storage-data",
        "publicAccessPrevention",
        'publicAccessPrevention: "enforced" => "inherited"',
        "inherited",
        "enforced",
    ),
    home_elsewhere={"tier": "regional"},
    spare="c3-standard-88",
    shortage="ZONE_RESOURCE_POOL_EXHAUSTED",
)


@pytest.fixture(scope="module")
def walk() -> Iterator[Walk]:
    yield from begin(COURSE)


class TestLife(Life):
    course = COURSE

    def test_a_template_was_made_anew_before_the_group_had_it_and_the_old_one_went(self, walk: Walk) -> None:
        prep = [one for one in walk.cloud.operations() if one.name == f"{NAME}-compute-prep"]
        done = [(one.verb, one.type) for one in prep]
        assert done[-3:] == [("create", TEMPLATE), ("update", COURSE.group), ("delete", TEMPLATE)]
        [template] = [one for one in walk.cloud.things(TEMPLATE) if one.name == f"{NAME}-compute-prep"]
        assert template.inputs["machineType"] == COURSE.machine
        assert walk.group("prep").inputs["versions"] == [{"instanceTemplate": template.outputs["selfLinkUnique"]}]


class TestEnd(End):
    course = COURSE
