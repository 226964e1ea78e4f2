"""Buckets, file systems and volumes of a cluster on GCP, and how nodes mount them."""

from typing import TypeVar

import pytest

from clusterwright.plan.gcp.model import BucketPlan, GcpPlan, LustrePlan, NfsPlan, VolumePlan
from tests.plan.gcp.plans import LOCK, group, plan_of

Kind = TypeVar("Kind")


def only(plan: GcpPlan, kind: type[Kind]) -> Kind:
    (found,) = [storage for storage in plan.storage if isinstance(storage, kind)]
    return found


def mounts(plan: GcpPlan) -> dict[tuple[str, tuple[str, ...]], tuple[str, tuple[str, ...]]]:
    return {(one.path, one.roles): (one.type, one.options) for one in plan.mounts}


BOTH = ("head", "compute")


def test_the_first_bucket_is_the_cluster_s_and_has_a_folder_for_each_purpose() -> None:
    plan = plan_of("storage: [{name: h, kind: nfs}, {name: one}, {name: two}]\n", LOCK)
    first, second = [storage for storage in plan.storage if isinstance(storage, BucketPlan)]
    assert (first.full_name, first.cluster, first.mounted) == ("a-one-123456789012", True, "data/")
    assert first.folders == ("control/", "data/", "jobs/", "nodes/", "reports/", "software/")
    assert (second.full_name, second.cluster, second.folders, second.mounted) == ("a-two-123456789012", False, (), "")


def test_a_spec_without_a_bucket_gets_one_and_is_told_so() -> None:
    plan = plan_of("storage: [{name: h, kind: nfs}]\n", LOCK)
    assert only(plan, BucketPlan).full_name == "a-control-123456789012"
    decided = {decision.path: decision.value for decision in plan.decisions}
    assert decided["storage[1]"] == "control: a bucket at /control, keep"
    assert decided["storage[2]"] == "home: a volume at /home, keep"
    taken = plan_of("storage: [{name: control, kind: nfs, mount: /home}]\n", LOCK)
    assert only(taken, BucketPlan).name == "control-2"


def test_a_bucket_is_private_encrypted_and_keeps_what_was_overwritten_for_a_time() -> None:
    bucket = only(plan_of("storage: [{name: d, old_versions: 36 h}]\n"), BucketPlan)
    assert (bucket.public_access_prevention, bucket.uniform_access, bucket.encrypted) == ("enforced", True, True)
    assert (bucket.versioning, bucket.old_versions, bucket.soft_delete) == (True, 36 * 3600, 7 * 86400)
    assert [(rule.action, rule.prefix, rule.noncurrent_days, rule.age_days) for rule in bucket.lifecycle] == [
        ("Delete", "", 2, None),
        ("AbortIncompleteMultipartUpload", "", None, 7),
        ("Delete", "reports/", 1, None),
        ("Delete", "jobs/", 3, None),
    ]


@pytest.mark.parametrize(
    ("text", "protected"),
    [
        ("storage: [{name: d}]\n", True),
        ("storage: [{name: d, on_destroy: delete}]\n", False),
        ("storage: [{name: d}]\nsecurity: {deletion_protection: false}\n", False),
    ],
)
def test_what_is_kept_is_protected_until_the_spec_lifts_that(text: str, protected: bool) -> None:
    assert only(plan_of(text), BucketPlan).protected == protected


def test_nfs_that_is_left_open_is_zonal_encrypted_and_protected() -> None:
    nfs = only(plan_of("storage: [{name: h, kind: nfs, mount: /home}]\n"), NfsPlan)
    assert (nfs.tier, nfs.capacity_gib, nfs.protocol, nfs.location) == ("ZONAL", 1024, "NFS_V4_1", "us-central1-a")
    assert (nfs.encrypted, nfs.protected, nfs.connect_mode) == (True, True, "PRIVATE_SERVICE_ACCESS")


def test_a_basic_tier_has_neither_the_key_nor_protection_and_the_plan_says_so() -> None:
    plan = plan_of("storage: [{name: d}, {name: h, kind: nfs, tier: basic_hdd}]\n")
    nfs = only(plan, NfsPlan)
    assert (nfs.protocol, nfs.encrypted, nfs.protected) == ("NFS_V3", False, False)
    assert "storage[1].encrypted" in {decision.path for decision in plan.decisions}


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("basic_hdd", ("BASIC_HDD", 1024, "NFS_V3", "us-central1-a", False, False)),
        ("basic_ssd", ("BASIC_SSD", 2560, "NFS_V3", "us-central1-a", False, False)),
        ("zonal", ("ZONAL", 1024, "NFS_V4_1", "us-central1-a", True, True)),
        ("regional", ("REGIONAL", 1024, "NFS_V4_1", "us-central1", False, True)),
        ("enterprise", ("ENTERPRISE", 1024, "NFS_V4_1", "us-central1", True, False)),
    ],
)
def test_each_tier_of_filestore_has_its_place_its_least_size_and_what_it_is_known_to_take(
    tier: str, expected: object
) -> None:
    nfs = only(plan_of(f"storage: [{{name: d}}, {{name: h, kind: nfs, tier: {tier}}}]\n"), NfsPlan)
    assert (nfs.tier, nfs.capacity_gib, nfs.protocol, nfs.location, nfs.encrypted, nfs.protected) == expected


def test_a_share_s_name_fits_every_tier() -> None:
    plan = plan_of("storage: [{name: d}, {name: a-home-of-all-of-us, kind: nfs, tier: basic_hdd}]\n")
    assert only(plan, NfsPlan).share == "a_home_of_all_of"


def test_lustre_has_a_throughput_and_moves_files_of_a_bucket_on_request() -> None:
    plan = plan_of("storage: [{name: d}, {name: l, kind: lustre, size: 18000 GiB, bucket: d}]\n", LOCK)
    lustre = only(plan, LustrePlan)
    assert (lustre.capacity_gib, lustre.throughput, lustre.encrypted) == (18000, 500, True)
    assert lustre.imports == "gs://a-d-123456789012/data/"
    assert "on request" in {one.value for one in plan.decisions if one.path == "storage[1].transfers"}


def test_how_storage_is_mounted() -> None:
    plan = plan_of(
        "storage: [{name: d}, {name: e}, {name: h, kind: nfs, mount: /home}, {name: l, kind: lustre, size: 9000 GiB},"
        " {name: v, kind: volume, size: 10 GiB}]\n"
    )
    assert mounts(plan) == {
        ("/d", BOTH): ("gcsfuse", ("_netdev", "allow_other", "implicit_dirs", "only_dir=data")),
        ("/e", BOTH): ("gcsfuse", ("_netdev", "allow_other", "implicit_dirs")),
        ("/home", BOTH): ("nfs", ("_netdev", "vers=4.1", "hard", "timeo=600", "retrans=3", "noatime")),
        ("/l", BOTH): ("lustre", ("_netdev", "flock", "lazystatfs", "noatime")),
        ("/v", ("head",)): ("ext4", ("nofail", "noatime")),
        ("/srv/clusterwright", ("head",)): ("ext4", ("nofail", "noatime")),
    }


def test_nodes_alone_keep_what_they_read_from_a_bucket_on_their_own_disks() -> None:
    plan = plan_of(group("g2-standard-8") + "storage: [{name: d, cache: 100 GiB}]\n")
    cache = ("cache_dir=/local/d", "file_cache_max_size_mb=102400")
    assert mounts(plan)["/d", ("compute",)][1][-2:] == cache
    assert not set(cache) & set(mounts(plan)["/d", ("head",)][1])
    scratch = plan.groups[0].scratch
    assert scratch is not None
    assert scratch.on_request, "a g2 has no disks of its own unless its template asks for them"
    bundled = plan_of(group("a3-megagpu-8g")).groups[0].scratch
    assert bundled is not None
    assert not bundled.on_request


def test_what_has_to_outlive_a_head_is_on_disks_of_its_own() -> None:
    plan = plan_of("storage: [{name: d}, {name: v, kind: volume, size: 10 GiB}]\n")
    assert (plan.head.state.mount, plan.head.state.disk.size_gib, plan.head.state.snapshot) == (
        "/srv/clusterwright",
        20,
        True,
    )
    assert plan.head.state.encrypted
    assert plan.head.volumes == ("v", "home")
    home = plan.storage[-1]
    assert isinstance(home, VolumePlan)
    assert (home.mount, home.disk.size_gib, home.on_destroy, home.protected) == ("/home", 100, "keep", True)


def test_homes_are_on_the_head_only_where_nothing_else_is_mounted_there() -> None:
    assert plan_of("storage: [{name: d}, {name: h, kind: nfs, mount: /home}]\n").head.volumes == ()


def test_a_volume_has_the_disk_that_the_spec_asks_for() -> None:
    text = "storage: [{name: d}, {name: v, kind: volume, mount: /home, size: 10 GiB, disk: pd-ssd}]\n"
    disk = only(plan_of(text), VolumePlan).disk
    assert disk.model_dump() == {"size_gib": 10, "kind": "pd-ssd", "iops": None, "throughput_mbps": None}
