"""Buckets, file systems and disks: what each is made with, and how nodes mount it."""

from dataclasses import replace

import pytest

from clusterwright.plan import plan_cluster
from clusterwright.plan.aws import AwsPlan
from clusterwright.plan.aws.model import AccessPointPlan, AssociationPlan, AwsStorage, LifecyclePlan
from clusterwright.spec.load import parse_spec
from tests.plan.aws.plans import bucket_of, lock_of, plan_of


def storage_of(*storages: str) -> AwsStorage:
    """The first of the spec's storages."""
    listed = ", ".join(f"{{{storage}}}" for storage in storages)
    return plan_of(f"storage: [{listed}]\n", lock_of()).storage[0]


def test_a_bucket_keeps_old_versions_for_a_while_and_those_of_runs_and_reports_for_days() -> None:
    bucket = storage_of("name: d")
    assert bucket.kind == "bucket"
    assert bucket.lifecycle == (
        LifecyclePlan(id="old-versions", prefix="", noncurrent_days=30, unfinished_days=7, markers=True),
        LifecyclePlan(id="old-reports", prefix="reports/", noncurrent_days=1),
        LifecyclePlan(id="old-jobs", prefix="jobs/", noncurrent_days=3),
    )
    shorter = storage_of("name: d, old_versions: 36 h")
    assert shorter.kind == "bucket"
    assert shorter.lifecycle[0].noncurrent_days == 2
    assert [(one.effect, one.principals) for one in bucket.statements] == [("Deny", {"AWS": ("*",)})]


def test_a_bucket_s_name_is_one_in_all_accounts_regions_and_clusters() -> None:
    first = storage_of("name: d")
    assert first.kind == "bucket"
    assert first.bucket == "a-d-" + first.bucket[-8:]
    other = plan_of("storage: [{name: d}]\n", lock_of().model_copy(update={"account": "210987654321"})).storage[0]
    assert other.kind == "bucket"
    assert other.bucket != first.bucket


def test_the_longest_names_fit_into_a_bucket_s_and_a_role_s() -> None:
    text = f"name: {'n' * 30}\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\nstorage: [{{name: {'s' * 20}}}]\n"
    plan = plan_cluster(replace(parse_spec(text), lock=lock_of()))
    assert isinstance(plan, AwsPlan)
    bucket = bucket_of(plan)
    assert len(bucket.bucket) <= 63
    assert max(len(role.name) for role in plan.identity.roles) <= 64


def test_the_audit_s_bucket_is_no_storage_of_that_name() -> None:
    plan = plan_of("storage: [{name: audit}]\n", lock_of())
    bucket = bucket_of(plan)
    assert plan.observability.audit is not None
    assert plan.observability.audit.bucket != bucket.bucket


def test_a_spec_without_a_bucket_gets_one_for_control() -> None:
    plan = plan_of("storage: [{name: control, kind: nfs, mount: /home}]\n")
    assert [(part.name, part.kind) for part in plan.storage] == [("control", "nfs"), ("control-2", "bucket")]
    assert "storage[1]" in {decision.path for decision in plan.decisions}


def test_homes_outlive_the_head_wherever_they_are() -> None:
    decided = plan_of("storage: [{name: d}]\n").storage[-1]
    assert (decided.name, decided.kind, decided.mount, decided.on_destroy) == ("home", "volume", "/home", "keep")
    given = plan_of("storage: [{name: d}, {name: h, kind: nfs, mount: /home}]\n").storage
    assert [part.mount for part in given] == ["/d", "/home"]


def test_lustre_shows_data_of_the_cluster_s_bucket_and_all_of_another() -> None:
    lustre = "name: s, kind: lustre, size: 1200 GiB, bucket: {}"
    own = storage_of(lustre.format("one"), "name: one", "name: two")
    other = storage_of(lustre.format("two"), "name: one", "name: two")
    assert own.kind == "lustre"
    assert other.kind == "lustre"
    events = ("NEW", "CHANGED", "DELETED")
    assert own.association == AssociationPlan(storage="one", prefix="data/", path="/one", events=events)
    assert other.association == AssociationPlan(storage="two", prefix="", path="/two", events=events)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("size: 1200 GiB", ("PERSISTENT_2", 250, True, 7)),
        ("size: 1200 GiB, backups: 14 d", ("PERSISTENT_2", 250, True, 14)),
        ("size: 1200 GiB, bucket: d", ("PERSISTENT_2", 250, True, 0)),
        ("size: 1200 GiB, on_destroy: delete", ("PERSISTENT_2", 250, True, 0)),
        ("size: 1200 GiB, deployment: scratch_2", ("SCRATCH_2", None, False, None)),
    ],
)
def test_lustre_is_backed_up_where_nothing_else_holds_its_files(settings: str, expected: tuple[object, ...]) -> None:
    lustre = storage_of(f"name: s, kind: lustre, {settings}", "name: d")
    assert lustre.kind == "lustre"
    assert (lustre.deployment, lustre.throughput, lustre.encrypted, lustre.backup_days) == expected


def test_lustre_with_efa_stands_among_the_nodes() -> None:
    text = "storage: [{{name: s, kind: lustre, size: 19200 GiB, efa: {}}}, {{name: d}}]\n"
    for efa, expected in (("false", (False, "services")), ("true", (True, "nodes"))):
        lustre = plan_of(text.format(efa)).storage[0]
        assert lustre.kind == "lustre"
        assert (lustre.efa, lustre.subnet) == expected


def test_nfs_is_reached_by_the_cluster_s_machines_over_tls_and_by_an_access_point_alone() -> None:
    nfs = storage_of("name: h, kind: nfs", "name: d")
    assert nfs.kind == "nfs"
    assert (nfs.mode, nfs.throughput, nfs.one_zone, nfs.backups, nfs.subnet) == (
        "elastic",
        None,
        False,
        True,
        "services",
    )
    allow, *denied = nfs.statements
    names = ("head", "compute")
    assert allow.principals == {"AWS": tuple(f"arn:aws:iam::123456789012:role/a-us-east-1-{name}" for name in names)}
    assert [(one.effect, one.principals, one.conditions) for one in denied] == [
        ("Deny", {"AWS": ("*",)}, {"Bool": {"aws:SecureTransport": ("false",)}}),
        ("Deny", {"AWS": ("*",)}, {"Null": {"elasticfilesystem:AccessPointArn": ("true",)}}),
    ]
    assert {one.actions for one in denied} == {allow.actions}
    assert nfs.access_point == AccessPointPlan(path="/h", owner=0, mode="0755")
    provisioned = storage_of("name: h, kind: nfs, throughput: 256 MB/s", "name: d")
    assert provisioned.kind == "nfs"
    assert (provisioned.mode, provisioned.throughput) == ("provisioned", 256)


def test_each_storage_is_mounted_where_and_as_it_can_be() -> None:
    plan = plan_of(
        "storage: [{name: d}, {name: e}, {name: h, kind: nfs, mount: /home}, {name: s, kind: lustre, size: 1200 GiB},"
        " {name: v, kind: volume, size: 10 GiB}]\n"
    )
    both = ("head", "compute")
    assert [(one.storage, one.path, one.type, one.roles) for one in plan.mounts] == [
        ("d", "/d", "mountpoint-s3", both),
        ("e", "/e", "mountpoint-s3", both),
        ("h", "/home", "efs", both),
        ("s", "/s", "lustre", both),
        ("v", "/v", "ext4", ("head",)),
        ("state", "/srv/clusterwright", "ext4", ("head",)),
    ]
    options = {one.storage: one.options for one in plan.mounts}
    assert "prefix=data/" in options["d"]
    assert "prefix=data/" not in options["e"]
    assert {"flock", "lazystatfs", "noatime"} <= set(options["s"])
    assert {"tls", "iam"} <= set(options["h"])


def test_each_volume_has_a_device_of_its_own_beside_the_state_s() -> None:
    listed = ", ".join(f"{{name: v{number}, kind: volume, size: 10 GiB}}" for number in range(3))
    plan = plan_of(f"storage: [{{name: d}}, {{name: h, kind: nfs, mount: /home}}, {listed}]\n")
    devices = [plan.head.state.device, *(part.device for part in plan.storage if part.kind == "volume")]
    assert devices == ["/dev/xvdba", "/dev/xvdbb", "/dev/xvdbc", "/dev/xvdbd"]


def test_hard_drives_say_that_they_want_no_cache_and_ssds_have_none_to_want() -> None:
    drives = storage_of(
        "name: s, kind: lustre, size: 6000 GiB, deployment: persistent_1, drive: hdd, throughput: 12 MB/s/TiB",
        "name: d",
    )
    ssds = storage_of("name: s, kind: lustre, size: 1200 GiB", "name: d")
    assert drives.kind == "lustre"
    assert ssds.kind == "lustre"
    assert (drives.cache, ssds.cache) == ("NONE", None)
