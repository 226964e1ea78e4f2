"""Buckets are closed, file systems and disks are the plan's, and control/ is written in the order that readers need."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.recorder import Recorder, inputs_of
from tests.components.aws.clusters import BUNDLE, DATA
from tests.components.gcp.clusters import ALL, planned, registered

OBJECT = ":BucketObject"


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
def test_every_bucket_is_closed_and_versioned_and_under_iam_alone(name: str) -> None:
    buckets = [inputs_of(one) for one in registered(name).requests if one.type == "gcp:storage/bucket:Bucket"]
    assert len(buckets) == len([one for one in planned(name).storage if one.kind == "bucket"])
    for bucket in buckets:
        assert bucket["uniformBucketLevelAccess"] is True
        assert bucket["publicAccessPrevention"] == "enforced"
        assert bucket["versioning"] == {"enabled": True}
        assert bucket["softDeletePolicy"] == {"retentionDurationSeconds": 604800.0}


def test_a_bucket_drops_what_the_plan_says_it_drops() -> None:
    rules = registered("bert-large-gcp").inputs("bert-large-storage-data", ":Bucket")["lifecycleRules"]
    assert rules == [
        {"action": {"type": "Delete"}, "condition": {"daysSinceNoncurrentTime": 30.0}},
        {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7.0}},
        {
            "action": {"type": "Delete"},
            "condition": {"daysSinceNoncurrentTime": 1.0, "matchesPrefixes": ["reports/"]},
        },
        {
            "action": {"type": "Delete"},
            "condition": {"daysSinceNoncurrentTime": 3.0, "matchesPrefixes": ["jobs/"]},
        },
    ]


def test_control_says_which_bundle_and_plan_and_where_file_systems_are() -> None:
    recorder = registered("bert-large-gcp")
    bundle = recorder.inputs("bert-large-storage-bundle", OBJECT)
    assert bundle["name"] == f"control/bundles/{BUNDLE.digest}.tar.gz"
    assert Path(bundle["source"].path).read_bytes() == DATA
    contents = {
        name: recorder.inputs(f"bert-large-storage-{name}", OBJECT) for name in ("plan", "current", "addresses")
    }
    assert {name: one["name"] for name, one in contents.items()} == {
        "plan": "control/plan",
        "current": "control/current",
        "addresses": "control/addresses.json",
    }
    assert contents["current"]["content"] == f"{BUNDLE.digest}\n"
    assert contents["plan"]["content"] == f"{BUNDLE.plan}\n"
    assert json.loads(contents["addresses"]["content"]) == {
        "home": "10.0.0.3:/home",
        "scratch": "10.0.0.4@tcp:/lustre",
    }


@pytest.mark.parametrize("name", ALL)
def test_addresses_are_those_of_the_mounts_whose_source_the_plan_does_not_know(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    said = json.loads(recorder.inputs(f"{plan.name}-storage-addresses", OBJECT)["content"])
    assert said.keys() == {part.name for part in plan.storage if part.kind in ("lustre", "nfs")}


def test_who_reads_current_finds_what_it_leads_to_in_a_bucket_that_is_guarded() -> None:
    assert {
        ("BucketObject", "bert-large-storage-bundle"),
        ("BucketObject", "bert-large-storage-plan"),
        ("BucketObject", "bert-large-storage-addresses"),
        ("Instance", "bert-large-storage-home"),
        ("Instance", "bert-large-storage-scratch"),
        ("ManagedFolder", "bert-large-storage-data-control"),
        ("ManagedFolderIamMember", "bert-large-storage-control-reads-head"),
    } <= after(registered("bert-large-gcp"), "bert-large-storage-current", OBJECT)


def test_a_bundle_outlives_the_next_one() -> None:
    kept = [one.name for one in registered("deleted").requests if one.retainOnDelete and one.type.endswith(OBJECT)]
    assert kept == ["a-storage-bundle"]


def test_lustre_is_the_plan_s_and_waits_for_the_peering() -> None:
    recorder = registered("bert-large-gcp")
    inputs = recorder.inputs("bert-large-storage-scratch", "lustre/instance:Instance")
    expected = {
        "instanceId": "bert-large-scratch",
        "filesystem": "lustre",
        "location": "us-central1-a",
        "capacityGib": "18000",
        "perUnitStorageThroughput": "500",
        "network": "bert-large-network-nodes-id",
    }
    assert expected.items() <= inputs.items()
    for name, kind in (("scratch", "lustre/instance:Instance"), ("home", "filestore/instance:Instance")):
        before = after(recorder, f"bert-large-storage-{name}", kind)
        assert ("Connection", "bert-large-network-services") in before


def test_filestore_is_the_plan_s_and_is_protected_where_it_is_kept() -> None:
    kept = registered("bert-large-gcp").inputs("bert-large-storage-home", "filestore/instance:Instance")
    assert (kept["tier"], kept["fileShares"]) == ("ZONAL", {"name": "home", "capacityGb": 1024.0})
    assert kept["networks"][0]["connectMode"] == "PRIVATE_SERVICE_ACCESS"
    assert kept["deletionProtectionEnabled"] is True
    gone = registered("deleted").inputs("a-storage-h", "filestore/instance:Instance")
    assert "deletionProtectionEnabled" not in gone


def test_the_head_s_state_is_a_disk_of_its_own() -> None:
    inputs = registered("bert-large-gcp").inputs("bert-large-storage-state", ":Disk")
    state = planned("bert-large-gcp").head.state
    assert (inputs["name"], inputs["zone"]) == (state.full_name, "us-central1-a")
    assert (inputs["type"], inputs["size"]) == (state.disk.kind, state.disk.size_gib)
    assert inputs["createSnapshotBeforeDestroy"] is True
