"""What a cluster on AWS registers as a whole: in whose name, under which names, with which tags, and what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi._types import input_type_types
from pulumi.runtime.rpc import deserialize_properties

from components.recorder import Recorder, Request
from tests.components.aws.clusters import ALL, BUNDLE, KINDS, STACKS, THERE, made, planned, register, registered
from tests.components.conformance import arguments, problems
from tests.components.test_cluster import register as register_local
from tests.plan.aws.plans import lock_of, plan_of
from tests.plans import make_plan

CLUSTER = "clusterwright:index:Cluster"
KEPT = ("vpc", "services", "lustre")
"""What of the network of `kept` its file systems stand in."""
UNTAGGED = {
    # S3 takes ten tags of an object, and a spec may have more
    # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html).
    "aws:s3/bucketObjectv2:BucketObjectv2"
}


def aws(recorder: Recorder) -> Iterator[tuple[Request, dict[str, Any]]]:
    """The requests that AWS's provider gets, with their inputs."""
    for request in recorder.requests:
        if request.type.startswith("aws:"):
            yield request, deserialize_properties(request.object, keep_unknowns=True)


@pytest.mark.slow
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("name", ALL)
def test_every_input_is_one_that_the_sdk_has(name: str, preview: bool) -> None:
    found = {
        request.name: wrong
        for request, inputs in aws(registered(name, preview))
        if (wrong := problems(request.type, inputs))
    }
    assert found == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_preview_and_update_register_the_same(name: str) -> None:
    preview, update = (
        {recorder.urn(one) for one in recorder.requests} for recorder in (registered(name, True), registered(name))
    )
    assert preview == update


@pytest.mark.parametrize("name", ALL)
def test_every_resource_has_an_urn_of_its_own_and_a_name_that_starts_with_its_parent_s(name: str) -> None:
    recorder = registered(name)
    names = {recorder.urn(request): request.name for request in recorder.requests}
    assert len(names) == len(recorder.requests)
    for request in recorder.requests:
        if request.type in (CLUSTER, "pulumi:providers:aws"):
            continue
        assert request.name.startswith(f"{names[request.parent]}-"), request.name


@pytest.mark.parametrize("name", ALL)
def test_everything_is_made_in_the_plan_s_region_and_in_no_other_account(name: str) -> None:
    recorder, plan = registered(name), planned(name)
    provider = recorder.request("aws", "pulumi:providers:aws")
    inputs = deserialize_properties(provider.object)
    assert inputs["region"] == plan.region
    assert inputs["allowedAccountIds"] == f'["{plan.account}"]'
    assert {request.provider.rsplit("::", 1)[0] for request, _ in aws(recorder)} == {recorder.urn(provider)}


@pytest.mark.parametrize("name", ALL)
def test_everything_taggable_says_whose_it_is(name: str) -> None:
    plan = planned(name)
    for request, inputs in aws(registered(name)):
        if "tags" not in input_type_types(arguments(request.type)) or request.type in UNTAGGED:
            continue
        tags = inputs.get("tags", {})
        if isinstance(tags, list):
            tags = {tag["key"]: tag["value"] for tag in tags}
        assert plan.tags.items() <= tags.items(), request.name
        assert tags["Name"], request.name


def test_what_a_group_starts_carries_its_name_on_instance_disk_and_interface() -> None:
    for group in planned("bert-large-aws").groups:
        inputs = registered("bert-large-aws").inputs(f"bert-large-compute-{group.name}", "LaunchTemplate")
        kinds = {one["resourceType"]: one["tags"]["clusterwright-group"] for one in inputs["tagSpecifications"]}
        assert kinds == dict.fromkeys(("instance", "volume", "network-interface"), group.name)


def test_what_is_kept_outlives_the_stack_with_all_that_guards_it_and_its_key() -> None:
    recorder = registered("bert-large-aws")
    kept = {(request.type.split(":")[-1], request.name) for request in recorder.requests if request.retainOnDelete}
    settings = (
        ("Bucket", ""),
        ("BucketLifecycleConfiguration", "-lifecycle"),
        ("BucketOwnershipControls", "-owner"),
        ("BucketPolicy", "-policy"),
        ("BucketPublicAccessBlock", "-public"),
        ("BucketServerSideEncryptionConfiguration", "-encryption"),
        ("BucketVersioning", "-versions"),
    )
    buckets = ("bert-large-storage-data", "bert-large-observability-audit")
    assert kept == {
        *((kind, f"{bucket}{suffix}") for bucket in buckets for kind, suffix in settings),
        ("FileSystem", "bert-large-storage-home"),
        ("AccessPoint", "bert-large-storage-home"),
        ("BackupPolicy", "bert-large-storage-home"),
        ("Key", "bert-large-identity-key"),
        ("BucketObjectv2", "bert-large-storage-bundle"),
    }
    # Of these only a superseded bundle may be made anew: each change of it does that.
    assert {(one.type.split(":")[-1], one.name) for one in recorder.requests if one.protect} == kept - {
        ("BucketObjectv2", "bert-large-storage-bundle")
    }


def test_what_is_kept_stays_in_the_stack_whatever_aws_itself_protects() -> None:
    recorder = made("security: {deletion_protection: false}\n")
    bucket = recorder.request("a-storage-data", ":Bucket")
    assert (bucket.retainOnDelete, bucket.protect) == (True, True)
    assert recorder.inputs("a-compute-head", ":Instance")["disableApiTermination"] is False


def test_what_is_not_kept_goes_with_all_that_is_in_it() -> None:
    recorder = registered("deleted")
    assert [one.name for one in recorder.requests if one.retainOnDelete or one.protect] == ["a-storage-bundle"]
    assert recorder.inputs("a-storage-d", ":Bucket")["forceDestroy"] is True
    assert registered("bert-large-aws").inputs("bert-large-storage-data", ":Bucket")["forceDestroy"] is False


def test_a_network_that_a_kept_file_system_stands_in_is_kept_too() -> None:
    recorder = registered("kept")
    ground = {one.name for one in recorder.requests if one.name.startswith("a-network") and one.retainOnDelete}
    assert ground == {f"a-network-{part}" for part in KEPT}
    assert {one.name for one in recorder.requests if one.name.startswith("a-network") and one.protect} == ground


def test_in_an_existing_network_the_group_that_a_kept_file_system_stands_in_is_kept() -> None:
    existing = KINDS["existing"] + "storage: [{name: d}, {name: s, kind: lustre, size: 1200 GiB}]\n"
    recorder = register(plan_of(existing, lock_of().model_copy(update=THERE)))
    assert [one.name for one in recorder.requests if ":SecurityGroup" in one.type and one.protect] == [
        "a-network-lustre"
    ]


def test_of_a_network_no_range_and_no_name_stays_outside_the_stack() -> None:
    recorder = registered("kept")
    urns = {recorder.urn(one): one for one in recorder.requests}
    left, stays = [one for one in recorder.requests if one.protect], set[str]()
    while left:
        one = left.pop()
        stays.add(recorder.urn(one))
        left += [urns[urn] for urn in (*one.dependencies, one.parent) if urn in urns and urn not in stays]
    network = {urns[urn].name for urn in stays if urns[urn].type.endswith((":Subnet", ":SecurityGroup", ":Vpc"))}
    # The rules of Lustre's group, which the file system waits for, name the machines' group.
    assert network == {f"a-network-{part}" for part in (*KEPT, "cluster")}


def test_resources_grow_with_groups_and_not_with_nodes() -> None:
    few, many = (
        made(f"groups: [{{name: train, machine: c7i.8xlarge, nodes: {nodes}}}]\njob: none\n") for nodes in (8, 8000)
    )
    assert {few.urn(one) for one in few.requests} == {many.urn(one) for one in many.requests}


@pytest.mark.parametrize("name", STACKS)
def test_outputs_are_those_of_every_provider(name: str) -> None:
    plan = planned(name)
    outputs = outputs_of(registered(name), plan.name)
    local = outputs_of(register_local(make_plan()), "local")
    assert outputs.keys() - {"dashboard", "hourly_price"} == local.keys()  # what is None the wire leaves out
    assert outputs["bucket"] == f"s3://{next(part.bucket for part in plan.storage if part.kind == 'bucket')}"
    assert outputs["groups"]["head"] == ["head"]
    assert outputs["groups"]["train"] == list(plan.groups[0].node_names)
    assert outputs["connect"] == f"aws ssm start-session --region us-east-1 --target {plan.name}-compute-head-id"
    assert outputs["logs"] == f".venv/bin/clusterwright logs {plan.name}"
    assert outputs["dashboard"] == (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/"
        f"{plan.name}-us-east-1"
    )
    assert (outputs["plan_digest"], outputs["bundle_digest"]) == (BUNDLE.plan, BUNDLE.digest)


def test_the_hourly_price_is_that_of_head_and_full_groups_or_unknown() -> None:
    outputs = outputs_of(registered("bert-large-aws"), "bert-large")
    assert outputs["hourly_price"] == pytest.approx(0.4032 + 8 * 31.464 + 4 * 1.428)
    unknown = made("groups: [{name: train, machine: p5e.48xlarge, nodes: 1}]\n")
    assert planned("bert-large-aws").hourly_price is not None
    assert "hourly_price" not in outputs_of(unknown, "a")


def test_what_is_kept_is_named_with_its_place() -> None:
    bucket = next(part.bucket for part in planned("bert-large-aws").storage if part.kind == "bucket")
    assert outputs_of(registered("bert-large-aws"), "bert-large")["kept"] == [
        {"name": "home", "path": "bert-large-storage-home-id"},
        {"name": "data", "path": f"s3://{bucket}"},
        {"name": "key", "path": "arn:aws:made:::bert-large-identity-key"},
        {"name": "audit", "path": "s3://bert-large-audit-643e082c"},
    ]
    assert outputs_of(registered("deleted"), "a")["kept"] == []
    assert {"name": "network", "path": "a-network-vpc-id"} in outputs_of(registered("kept"), "a")["kept"]


def outputs_of(recorder: Recorder, cluster: str) -> dict[str, Any]:
    [outputs] = [outputs for urn, outputs in recorder.outputs.items() if urn.endswith(f"{CLUSTER}::{cluster}")]
    return outputs


@pytest.mark.parametrize("name", ALL)
def test_every_component_registers_outputs(name: str) -> None:
    recorder = registered(name)
    assert {recorder.urn(request) for request in recorder.requests if not request.custom} == {
        urn for urn in recorder.outputs if "pulumi:pulumi:Stack::" not in urn
    }
