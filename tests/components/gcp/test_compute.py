"""Machines start as the plan says, wait for what they need, and are sized by nobody but the head."""

from __future__ import annotations

from typing import Any

import pytest

from clusterwright.bootstrap import user_data
from components.recorder import Recorder
from tests.components.gcp.clusters import ALL, FAMILIES, made, planned, registered
from tests.plan.gcp.plans import group


def template(recorder: Recorder, name: str) -> dict[str, Any]:
    return recorder.inputs(name, ":InstanceTemplate")


def manager(recorder: Recorder, name: str) -> dict[str, Any]:
    return recorder.inputs(name, ":InstanceGroupManager")


def head_of(recorder: Recorder, name: str) -> dict[str, Any]:
    return recorder.inputs(name, "compute/instance:Instance")


@pytest.mark.parametrize("name", ALL)
def test_user_data_is_the_plan_s_short_and_plain(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    said = {"head": (head_of(recorder, f"{plan.name}-compute-head")["metadata"], user_data(plan, "head", None))}
    for part in plan.groups:
        metadata = template(recorder, f"{plan.name}-compute-{part.name}")["metadata"]
        said[part.name] = (metadata, user_data(plan, "compute", part.name))
    for metadata, text in said.values():
        assert metadata.pop("user-data") == text
        assert len(text.encode()) < 4096
        assert metadata == {"block-project-ssh-keys": "TRUE", "enable-oslogin": "TRUE", "serial-port-enable": "FALSE"}


def test_neither_a_job_nor_a_size_changes_what_machines_start_with() -> None:
    text = "groups: [{{name: train, machine: g2-standard-8, nodes: {}}}]\njob: {}\n"
    few, many = made(text.format(1, "none")), made(text.format(4, "{model: bert-base}"))
    assert head_of(few, "a-compute-head") == head_of(many, "a-compute-head")
    assert template(few, "a-compute-train") == template(many, "a-compute-train")


@pytest.mark.parametrize(
    ("name", "interfaces", "disk"),
    [
        ("g2", [("GVNIC", "a-nodes")], "pd-balanced"),
        ("a2-highgpu", [("GVNIC", "a-nodes")], "pd-balanced"),
        ("a2-ultragpu", [("GVNIC", "a-nodes")], "pd-balanced"),
        ("a3-highgpu", [("GVNIC", "a-nodes")], "pd-balanced"),
        ("a3-megagpu", [("GVNIC", "a-nodes"), *(("GVNIC", f"a-data-{n}") for n in range(1, 9))], "pd-balanced"),
        *(
            (
                name,
                [("GVNIC", "a-nodes"), ("GVNIC", "a-data-1"), *(("MRDMA", f"a-rdma-{n}") for n in range(1, count + 1))],
                "hyperdisk-balanced",
            )
            for name, count in (("a3-ultragpu", 8), ("a4", 8), ("a4x", 4))
        ),
    ],
)
def test_each_family_has_its_interfaces_and_boots_from_its_disk(
    name: str, interfaces: list[tuple[str, str]], disk: str
) -> None:
    plan, recorder = planned(name), registered(name)
    subnets = {
        f"a-network-{network.name}-{subnet.name.removeprefix(f'{network.name}-')}-id": subnet.full_name
        for network in plan.network.networks
        for subnet in network.subnets
    }
    inputs = template(recorder, "a-compute-train")
    assert [(one["nicType"], subnets[one["subnetwork"]]) for one in inputs["networkInterfaces"]] == interfaces
    assert not any("accessConfigs" in one for one in inputs["networkInterfaces"])  # so none has a public address
    boot = inputs["disks"][0]
    assert (boot["boot"], boot["diskType"], boot["autoDelete"]) == (True, disk, True)


def test_local_disks_are_asked_for_only_where_a_type_has_none_unless_asked() -> None:
    disks = {name: len(template(registered(name), "a-compute-train")["disks"]) for name in FAMILIES}
    assert {name: count for name, count in disks.items() if count > 1} == {"g2": 9}
    scratch = template(registered("g2"), "a-compute-train")["disks"][1]
    assert scratch == {"type": "SCRATCH", "diskType": "local-ssd", "interface": "NVME", "diskSizeGb": 375.0}


@pytest.mark.parametrize(
    ("text", "workload"),
    [
        (group("a3-megagpu-8g"), {}),
        (group("a3-ultragpu-8g", 2, ", capacity: {kind: spot}"), {}),
        (group("a4-highgpu-8g", 2, ", capacity: {kind: spot}"), {}),
        (FAMILIES["a4x"], {"acceleratorTopology": "1x72"}),
    ],
)
def test_a_workload_policy_is_the_group_s(text: str, workload: dict[str, str]) -> None:
    recorder = made(text)
    policy = recorder.inputs("a-compute-train", ":ResourcePolicy")
    assert policy["workloadPolicy"] == {"type": "HIGH_THROUGHPUT", **workload}
    assert "groupPlacementPolicy" not in policy
    assert manager(recorder, "a-compute-train")["resourcePolicies"] == {"workloadPolicy": "a-compute-train-id"}
    assert "resourcePolicies" not in template(recorder, "a-compute-train")


@pytest.mark.parametrize("name", ["a2-highgpu", "a2-ultragpu", "g2"])
def test_a_compact_placement_is_the_template_s(name: str) -> None:
    recorder = registered(name)
    policy = recorder.inputs("a-compute-train", ":ResourcePolicy")
    assert policy["groupPlacementPolicy"]["collocation"] == "COLLOCATED"
    assert "workloadPolicy" not in policy
    assert template(recorder, "a-compute-train")["resourcePolicies"] == "a-compute-train-id"
    assert "resourcePolicies" not in manager(recorder, "a-compute-train")


@pytest.mark.parametrize("name", ALL)
def test_pulumi_owns_a_group_s_shape_and_the_head_its_size(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    for part in plan.groups:
        inputs = manager(recorder, f"{plan.name}-compute-{part.name}")
        assert inputs["targetSize"] == 0
        assert inputs["waitForInstances"] is False
        assert inputs["updatePolicy"] == {"type": "OPPORTUNISTIC", "minimalAction": "REPLACE"}
        assert inputs["instanceLifecyclePolicy"] == {"defaultActionOnFailure": "DO_NOTHING"}
        assert "autoHealingPolicies" not in inputs
        assert inputs["name"] == inputs["baseInstanceName"] == part.manager.name
        request = recorder.request(f"{plan.name}-compute-{part.name}", ":InstanceGroupManager")
        assert list(request.ignoreChanges) == ["targetSize"]


def test_a_template_that_is_made_anew_has_another_name_and_the_group_follows() -> None:
    recorder = registered("g2")
    inputs = template(recorder, "a-compute-train")
    assert ("name" in inputs, inputs["namePrefix"]) == (False, "a-train-")
    assert manager(recorder, "a-compute-train")["versions"] == [{"instanceTemplate": "a-compute-train-link"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ", capacity: {kind: spot}",
            {"provisioningModel": "SPOT", "preemptible": True, "instanceTerminationAction": "DELETE"},
        ),
        (
            ", capacity: {kind: flex_start, duration: 24 h}",
            {
                "provisioningModel": "FLEX_START",
                "preemptible": False,
                "instanceTerminationAction": "DELETE",
                "maxRunDuration": {"seconds": 86400.0},
            },
        ),
        (
            ", capacity: {kind: reservation, id: dense}",
            {"provisioningModel": "RESERVATION_BOUND", "preemptible": False, "instanceTerminationAction": "DELETE"},
        ),
    ],
)
def test_machines_are_bought_as_the_plan_says(text: str, expected: dict[str, Any]) -> None:
    inputs = template(made(group("a4-highgpu-8g", 2, text)), "a-compute-train")
    assert inputs["scheduling"] == {"onHostMaintenance": "TERMINATE", "automaticRestart": False, **expected}
    affinity = inputs["reservationAffinity"]
    if "reservation" in text:
        assert affinity["specificReservation"] == {
            "key": "compute.googleapis.com/reservation-name",
            "values": ["dense"],
        }
    else:
        assert affinity == {"type": "NO_RESERVATION"}


@pytest.mark.parametrize("name", ALL)
def test_machines_are_shielded_and_act_as_their_own_accounts(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    machines = [(plan.head.instance, head_of(recorder, f"{plan.name}-compute-head"))]
    machines += [(one.instance, template(recorder, f"{plan.name}-compute-{one.name}")) for one in plan.groups]
    for machine, inputs in machines:
        shield = inputs["shieldedInstanceConfig"]
        assert (shield["enableVtpm"], shield["enableIntegrityMonitoring"]) == (True, True)
        assert shield["enableSecureBoot"] is machine.secure_boot
        assert inputs["serviceAccount"] == {"email": machine.service_account, "scopes": ["cloud-platform"]}


def test_the_head_has_an_address_and_disks_that_outlive_it() -> None:
    plan, recorder = planned("bert-large-gcp"), registered("bert-large-gcp")
    head = recorder.request("bert-large-compute-head", "compute/instance:Instance")
    assert head.deleteBeforeReplace  # its name, its address and its disks are one instance's at a time
    inputs = head_of(recorder, head.name)
    assert inputs["networkInterfaces"][0]["networkIp"] == "10.0.0.2"
    assert recorder.inputs(head.name, ":Address")["subnetwork"] == "bert-large-network-nodes-nodes-id"
    assert [one["deviceName"] for one in inputs["attachedDisks"]] == [*plan.head.volumes]
    assert {one["source"] for one in inputs["attachedDisks"]} == {
        f"bert-large-storage-{name}-id" for name in plan.head.volumes
    }
    assert inputs["scheduling"] == {
        "provisioningModel": "STANDARD",
        "onHostMaintenance": "MIGRATE",
        "automaticRestart": True,
    }
    assert "deletionProtection" not in inputs


def test_groups_wait_for_the_head_and_all_for_what_nodes_run() -> None:
    recorder = registered("bert-large-gcp")
    names = {recorder.urn(one): (one.type.split(":")[-1], one.name) for one in recorder.requests}
    train = {names[urn] for urn in recorder.request("bert-large-compute-train", ":InstanceGroupManager").dependencies}
    head = {names[urn] for urn in recorder.request("bert-large-compute-head", "instance:Instance").dependencies}
    assert ("Instance", "bert-large-compute-head") in train
    for waiting in (head, train):
        assert ("BucketObject", "bert-large-storage-current") in waiting
        assert ("IAMMember", "bert-large-identity-logs-compute") in waiting
        assert ("ManagedFolderIamMember", "bert-large-storage-control-reads-compute") in waiting
        assert ("Secret", "bert-large-identity-munge") in waiting
        assert ("Firewall", "bert-large-network-internal") in waiting
