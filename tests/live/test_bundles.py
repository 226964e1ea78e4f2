"""Superseded bundles go when nothing needs them, wherever the bucket is, and none goes while that is not certain."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest

from clusterwright.bucket import Bucket
from clusterwright.live.bundles import Unclear, remove_superseded
from clusterwright.plan.common import SUPERSEDED_DAYS
from tests.bucket.conftest import bucket as stored
from tests.bucket.conftest import cloud, gcs, s3
from tests.live.conftest import JOB, NOW, RUN
from tests.live.conftest import Bucket as Written

__all__ = ["cloud", "gcs", "s3", "stored"]

DAY = 86400.0
A, B, C, D = (letter * 64 for letter in "abcd")


def key(digest: str) -> str:
    return f"control/bundles/{digest}.tar.gz"


def age(bucket: Written, where: str, days: int) -> None:
    """Makes an object of the folder that many days old."""
    written = NOW - days * DAY
    os.utime(bucket.root / where, (written, written))


def left(bucket: Bucket) -> str:
    return "".join(name[0] for name in bucket.names("control/bundles"))


@pytest.fixture
def aged(bucket: Written) -> Written:
    """A cluster with four bundles of 100, 90, 80 and 70 days, the newest of them current."""
    for days, digest in zip((100, 90, 80, 70), (A, B, C, D), strict=True):
        bucket.write(key(digest), "a bundle")
        age(bucket, key(digest), days)
    bucket.write("control/current", f"{D}\n")
    return bucket


def test_on_every_provider_the_current_bundle_and_the_one_before_it_stay(stored: Bucket) -> None:
    for digest in (A, B, C, D):
        stored.write(key(digest), b"a bundle")
    stored.write("control/current", f"{D}\n".encode())
    stored.write("control/addresses.json", b"{}")
    written = time.time()
    assert remove_superseded(stored, "mine", written) == ()
    assert remove_superseded(stored, "mine", written + (SUPERSEDED_DAYS + 1) * DAY) == (A, B)
    assert left(stored) == "cd"
    assert stored.names("control") == ("addresses.json", "bundles", "current")


def test_an_old_bundle_that_is_current_again_stays_and_so_does_the_one_that_it_followed(aged: Written) -> None:
    aged.write("control/current", f"{A}\n")
    assert remove_superseded(aged.storage, "mine", NOW) == (B, C)
    assert left(aged.storage) == "ad"


def test_one_that_is_not_old_yet_stays(aged: Written) -> None:
    for days, digest in ((SUPERSEDED_DAYS - 1, B), (SUPERSEDED_DAYS - 2, C)):
        age(aged, key(digest), days)
    assert remove_superseded(aged.storage, "mine", NOW) == (A,)


def test_what_a_node_names_that_was_heard_of_stays(aged: Written) -> None:
    aged.report("train-1", bundle=A)
    aged.report("train-2", bundle=B, age=(SUPERSEDED_DAYS + 1) * DAY)
    assert remove_superseded(aged.storage, "mine", NOW) == (B,)


@pytest.mark.parametrize(("state", "gone"), [("queued", (B,)), ("running", (B,)), ("finished", (A, B))])
def test_what_a_run_was_asked_for_with_stays_until_it_has_ended(
    aged: Written, state: str, gone: tuple[str, ...]
) -> None:
    aged.write(f"jobs/{RUN}/request.json", {"run": RUN, "job_id": JOB, "requested": NOW, "bundle": A})
    aged.write(f"jobs/{RUN}/status.json", {"state": state, "updated": NOW})
    assert remove_superseded(aged.storage, "mine", NOW) == gone


def test_what_a_run_was_started_with_stays_until_it_has_ended(aged: Written) -> None:
    aged.write(f"jobs/{RUN}/request.json", {"run": RUN, "job_id": JOB, "requested": NOW, "bundle": D})
    aged.write(f"jobs/{RUN}/members.json", {"nodes": ["train-1"], "started": NOW, "bundle": B})
    assert remove_superseded(aged.storage, "mine", NOW) == (A,)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("control/current", "not a digest"),
        ("control/current", "e" * 64),
        ("reports/train-1.json", "half a rep"),
        (f"jobs/{RUN}/request.json", json.dumps({"run": RUN})),
        (f"jobs/{RUN}/members.json", "["),
    ],
    ids=["no digest", "no such bundle", "a report", "a request", "members"],
)
def test_nothing_is_removed_where_anything_is_unclear(aged: Written, where: str, what: Any) -> None:
    aged.write(where, what)
    with pytest.raises(Unclear, match=where) as unclear:
        remove_superseded(aged.storage, "mine", NOW)
    assert str(unclear.value).startswith("error: superseded bundles of mine stay\n")
    assert left(aged.storage) == "abcd"


def test_nothing_is_removed_from_a_bucket_that_names_no_bundle(aged: Written) -> None:
    aged.storage.delete("control/current")
    with pytest.raises(Unclear, match="control/current names no bundle that is there"):
        remove_superseded(aged.storage, "mine", NOW)
    assert left(aged.storage) == "abcd"


def test_what_is_no_bundle_is_left_alone(aged: Written) -> None:
    aged.write("control/bundles/notes.txt", "mine")
    age(aged, "control/bundles/notes.txt", 200)
    remove_superseded(aged.storage, "mine", NOW)
    assert aged.storage.exists("control/bundles/notes.txt")
