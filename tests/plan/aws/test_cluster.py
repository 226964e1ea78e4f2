"""The whole plan of a cluster on AWS: one for each spec and lock, as short for thousands of nodes as for one."""

import re

import pytest

from clusterwright.plan import canonical_json
from tests.plan.aws.plans import STACKS, lock_of, parts, plan_of, plan_of_stack


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_has_one_plan_that_reads_back_as_itself(stack: str, locked: bool) -> None:
    plan = plan_of_stack(stack, locked)
    assert canonical_json(plan) == canonical_json(plan_of_stack(stack, locked))
    assert type(plan).model_validate_json(canonical_json(plan)) == plan


def test_five_lines_are_a_whole_cluster() -> None:
    plan = plan_of()
    (group,) = plan.groups
    assert (plan.head.machine, group.name, group.machine, group.nodes.max) == ("m7i.large", "train", "g6.2xlarge", 2)
    assert plan.job is not None
    assert plan.software.scheduler == "slurm"
    assert all(decision.reason for decision in plan.decisions)
    assert len({decision.path for decision in plan.decisions}) == len(plan.decisions)


def test_a_plan_grows_with_groups_and_not_with_nodes() -> None:
    def text(nodes: int) -> str:
        listed = ", ".join(f"{{name: g{number}, machine: p5.48xlarge, nodes: {nodes}}}" for number in range(16))
        return re.sub(r"\d+", "N", canonical_json(plan_of(f"groups: [{listed}]\njob: {{nodes: 2}}\n")))

    assert text(625) == text(2)


@pytest.mark.parametrize("stack", STACKS)
def test_tags_say_whose_a_thing_is_and_the_spec_s_are_among_them(stack: str) -> None:
    plan = plan_of_stack(stack)
    assert plan.tags["clusterwright-cluster"] == plan.name
    assert plan.tags["team"]
    for group in plan.groups:
        carried = plan.named(group.instance.name, group.name)
        assert carried == plan.tags | {"clusterwright-group": group.name, "Name": f"{plan.name}.{group.name}"}
    assert plan.named("x") == plan.tags | {"Name": "x"}


def test_tags_are_decided_once_and_instances_hand_them_to_their_volumes_and_interfaces() -> None:
    plan = plan_of_stack("bert-large-aws")
    assert [type(part).__name__ for part in parts(plan) if "tags" in type(part).model_fields] == ["AwsPlan"]
    for instance in (plan.head.instance, *(group.instance for group in plan.groups)):
        assert instance.tagged == ("instance", "volume", "network-interface")


def test_without_a_lock_a_plan_is_whole_but_for_what_the_account_knows() -> None:
    without, with_lock = plan_of(), plan_of(lock=lock_of())
    assert (without.account, without.zone_id, without.head.instance.image.id) == (None, None, None)
    assert (with_lock.account, with_lock.zone_id) == ("123456789012", "use1-az4")
    assert "UNKNOWN-ACCOUNT" in canonical_json(without)
    assert "UNKNOWN-ACCOUNT" not in canonical_json(with_lock)
    assert without.network.subnets == with_lock.network.subnets
    assert without.network.security_groups == with_lock.network.security_groups
    assert len(without.refusals) == len(with_lock.refusals) + 1


def test_the_job_runs_a_process_for_each_gpu() -> None:
    job = plan_of("groups: [{name: train, machine: p5.48xlarge, nodes: 2}]\n").job
    assert job is not None
    assert (job.nodes, job.processes_per_node, job.world_size) == (2, 8, 16)


def test_the_hourly_price_is_that_of_the_head_and_of_full_groups_or_not_known() -> None:
    text = "head: {{machine: m7i.2xlarge}}\ngroups: [{{name: a, machine: {}, nodes: {{min: 0, max: 3}}}}]\njob: none\n"
    assert plan_of(text.format("g6.2xlarge"), lock_of()).hourly_price == pytest.approx(0.4032 + 3 * 0.9776)
    assert plan_of(text.format("p5e.48xlarge")).hourly_price is None
    assert plan_of(text.format("g6.2xlarge, capacity: {kind: spot}")).hourly_price is None
