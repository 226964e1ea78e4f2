"""The lock as a file: what is written reads back the same, and a change is shown as a line."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusterwright.live.lock.write import difference, settled, text, write
from clusterwright.spec.load import parse_lock
from clusterwright.spec.lock import (
    Lock,
    LockedImage,
    LockedNetwork,
    LockedPrice,
    LockedQuota,
    LockedReservation,
    LockedSubnet,
)
from clusterwright.spec.units import Moment, Size

LOCK = Lock(
    schema=1,
    provider="aws",
    made="2026-11-24",
    account="012345678901",
    region="us-east-1",
    zones={"us-east-1b": "use1-az1", "us-east-1a": "use1-az6"},
    images={
        "gpu-x86_64": LockedImage(
            id="ami-1", name="Deep Learning: base", architecture="x86_64", size=Size(75 * 2**30), created="2026-11-20"
        )
    },
    reservations={
        "cr-1": LockedReservation(
            machine="p5.48xlarge",
            zone="us-east-1a",
            total=8,
            available=0,
            state="active",
            end=Moment.parse("2026-12-05T11:30Z"),
        )
    },
    quotas={"L-1216C47A": LockedQuota(limit=640.0, used=32.0, unit="vCPUs")},
    offerings={"p5.48xlarge": ("us-east-1a", "us-east-1b"), "p6-b300.48xlarge": ()},
    prices={
        "m7i.large": {
            "on_demand": LockedPrice(usd_per_hour=0.1008, date="2026-11-24", source="AWS, GetProducts"),
            "spot": LockedPrice(usd_per_hour=0.04, date="2026-11-24", source="EC2, us-east-1a"),
        }
    },
    subnets={"subnet-1": LockedSubnet(cidr="10.0.0.0/24", free=200, vpc="vpc-1")},
)

TEXT = """\
# What only the account knows of bert. Made by `clusterwright lock bert`; commit it, and review its changes.
# Nothing here is secret. A value that is missing is unknown.

schema: 1
provider: aws
made: 2026-11-24
account: "012345678901"
region: us-east-1
zones:
  us-east-1a: use1-az6
  us-east-1b: use1-az1
images:
  gpu-x86_64:
    id: ami-1
    name: "Deep Learning: base"
    architecture: x86_64
    size: 75 GiB
    created: 2026-11-20
reservations:
  cr-1:
    machine: p5.48xlarge
    zone: us-east-1a
    total: 8
    available: 0
    state: active
    end: 2026-12-05T11:30Z
quotas:
  L-1216C47A:
    limit: 640
    used: 32
    unit: vCPUs
offerings:
  p5.48xlarge: [us-east-1a, us-east-1b]
  p6-b300.48xlarge: []
prices:
  m7i.large:
    on_demand:
      usd_per_hour: 0.1008
      date: 2026-11-24
      source: "AWS, GetProducts"
    spot:
      usd_per_hour: 0.04
      date: 2026-11-24
      source: "EC2, us-east-1a"
subnets:
  subnet-1:
    cidr: 10.0.0.0/24
    free: 200
    vpc: vpc-1
"""


def test_a_lock_is_written_a_value_a_line_in_a_fixed_order() -> None:
    assert text(LOCK, "bert") == TEXT
    assert parse_lock(TEXT) == LOCK


# YAML can't hold half of a surrogate pair, and no cloud sends one or a control character.
words = st.text(st.characters(exclude_categories=("Cs", "Cn", "Cc")), max_size=8)
names = words.filter(bool) | st.sampled_from(
    ["no", "on", "null", "y", "1", "0x1f", "1e3", "012", "089", "2026-11-24", "~", "-", "a b", "p5", "1_0", "1:30"]
)
accounts = st.from_regex(r"[0-9]{12}|[a-z][a-z0-9-]{4,28}[a-z0-9]", fullmatch=True)
numbers = st.from_regex(r"[0-9]{1,20}", fullmatch=True)
dates = st.dates().map(str)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2099, 1, 1)).map(lambda time: Moment.parse(f"{time:%FT%TZ}"))
amounts = st.floats(min_value=0, max_value=10**12) | st.integers(0, 10**12).map(float)
hourly = st.floats(min_value=0, max_value=10**6) | st.integers(0, 10**6).map(float)
cidrs = st.ip_addresses(v=4).map(lambda address: f"{address}/32")
sizes = st.integers(min_value=1, max_value=10**15 - 1).map(Size)  # as many digits as a size is read with


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


locks = st.builds(
    Lock,
    schema=st.just(1),
    provider=st.sampled_from(["aws", "gcp"]),
    made=dates,
    account=accounts,
    number=maybe(numbers),
    region=names,
    zones=st.dictionaries(names, names, max_size=3),
    images=st.dictionaries(names, st.builds(LockedImage, id=names, name=words, size=sizes, created=dates), max_size=2),
    reservations=st.dictionaries(
        names,
        st.builds(
            LockedReservation,
            machine=names,
            zone=names,
            total=st.integers(0, 9),
            available=maybe(st.integers(0, 9)),
            state=words,
            kind=maybe(words),
            start=maybe(moments),
            end=maybe(moments),
        ),
        max_size=2,
    ),
    quotas=st.dictionaries(names, st.builds(LockedQuota, limit=amounts, used=maybe(amounts), unit=words), max_size=2),
    offerings=st.dictionaries(names, st.lists(names, max_size=3).map(tuple), max_size=2),
    prices=st.dictionaries(
        names,
        st.dictionaries(
            names, st.builds(LockedPrice, usd_per_hour=hourly, date=dates, source=words), min_size=1, max_size=2
        ),
        max_size=2,
    ),
    network=maybe(
        st.builds(
            LockedNetwork,
            id=names,
            cidrs=st.lists(cidrs, max_size=2).map(tuple),
            dns_support=maybe(st.booleans()),
            dns_hostnames=maybe(st.booleans()),
            mtu=maybe(st.integers(1300, 9001)),
        )
    ),
    subnets=st.dictionaries(
        names,
        st.builds(LockedSubnet, zone=maybe(names), cidr=cidrs, free=maybe(st.integers(0, 9)), vpc=names),
        max_size=2,
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(locks)
def test_whatever_is_written_reads_back_the_same(lock: Lock) -> None:
    assert parse_lock(text(lock, "bert")) == lock


def test_a_difference_is_the_lines_that_change() -> None:
    changed = TEXT.replace("total: 8", "total: 6")
    lines = difference(TEXT, changed, Path("stacks/bert.lock.yaml")).splitlines()
    assert lines[:2] == ["--- stacks/bert.lock.yaml (now)", "+++ stacks/bert.lock.yaml (new)"]
    assert [line for line in lines[2:] if line[0] in "+-"] == ["-    total: 8", "+    total: 6"]
    assert difference(TEXT, TEXT, Path("stacks/bert.lock.yaml")) == ""


LATER = (
    TEXT.replace("made: 2026-11-24", "made: 2027-01-01")
    .replace("date: 2026-11-24", "date: 2027-01-01")
    .replace("0.04", "0.05")
    .replace("available: 0", "available: 8")
    .replace("used: 32", "used: 0")
    .replace("free: 200", "free: 1")
)


def test_what_moves_by_itself_is_no_difference_of_the_account() -> None:
    assert parse_lock(LATER) != LOCK
    assert settled(parse_lock(LATER)) == settled(LOCK)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("ami-1", "ami-2"),
        ("total: 8", "total: 6"),
        ("state: active", "state: expired"),
        ("limit: 640", "limit: 320"),
        ("0.1008", "0.2"),
        ("[us-east-1a, us-east-1b]", "[us-east-1a]"),
        ("use1-az6", "use1-az2"),
        ("10.0.0.0/24", "10.0.1.0/24"),
    ],
)
def test_anything_else_is_one(now: str, then: str) -> None:
    assert settled(parse_lock(LATER.replace(now, then))) != settled(LOCK)


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "bert.lock.yaml"
    file.write_text("before")
    write(file, TEXT)
    assert file.read_text(encoding="utf-8") == TEXT
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "bert.lock.yaml"
    folder.mkdir()
    with pytest.raises(OSError, match="directory"):
        write(folder, TEXT)
    assert list(tmp_path.iterdir()) == [folder]
