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
PRICE = "{{usd_per_hour: {}, date: 2026-11-24, source: x}}"


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


def test_a_lock_that_is_a_link_to_nowhere_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(AWS)
    (tmp_path / "a.lock.yaml").symlink_to("shared.lock.yaml")
    with pytest.raises(SpecError, match=r"a\.lock\.yaml:1:1: error\[CW-SPEC-001\]"):
        load_spec(tmp_path / "a.yaml")


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


@pytest.mark.parametrize(
    ("line", "wrong", "what"),
    [
        ("made: 2026-11-24", "made: 2026-99-99", "`made` is not a day: `2026-99-99`"),
        ("made: 2026-11-24", "made: '20261124'", "`made` is not a day: `20261124`"),
        ('"123456789012"', '"*"', "`account` is not written as it must be: `*`"),
        ("zones:", 'number: "1/2"\nzones:', "`number` is not written as it must be: `1/2`"),
        ("total: 8", "total: -8", "`total` is -8"),
        ("end: 2026-12-05", "end: 0001-12-05", "`end` is not a moment: `0001-12-05T11:30Z`"),
        ("zones:", "quotas: {L-1: {limit: -1, unit: vCPUs}}\nzones:", "`limit` is -1"),
        ("zones:", f"prices: {{m: {{spot: {PRICE.format(-1)}}}}}\nzones:", "`usd_per_hour` is -1"),
        ("zones:", f"prices: {{m: {{spot: {PRICE.format('1e300')}}}}}\nzones:", "`usd_per_hour` is 1e+300"),
        ("zones:", f"prices: {{m: {{spot: {PRICE.format('1e999')}}}}}\nzones:", "`usd_per_hour` is inf"),
        ("zones:", f"prices: {{m: {{spot: {PRICE.format('.nan')}}}}}\nzones:", "`usd_per_hour` is the text `.nan`"),
        ("zones:", "network: {id: vpc-1, cidrs: [10.0.0.0/33]}\nzones:", "`cidrs[0]` is no range of addresses"),
        ("zones:", "subnets: {s: {cidr: mine, vpc: vpc-1}}\nzones:", "`cidr` is no range of addresses: `mine`"),
        ("zones:", "subnets: {s: {cidr: 10.0.0.0/24, vpc: v, free: -1}}\nzones:", "`free` is -1"),
    ],
)
def test_what_no_account_says_is_refused(line: str, wrong: str, what: str) -> None:
    parse_lock(LOCK)
    with pytest.raises(SpecError) as error:
        parse_lock(LOCK.replace(line, wrong), "a.lock.yaml")
    (finding,) = error.value.findings
    assert finding.what.startswith(what)


@pytest.mark.parametrize("text", ["", "<<<<<<< ours\n", "[]", LOCK.replace("schema: 1", "schema: 2")])
def test_a_lock_that_can_t_be_used_says_how_to_make_it_anew(text: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_lock(text, "stacks/a.lock.yaml")
    anew = "or have it written anew: rm stacks/a.lock.yaml, then `clusterwright lock NAME`"
    assert error.value.findings[0].hint.endswith(anew)
