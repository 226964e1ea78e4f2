"""Mounts are beside each other, and nowhere where a node has something of its own."""

import pytest

from clusterwright.plan.aws import storage as aws
from clusterwright.plan.cloud import LOCAL_MOUNT
from clusterwright.plan.gcp import storage as gcp
from clusterwright.rules import check
from clusterwright.spec.findings import Finding
from clusterwright.spec.load import parse_spec

HEAD = "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n"


def findings(storage: str) -> list[Finding]:
    """What is wrong, notes left out."""
    found = check(parse_spec(f"{HEAD}storage: [{storage}]\n"))
    return [finding for finding in found if finding.severity != "note"]


def found(storage: str) -> list[str]:
    return [finding.code for finding in findings(storage)]


@pytest.mark.parametrize(
    "mount",
    [
        "/usr",
        "/etc/data",
        "/opt/clusterwright",
        "/opt/tools",
        "/local",
        "/tmp/data",
        "/root",
        "/srv",
        "/srv/clusterwright",
    ],
)
def test_a_node_s_own_directories_are_reserved(mount: str) -> None:
    assert found(f"{{name: data, mount: {mount}}}") == ["CW-STO-004"]


@pytest.mark.parametrize("mount", ["/home", "/srv/data", "/mnt/data", "/users", "/data/var"])
def test_others_are_free(mount: str) -> None:
    assert found(f"{{name: data, mount: {mount}}}") == []


def test_what_the_plan_mounts_by_itself_is_reserved() -> None:
    """On both clouds the plan gives the head a disk for its state, and each node its own disks in one place."""
    for state in (aws.STATE, gcp.STATE):
        assert found(f"{{name: data, mount: {state.mount}}}") == ["CW-STO-004"]
        assert found(f"{{name: {state.name}}}") == ["CW-NAM-004"]
    assert found(f"{{name: data, mount: {LOCAL_MOUNT}}}") == ["CW-STO-004"]


def test_a_name_alone_can_be_a_reserved_directory() -> None:
    (finding,) = findings("{name: tmp}")
    assert (finding.code, finding.hint) == ("CW-STO-004", "write `mount: /mnt/tmp`")
    assert finding.path == ("storage", 0, "name")


def test_a_mount_that_only_begins_like_another_is_beside_it() -> None:
    assert found("{name: data}, {name: data2}") == []
    assert found("{name: data, mount: /data/a}, {name: more, mount: /data}") == ["CW-STO-003"]


def test_a_lustre_without_any_bucket_to_show_is_told_to_add_one() -> None:
    (finding,) = findings("{name: s, kind: lustre, size: 4800 GiB, bucket: data}")
    assert (finding.code, finding.hint) == ("CW-STO-005", "add one: `- {name: data, kind: bucket}`")
