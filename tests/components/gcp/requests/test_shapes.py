"""A request that Google would refuse is refused here, with its place: each kind of mistake is seen once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.gcp.requests.shapes import problems

Request = tuple[str, dict[str, Any], dict[str, Any]]
ZONE = {"project": "my-project", "zone": "us-central1-a"}
GROUP = {"name": "a", "baseInstanceName": "a", "targetSize": 0}
RING = "projects/p/locations/l/keyRings/r"
KEY = {"parent": RING, "cryptoKeyId": "k"}
SHARE = {"name": "home", "capacityGb": "1024"}
FILES = {"parent": "projects/p/locations/l", "instanceId": "a"}
LUSTRE = {"parent": "projects/p/locations/us-central1-a", "instanceId": "a"}
SCRATCH = {"filesystem": "lustre", "capacityGib": "9000", "network": "projects/p/global/networks/n"}

GOOD: tuple[Request, ...] = (
    ("compute.v1:instanceGroupManagers.insert", ZONE, GROUP),
    ("compute.v1:disks.insert", ZONE, {"name": "a", "sizeGb": "20", "labels": {"team": "nlp"}}),
    ("cloudkms.v1:projects.locations.keyRings.cryptoKeys.create", KEY, {"rotationPeriod": "86400s"}),
    ("file.v1:projects.locations.instances.create", FILES, {"tier": "ZONAL", "fileShares": [SHARE]}),
    ("lustre.v1:projects.locations.instances.create", LUSTRE, SCRATCH),
    ("serviceusage.v1beta1:services.generateServiceIdentity", {"parent": "projects/1/services/a"}, {}),
)
BAD: tuple[tuple[Request, str], ...] = (
    # a property that is missing: by the annotation of the older documents, by the description of the newer ones
    (
        ("compute.v1:instanceGroupManagers.insert", ZONE, {"name": "a", "baseInstanceName": "a"}),
        "compute.v1:instanceGroupManagers.insert.targetSize is required",
    ),
    (
        ("lustre.v1:projects.locations.instances.create", LUSTRE, {**SCRATCH} | {"filesystem": "a-b"}),
        "lustre.v1:projects.locations.instances.create.filesystem: 'a-b' does not match",
    ),
    (
        ("file.v1:projects.locations.instances.create", FILES, {"fileShares": [{"capacityGb": "1024"}]}),
        "file.v1:projects.locations.instances.create.fileShares[0].name is required",
    ),
    # parameters
    (
        ("compute.v1:instanceGroupManagers.insert", {"project": "my-project"}, GROUP),
        "compute.v1:instanceGroupManagers.insert(zone) is required",
    ),
    (
        ("compute.v1:instanceGroupManagers.insert", {**ZONE, "region": "us-central1"}, GROUP),
        "compute.v1:instanceGroupManagers.insert has no parameter region",
    ),
    (
        ("cloudkms.v1:projects.locations.keyRings.cryptoKeys.create", {**KEY, "parent": "r"}, {}),
        "cloudkms.v1:projects.locations.keyRings.cryptoKeys.create(parent): 'r' does not match",
    ),
    # a body where there is none, a property that is not there, one that is Google's own
    (
        ("serviceusage.v1beta1:services.generateServiceIdentity", {"parent": "projects/1/services/a"}, {"a": 1}),
        "serviceusage.v1beta1:services.generateServiceIdentity has no body for a",
    ),
    (
        ("compute.v1:disks.insert", ZONE, {"name": "a", "size": "20"}),
        "compute.v1:disks.insert.size is not there",
    ),
    (
        ("compute.v1:disks.insert", ZONE, {"name": "a", "status": "READY"}),
        "compute.v1:disks.insert.status is Google's to say",
    ),
    # a wrong type, and each format
    (("compute.v1:disks.insert", ZONE, {"name": "a", "sizeGb": 20}), "compute.v1:disks.insert.sizeGb: 20 is no string"),
    (
        ("compute.v1:instanceGroupManagers.insert", ZONE, {**GROUP, "targetSize": True}),
        "compute.v1:instanceGroupManagers.insert.targetSize: True is no integer",
    ),
    (
        ("compute.v1:instanceGroupManagers.insert", ZONE, {**GROUP, "targetSize": 2**31}),
        "compute.v1:instanceGroupManagers.insert.targetSize: 2147483648 is no int32",
    ),
    (
        ("compute.v1:disks.insert", ZONE, {"name": "a", "sizeGb": "20.5"}),
        "compute.v1:disks.insert.sizeGb: '20.5' is no int64",
    ),
    (
        ("cloudkms.v1:projects.locations.keyRings.cryptoKeys.create", KEY, {"rotationPeriod": "1d"}),
        "cloudkms.v1:projects.locations.keyRings.cryptoKeys.create.rotationPeriod: '1d' is no number of seconds",
    ),
    (
        ("compute.v1:disks.insert", ZONE, {"name": "a", "labelFingerprint": "?"}),
        "compute.v1:disks.insert.labelFingerprint: '?' is no base64",
    ),
    (
        ("compute.v1:disks.insert", ZONE, {"name": "a", "labels": {"team": 1}}),
        "compute.v1:disks.insert.labels[team]: 1 is no string",
    ),
    # a word that is none of the service's, a text of a wrong form
    (
        ("file.v1:projects.locations.instances.create", FILES, {"tier": "ZONAL_SSD"}),
        "file.v1:projects.locations.instances.create.tier: 'ZONAL_SSD' is none of ZONAL",
    ),
    (
        ("lustre.v1:projects.locations.instances.create", LUSTRE, {**SCRATCH, "perUnitStorageThroughput": "300"}),
        "lustre.v1:projects.locations.instances.create.perUnitStorageThroughput: '300' is none of",
    ),
    (("compute.v1:disks.insert", ZONE, {"name": "A"}), "compute.v1:disks.insert.name: 'A' does not match"),
)


@pytest.mark.parametrize("request_", GOOD, ids=[method for method, _, _ in GOOD])
def test_a_right_request_has_no_problems(request_: Request) -> None:
    assert problems(*request_) == []


@pytest.mark.parametrize(("request_", "said"), BAD, ids=[said[:70] for _, said in BAD])
def test_a_wrong_request_has_one_problem_that_says_where(request_: Request, said: str) -> None:
    (found,) = problems(*request_)
    assert found.startswith(said)
