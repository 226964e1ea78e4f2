"""Head and groups: what an instance starts with, how it is bought, and how many there may be."""

import pytest

from clusterwright.catalog import aws
from clusterwright.decide.aws.interfaces import interfaces
from clusterwright.plan.aws.compute import runs
from clusterwright.plan.aws.model import AwsGroupPlan, ImagePlan, MarketPlan, MixedPlan, SchedulePlan, SpotPlan
from clusterwright.plan.cloud import DiskPlan, ScratchPlan
from clusterwright.spec.units import Moment, Size
from tests.plan.aws.plans import BLOCK, lock_of, plan_of

P5 = "machine: p5.48xlarge, nodes: 2"


def group_of(settings: str, locked: bool = False) -> AwsGroupPlan:
    (group,) = plan_of(f"groups: [{{name: train, {settings}}}]\n", lock_of() if locked else None).groups
    return group


@pytest.mark.parametrize("name", aws.names())
def test_planned_interfaces_are_those_decided_for_every_machine_type(name: str) -> None:
    row = aws.row(name)
    for fabric in ("none", "efa") if row.efa_interfaces else ("none",):
        laid = interfaces(row, fabric)
        short = runs(laid)
        assert tuple(interface for run in short for interface in run.each) == laid
        assert len(short) <= 3
        assert sum(run.cards for run in short if run.type == "efa-only") == (
            row.efa_interfaces if fabric == "efa" else 0
        )


def test_a_p5_has_32_interfaces_of_efa_and_one_that_carries_ip() -> None:
    found = [(run.first_card, run.cards, run.device, run.type) for run in group_of(P5).instance.interfaces]
    assert found == [(0, 1, 0, "interface"), (0, 1, 1, "efa-only"), (1, 31, 0, "efa-only")]


def test_the_image_is_the_lock_s_unless_the_spec_names_one() -> None:
    assert group_of(P5).instance.image == ImagePlan(key="gpu-x86_64", id=None)
    assert group_of("machine: g6.2xlarge", locked=True).instance.image.id == "ami-0aaaaaaaaaaaaaaa1"
    assert group_of("machine: c7i.large", locked=True).instance.image.id == "ami-0bbbbbbbbbbbbbbb2"
    assert group_of("machine: c7g.large, nodes: 1").instance.image.key == "cpu-arm64"
    own = group_of("image: ami-0bbbbbbbbbbbbbbb2", locked=True).instance.image
    assert own == ImagePlan(key="gpu-x86_64", id="ami-0bbbbbbbbbbbbbbb2")


def test_a_decided_disk_is_no_smaller_than_the_image_that_the_lock_names() -> None:
    lock = lock_of()
    image = lock.images["gpu-x86_64"].model_copy(update={"size": Size(300 * 2**30)})
    larger = lock.model_copy(update={"images": {**lock.images, "gpu-x86_64": image}})
    (group,) = plan_of(lock=larger).groups
    assert group.instance.disk.size_gib == 300
    assert group_of("machine: g6.2xlarge", locked=True).instance.disk.size_gib == 200


def test_machines_take_their_metadata_by_token_and_hand_it_to_nobody() -> None:
    plan = plan_of()
    for metadata in (plan.head.instance.metadata, plan.groups[0].instance.metadata):
        assert (metadata.http_tokens, metadata.hop_limit, metadata.instance_tags) == ("required", 1, True)


def test_a_disk_is_in_whole_gib() -> None:
    assert group_of("disk: 500 GB").instance.disk == DiskPlan(size_gib=466, kind="gp3", iops=3000, throughput_mbps=125)


def test_a_machine_s_own_disks_become_one() -> None:
    assert group_of(P5).scratch == ScratchPlan(count=8, size_gb=3800, on_request=False)
    assert group_of("machine: c7i.large").scratch is None


@pytest.mark.parametrize(
    ("settings", "market", "group"),
    [
        (P5, MarketPlan(), "a.train"),
        (f"{P5}, capacity: {{kind: spot}}", MarketPlan(type="spot", spot=SpotPlan(max_price=None)), "a.train"),
        (
            f"{P5}, capacity: {{kind: spot, max_price: 12.50 USD}}",
            MarketPlan(type="spot", spot=SpotPlan(max_price="12.50")),
            "a.train",
        ),
        (
            f"{P5}, capacity: {{kind: reservation, id: cr-0123456789abcdef0}}",
            MarketPlan(reservation="cr-0123456789abcdef0"),
            None,
        ),
        (f"{P5}, capacity: {BLOCK}", MarketPlan(type="capacity-block", reservation="cr-0123456789abcdef0"), None),
    ],
)
def test_machines_are_bought_and_placed_as_the_capacity_says(
    settings: str, market: MarketPlan, group: str | None
) -> None:
    planned = group_of(settings)
    scaling = planned.scaling
    assert (planned.market, scaling.placement_group, scaling.placement_strategy) == (market, group, "cluster")


def test_a_group_starts_with_no_machine_and_grows_to_its_maximum_at_the_head_s_word() -> None:
    scaling = group_of("nodes: {min: 2, max: 8}").scaling
    assert (scaling.min, scaling.max, scaling.capacity_timeout) == (0, 8, "0")
    assert scaling.protected
    assert scaling.suspended == ("AZRebalance", "ReplaceUnhealthy")


def test_a_group_that_is_destroyed_is_emptied_first_so_that_workers_write_their_checkpoints() -> None:
    scaling = group_of("nodes: 8").scaling
    assert (scaling.force_delete, scaling.delete_timeout) == (False, "60m")


def test_a_capacity_block_is_filled_at_its_start_and_drained_and_emptied_before_the_cloud_ends_it() -> None:
    group = group_of(f"{P5}, capacity: {BLOCK}")
    assert [(action.at, action.action) for action in group.actions] == [
        ("2026-12-01T11:30Z", "fill"),
        ("2026-12-05T10:45Z", "drain"),
        ("2026-12-05T10:55Z", "empty"),
    ]
    assert not group.scaling.protected, "a protected instance would outlive the action that empties the group"
    assert group_of(P5).actions == ()


def test_slurm_knows_what_a_node_has() -> None:
    slurm = group_of(P5).slurm
    assert (slurm.partition, slurm.hosts, slurm.cpus) == ("train", "train-[1-2]", 192)
    assert slurm.gres == "gpu:h100-80gb:8"
    assert slurm.memory_mib < 2097152
    assert group_of("machine: c7i.large").slurm.gres is None


def test_spot_machines_of_several_types_are_taken_where_they_are_interrupted_least() -> None:
    group = group_of("machine: c7i.large, alternatives: [c7a.large], capacity: {kind: spot, max_price: 2 USD}")
    assert group.scaling.mixed == MixedPlan(
        machines=("c7i.large", "c7a.large"),
        on_demand_percentage=0,
        spot_strategy="price-capacity-optimized",
        spot_max_price="2.00",
    )
    assert group.market == MarketPlan(), "a template of such a group may name no market"


def test_machines_of_several_types_are_bought_on_demand_unless_they_are_to_be_spot() -> None:
    mixed = group_of("machine: c7i.large, alternatives: [c7a.large]").scaling.mixed
    assert mixed == MixedPlan(
        machines=("c7i.large", "c7a.large"), on_demand_percentage=100, spot_strategy=None, spot_max_price=None
    )
    assert group_of(P5).scaling.mixed is None


def test_a_new_head_goes_on_from_the_old_one_s_disk() -> None:
    head = plan_of("storage: [{name: d}, {name: v, kind: volume, size: 500 GiB}]\n").head
    assert (head.state.mount, head.state.disk.size_gib, head.state.snapshot) == ("/srv/clusterwright", 20, True)
    assert head.volumes == ("v", "home")
    assert head.auto_recovery
    assert head.termination_protection
    assert not plan_of("security: {deletion_protection: false}\n").head.termination_protection


def test_of_a_block_s_actions_those_are_scheduled_that_set_a_size() -> None:
    assert group_of(f"{P5}, capacity: {BLOCK}").scaling.schedule == (
        SchedulePlan(name="fill", at="2026-12-01T11:30:00Z", desired=2),
        SchedulePlan(name="empty", at="2026-12-05T10:55:00Z", desired=0),
    )
    assert group_of(P5).scaling.schedule == ()


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("2026-12-01T11:29Z", ["fill", "empty"]),
        ("2026-12-01T11:30Z", ["empty"]),
        ("2026-12-05T10:54Z", ["empty"]),
        ("2026-12-05T10:55Z", []),
    ],
)
def test_a_plan_as_of_a_moment_schedules_what_is_to_come(moment: str, left: list[str]) -> None:
    plan = plan_of(f"groups: [{{name: train, {P5}, capacity: {BLOCK}}}]\n")
    [group] = plan.as_of(Moment.parse(moment)).groups
    assert [action.name for action in group.scaling.schedule] == left
    assert group.actions == plan.groups[0].actions, "what nodes are told knows no time"
