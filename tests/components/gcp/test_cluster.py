"""What a cluster on GCP registers as a whole: in whose name, under which names, with which labels, what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi._types import input_type_types
from pulumi.runtime.rpc import deserialize_properties

from components.recorder import Recorder, Request, inputs_of
from tests.components.aws.clusters import BUNDLE
from tests.components.conformance import arguments, problems
from tests.components.gcp.clusters import ALL, STACKS, made, planned, registered
from tests.components.test_cluster import register as register_local
from tests.plan.gcp.plans import group
from tests.plans import make_plan

CLUSTER = "clusterwright:index:Cluster"
LABELS = {
    # Labels of a channel are its address.
    "gcp:monitoring/notificationChannel:NotificationChannel": "userLabels",
    "gcp:monitoring/alertPolicy:AlertPolicy": "userLabels",
}
UNLABELLED = {
    # A descriptor's labels are those that its points carry.
    "gcp:monitoring/metricDescriptor:MetricDescriptor"
}


def gcp(recorder: Recorder) -> Iterator[tuple[Request, dict[str, Any]]]:
    """The requests that Google's provider gets, with their inputs."""
    for request in recorder.requests:
        if request.type.startswith("gcp:"):
            yield request, inputs_of(request)


def short(request: Request) -> tuple[str, str]:
    return request.type.split(":")[-1], request.name


@pytest.mark.slow
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("name", ALL)
def test_every_input_is_one_that_the_sdk_has(name: str, preview: bool) -> None:
    found = {
        request.name: wrong
        for request, inputs in gcp(registered(name, preview))
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
        if request.type in (CLUSTER, "pulumi:providers:gcp"):
            continue
        assert request.name.startswith(f"{names[request.parent]}-"), request.name


@pytest.mark.parametrize("name", ALL)
def test_everything_is_made_in_the_plan_s_project_and_place(name: str) -> None:
    recorder, plan = registered(name), planned(name)
    provider = recorder.request("gcp", "pulumi:providers:gcp")
    inputs = deserialize_properties(provider.object)
    assert (inputs["project"], inputs["region"], inputs["zone"]) == (plan.project, plan.region, plan.zone)
    assert inputs["addPulumiAttributionLabel"] == "false"
    assert {request.provider.rsplit("::", 1)[0] for request, _ in gcp(recorder)} == {recorder.urn(provider)}
    assert {inputs["project"] for _, inputs in gcp(recorder) if "project" in inputs} <= {plan.project}


@pytest.mark.parametrize("name", ALL)
def test_everything_that_takes_labels_says_whose_it_is(name: str) -> None:
    plan = planned(name)
    for request, inputs in gcp(registered(name)):
        place = LABELS.get(request.type, "labels")
        if place in input_type_types(arguments(request.type)) and request.type not in UNLABELLED:
            assert plan.tags.items() <= inputs.get(place, {}).items(), request.name


@pytest.mark.parametrize("name", ALL)
def test_what_a_group_starts_carries_its_name_on_machine_and_disk(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    for part in plan.groups:
        inputs = recorder.inputs(f"{plan.name}-compute-{part.name}", ":InstanceTemplate")
        labels = [inputs["labels"], *(one["labels"] for one in inputs["disks"] if one.get("boot"))]
        assert [one["clusterwright-group"] for one in labels] == [part.name] * 2


def test_what_is_kept_outlives_the_stack_with_its_key_and_the_way_to_it() -> None:
    recorder = registered("bert-large-gcp")
    kept = {short(request) for request in recorder.requests if request.retainOnDelete}
    data = {
        ("Bucket", "bert-large-storage-data"),
        ("Instance", "bert-large-storage-home"),
        ("KeyRing", "bert-large-identity-ring"),
        ("CryptoKey", "bert-large-identity-key"),
        ("Network", "bert-large-network-nodes"),
        ("GlobalAddress", "bert-large-network-services"),
        ("Connection", "bert-large-network-services"),
    }
    assert {short(one) for one in recorder.requests if one.protect} == data
    assert data <= kept
    others = {kind for kind, _ in kept - data}
    assert others == {"BucketObject", "CryptoKeyIAMMember", "IAMAuditConfig", "MetricDescriptor"}
    assert {name for kind, name in kept if kind == "BucketObject"} == {"bert-large-storage-bundle"}


def test_what_is_kept_stays_in_the_stack_whatever_google_itself_protects() -> None:
    recorder = made("security: {deletion_protection: false}\n")
    bucket = next(one for one in recorder.requests if one.type.endswith(":Bucket"))
    assert (bucket.retainOnDelete, bucket.protect) == (True, True)


def test_what_is_not_kept_goes_with_all_that_is_in_it() -> None:
    recorder = registered("deleted")
    kept = {short(one)[0] for one in recorder.requests if one.retainOnDelete and "state" not in one.name}
    assert {"Bucket", "Network", "Instance", "Connection"} & kept == set()
    assert recorder.inputs("a-storage-d", ":Bucket")["forceDestroy"] is True
    assert registered("bert-large-gcp").inputs("bert-large-storage-data", ":Bucket")["forceDestroy"] is False


def test_resources_grow_with_groups_and_not_with_nodes() -> None:
    few, many = (made(group("n2-standard-8", nodes) + "network: {cidr: 10.0.0.0/10}\n") for nodes in (8, 8000))
    assert {few.urn(one) for one in few.requests} == {many.urn(one) for one in many.requests}


@pytest.mark.parametrize("name", STACKS)
def test_outputs_are_those_of_every_provider(name: str) -> None:
    plan = planned(name)
    outputs = outputs_of(registered(name), plan.name)
    local = outputs_of(register_local(make_plan()), "local")
    assert outputs.keys() - {"dashboard", "hourly_price"} == local.keys()  # what is None the wire leaves out
    assert outputs["bucket"] == f"gs://{next(part.full_name for part in plan.storage if part.kind == 'bucket')}"
    assert outputs["groups"]["head"] == ["head"]
    assert outputs["groups"]["train"] == list(plan.groups[0].node_names)
    assert outputs["connect"] == (
        f"gcloud compute ssh {plan.name}-head --project {plan.project} --zone {plan.zone} --tunnel-through-iap"
    )
    assert outputs["logs"] == f".venv/bin/clusterwright logs {plan.name}"
    assert outputs["dashboard"] == (
        f"https://console.cloud.google.com/monitoring/dashboards/builder/{plan.name}-observability-dashboard-id"
        f"?project={plan.project}"
    )
    assert outputs.get("hourly_price") == plan.hourly_price
    assert (outputs["plan_digest"], outputs["bundle_digest"]) == (BUNDLE.plan, BUNDLE.digest)


def test_what_is_kept_is_named_with_its_place() -> None:
    kept = outputs_of(registered("bert-large-gcp"), "bert-large")["kept"]
    assert {one["name"] for one in kept} == {"home", "data", "key", "network"}


def outputs_of(recorder: Recorder, cluster: str) -> dict[str, Any]:
    [outputs] = [outputs for urn, outputs in recorder.outputs.items() if urn.endswith(f"{CLUSTER}::{cluster}")]
    return outputs


@pytest.mark.parametrize("name", ALL)
def test_every_component_registers_outputs(name: str) -> None:
    recorder = registered(name)
    assert {recorder.urn(request) for request in recorder.requests if not request.custom} == {
        urn for urn in recorder.outputs if "pulumi:pulumi:Stack::" not in urn
    }
