"""Buckets are closed, file systems and disks are the plan's, and control/ is written in the order that readers need."""

from __future__ import annotations

import base64
import json

import pytest

from clusterwright.plan.aws.model import BucketPlan
from components.recorder import Recorder
from tests.components.aws.clusters import ALL, BUNDLE, DATA, planned, registered

BUCKET, LOGGING = "s3/bucket:Bucket", ":BucketLogging"


def after(recorder: Recorder, name: str, kind: str) -> set[tuple[str, str]]:
    """Type and name of all that a resource depends on, and of what that depends on in turn."""
    requests = {recorder.urn(one): one for one in recorder.requests}
    todo, seen = [recorder.request(name, kind)], set()
    while todo:
        for urn in todo.pop().dependencies:
            if urn not in seen:
                seen.add(urn)
                todo.append(requests[urn])
    return {(requests[urn].type.split(":")[-1], requests[urn].name) for urn in seen}


@pytest.mark.parametrize("name", ALL)
def test_every_bucket_is_closed_versioned_and_reached_over_tls_alone(name: str) -> None:
    recorder = registered(name)
    buckets = [one.name for one in recorder.requests if one.type == "aws:s3/bucket:Bucket"]
    for bucket in buckets:
        closed = recorder.inputs(f"{bucket}-public", ":BucketPublicAccessBlock")
        assert [value for key, value in closed.items() if key != "bucket"] == [True] * 4
        assert recorder.inputs(f"{bucket}-owner")["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
        assert recorder.inputs(f"{bucket}-versions")["versioningConfiguration"] == {"status": "Enabled"}
        statements = json.loads(recorder.inputs(f"{bucket}-policy")["policy"])["Statement"]
        assert [one["Condition"] for one in statements if one["Effect"] == "Deny"] == [
            {"Bool": {"aws:SecureTransport": ["false"]}}
        ]
    observed = planned(name).observability
    assert len(buckets) == len([one for one in planned(name).storage if isinstance(one, BucketPlan)]) + len(
        [one for one in (observed.audit, observed.access_logs) if one is not None]
    )


def test_requests_to_every_bucket_are_recorded_in_one_that_has_s3_s_own_encryption_and_no_record_of_itself() -> None:
    recorder, logs = registered("gpt3-aws"), "gpt3-storage-access.logs"
    requests = {kind: [one.name for one in recorder.requests if one.type.endswith(kind)] for kind in (BUCKET, LOGGING)}
    buckets = {recorder.inputs(name, BUCKET)["bucket"] for name in requests[BUCKET]}
    records = [recorder.inputs(name, LOGGING) for name in requests[LOGGING]]
    target = recorder.inputs(logs, BUCKET)["bucket"]
    assert {one["bucket"] for one in records} == buckets - {target}
    assert {one["targetBucket"] for one in records} == {target}
    assert all(
        one["targetObjectKeyFormat"] == {"partitionedPrefix": {"partitionDateSource": "EventTime"}} for one in records
    )
    (rule,) = recorder.inputs(f"{logs}-encryption")["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_a_record_begins_when_its_bucket_can_be_written_and_ends_with_the_stack() -> None:
    recorder = registered("gpt3-aws")
    for request in (one for one in recorder.requests if one.type.endswith(LOGGING)):
        waits = after(recorder, request.name, LOGGING)
        assert ("BucketPolicy", "gpt3-storage-access.logs-policy") in waits
        assert (request.retainOnDelete, request.protect) == (False, False)


def test_a_bucket_drops_what_the_plan_says_it_drops() -> None:
    rules = registered("bert-large-aws").inputs("bert-large-storage-data-lifecycle")["rules"]
    assert rules == [
        {
            "id": "old-versions",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"expiredObjectDeleteMarker": True},
            "noncurrentVersionExpiration": {"noncurrentDays": 30.0},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7.0},
        },
        {
            "id": "old-reports",
            "status": "Enabled",
            "filter": {"prefix": "reports/"},
            "noncurrentVersionExpiration": {"noncurrentDays": 1.0},
        },
        {
            "id": "old-jobs",
            "status": "Enabled",
            "filter": {"prefix": "jobs/"},
            "noncurrentVersionExpiration": {"noncurrentDays": 3.0},
        },
    ]


def test_control_says_which_bundle_and_plan_and_where_file_systems_are() -> None:
    recorder = registered("bert-large-aws")
    bundle = recorder.inputs("bert-large-storage-bundle")
    assert bundle["key"] == f"control/bundles/{BUNDLE.digest}.tar.gz"
    assert base64.b64decode(bundle["contentBase64"]) == DATA
    contents = {
        name: recorder.inputs(f"bert-large-storage-{name}", ":BucketObjectv2")
        for name in ("plan", "current", "addresses")
    }
    assert {name: one["key"] for name, one in contents.items()} == {
        "plan": "control/plan",
        "current": "control/current",
        "addresses": "control/addresses.json",
    }
    assert contents["current"]["content"] == f"{BUNDLE.digest}\n"
    assert contents["plan"]["content"] == f"{BUNDLE.plan}\n"
    assert json.loads(contents["addresses"]["content"]) == {
        "home": "bert-large-storage-home-id::bert-large-storage-home-id",
        "scratch": "bert-large-storage-scratch.fsx@tcp:/mount",
    }


@pytest.mark.parametrize("name", ALL)
def test_addresses_are_those_of_the_mounts_whose_source_the_plan_does_not_know(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    said = json.loads(recorder.inputs(f"{plan.name}-storage-addresses", ":BucketObjectv2")["content"])
    assert said.keys() == {part.name for part in plan.storage if part.kind in ("lustre", "nfs")}


def test_who_reads_current_finds_what_it_leads_to_in_a_bucket_that_is_guarded() -> None:
    before = after(registered("bert-large-aws"), "bert-large-storage-current", ":BucketObjectv2")
    assert {
        ("BucketObjectv2", "bert-large-storage-bundle"),
        ("BucketObjectv2", "bert-large-storage-plan"),
        ("BucketObjectv2", "bert-large-storage-addresses"),
        ("AccessPoint", "bert-large-storage-home"),
        ("MountTarget", "bert-large-storage-home"),
        ("DataRepositoryAssociation", "bert-large-storage-scratch"),
        ("BucketPolicy", "bert-large-storage-data-policy"),
        ("BucketServerSideEncryptionConfiguration", "bert-large-storage-data-encryption"),
    } <= before


def test_lustre_is_the_plan_s() -> None:
    inputs = registered("bert-large-aws").inputs("bert-large-storage-scratch", ":LustreFileSystem")
    expected = {
        "deploymentType": "PERSISTENT_2",
        "storageType": "SSD",
        "storageCapacity": 4800.0,
        "perUnitStorageThroughput": 250.0,
        "fileSystemTypeVersion": "2.15",
        "metadataConfiguration": {"mode": "AUTOMATIC"},
        "automaticBackupRetentionDays": 0.0,
        "copyTagsToBackups": True,
        "subnetIds": "bert-large-network-services-id",
        "securityGroupIds": ["bert-large-network-lustre-id"],
    }
    assert expected.items() <= inputs.items()
    assert {"driveCacheType", "efaEnabled"} & inputs.keys() == set()
    link = registered("bert-large-aws").inputs("bert-large-storage-scratch", ":DataRepositoryAssociation")
    assert link["dataRepositoryPath"].endswith("/data/")
    assert (link["fileSystemPath"], link["batchImportMetaDataOnCreate"]) == ("/data", True)
    assert link["s3"]["autoExportPolicy"] == link["s3"]["autoImportPolicy"] == {"events": ["NEW", "CHANGED", "DELETED"]}


@pytest.mark.parametrize("name", ALL)
def test_file_systems_are_made_once_their_security_groups_let_their_traffic_through(name: str) -> None:
    recorder = registered(name)
    for request in recorder.requests:
        if not request.type.endswith((":LustreFileSystem", ":MountTarget")):
            continue
        inputs = recorder.inputs(request.name, request.type)
        groups = inputs.get("securityGroupIds") or inputs["securityGroups"]
        rules = {
            (one.type.split(":")[-1], one.name)
            for one in recorder.requests
            if one.type.endswith(("IngressRule", "EgressRule"))
            and recorder.inputs(one.name, one.type)["securityGroupId"] in groups
        }
        assert rules
        assert rules <= after(recorder, request.name, request.type)


def test_a_large_lustre_has_the_plan_s_time_to_be_made() -> None:
    recorder = registered("gpt3-aws")
    [part] = [one for one in planned("gpt3-aws").storage if one.kind == "lustre"]
    request = recorder.request(f"gpt3-storage-{part.name}", ":LustreFileSystem")
    assert part.create_timeout == request.customTimeouts.create == "2h"


def test_each_kind_of_lustre_has_only_what_it_can_have() -> None:
    efa = registered("gpt3-aws").inputs("gpt3-storage-scratch", ":LustreFileSystem")
    assert efa["efaEnabled"] is True
    drives = registered("kept").inputs("a-storage-w", ":LustreFileSystem")
    assert (drives["storageType"], drives["driveCacheType"]) == ("HDD", "NONE")
    scratch = registered("deleted").inputs("a-storage-s", ":LustreFileSystem")
    refused = {"kmsKeyId", "automaticBackupRetentionDays", "copyTagsToBackups", "perUnitStorageThroughput"}
    assert refused & scratch.keys() == set()


def test_homes_are_mounted_once_their_policy_lets_nobody_else() -> None:
    recorder = registered("bert-large-aws")
    assert ("FileSystemPolicy", "bert-large-storage-home") in after(recorder, "bert-large-storage-home", ":MountTarget")
    roles = {("Role", f"bert-large-identity-{part}") for part in ("head", "compute")}
    assert roles <= after(recorder, "bert-large-storage-home", ":FileSystemPolicy")
    assert recorder.inputs("bert-large-storage-home", ":BackupPolicy")["backupPolicy"] == {"status": "ENABLED"}
    file_system = recorder.inputs("bert-large-storage-home", "efs/fileSystem:FileSystem")
    assert (file_system["encrypted"], file_system["throughputMode"]) == (True, "elastic")
    here = registered("deleted").inputs("a-storage-h", "efs/fileSystem:FileSystem")
    assert (here["availabilityZoneName"], here["provisionedThroughputInMibps"]) == ("us-east-1a", 100.0)


def test_homes_are_seen_through_an_access_point_that_leaves_files_to_who_wrote_them() -> None:
    recorder = registered("bert-large-aws")
    inputs = recorder.inputs("bert-large-storage-home", ":AccessPoint")
    assert inputs["rootDirectory"] == {
        "path": "/home",
        "creationInfo": {"ownerUid": 0.0, "ownerGid": 0.0, "permissions": "0755"},
    }
    assert inputs["fileSystemId"] == "bert-large-storage-home-id"
    assert "posixUser" not in inputs


@pytest.mark.parametrize(("name", "point"), [("bert-large-aws", "bert-large-storage-home"), ("deleted", "a-storage-h")])
def test_an_access_point_ends_as_its_file_system_does(name: str, point: str) -> None:
    requests = [registered(name).request(point, kind) for kind in (":AccessPoint", "efs/fileSystem:FileSystem")]
    assert len({(one.protect, one.retainOnDelete) for one in requests}) == 1


def test_the_head_s_state_leaves_a_snapshot_when_it_goes() -> None:
    inputs = registered("bert-large-aws").inputs("bert-large-storage-state", ":Volume")
    expected = {
        "size": 20.0,
        "type": "gp3",
        "iops": 3000.0,
        "throughput": 125.0,
        "encrypted": True,
        "finalSnapshot": True,
    }
    assert expected.items() <= inputs.items()
    assert inputs["availabilityZone"] == "us-east-1a"
