"""Machines start as the plan says, wait for what they need, and are sized by nobody but the head."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from clusterwright.bootstrap import user_data
from components.recorder import Recorder
from tests.components.aws.clusters import ALL, made, planned, registered

BLOCK = "bert-large-compute-train"
ONE_TYPE = "a-compute-one"


def template(recorder: Recorder, name: str) -> dict[str, Any]:
    return recorder.inputs(name, ":LaunchTemplate")


def scaling(recorder: Recorder, name: str) -> dict[str, Any]:
    return recorder.inputs(name, "autoscaling/group:Group")


@pytest.mark.parametrize("name", ALL)
def test_user_data_is_the_plan_s_short_and_the_same_for_every_job(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    head = recorder.inputs(f"{plan.name}-compute-head", ":Instance")["userData"]
    assert head == user_data(plan, "head", None)
    for group in plan.groups:
        encoded = template(recorder, f"{plan.name}-compute-{group.name}")["userData"]
        assert base64.b64decode(encoded).decode() == user_data(plan, "compute", group.name)
        assert len(base64.b64decode(encoded)) < 4096
    assert len(head.encode()) < 4096


def test_neither_a_job_nor_software_nor_a_size_changes_what_machines_start_with() -> None:
    text = "groups: [{{name: train, machine: g6.2xlarge, nodes: {}}}]\njob: {}\n"
    few, many = made(text.format(1, "none")), made(text.format(4, "{model: bert-base}"))
    for name, kind in (("a-compute-head", ":Instance"), ("a-compute-train", ":LaunchTemplate")):
        assert few.inputs(name, kind) == many.inputs(name, kind)


@pytest.mark.parametrize("name", ALL)
def test_metadata_is_had_by_token_and_on_the_machine_alone(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    machines = [recorder.inputs(f"{plan.name}-compute-head", ":Instance")]
    machines += [template(recorder, f"{plan.name}-compute-{group.name}") for group in plan.groups]
    for machine in machines:
        assert machine["metadataOptions"] == {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1.0,
            "instanceMetadataTags": "enabled",
        }


def test_a_node_has_all_interfaces_of_its_type_and_no_public_address() -> None:
    interfaces = template(registered("bert-large-aws"), BLOCK)["networkInterfaces"]
    places = [(one["networkCardIndex"], one["deviceIndex"], one["interfaceType"]) for one in interfaces]
    assert places == [(0, 0, "interface"), (0, 1, "efa-only"), *((card, 0, "efa-only") for card in range(1, 32))]
    assert [one["associatePublicIpAddress"] for one in interfaces if "associatePublicIpAddress" in one] == ["false"]
    assert {tuple(one["securityGroups"]) for one in interfaces} == {("bert-large-network-cluster-id",)}
    assert not any("subnetId" in one for one in interfaces)  # the group chooses it


@pytest.mark.parametrize("name", ALL)
def test_pulumi_owns_a_group_s_shape_and_the_head_its_size(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    for group in plan.groups:
        inputs = scaling(recorder, f"{plan.name}-compute-{group.name}")
        assert (inputs["minSize"], inputs["maxSize"], "desiredCapacity" in inputs) == (0, group.nodes.max, False)
        assert inputs["waitForCapacityTimeout"] == "0"
        assert {"ReplaceUnhealthy", "AZRebalance"} <= set(inputs["suspendedProcesses"])
        assert inputs["protectFromScaleIn"] is (group.capacity.kind != "capacity_block")
        request = recorder.request(f"{plan.name}-compute-{group.name}", "autoscaling/group:Group")
        assert list(request.ignoreChanges) == ["desiredCapacity"]


@pytest.mark.parametrize("name", ALL)
def test_a_group_that_goes_waits_for_its_machines_as_long_as_the_plan_says(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    for group in plan.groups:
        assert scaling(recorder, f"{plan.name}-compute-{group.name}")["forceDelete"] is False
        request = recorder.request(f"{plan.name}-compute-{group.name}", "autoscaling/group:Group")
        assert request.customTimeouts.delete == group.scaling.delete_timeout


def test_a_block_is_bought_by_its_reservation_and_stands_where_it_stands() -> None:
    inputs = template(registered("bert-large-aws"), BLOCK)
    assert inputs["instanceMarketOptions"] == {"marketType": "capacity-block"}
    target = {"capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"}}
    assert inputs["capacityReservationSpecification"] == target
    assert "placementGroup" not in scaling(registered("bert-large-aws"), BLOCK)


def test_a_reservation_s_machines_are_bought_as_any_other() -> None:
    inputs = template(registered("gpt3-aws"), "gpt3-compute-train")
    assert "instanceMarketOptions" not in inputs
    assert "capacityReservationSpecification" in inputs


def test_spot_machines_of_one_type_are_asked_for_by_the_template() -> None:
    recorder = registered("spot")
    options = template(recorder, ONE_TYPE)["instanceMarketOptions"]
    assert options == {"marketType": "spot", "spotOptions": {"spotInstanceType": "one-time"}}
    assert scaling(recorder, ONE_TYPE)["launchTemplate"] == {"id": f"{ONE_TYPE}-id", "version": "1"}


def test_machines_of_several_types_are_asked_for_by_the_group() -> None:
    recorder = registered("spot")
    assert "instanceMarketOptions" not in template(recorder, "a-compute-any")
    inputs = scaling(recorder, "a-compute-any")
    assert "launchTemplate" not in inputs
    policy = inputs["mixedInstancesPolicy"]
    assert [one["instanceType"] for one in policy["launchTemplate"]["overrides"]] == ["c7i.8xlarge", "m7i.8xlarge"]
    assert policy["instancesDistribution"] == {
        "onDemandBaseCapacity": 0.0,
        "onDemandPercentageAboveBaseCapacity": 0.0,
        "spotAllocationStrategy": "price-capacity-optimized",
        "spotMaxPrice": "2.00",
    }


def test_machines_that_are_to_stand_close_share_a_placement_group() -> None:
    recorder = registered("near")
    placement = recorder.inputs("a-compute-train", ":PlacementGroup")
    assert (placement["name"], placement["strategy"]) == ("a.train", "cluster")
    assert scaling(recorder, "a-compute-train")["placementGroup"] == "a-compute-train-id"


def schedule(recorder: Recorder) -> dict[str, tuple[str, float, float, float]]:
    return {
        one.name.removeprefix(f"{BLOCK}-"): tuple(
            recorder.inputs(one.name)[key] for key in ("startTime", "minSize", "maxSize", "desiredCapacity")
        )
        for one in recorder.requests
        if one.type.endswith(":Schedule")
    }


def test_a_block_s_group_is_filled_when_it_begins_and_emptied_before_it_ends() -> None:
    assert schedule(registered("bert-large-aws")) == {
        "fill": ("2026-12-01T11:30:00Z", -1, -1, 8),
        "empty": ("2026-12-05T10:55:00Z", -1, -1, 0),
    }


def test_the_head_has_an_address_and_disks_that_outlive_it() -> None:
    recorder = registered("bert-large-aws")
    head = recorder.request("bert-large-compute-head", ":Instance")
    assert head.deleteBeforeReplace  # its interface and disks are one instance's at a time
    inputs = recorder.inputs(head.name, ":Instance")
    assert inputs["primaryNetworkInterface"] == {"networkInterfaceId": "bert-large-compute-head-id"}
    assert {"subnetId", "vpcSecurityGroupIds", "associatePublicIpAddress"} & inputs.keys() == set()
    interface = recorder.inputs(head.name, ":NetworkInterface")
    assert interface["subnetId"] == "bert-large-network-nodes-id"
    attached = recorder.inputs("bert-large-compute-head-state", ":VolumeAttachment")
    assert (attached["volumeId"], attached["deviceName"]) == ("bert-large-storage-state-id", "/dev/xvdba")
    assert attached["skipDestroy"] is True
    assert inputs["maintenanceOptions"] == {"autoRecovery": "default"}
    assert (inputs["disableApiTermination"], inputs["forceDestroy"]) == (True, True)
    assert recorder.inputs("bert-large-compute-head", ":Instance")["instanceType"] == "m7i.2xlarge"


def test_secure_shells_reach_the_head_alone_and_only_where_the_spec_wants_them() -> None:
    recorder = registered("existing")
    groups = ["a-network-cluster-id", "a-network-ssh-id"]
    assert recorder.inputs("a-compute-head", ":NetworkInterface")["securityGroups"] == groups
    for group in planned("existing").groups:
        for interface in template(recorder, f"a-compute-{group.name}")["networkInterfaces"]:
            assert interface["securityGroups"] == groups[:1]


def test_groups_wait_for_the_head_and_its_disks_and_all_for_what_nodes_run() -> None:
    recorder = registered("bert-large-aws")
    names = {recorder.urn(one): (one.type.split(":")[-1], one.name) for one in recorder.requests}
    group = {names[urn] for urn in recorder.request(BLOCK, "autoscaling/group:Group").dependencies}
    head = {names[urn] for urn in recorder.request("bert-large-compute-head", ":Instance").dependencies}
    assert ("Instance", "bert-large-compute-head") in group
    assert ("VolumeAttachment", "bert-large-compute-head-state") in group
    for waiting in (head, group):
        assert ("BucketObjectv2", "bert-large-storage-current") in waiting
        assert ("RolePolicy", "bert-large-identity-head") in waiting
        assert ("Secret", "bert-large-identity-munge") in waiting


def test_what_is_a_group_s_is_called_as_the_head_calls_it() -> None:
    plan, recorder = planned("bert-large-aws"), registered("bert-large-aws")
    for group in plan.groups:
        name = f"bert-large-compute-{group.name}"
        assert scaling(recorder, name)["name"] == template(recorder, name)["name"] == f"bert-large.{group.name}"
