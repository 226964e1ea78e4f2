"""What machines are told: the plan's decisions, and nothing that has to be decided once more."""

from __future__ import annotations

import pytest

from clusterwright.bootstrap.facts import bucket_url, cluster_facts, group_facts
from clusterwright.bootstrap.mounts import Mount, all_mounts
from clusterwright.plan.model import CapacityPlan, ClusterPlan
from tests.plans import example_plan

AWS, GCP, LOCAL = "bert-large-aws", "bert-large-gcp", "local-machines"


def group_of(stack: str, name: str) -> dict[str, object]:
    plan = example_plan(stack)
    return group_facts(plan, next(group for group in plan.groups if group.name == name))


@pytest.mark.parametrize(("stack", "name"), [(AWS, "bert-large.train"), (GCP, "bert-large-train"), (LOCAL, "train")])
def test_a_group_says_what_its_cloud_calls_it_and_how_far_it_grows(stack: str, name: str) -> None:
    train = cluster_facts(example_plan(stack))["groups"][0]
    assert (train["name"], train["cloud_group"]) == ("train", name)


@pytest.mark.parametrize(
    ("stack", "url"),
    [
        (AWS, "s3://bert-large-data-829effa1?region=us-east-1"),
        (GCP, "gs://bert-large-data-123456789012"),
        (LOCAL, "file:///srv/bucket"),
    ],
)
def test_the_bucket_has_an_address_that_nodes_can_open(stack: str, url: str) -> None:
    assert bucket_url(example_plan(stack)) == url


@pytest.mark.parametrize(
    ("stack", "munge", "token"),
    [
        (AWS, "secretsmanager://us-east-1/clusterwright/bert-large/munge", "secretsmanager://us-east-1/hf-token"),
        (
            GCP,
            "secretmanager://projects/my-project-123/secrets/bert-large-munge",
            "secretmanager://projects/my-project-123/secrets/hf-token",
        ),
    ],
)
def test_secrets_are_told_by_full_references(stack: str, munge: str, token: str) -> None:
    secrets = cluster_facts(example_plan(stack))["secrets"]
    assert secrets == {"munge": munge, "job": [{"name": "HF_TOKEN", "ref": token}]}


def test_a_local_cluster_has_one_secret_in_its_own_store() -> None:
    assert cluster_facts(example_plan(LOCAL))["secrets"] == {"munge": "file:///srv/secrets/munge.key", "job": []}


@pytest.mark.parametrize(
    ("stack", "work"),
    [
        (AWS, {"kind": "shared", "path": "/scratch/clusterwright/bert-large"}),
        ("bert-base-gcp", {"kind": "shared", "path": "/home/clusterwright/bert-base"}),
        (LOCAL, {"kind": "node", "path": "/var/lib/clusterwright/work"}),
    ],
)
def test_runs_write_to_the_fastest_file_system_that_all_nodes_see(stack: str, work: dict[str, str]) -> None:
    assert cluster_facts(example_plan(stack))["work"] == work


def test_what_a_cluster_may_cost_is_told_in_cents_and_seconds() -> None:
    assert cluster_facts(example_plan(AWS))["budget"] == {
        "limit_cents": 5_000_000,
        "deadline_s": 324_000,
        "on_finish": "scale_to_zero",
        "alerts": [50, 80, 100],
    }


def test_a_machine_with_efa_is_told_how_many_interfaces_must_answer() -> None:
    assert (group_of(AWS, "train")["fabric"], group_of(AWS, "train")["efa_interfaces"]) == ("efa", 32)
    assert (group_of(AWS, "prep")["fabric"], group_of(AWS, "prep")["efa_interfaces"]) == ("none", 0)
    assert group_of(AWS, "train")["lustre_interfaces"] == 0  # its file system has no EFA
    assert group_of("gpt3-aws", "train")["lustre_interfaces"] == 8


def test_a_block_of_capacity_says_when_its_machines_must_be_empty() -> None:
    assert group_of(AWS, "train")["actions"] == [
        {"action": "fill", "at": "2026-12-01T11:30Z"},
        {"action": "drain", "at": "2026-12-05T10:45Z"},
        {"action": "empty", "at": "2026-12-05T10:55Z"},
    ]
    assert group_of(AWS, "prep")["actions"] == []


def test_a_machine_that_was_queued_for_knows_how_long_it_may_run() -> None:
    plan = example_plan(GCP)
    capacity = CapacityPlan(kind="flex_start", duration=86_400)
    flexible = plan.groups[0].model_copy(update={"capacity": capacity})
    assert group_facts(plan, flexible)["max_run_s"] == 86_400
    assert group_facts(plan, plan.groups[0])["max_run_s"] is None


def test_a_group_says_how_its_cloud_makes_it_larger() -> None:
    assert cluster_facts(example_plan(GCP))["groups"][0]["grows_by"] == "resize"
    assert cluster_facts(example_plan(AWS))["groups"][0]["grows_by"] is None


def test_a_local_cluster_whose_plan_has_a_partition_and_a_budget_is_told_of_both() -> None:
    cloud, local = example_plan(AWS), example_plan(LOCAL)
    fields = {"slurm": cloud.groups[1].slurm}  # type: ignore[attr-defined]
    group = local.groups[0].model_copy(update=fields)
    plan = local.model_copy(update={"budget": cloud.budget, "groups": (group,)})  # type: ignore[attr-defined]
    assert cluster_facts(plan)["budget"]["deadline_s"] == 324_000
    assert group_facts(plan, group)["memory_mib"] == 62_259


def test_a_machine_s_own_disks_are_counted() -> None:
    assert group_of(GCP, "train")["scratch"] == {"count": 16, "mount": "/local"}
    assert group_of(GCP, "prep")["scratch"] is None


def test_the_head_has_no_gpus_and_is_in_no_partition() -> None:
    head = group_facts(example_plan(AWS), None)
    assert (head["role"], head["group"], head["gpus"], head["memory_mib"]) == ("head", "head", 0, None)


def test_the_head_alone_mounts_its_state_which_the_cloud_calls_by_a_device() -> None:
    mounts = {mount.storage: mount for mount in all_mounts(example_plan(AWS), "head")}
    assert mounts["state"] == Mount("state", "/srv/clusterwright", "ext4", "/dev/xvdba", ("nofail", "noatime"))
    assert "state" not in {mount.storage for mount in all_mounts(example_plan(AWS), "compute")}


def test_the_source_of_a_file_system_is_known_only_when_it_is_made() -> None:
    mounts = {mount.storage: mount.source for mount in all_mounts(example_plan(AWS), "compute")}
    assert mounts == {"data": "bert-large-data-829effa1", "home": None, "scratch": None}


def test_a_local_machine_sees_the_data_of_its_bucket() -> None:
    assert all_mounts(example_plan(LOCAL), "compute") == (Mount("data", "/data", "bind", "/srv/bucket/data", ()),)


def with_option(plan: ClusterPlan, option: str) -> ClusterPlan:
    first, *rest = plan.mounts  # type: ignore[attr-defined]
    return plan.model_copy(update={"mounts": (first.model_copy(update={"options": (option,)}), *rest)})


@pytest.mark.parametrize("option", ["a,b", "a b", "a\nb", "a\tb", ""])
def test_an_option_that_would_be_two_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match="no option of the mount at"):
        all_mounts(with_option(example_plan(AWS), option), "head")
