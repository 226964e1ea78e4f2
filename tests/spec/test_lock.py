"""A lock lies beside its spec, and a mistake in it is told as one in a spec is."""

from pathlib import Path

import pytest

from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import load_spec, parse_lock
from clusterwright.spec.units import Moment, Size

AWS = "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n"
LOCK = """\
schema: 1
provider: aws
made: 2026-11-24
account: "123456789012"
region: us-east-1
zones: {us-east-1a: use1-az4}
images:
  gpu-x86_64: {id: ami-1, name: ubuntu, architecture: x86_64, size: 35 GiB, created: 2026-11-01}
reservations:
  cr-1: {machine: p5.48xlarge, zone: us-east-1a, total: 8, state: active, end: 2026-12-05T11:30Z}
"""


def test_the_lock_beside_a_spec_is_read_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(AWS)
    (tmp_path / "a.lock.yaml").write_text(LOCK)
    lock = load_spec(tmp_path / "a.yaml").lock
    assert lock is not None
    assert (lock.zones, lock.images["gpu-x86_64"].size) == ({"us-east-1a": "use1-az4"}, Size(35 * 2**30))
    assert lock.reservations["cr-1"].end == Moment.parse("2026-12-05T11:30Z")


def test_a_spec_without_one_has_no_lock(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(AWS)
    assert load_spec(tmp_path / "a.yaml").lock is None


def test_a_local_cluster_has_no_lock(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nprovider: local\n")
    (tmp_path / "a.lock.yaml").write_text("not a lock")
    assert load_spec(tmp_path / "a.yaml").lock is None


def test_a_mistake_in_a_lock_has_its_place() -> None:
    with pytest.raises(SpecError) as error:
        parse_lock(LOCK.replace("total: 8", "totl: 8"), "a.lock.yaml")
    assert [str(finding).splitlines()[0] for finding in error.value.findings] == [
        "a.lock.yaml:10:3: error[CW-SPEC-006]: the key `total` is missing in `reservations.cr-1`",
        "a.lock.yaml:10:50: error[CW-SPEC-005]: the key `totl` is not known in `reservations.cr-1`",
    ]
    assert error.value.findings[1].hint.startswith("did you mean `total`? the keys here are: machine, zone, total,")


def test_a_lock_of_another_version_says_so() -> None:
    with pytest.raises(SpecError) as error:
        parse_lock(LOCK.replace("schema: 1", "schema: 2"), "a.lock.yaml")
    assert str(error.value).startswith("a.lock.yaml:1:9: error[CW-SPEC-010]: `schema` can't be 2")
