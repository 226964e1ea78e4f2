"""The life of a cluster on AWS under the real engine, with a stand-in for AWS: made, left alone, changed, hurt, mended,
destroyed, made again."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cloud import CloudStack, stand_in
from tests.engine.project import Project
from tests.engine.standin.cloud import Operation, Thing

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.walk, pytest.mark.timeout(300)]

NAME = "bert-large"
BUCKET = "aws:s3/bucket:Bucket"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
GROUP = "aws:autoscaling/group:Group"
INSTANCE = "aws:ec2/instance:Instance"
KEY = "aws:kms/key:Key"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
TOLD = Counter(
    {
        ("create", f"{NAME}-storage-bundle"): 1,
        ("update", f"{NAME}-storage-plan"): 1,
        ("update", f"{NAME}-storage-current"): 1,
    }
)
"""What tells machines of a change: another bundle, and what names it and its plan."""


@pytest.fixture(scope="module")
def walk() -> Iterator[CloudStack]:
    with tempfile.TemporaryDirectory(prefix="cw-") as place:
        project = Project.copy(Path(place) / "clone", Path(place))
        stand_in(project, "aws")
        stack = CloudStack(project, f"{NAME}-aws")
        stack.init()
        yield stack


@pytest.fixture
def done(walk: CloudStack) -> int:
    """How much had been done in the cloud before the test."""
    return len(walk.cloud.operations())


def ids(things: list[Thing]) -> dict[tuple[str, str], str]:
    return {(thing.type, thing.name): thing.id for thing in things}


def group(walk: CloudStack, name: str) -> Thing:
    [found] = [thing for thing in walk.cloud.things(GROUP) if thing.name == f"{NAME}-compute-{name}"]
    return found


def kept(walk: CloudStack) -> list[Thing]:
    """What holds data that is to outlive the cluster, and the key without which nobody could read it."""
    return [thing for kind in (BUCKET, FILE_SYSTEM, KEY) for thing in walk.cloud.things(kind)]


@pytest.mark.parametrize(("stack", "groups"), [("bert-base-aws", 1), ("bert-large-aws", 2), ("gpt3-aws", 1)])
def test_a_preview_shows_every_example_and_makes_nothing(walk: CloudStack, stack: str, groups: int) -> None:
    other = CloudStack(walk.project, stack)
    if stack != walk.name:
        other.init()
    if stack == "gpt3-aws":
        other.change_spec(job="none")  # it brings no program, and is not deployed with a job before it does
    shown = other.preview()
    assert shown.count(f"{GROUP}: (create)") == groups
    assert shown.count(f"{INSTANCE}: (create)") == 1
    assert other.cloud.things() == []


def test_up_makes_a_cluster(walk: CloudStack) -> None:
    assert set(walk.up()) == {"create"}
    things = walk.cloud.things()
    known = {name: one["id"] for name, one in walk.state().items() if one["type"].startswith("aws:")}
    assert {thing.name for thing in things} == set(known)
    assert walk.outputs()["connect"].endswith(known[f"{NAME}-compute-head"])


def test_machines_are_started_after_all_that_they_need(walk: CloudStack) -> None:
    order = [(operation.type, operation.name) for operation in walk.cloud.operations()]
    head = order.index((INSTANCE, f"{NAME}-compute-head"))
    needed = [
        (OBJECT, "storage-current"),
        ("aws:efs/accessPoint:AccessPoint", "storage-home"),
        ("aws:efs/mountTarget:MountTarget", "storage-home"),
        ("aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation", "storage-scratch"),
        ("aws:ec2/route:Route", "network-private-out"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "network-cluster-egress-nfs-2049"),
        ("aws:iam/rolePolicy:RolePolicy", "identity-head"),
    ]
    assert [name for kind, name in needed if order.index((kind, f"{NAME}-{name}")) > head] == []
    attached = order.index(("aws:ec2/volumeAttachment:VolumeAttachment", f"{NAME}-compute-head-state"))
    assert attached < order.index((GROUP, f"{NAME}-compute-train"))


def test_a_second_up_changes_nothing(walk: CloudStack, done: int) -> None:
    assert set(walk.up("--expect-no-changes")) == {"same"}
    assert walk.operations(done) == Counter()


def test_a_job_change_writes_under_control_alone(walk: CloudStack, done: int) -> None:
    before = ids(walk.cloud.things())
    walk.change_spec(job={**walk.spec()["job"], "seed": 7})
    walk.up()
    assert walk.operations(done) == TOLD
    assert all(thing.inputs["key"].startswith("control/") for thing in walk.cloud.things(OBJECT))
    assert ids([thing for thing in walk.cloud.things() if thing.type != OBJECT]).items() <= before.items()


def test_a_superseded_bundle_stays_for_nodes_that_start_from_it(walk: CloudStack) -> None:
    bundles = [thing.id for thing in walk.cloud.things(OBJECT) if "/control/bundles/" in thing.id]
    assert len(bundles) == 2


def test_a_number_of_nodes_changes_one_groups_maximum(walk: CloudStack, done: int) -> None:
    before = group(walk, "prep").inputs
    train, prep = walk.spec()["groups"]
    walk.change_spec(groups=[train, {**prep, "nodes": {"min": 0, "max": 6}}])
    walk.up()
    assert walk.operations(done) == TOLD + Counter({("update", f"{NAME}-compute-prep"): 1})
    assert group(walk, "prep").inputs == {**before, "maxSize": 6}


def test_a_machine_type_changes_its_group_alone_and_replaces_nothing(walk: CloudStack, done: int) -> None:
    train, prep = walk.spec()["groups"]
    walk.change_spec(groups=[train, {**prep, "machine": "c7i.4xlarge"}])
    walk.up()
    template_and_group = Counter({("update", f"{NAME}-compute-prep"): 2})
    assert walk.operations(done) == TOLD + template_and_group
    [template] = [thing for thing in walk.cloud.things(TEMPLATE) if thing.name == f"{NAME}-compute-prep"]
    assert template.inputs["instanceType"] == "c7i.4xlarge"
    assert group(walk, "prep").inputs["launchTemplate"] == {"id": template.id, "version": "2"}


def test_the_size_that_the_head_gave_a_group_stays(walk: CloudStack, done: int) -> None:
    walk.cloud.change(group(walk, "train"), desiredCapacity=8)
    assert set(walk.up("--refresh")) == {"same"}
    assert walk.operations(done) == Counter()
    assert group(walk, "train").outputs["desiredCapacity"] == 8


def test_what_somebody_changed_by_hand_is_seen_and_mended(walk: CloudStack, done: int) -> None:
    name = f"{NAME}-storage-data-public"
    [block] = [thing for thing in walk.cloud.things() if thing.name == name]
    walk.cloud.change(block, blockPublicPolicy=False)
    assert "blockPublicPolicy: true => false" in walk.refresh()
    walk.up()
    assert walk.operations(done) == Counter({("update", name): 1})
    mended = walk.cloud.find(block.type, block.id)
    assert mended is not None
    assert mended.inputs["blockPublicPolicy"] is True


def test_what_somebody_deleted_by_hand_is_made_again(walk: CloudStack, done: int) -> None:
    [alarm, *_] = [thing for thing in walk.cloud.things() if thing.type == "aws:cloudwatch/metricAlarm:MetricAlarm"]
    walk.cloud.remove(alarm)
    walk.up("--refresh")
    assert walk.operations(done) == Counter({("create", alarm.name): 1})


def test_kept_storage_is_never_made_anew(walk: CloudStack, done: int) -> None:
    storage = walk.spec()["storage"]
    walk.change_spec(storage=[{**one, "one_zone": True} if one["name"] == "home" else one for one in storage])
    said = walk.pulumi("up", "--yes", "--skip-preview", *walk.selected, succeeds=False)
    assert "unable to replace resource" in said
    assert "marked for protection" in said
    assert walk.operations(done) == Counter()
    walk.change_spec(storage=storage)


def test_an_update_that_failed_in_the_middle_goes_on_where_it_ended(walk: CloudStack, done: int) -> None:
    walk.change_spec(groups=[*walk.spec()["groups"], {"name": "more", "machine": "c7i.8xlarge", "nodes": 2}])
    walk.cloud.plant(GROUP, "InsufficientInstanceCapacity")
    said = walk.pulumi("up", "--yes", "--skip-preview", *walk.selected, succeeds=False)
    assert "InsufficientInstanceCapacity" in said
    assert walk.operations(done)["create", f"{NAME}-compute-more"] == 1  # the launch template
    failed = len(walk.cloud.operations())
    changes = walk.up()
    assert (changes["create"], set(changes)) == (1, {"create", "same"})
    assert walk.operations(failed) == Counter({("create", f"{NAME}-compute-more"): 1})


def test_a_group_that_the_spec_leaves_out_goes_alone(walk: CloudStack, done: int) -> None:
    walk.change_spec(groups=walk.spec()["groups"][:2])
    walk.up()
    deleted = {operation.name for operation in walk.cloud.operations()[done:] if operation.verb == "delete"}
    assert deleted == {f"{NAME}-compute-more"}


@pytest.fixture(scope="module")
def destroyed(walk: CloudStack) -> tuple[dict[tuple[str, str], str], list[Operation], str]:
    """What was kept, what was done to destroy the rest, and what was shown; AWS itself protects nothing."""
    walk.change_spec(security={"deletion_protection": False})
    walk.up()
    done, held = len(walk.cloud.operations()), ids(kept(walk))
    said = walk.destroy()
    return held, walk.cloud.operations()[done:], said


def test_destroy_keeps_data_and_its_key_and_lists_them(walk: CloudStack, destroyed) -> None:
    held, _, said = destroyed
    assert "protected resources associated with this stack" in said
    assert ids(kept(walk)) == held
    listed = {part["name"]: part["path"].removeprefix("s3://") for part in walk.outputs()["kept"]}
    assert sorted(listed) == ["audit", "data", "home", "key"]
    assert set(listed.values()) == {thing.outputs["arn"] if thing.type == KEY else thing.id for thing in kept(walk)}


def test_destroy_leaves_nothing_that_runs_or_lets_anybody_in(walk: CloudStack, destroyed) -> None:
    data = {f"{NAME}-storage-home", f"{NAME}-identity-key", f"{NAME}-storage-bundle"}
    buckets = tuple(thing.name for thing in walk.cloud.things(BUCKET))
    assert [thing.name for thing in walk.cloud.things() if not thing.name.startswith((*data, *buckets))] == []


def test_destroy_ends_nodes_before_the_head_and_the_head_before_what_it_stands_on(destroyed) -> None:
    _, done, _ = destroyed
    assert {operation.verb for operation in done} == {"delete"}
    last = {operation.type: index for index, operation in enumerate(done)}
    first = {operation.type: index for index, operation in reversed([*enumerate(done)])}
    assert last[GROUP] < first[INSTANCE]
    below = ("aws:iam/role:Role", "aws:ec2/natGateway:NatGateway", "aws:ec2/vpc:Vpc", "aws:ebs/volume:Volume")
    assert [kind for kind in below if first[kind] < last[INSTANCE]] == []


def test_up_again_under_the_same_name_takes_the_kept_data_up(walk: CloudStack, destroyed) -> None:
    held, _, _ = destroyed
    changes = walk.up()
    assert set(changes) == {"create", "same"}
    assert ids(kept(walk)) == held
    assert set(walk.up("--expect-no-changes")) == {"same"}


def test_what_is_kept_leaves_the_stack_and_not_the_account_once_its_protection_is_lifted(walk: CloudStack) -> None:
    held, audit = ids(kept(walk)), f"{NAME}-observability-audit"
    walk.change_spec(security={"audit": False})
    said = walk.pulumi("up", "--yes", "--skip-preview", *walk.selected, succeeds=False)
    assert "because it is protected" in said
    walk.pulumi("state", "unprotect", "--all", "--yes", *walk.selected)
    walk.up()
    assert not [name for name in walk.state() if name.startswith(audit)]
    assert ids(kept(walk)) == held
    assert walk.state()[f"{NAME}-storage-data"]["protect"] is True


def test_purge_forgets_the_stack_and_leaves_the_kept_data_to_its_owner(walk: CloudStack) -> None:
    held = ids(kept(walk))
    walk.destroy(purge=True)
    assert ids(kept(walk)) == held
    assert "no stack named" in walk.pulumi("stack", "export", *walk.selected, succeeds=False)
