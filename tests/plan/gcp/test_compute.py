"""Head and groups on GCP: exact machines for each family, and how they are bought, placed and sized."""

from typing import Any

import pytest

from clusterwright.plan.gcp.model import GcpGroupPlan
from tests.plan.gcp.plans import LOCK, group, plan_of


def group_of(text: str, lock: str | None = None) -> GcpGroupPlan:
    (planned,) = plan_of(text, lock).groups
    return planned


MIGRATE: dict[str, Any] = {
    "provisioning": "STANDARD",
    "on_host_maintenance": "MIGRATE",
    "automatic_restart": True,
    "termination_action": None,
    "max_run_duration": None,
}
STANDARD = MIGRATE | {"on_host_maintenance": "TERMINATE"}
SPOT = STANDARD | {"provisioning": "SPOT", "automatic_restart": False, "termination_action": "DELETE"}


@pytest.mark.parametrize(
    ("machine", "more", "fabric", "disk", "scratch", "policy", "gres"),
    [
        ("g2-standard-48", "", "none", "pd-balanced", None, "compact", "gpu:l4:4"),
        ("a2-highgpu-8g", "", "none", "pd-balanced", None, "compact", "gpu:a100-40gb:8"),
        ("a2-ultragpu-8g", "", "none", "pd-balanced", (8, 375), "compact", "gpu:a100-80gb:8"),
        ("a3-megagpu-8g", "", "tcpxo", "pd-balanced", (16, 375), "workload", "gpu:h100-80gb:8"),
        (
            "a3-ultragpu-8g",
            ", capacity: {kind: spot}",
            "rdma",
            "hyperdisk-balanced",
            (32, 375),
            "workload",
            "gpu:h200:8",
        ),
        (
            "a4-highgpu-8g",
            ", capacity: {kind: spot}",
            "rdma",
            "hyperdisk-balanced",
            (32, 375),
            "workload",
            "gpu:b200:8",
        ),
        (
            "a4x-highgpu-4g",
            ", capacity: {kind: reservation, id: r}",
            "rdma",
            "hyperdisk-balanced",
            (4, 3000),
            "workload",
            "gpu:gb200:4",
        ),
    ],
)
def test_each_family_s_machines(
    machine: str, more: str, fabric: str, disk: str, scratch: object, policy: str, gres: str
) -> None:
    planned = group_of(group(machine, 18 if machine.startswith("a4x") else 2, more))
    assert (planned.fabric, planned.placement.policy, planned.slurm.gres) == (fabric, policy, gres)
    assert (planned.instance.disk.kind, planned.instance.disk.size_gib) == (disk, 200)
    own = planned.scratch
    assert (own and (own.count, own.size_gb)) == scratch
    assert own is None or (own.raid_level, own.mount) == (0, "/local")
    assert planned.instance.image.key == ("gpu-arm64" if machine.startswith("a4x") else "gpu-x86_64")
    assert planned.instance.scheduling.on_host_maintenance == "TERMINATE"


def test_a_machine_is_private_shielded_and_logs_in_by_iam() -> None:
    instance = group_of(group("n2-standard-8")).instance
    assert (instance.public_address, instance.vtpm, instance.integrity_monitoring) == (False, True, True)
    assert instance.secure_boot
    assert instance.metadata["enable-oslogin"] == "TRUE"
    assert instance.service_account == "a-compute@my-project.iam.gserviceaccount.com"
    assert instance.encrypted


@pytest.mark.parametrize(
    "text",
    [
        group("g2-standard-8"),
        group("n2-standard-8", 2, ", image: projects/my-project/global/images/mine"),
        group("n2-standard-8") + "storage: [{name: d}, {name: l, kind: lustre, size: 9000 GiB}]\n",
    ],
)
def test_modules_that_nobody_signed_are_not_refused_at_boot(text: str) -> None:
    assert not group_of(text).instance.secure_boot


@pytest.mark.parametrize(
    ("text", "scheduling", "affinity"),
    [
        (group("n2-standard-8"), MIGRATE, "NO_RESERVATION"),
        (group("g2-standard-8"), STANDARD, "NO_RESERVATION"),
        (group("n2-standard-8", 2, ", capacity: {kind: spot}"), SPOT, "NO_RESERVATION"),
        (group("a3-megagpu-8g", 2, ", capacity: {kind: spot}"), SPOT, "NO_RESERVATION"),
        (group("n2-standard-8", 2, ", placement: {kind: cluster}"), STANDARD, "NO_RESERVATION"),
        (
            group("a3-megagpu-8g", 2, ", capacity: {kind: flex_start, duration: 24 h}"),
            SPOT | {"provisioning": "FLEX_START", "max_run_duration": 86400},
            "NO_RESERVATION",
        ),
        (group("a3-megagpu-8g", 2, ", capacity: {kind: reservation, id: fixed}"), STANDARD, "SPECIFIC_RESERVATION"),
        (
            group("a4-highgpu-8g", 2, ", capacity: {kind: reservation, id: dense}"),
            SPOT | {"provisioning": "RESERVATION_BOUND"},
            "SPECIFIC_RESERVATION",
        ),
    ],
)
def test_how_machines_are_bought(text: str, scheduling: object, affinity: str) -> None:
    planned = group_of(text, LOCK)
    assert planned.instance.scheduling.model_dump() == scheduling
    assert planned.affinity.type == affinity


def test_a_reservation_of_unknown_kind_leaves_open_how_its_machines_are_provisioned() -> None:
    planned = group_of(group("a3-megagpu-8g", 2, ", capacity: {kind: reservation, id: fixed}"))
    assert planned.instance.scheduling.provisioning is None
    assert planned.affinity.model_dump() == {
        "type": "SPECIFIC_RESERVATION",
        "key": "compute.googleapis.com/reservation-name",
        "values": ("fixed",),
    }


def test_a_reservation_that_ends_empties_its_group_three_quarters_of_an_hour_before() -> None:
    planned = group_of(group("a4-highgpu-8g", 2, ", capacity: {kind: reservation, id: dense}"), LOCK)
    assert [(one.at, one.action) for one in planned.actions] == [
        ("2026-12-01T11:30Z", "fill"),
        ("2026-12-05T10:45Z", "drain"),
        ("2026-12-05T10:55Z", "empty"),
    ]
    assert group_of(group("a3-megagpu-8g", 2, ", capacity: {kind: reservation, id: fixed}"), LOCK).actions == ()


def test_flex_start_is_asked_for_as_a_whole_and_waited_for_for_days() -> None:
    flex = group_of(group("a3-megagpu-8g", 2, ", capacity: {kind: flex_start, duration: 24 h}"))
    assert (flex.manager.grows_by, flex.slurm.start_timeout) == ("resize_request", 7 * 86400)
    assert group_of(group("g2-standard-8")).manager.grows_by == "resize"


def test_a_group_s_size_is_the_head_s_and_nothing_else_ends_or_repairs_a_node() -> None:
    manager = group_of("groups: [{name: train, nodes: {min: 1, max: 9}}]\njob: none\n").manager
    assert manager.model_dump() == {
        "name": "a-train",
        "base_instance_name": "a-train",
        "min_size": 0,
        "max_size": 9,
        "ignore_target_size": True,
        "wait_for_instances": False,
        "default_action_on_failure": "DO_NOTHING",
        "update_type": "OPPORTUNISTIC",
        "grows_by": "resize",
        "shrinks_by": "delete_instances",
    }


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        (
            group("g2-standard-8", 2, ", placement: {kind: cluster, max_distance: 2}"),
            ("COLLOCATED", 2, None, None, None),
        ),
        (group("a3-megagpu-8g"), (None, None, "HIGH_THROUGHPUT", None, None)),
        (
            group("a3-megagpu-8g", 2, ", placement: {kind: cluster, max_distance: 2}"),
            (None, None, "HIGH_THROUGHPUT", "BLOCK", None),
        ),
        (
            group("a4x-highgpu-4g", 18, ", capacity: {kind: reservation, id: r}"),
            (None, None, "HIGH_THROUGHPUT", None, "1x72"),
        ),
        (group("n2-standard-8", 2), (None, None, None, None, None)),
    ],
)
def test_the_placement_policy(text: str, policy: tuple[object, ...]) -> None:
    placed = group_of(text).placement
    fields = ("collocation", "max_distance", "workload_type", "topology_distance", "accelerator_topology")
    assert tuple(getattr(placed, field) for field in fields) == policy
    assert (placed.name is None) == (placed.policy == "none")


def test_slurm_leaves_a_twentieth_of_the_memory_to_the_operating_system() -> None:
    slurm = group_of(group("a3-megagpu-8g", 4)).slurm
    assert slurm.model_dump() == {
        "partition": "train",
        "hosts": "train-[1-4]",
        "cpus": 208,
        "memory_mib": 1916928 * 19 // 20,
        "gres": "gpu:h100-80gb:8",
        "idle_timeout": 600,
        "start_timeout": 1800,
    }
    assert group_of(group("n2-standard-2")).slurm.memory_mib == 8192 - 1024


def test_time_outs_of_the_spec_are_taken() -> None:
    slurm = group_of(group("g2-standard-8", 2, ", idle_timeout: 1 h, start_timeout: 2 h")).slurm
    assert (slurm.idle_timeout, slurm.start_timeout) == (3600, 7200)


def test_images_are_the_lock_s_or_the_spec_s_own_and_disks_hold_them() -> None:
    reserved = ", capacity: {kind: reservation, id: nvl72}"
    arm = group_of(group("a4x-highgpu-4g", 18, reserved), LOCK).instance
    assert (arm.image.id, arm.disk.size_gib) == ("projects/i/global/images/arm", 250)
    assert group_of(group("g2-standard-8")).instance.image.id is None
    mine = ", image: projects/i/global/images/cpu"
    assert group_of(group("g2-standard-8", 2, mine), LOCK).instance.image.id == "projects/i/global/images/cpu"


def test_the_head_is_restarted_elsewhere_and_found_at_the_same_address() -> None:
    head = plan_of("", LOCK).head
    assert (head.machine, head.full_name, head.address) == ("n2-standard-2", "a-head", "a-head")
    assert head.instance.scheduling.model_dump() == MIGRATE
    assert head.instance.image.id == "projects/i/global/images/cpu"
