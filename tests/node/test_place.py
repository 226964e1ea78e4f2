"""A node learns who it is from its environment, and says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterwright.node.place import MachinePlace, Place

ENVIRONMENT = {
    "CLUSTERWRIGHT_CLUSTER": "c",
    "CLUSTERWRIGHT_ROLE": "compute",
    "CLUSTERWRIGHT_GROUP": "train",
    "CLUSTERWRIGHT_PROVIDER": "local",
    "CLUSTERWRIGHT_BUCKET": "file:///srv/bucket",
    "CLUSTERWRIGHT_NODE_DIR": "/var/lib/clusterwright",
    "CLUSTERWRIGHT_ENVIRONMENTS": "/opt/clusterwright/environments",
    "CLUSTERWRIGHT_PYTHON": "/usr/bin/python3",
}


@pytest.fixture
def instance_id(tmp_path: Path) -> Path:
    (tmp_path / "instance-id").write_text("i-0123\n")
    return tmp_path / "instance-id"


@pytest.mark.parametrize(("role", "node"), [("head", "head"), ("compute", "i-0123")])
def test_a_machine_goes_by_its_id_until_it_has_a_name(instance_id: Path, role: str, node: str) -> None:
    place = MachinePlace.from_environment({**ENVIRONMENT, "CLUSTERWRIGHT_ROLE": role}, instance_id)
    assert (place.node, place.machine, place.bucket.url) == (node, "i-0123", "file:///srv/bucket")
    assert place.bundles == Path("/var/lib/clusterwright/bundles")
    assert place.report_key == f"reports/{node}.json"


@pytest.mark.parametrize("kind", [Place, MachinePlace])
def test_missing_variables_are_named(kind: type[Place] | type[MachinePlace]) -> None:
    with pytest.raises(SystemExit, match=r"environment: .*CLUSTERWRIGHT_GROUP, CLUSTERWRIGHT_.* not set"):
        kind.from_environment({"CLUSTERWRIGHT_CLUSTER": "c", "CLUSTERWRIGHT_ROLE": "head"})


def test_a_machine_without_an_id_says_who_writes_it(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no-id cannot be read \(No such file or directory\): cloud-init writes it"):
        MachinePlace.from_environment(ENVIRONMENT, tmp_path / "no-id")


def test_an_address_that_is_none_of_a_bucket_is_said(instance_id: Path) -> None:
    with pytest.raises(SystemExit, match="the cluster's bucket cannot be opened: 'nfs://x' is no address of a bucket"):
        MachinePlace.from_environment({**ENVIRONMENT, "CLUSTERWRIGHT_BUCKET": "nfs://x"}, instance_id)
